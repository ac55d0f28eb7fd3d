//! The actions on one row.

use super::bound::{bound, serializer};
use super::locked::locked;
use super::{lookup, perform, write};
use crate::app::context::Context;
use crate::app::dispatch::{Dispatch, Reply, ReplyFuture};
use crate::app::judged::Judged;
use crate::app::permission::{asks_rows, check_row};
use crate::app::projection;
use crate::db::Lock;
use crate::ground::error::{Detail, Error, Result};
use crate::schema::meta::SerializerMeta;
use crate::schema::row::Row;
use crate::schema::value::{Object, Value};
use crate::store::{self, RowSelector, find_locked};
use crate::wire::frame::Request;

/// Answers with a row: status 200.
pub fn retrieve<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
    key: Value,
) -> ReplyFuture<'a> {
    Box::pin(async move {
        let bound = bound(consumer.meta())?;
        let row = lookup::find(consumer, bound, ctx, request, key).await?;
        reply(consumer, ctx, 200, serializer(consumer, ctx)?, row).await
    })
}

/// Stores a row and answers with it: status 201.
pub fn create<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, data: Object) -> ReplyFuture<'a> {
    Box::pin(async move {
        let serializer = serializer(consumer, ctx)?;
        let row = write::create(ctx, serializer, perform::hook(consumer, ctx), data).await?;
        reply_stored(consumer, ctx, 201, serializer, row).await
    })
}

/// Changes a row and answers with it: status 200. [`update_input`](super::update_input) has already checked whether the
/// request may change the row.
pub fn update<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, key: Value, data: Object) -> ReplyFuture<'a> {
    Box::pin(async move {
        let (bound, serializer) = (bound(consumer.meta())?, serializer(consumer, ctx)?);
        let which = lookup::which(consumer, bound, ctx, key).await?;
        let hook = perform::hook(consumer, ctx);
        let row = write::update(ctx, serializer, which, ctx.judged(), hook, data).await?;
        reply_stored(consumer, ctx, 200, serializer, row).await
    })
}

/// Changes the given columns of a row and answers with it: status 200. It differs from [`update`] only in its input.
pub fn patch<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, key: Value, data: Object) -> ReplyFuture<'a> {
    update(consumer, ctx, key, data)
}

/// Deletes a row: status 204.
pub fn delete<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
    key: Value,
) -> ReplyFuture<'a> {
    Box::pin(async move {
        let bound = bound(consumer.meta())?;
        let model = bound.serializer.model;
        let which = lookup::which(consumer, bound, ctx, key.clone()).await?;
        if perform::hook(consumer, ctx).is_some() {
            return destroy(consumer, ctx, request, which, key).await.map(|()| Reply::empty(204));
        }
        if !asks_rows(consumer, ctx) {
            store::remove(ctx.db(), model, which).await?;
            return Ok(Reply::empty(204));
        }
        if !ctx.db().is_transaction() {
            let row = lookup::find(consumer, bound, ctx, request, key.clone()).await?;
            if let Some(which) = which.being(model, &row) {
                match store::remove(ctx.db(), model, which).await {
                    // The row was deleted or has changed: the permissions decide.
                    Err(Error::NotFound) => {}
                    done => return done.map(|()| Reply::empty(204)),
                }
            }
        }
        locked(ctx, move |ctx| {
            let (which, key) = (which.clone(), key.clone());
            Box::pin(async move {
                lookup::find(consumer, bound, &ctx, request, key).await?;
                store::remove(ctx.db(), model, which).await
            })
        })
        .await?;
        Ok(Reply::empty(204))
    })
}

/// Deletes a row whose deletion the application prepares. Permissions check the row before it is locked, and once more
/// if it has changed since.
async fn destroy(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
    which: RowSelector,
    key: Value,
) -> Result<()> {
    let bound = bound(consumer.meta())?;
    let model = bound.serializer.model;
    let checked = match asks_rows(consumer, ctx) && !ctx.db().is_transaction() {
        true => Some(Judged::new(lookup::find(consumer, bound, ctx, request, key).await?)),
        false => None,
    };
    let checked = checked.as_ref();
    locked(ctx, move |ctx| {
        let which = which.clone();
        Box::pin(async move {
            let row = find_locked(ctx.db(), model, &which, Lock::Row).await?.ok_or(Error::NotFound)?;
            if !checked.is_some_and(|checked| checked.is(&row)) {
                check_row(consumer, &ctx, request, &row).await?;
            }
            let own = RowSelector::new(model.key, row.get(model.key).clone());
            perform::destroy(consumer, &ctx, row).await?;
            store::remove(ctx.db(), model, own).await
        })
    })
    .await
}

/// Returns the answer that shows one row.
pub(crate) async fn reply(
    consumer: &dyn Dispatch,
    ctx: &Context,
    status: u16,
    serializer: &'static SerializerMeta,
    row: Row,
) -> Result<Reply> {
    let mut shown = projection::render(consumer, ctx, serializer, &[row]).await?;
    Ok(Reply::new(status, shown.pop().unwrap_or_else(|| b"null".to_vec())))
}

/// Returns the answer that shows a row which was just written. The other rows in it are read after the commit: if that
/// fails, the answer must not say that nothing was stored.
pub(super) async fn reply_stored(
    consumer: &dyn Dispatch,
    ctx: &Context,
    status: u16,
    serializer: &'static SerializerMeta,
    row: Row,
) -> Result<Reply> {
    reply(consumer, ctx, status, serializer, row).await.map_err(|error| match error {
        Error::Unavailable(outage) if !ctx.db().is_transaction() => {
            tracing::warn!(cause = %outage, "what was stored cannot be shown");
            let reason = outage.reason.sentence();
            let text = format!("This was stored, but cannot be shown now: {reason}");
            Error::Api { status: 503, detail: Detail::Text(text) }
        }
        error => error,
    })
}
