//! The payloads of create, update and patch. They are parsed, and checked against other rows of the database and by the
//! application.

use serde_json::value::RawValue;

use super::bound::{bound, serializer};
use super::judge::{Validation, judge};
use super::{files, guard, hidden, lookup, slugs};
use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::app::judged::shows_row;
use crate::app::permission;
use crate::ground::error::{Detail, Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::{PayloadMeta, SerializerMeta, Source};
use crate::schema::row::Row;
use crate::schema::value::{Object, Value};
use crate::wire::decode::{Mode, Nested, Payload, payload};
use crate::wire::frame::Request;

/// Reads the payload of `create`. The slots of the result are the fields of the serializer.
///
/// # Errors
/// [`Error::Validation`] with all errors; the errors of the application's validators.
pub fn create_input<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
) -> BoxFuture<'a, Result<Object>> {
    Box::pin(async move {
        let (serializer, data) = (serializer(consumer, ctx)?, request.argument("data"));
        new_row(consumer, ctx, serializer, data, asks_application(consumer, ctx)).await
    })
}

/// Reads the payload of a new row that an action of the application takes. The slots of the result are the fields of the
/// serializer.
///
/// # Errors
/// The errors of [`create_input`].
pub(crate) async fn payload_input(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
    meta: PayloadMeta,
) -> Result<Object> {
    let Some(argument) = meta.argument else {
        let frame = request.arguments_json()?;
        return new_row(consumer, ctx, meta.serializer, Some(&frame), true).await;
    };
    new_row(consumer, ctx, meta.serializer, request.argument(argument), true).await
}

/// Reads the payload of a new row. If the application gets it before it is stored, all checks are made here.
async fn new_row(
    consumer: &dyn Dispatch,
    ctx: &Context,
    serializer: &'static SerializerMeta,
    data: Option<&RawValue>,
    asks_application: bool,
) -> Result<Object> {
    let mut payload = payload(serializer, Mode::Create, data)?;
    hidden::fill(ctx, serializer, Mode::Create, &mut payload)?;
    slugs::resolve(ctx, serializer, &mut payload).await?;
    files::stage(ctx, serializer, &mut payload).await?;
    if !asks_application && is_done(serializer, &payload) {
        return Ok(assemble(payload));
    }
    judge(Validation { consumer, ctx }, serializer, payload, None).await?.map_err(refused)
}

/// Reads the payload of `update`. The slots of the result are the fields of the serializer; fields that were not sent
/// are absent.
///
/// # Errors
/// The errors of [`create_input`]; before these [`Error::NotFound`] if the row does not exist or the connection cannot
/// see it, and [`Error::PermissionDenied`] if the request may not change it.
pub fn update_input<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
    key: Value,
) -> BoxFuture<'a, Result<Object>> {
    Box::pin(async move { Ok(change_input(consumer, ctx, request, key, Mode::Update).await?.0) })
}

/// Reads the payload of `patch` as [`update_input`] does, except that no field is required.
///
/// # Errors
/// The errors of [`update_input`].
pub fn patch_input<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
    key: Value,
) -> BoxFuture<'a, Result<Object>> {
    Box::pin(async move { Ok(change_input(consumer, ctx, request, key, Mode::Patch).await?.0) })
}

/// Returns the payload of a change, and the checked row, if a check could have another result for another row.
pub(crate) async fn change_input(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
    key: Value,
    mode: Mode,
) -> Result<(Object, Option<Row>)> {
    let (bound, serializer) = (bound(consumer.meta())?, serializer(consumer, ctx)?);
    let mut read = payload(serializer, mode, request.argument("data")).and_then(|mut payload| {
        hidden::fill(ctx, serializer, mode, &mut payload)?;
        Ok(payload)
    });
    if let Ok(payload) = &mut read {
        slugs::resolve(ctx, serializer, payload).await?;
        files::stage(ctx, serializer, payload).await?;
    }
    let is_done =
        !asks_application(consumer, ctx) && read.as_ref().is_ok_and(|payload| is_done(serializer, payload));
    let asks_rows = permission::asks_rows(consumer, ctx);
    if is_done && !asks_rows {
        return Ok((assemble(read?), None));
    }
    // A missing row, or one that the request may not change, is reported before errors of the payload.
    let row = lookup::find(consumer, bound, ctx, request, key).await?;
    let judged = (asks_rows || shows_row(serializer)).then(|| row.clone());
    if is_done {
        return Ok((assemble(read?), judged));
    }
    let data = judge(Validation { consumer, ctx }, serializer, read?, Some(row)).await?.map_err(refused)?;
    Ok((data, judged))
}

/// Returns the row that is changed, and the payload, for an application that changes the row itself.
pub(crate) async fn row_input(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
    mode: Mode,
) -> Result<(Row, Object)> {
    let serializer = serializer(consumer, ctx)?;
    let row = lookup::row(consumer, ctx, request).await?;
    let mut payload = payload(serializer, mode, request.argument("data"))?;
    hidden::fill(ctx, serializer, mode, &mut payload)?;
    slugs::resolve(ctx, serializer, &mut payload).await?;
    files::stage(ctx, serializer, &mut payload).await?;
    let data = judge(Validation { consumer, ctx }, serializer, payload, Some(row.clone())).await?;
    Ok((row, data.map_err(refused)?))
}

/// Tells whether the application gets the payload before the write, which checks it once more: it must not get what
/// Django REST Framework refuses before.
fn asks_application(consumer: &dyn Dispatch, ctx: &Context) -> bool {
    ctx.description(consumer).is_some_and(|action| action.perform || action.overridden)
}

/// Tells whether the payload is valid as far as this is known without the database. The write itself checks the rest.
fn is_done(serializer: &'static SerializerMeta, payload: &Payload) -> bool {
    let asks_application = serializer.validate || serializer.fields.iter().any(|field| field.validate);
    // A many-to-many table refuses without telling which key has no row.
    let has_keys =
        serializer.fields.iter().enumerate().any(|(index, field)| {
            matches!(field.source, Source::Keys(_)) && payload.values.get(index).is_some()
        });
    let nested_is_done = |(index, nested): &(usize, Nested)| {
        let Source::Nested(meta) = serializer.fields[*index].source else { return false };
        match nested {
            Nested::One(payload) => is_done(meta.serializer, payload),
            Nested::Many(items) => {
                items.iter().all(|item| item.as_ref().is_ok_and(|payload| is_done(meta.serializer, payload)))
            }
        }
    };
    let asks_others = guard::is_asked(serializer, &payload.values);
    payload.errors.is_empty()
        && !asks_application
        && !asks_others
        && !has_keys
        && payload.nested.iter().all(nested_is_done)
}

/// Returns the values of a payload that [is done](is_done).
fn assemble(payload: Payload) -> Object {
    let mut values = payload.values;
    for (index, nested) in payload.nested {
        let value = match nested {
            Nested::One(payload) => Value::Object(assemble(*payload)),
            Nested::Many(items) => {
                Value::List(items.into_iter().flatten().map(|item| Value::Object(assemble(item))).collect())
            }
        };
        values.set(index, value);
    }
    values
}

fn refused(entries: Vec<(String, Detail)>) -> Error {
    Error::Validation(Detail::Map(entries))
}
