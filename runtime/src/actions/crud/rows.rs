//! The actions on one row.

use super::bound::bound;
use super::locked::locked;
use super::{narrow, show, write};
use crate::app::context::Context;
use crate::app::dispatch::{Dispatch, Reply, ReplyFuture};
use crate::app::permission::asks_rows;
use crate::ground::error::Error;
use crate::schema::value::{Object, Value};
use crate::store;
use crate::wire::frame::Request;

/// Answers a row: 200.
pub fn retrieve<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
    key: Value,
) -> ReplyFuture<'a> {
    Box::pin(async move {
        let bound = bound(consumer.meta())?;
        let row = narrow::find(consumer, bound, ctx, request, key).await?;
        show::reply(consumer, ctx, 200, bound.serializer, row).await
    })
}

/// Stores a row and answers it: 201.
pub fn create<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, data: Object) -> ReplyFuture<'a> {
    Box::pin(async move {
        let serializer = bound(consumer.meta())?.serializer;
        let row = write::create(ctx, serializer, data).await?;
        show::reply_stored(consumer, ctx, 201, serializer, row).await
    })
}

/// Changes a row and answers it: 200. Whether the request may touch the row was asked by [`update_input`](super::update_input).
pub fn update<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, key: Value, data: Object) -> ReplyFuture<'a> {
    Box::pin(async move {
        let bound = bound(consumer.meta())?;
        let which = narrow::which(consumer, bound, ctx, key).await?;
        let row = write::update(ctx, bound.serializer, which, ctx.judged(), data).await?;
        show::reply_stored(consumer, ctx, 200, bound.serializer, row).await
    })
}

/// Changes what is given of a row and answers it: 200. What makes it another action than [`update`] is its input.
pub fn patch<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, key: Value, data: Object) -> ReplyFuture<'a> {
    update(consumer, ctx, key, data)
}

/// Deletes a row: 204.
pub fn delete<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
    key: Value,
) -> ReplyFuture<'a> {
    Box::pin(async move {
        let bound = bound(consumer.meta())?;
        let model = bound.serializer.model;
        let which = narrow::which(consumer, bound, ctx, key.clone()).await?;
        if !asks_rows(consumer, ctx) {
            store::remove(ctx.db(), model, which).await?;
            return Ok(Reply::empty(204));
        }
        if !ctx.db().is_transaction() {
            let row = narrow::find(consumer, bound, ctx, request, key.clone()).await?;
            if let Some(which) = which.being(model, &row) {
                match store::remove(ctx.db(), model, which).await {
                    // It is gone, or another by now: that is for the permissions to judge.
                    Err(Error::NotFound) => {}
                    done => return done.map(|()| Reply::empty(204)),
                }
            }
        }
        locked(ctx, move |ctx| {
            let (which, key) = (which.clone(), key.clone());
            Box::pin(async move {
                narrow::find(consumer, bound, &ctx, request, key).await?;
                store::remove(ctx.db(), model, which).await
            })
        })
        .await?;
        Ok(Reply::empty(204))
    })
}
