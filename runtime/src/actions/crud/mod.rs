//! The actions of consumers that are bound to a model, by description: what generated code calls.
//!
//! `*_input` and [`key`] read the frame, the others act. Every future is boxed, so that generated crates do not
//! compile the runtime's again.

mod cursor;
mod filter;
mod guard;
mod input;
mod list;
mod narrow;
mod page;
mod query;
mod reach;
mod show;
mod stream;
mod write;

use serde_json::value::RawValue;

use crate::app::context::Context;
use crate::app::dispatch::{Dispatch, Given, Reply, ReplyFuture};
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::{BoundModel, ConsumerMeta, Isolation, ObjectMeta, Reads};
use crate::schema::row::Row;
use crate::schema::value::{FromValue, Object, Value};
use crate::store;
use crate::wire::decode::{self, lookup_key};
use crate::wire::frame::Request;

use crate::app::judged::Judged;
pub use cursor::Cursor;
pub(crate) use filter::{Wanted, all, filters};
pub use input::{create_input, patch_input, update_input};
pub use list::{ListInput, list, list_input};
pub use show::{lists_of_rows, rows_of_rows, rows_or_nulls, typed, values};
pub use show::{row as show, row_or_null as show_or_null, rows as show_all};

/// How a consumer is bound; an action of this module on one without a model is the generator's bug.
fn bound(consumer: &'static ConsumerMeta) -> Result<&'static BoundModel> {
    let missing = || Error::internal(format!("{} is bound to no model", consumer.name));
    consumer.model.as_ref().ok_or_else(missing)
}

/// Reads what the action is given, and has the consumer [act](Dispatch::act) on it: the `call` of generated consumers.
///
/// If permissions or validators are asked about the row of an `update` or `patch`, what they allowed is written to that
/// row or not at all: if it is another by then, it is locked, and all is asked and done again in a transaction.
pub fn call<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
    Box::pin(async move {
        let (given, judged) = given(consumer, ctx, request).await?;
        let Some(row) = judged.filter(|_| !ctx.db().is_transaction()) else {
            return consumer.act(ctx, request, given)?.await;
        };
        let judging = ctx.judging(row);
        let reply = consumer.act(&judging, request, given)?.await;
        if !judging.judged().is_some_and(Judged::is_stale) {
            return reply;
        }
        locked(ctx, move |ctx| {
            Box::pin(async move {
                let (given, _) = self::given(consumer, &ctx, request).await?;
                consumer.act(&ctx, request, given)?.await
            })
        })
        .await
    })
}

/// Does in one transaction what was found to be about another row than before.
async fn locked<'a, T: Send + 'a>(
    ctx: &'a Context,
    work: impl Fn(Context) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
) -> Result<T> {
    ctx.db().atomically(Isolation::Database, move |db| work(ctx.within(db))).await
}

/// What an action is given, and the row that was judged for it, if it is about to be written as it was judged.
async fn given(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
) -> Result<(Given, Option<Row>)> {
    let meta = consumer.meta();
    let action = meta.actions.iter().find(|action| action.name == request.action());
    let key = || lookup_value(bound(meta)?, request);
    let mode = match action.map_or(Reads::Nothing, |action| action.reads) {
        Reads::Nothing => return Ok((Given::Nothing, None)),
        Reads::Create => return Ok((Given::Payload(create_input(consumer, ctx, request).await?), None)),
        Reads::Row => return Ok((Given::Row(row(consumer, ctx, request).await?), None)),
        Reads::Update => decode::Mode::Update,
        Reads::Patch => decode::Mode::Patch,
    };
    let (payload, judged) = input::change_input(consumer, ctx, request, key()?, mode).await?;
    Ok((Given::Payload(payload), judged))
}

/// The lookup argument, converted as the column does it: `" 2 "`, `"02"`, `2.5` and `true` are keys, too.
///
/// # Errors
/// [`Error::NotFound`] if it cannot be a key; [`Error::Validation`] if it is missing.
pub fn key<K: FromValue>(consumer: &'static ConsumerMeta, request: &Request<'_>) -> Result<K> {
    K::from_value(lookup_value(bound(consumer)?, request)?)
}

fn lookup_value(bound: &'static BoundModel, request: &Request<'_>) -> Result<Value> {
    let raw: &RawValue = request
        .argument(bound.lookup_argument)
        .ok_or_else(|| Error::field(bound.lookup_argument, "This field is required."))?;
    let column = &bound.serializer.model.columns[bound.lookup];
    lookup_key(&column.ty, raw).ok_or(Error::NotFound)
}

/// Keys of a frame that are not the action's arguments, beside `action` and `request_id`.
const STREAM: &str = "stream";

/// The input of an action of the application's own, out of the arguments of the frame. Arguments that it does not
/// know are ignored, unless it says otherwise (`additionalProperties`); `stream` is the frame's own.
///
/// # Errors
/// [`Error::Validation`]: `[{argument: [messages]}]`, all at once.
pub fn input(meta: &'static ObjectMeta, request: &Request<'_>) -> Result<Object> {
    decode::arguments(meta, request.arguments(), &[STREAM])
}

/// The input of an action that is given a row: the lookup argument is not among its own.
///
/// # Errors
/// As [`input`].
pub fn detail_input(
    consumer: &'static ConsumerMeta,
    meta: &'static ObjectMeta,
    request: &Request<'_>,
) -> Result<Object> {
    let lookup = bound(consumer)?.lookup_argument;
    decode::arguments(meta, request.arguments(), &[STREAM, lookup])
}

/// The row that the lookup argument names: one that the connection can see and the request may touch. In a transaction it
/// is locked until its end (`SELECT … FOR UPDATE` on PostgreSQL), and what is asked is asked about the locked row.
///
/// # Errors
/// As [`key`]; [`Error::NotFound`]; [`Error::PermissionDenied`]; [`Error::Database`].
pub fn row<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move {
        let bound = bound(consumer.meta())?;
        let value = lookup_value(bound, request)?;
        narrow::find(consumer, bound, ctx, request, value).await
    })
}

/// The row of a lookup value: one that the connection can see and the request may touch.
pub(crate) async fn row_of(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
    lookup: Value,
) -> Result<Row> {
    narrow::find(consumer, bound(consumer.meta())?, ctx, request, lookup).await
}

/// The row of a lookup value, if the connection can see it.
pub(crate) async fn visible(consumer: &dyn Dispatch, ctx: &Context, lookup: Value) -> Result<Option<Row>> {
    let bound = bound(consumer.meta())?;
    let which = narrow::which(consumer, bound, ctx, lookup).await?;
    store::find_within(ctx.db(), bound.serializer.model, &which).await
}

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

/// Changes a row and answers it: 200. Whether the request may touch the row was asked by [`update_input`].
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
        if !crate::app::permission::asks_rows(consumer, ctx) {
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
