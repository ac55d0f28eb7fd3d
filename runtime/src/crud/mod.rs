//! The actions of consumers that are bound to a model, by description: what generated code calls.
//!
//! `*_input` and [`key`] read the frame, the others act. Every future is boxed, so that generated crates do not
//! compile the runtime's again.

mod input;
mod list;
mod page;

use serde_json::value::RawValue;

use crate::context::Context;
use crate::decode::{self, lookup_key};
use crate::dispatch::{BoxFuture, Reply, ReplyFuture};
use crate::error::{Error, Result};
use crate::frame::Request;
use crate::meta::{Access, BoundModel, ConsumerMeta, ObjectMeta, SerializerMeta};
use crate::model::Row;
use crate::store::{self, Naming, Values};
use crate::value::{FromValue, Object, Value};

pub use input::{create_input, patch_input, update_input};
pub(crate) use list::filters;
pub use list::{Filter, ListInput, Lookup, list, list_input};

/// How a consumer is bound; an action of this module on one without a model is the generator's bug.
fn bound(consumer: &'static ConsumerMeta) -> Result<&'static BoundModel> {
    let missing = || Error::internal(format!("{} is bound to no model", consumer.name));
    consumer.model.as_ref().ok_or_else(missing)
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

/// The input of an action of the application's own, out of the arguments of the frame. Arguments that it does not
/// know are ignored, as a frame carries others.
///
/// # Errors
/// [`Error::Validation`]: `[{argument: [messages]}]`, all at once.
pub fn input(meta: &'static ObjectMeta, request: &Request<'_>) -> Result<Object> {
    decode::object(meta, |name| request.argument(name))
}

/// The row that the lookup argument names.
///
/// # Errors
/// As [`key`]; [`Error::NotFound`]; [`Error::Database`].
pub fn row<'a>(
    consumer: &'static ConsumerMeta,
    ctx: &'a Context,
    request: &'a Request<'a>,
) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move {
        let bound = bound(consumer)?;
        let value = lookup_value(bound, request)?;
        find(bound, ctx, value).await
    })
}

async fn find(bound: &'static BoundModel, ctx: &Context, key: Value) -> Result<Row> {
    store::find(ctx.db(), bound.serializer.model, bound.lookup, key).await?.ok_or(Error::NotFound)
}

/// Answers a row: 200.
pub fn retrieve<'a>(consumer: &'static ConsumerMeta, ctx: &'a Context, key: Value) -> ReplyFuture<'a> {
    Box::pin(async move {
        let bound = bound(consumer)?;
        Ok(shown(200, bound.serializer, &find(bound, ctx, key).await?))
    })
}

/// Stores a row and answers it: 201.
pub fn create<'a>(consumer: &'static ConsumerMeta, ctx: &'a Context, data: Object) -> ReplyFuture<'a> {
    Box::pin(async move {
        let serializer = bound(consumer)?.serializer;
        let values = by_column(serializer, data);
        let row = store::insert(ctx.db(), serializer.model, values, Naming::Fields(serializer)).await?;
        Ok(shown(201, serializer, &row))
    })
}

/// Changes a row and answers it: 200.
pub fn update<'a>(
    consumer: &'static ConsumerMeta,
    ctx: &'a Context,
    key: Value,
    data: Object,
) -> ReplyFuture<'a> {
    Box::pin(async move {
        let bound = bound(consumer)?;
        let serializer = bound.serializer;
        let values = by_column(serializer, data);
        let naming = Naming::Fields(serializer);
        let row = store::change(ctx.db(), serializer.model, (bound.lookup, key), values, naming).await?;
        Ok(shown(200, serializer, &row))
    })
}

/// Changes what is given of a row and answers it: 200. What makes it another action than [`update`] is its input.
pub fn patch<'a>(
    consumer: &'static ConsumerMeta,
    ctx: &'a Context,
    key: Value,
    data: Object,
) -> ReplyFuture<'a> {
    update(consumer, ctx, key, data)
}

/// Deletes a row: 204.
pub fn delete<'a>(consumer: &'static ConsumerMeta, ctx: &'a Context, key: Value) -> ReplyFuture<'a> {
    Box::pin(async move {
        let bound = bound(consumer)?;
        store::remove(ctx.db(), bound.serializer.model, bound.lookup, key).await?;
        Ok(Reply::empty(204))
    })
}

fn shown(status: u16, serializer: &'static SerializerMeta, row: &Row) -> Reply {
    let mut data = Vec::with_capacity(256);
    crate::encode::row(&mut data, serializer, row);
    Reply { status, data }
}

/// The values of a serializer's fields, as those of the model's columns.
fn by_column(serializer: &'static SerializerMeta, mut data: Object) -> Values {
    let writable = serializer.fields.iter().enumerate().filter(|(_, field)| field.access != Access::ReadOnly);
    let mut values: Values = Vec::with_capacity(serializer.fields.len());
    for (index, field) in writable {
        let Some(value) = data.take_value(index) else { continue };
        match values.iter_mut().find(|(column, _)| *column == field.column) {
            Some(slot) => slot.1 = value,
            None => values.push((field.column, value)),
        }
    }
    values
}
