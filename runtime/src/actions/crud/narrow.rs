//! Which rows a request may touch: those of the queryset, and of these the ones that its permissions let pass.

use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::app::permission;
use crate::condition::Condition;
use crate::db::Lock;
use crate::ground::error::{Error, Result};
use crate::schema::meta::BoundModel;
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::store::{self, Which};
use crate::wire::frame::Request;

/// The rows that the connection can see.
pub(super) async fn visible(consumer: &dyn Dispatch, ctx: &Context) -> Result<Condition> {
    if consumer.meta().access.queryset { consumer.queryset(ctx).await } else { Ok(Condition::all()) }
}

/// Which row a key means: one that the connection can see.
pub(super) async fn which(
    consumer: &dyn Dispatch,
    bound: &'static BoundModel,
    ctx: &Context,
    key: Value,
) -> Result<Which> {
    Ok(Which::new(bound.lookup, key).within(visible(consumer, ctx).await?))
}

/// The row of a key: 404 if the connection cannot see it, and 403 if the request may not touch it. In a transaction it is
/// locked first.
pub(super) async fn find(
    consumer: &dyn Dispatch,
    bound: &'static BoundModel,
    ctx: &Context,
    request: &Request<'_>,
    key: Value,
) -> Result<Row> {
    let which = which(consumer, bound, ctx, key).await?;
    let (db, model) = (ctx.db(), bound.serializer.model);
    let row = match db.is_transaction() {
        true => store::find_locked(db, model, &which, Lock::Row).await?,
        false => store::find_within(db, model, &which).await?,
    };
    let row = row.ok_or(Error::NotFound)?;
    permission::check_row(consumer, ctx, request, &row).await?;
    Ok(row)
}
