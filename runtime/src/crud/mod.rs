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

use crate::context::Context;
use crate::decode::{self, lookup_key};
use crate::dispatch::{BoxFuture, Dispatch, Given, Reply, ReplyFuture};
use crate::error::{Error, Result};
use crate::frame::Request;
use crate::meta::{BoundModel, ConsumerMeta, ObjectMeta, Reads};
use crate::model::Row;
use crate::store;
use crate::value::{FromValue, Object, Value};

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
pub fn call<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
    Box::pin(async move {
        let given = given(consumer, ctx, request).await?;
        consumer.act(ctx, request, given)?.await
    })
}

async fn given(consumer: &dyn Dispatch, ctx: &Context, request: &Request<'_>) -> Result<Given> {
    let meta = consumer.meta();
    let action = meta.actions.iter().find(|action| action.name == request.action());
    let key = || lookup_value(bound(meta)?, request);
    Ok(match action.map_or(Reads::Nothing, |action| action.reads) {
        Reads::Nothing => Given::Nothing,
        Reads::Create => Given::Payload(create_input(consumer, ctx, request).await?),
        Reads::Update => Given::Payload(update_input(consumer, ctx, request, key()?).await?),
        Reads::Patch => Given::Payload(patch_input(consumer, ctx, request, key()?).await?),
        Reads::Row => Given::Row(row(consumer, ctx, request).await?),
    })
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

/// The row that the lookup argument names: one that the connection can see and the request may touch.
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
        show::reply(consumer, ctx, 201, serializer, row).await
    })
}

/// Changes a row and answers it: 200. Whether the request may touch the row was asked by [`update_input`].
pub fn update<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, key: Value, data: Object) -> ReplyFuture<'a> {
    Box::pin(async move {
        let bound = bound(consumer.meta())?;
        let which = narrow::which(consumer, bound, ctx, key).await?;
        let row = write::update(ctx, bound.serializer, which, data).await?;
        show::reply(consumer, ctx, 200, bound.serializer, row).await
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
        if crate::permission::asks_rows(consumer, ctx) {
            narrow::find(consumer, bound, ctx, request, key.clone()).await?;
        }
        let which = narrow::which(consumer, bound, ctx, key).await?;
        store::remove(ctx.db(), bound.serializer.model, which).await?;
        Ok(Reply::empty(204))
    })
}
