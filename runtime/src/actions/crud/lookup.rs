//! Looks up the row of a request: by its key, among the rows that the connection can see (those of the queryset), and
//! that its permissions allow.

use serde_json::value::RawValue;

use super::bound::bound;
use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::app::permission;
use crate::condition::Condition;
use crate::db::Lock;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::{BoundModel, ConsumerMeta};
use crate::schema::row::Row;
use crate::schema::value::{FromValue, Value};
use crate::store::{self, RowSelector};
use crate::wire::decode::lookup_key;
use crate::wire::frame::Request;

/// Returns the lookup argument, converted as the column does it: `" 2 "`, `"02"`, `2.5` and `true` are keys, too.
///
/// # Errors
/// [`Error::NotFound`] if it cannot be a key; [`Error::Validation`] if it is missing.
pub fn key<K: FromValue>(consumer: &'static ConsumerMeta, request: &Request<'_>) -> Result<K> {
    K::from_value(lookup_value(bound(consumer)?, request)?)
}

/// Does the same, and returns a value.
pub(super) fn lookup_value(bound: &'static BoundModel, request: &Request<'_>) -> Result<Value> {
    let raw: &RawValue = request
        .argument(bound.lookup_argument)
        .ok_or_else(|| Error::field(bound.lookup_argument, "This field is required."))?;
    let column = &bound.serializer.model.columns[bound.lookup];
    lookup_key(&column.ty, raw).ok_or(Error::NotFound)
}

/// Returns the row that the lookup argument identifies, if the connection can see it and the permissions allow it. In a
/// transaction the row is locked until the transaction ends (`SELECT … FOR UPDATE` on PostgreSQL), and the permissions
/// are checked for the locked row.
///
/// # Errors
/// The errors of [`key`]; [`Error::NotFound`]; [`Error::PermissionDenied`]; [`Error::Database`].
pub fn row<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move {
        let bound = bound(consumer.meta())?;
        let value = lookup_value(bound, request)?;
        find(consumer, bound, ctx, request, value).await
    })
}

/// Returns the row of a lookup value, if the connection can see it and the request's permissions allow it.
pub(crate) async fn row_of(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
    lookup: Value,
) -> Result<Row> {
    find(consumer, bound(consumer.meta())?, ctx, request, lookup).await
}

/// Returns the row of a lookup value, if the connection can see it.
pub(crate) async fn visible_row(
    consumer: &dyn Dispatch,
    ctx: &Context,
    lookup: Value,
) -> Result<Option<Row>> {
    let bound = bound(consumer.meta())?;
    let which = which(consumer, bound, ctx, lookup).await?;
    store::find_within(ctx.db(), bound.serializer.model, &which).await
}

/// Returns the condition for the rows that the connection can see.
pub(super) async fn visible(consumer: &dyn Dispatch, ctx: &Context) -> Result<Condition> {
    if consumer.meta().access.queryset { consumer.queryset(ctx).await } else { Ok(Condition::all()) }
}

/// Returns the selector of the row of a key, among those that the connection can see.
pub(super) async fn which(
    consumer: &dyn Dispatch,
    bound: &'static BoundModel,
    ctx: &Context,
    key: Value,
) -> Result<RowSelector> {
    Ok(RowSelector::new(bound.lookup, key).within(visible(consumer, ctx).await?))
}

/// Returns the row of a key, or an error: 404 if the connection cannot see it, and 403 if the permissions refuse it. In
/// a transaction the row is locked first.
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
