//! The payloads of create, update and patch: read, judged by the database's other rows and by the application.

use crate::context::Context;
use crate::decode::{Mode, Payload, payload};
use crate::dispatch::{BoxFuture, Dispatch};
use crate::error::{Detail, Error, Result};
use crate::frame::Request;
use crate::meta::{BoundModel, SerializerMeta};
use crate::model::Row;
use crate::permission;
use crate::store::{self, Attempt, Errors, Naming, Values};
use crate::value::{Object, Value};

/// Reads the payload of `create`: slots by the serializer's fields.
///
/// # Errors
/// [`Error::Validation`] with everything that is wrong; what the application's validators raise.
pub fn create_input<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
) -> BoxFuture<'a, Result<Object>> {
    Box::pin(async move {
        let bound = super::bound(consumer.meta())?;
        let payload = payload(bound.serializer, Mode::Create, request.argument("data"))?;
        if is_done(bound.serializer, &payload) {
            return Ok(payload.values);
        }
        judge(consumer, ctx, bound, payload, None).await
    })
}

/// Reads the payload of `update`: slots by the serializer's fields; fields that were not sent are absent.
///
/// # Errors
/// As [`create_input`]; before these [`Error::NotFound`] if there is no row to update that the connection can see,
/// and [`Error::PermissionDenied`] if the request may not touch it.
pub fn update_input<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
    key: Value,
) -> BoxFuture<'a, Result<Object>> {
    Box::pin(change_input(consumer, ctx, request, key, Mode::Update))
}

/// Reads the payload of `patch`, as [`update_input`] but that nothing is required.
///
/// # Errors
/// As [`update_input`].
pub fn patch_input<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
    key: Value,
) -> BoxFuture<'a, Result<Object>> {
    Box::pin(change_input(consumer, ctx, request, key, Mode::Patch))
}

async fn change_input(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
    key: Value,
    mode: Mode,
) -> Result<Object> {
    let bound = super::bound(consumer.meta())?;
    let read = payload(bound.serializer, mode, request.argument("data"));
    let is_done = read.as_ref().is_ok_and(|payload| is_done(bound.serializer, payload));
    if is_done && !permission::asks_rows(consumer, ctx) {
        return read.map(|payload| payload.values);
    }
    // Whatever is wrong with the payload: that there is no such row, or not for this request, comes first.
    let row = super::narrow::find(consumer, bound, ctx, request, key).await?;
    if is_done {
        return read.map(|payload| payload.values);
    }
    judge(consumer, ctx, bound, read?, Some(row)).await
}

/// Whether nothing is wrong and nobody is left to ask but the database, which the write does.
fn is_done(serializer: &SerializerMeta, payload: &Payload) -> bool {
    let asks_application = serializer.validate || serializer.fields.iter().any(|field| field.validate);
    payload.errors.is_empty() && !asks_application
}

/// Adds what other rows and the application have against the values, so that one answer says it all.
async fn judge(
    consumer: &dyn Dispatch,
    ctx: &Context,
    bound: &'static BoundModel,
    payload: Payload,
    row: Option<Row>,
) -> Result<Object> {
    let serializer = bound.serializer;
    let mut errors = Errors::default();
    let mut bad: Vec<usize> = Vec::new();
    for (index, detail) in payload.errors {
        errors.add(serializer.fields[index].name, detail);
        bad.push(index);
    }
    let mut data = payload.values;
    for (index, detail) in against_other_rows(ctx, serializer, &data, row.as_ref(), !bad.is_empty()).await? {
        let field = index.map_or("non_field_errors", |index| serializer.fields[index].name);
        errors.add(field, detail);
        bad.extend(index);
    }
    for (index, field) in serializer.fields.iter().enumerate().filter(|(_, field)| field.validate) {
        if bad.contains(&index) {
            continue;
        }
        let Some(value) = data.take_value(index) else { continue };
        match consumer.validate_field(ctx, field.name, value).await {
            Ok(value) => data.set(index, value),
            Err(Error::Validation(detail)) => errors.add(field.name, of_field(field.name, detail)),
            Err(other) => return Err(other),
        }
    }
    errors.sorted(serializer).into_result()?;
    if !serializer.validate {
        return Ok(data);
    }
    match consumer.validate(ctx, row, data).await {
        Err(Error::Validation(detail)) => Err(Error::Validation(of_whole(detail))),
        other => other,
    }
}

/// What other rows are against, by field; none is the whole. Sets are looked at only if every field is good.
async fn against_other_rows(
    ctx: &Context,
    serializer: &'static SerializerMeta,
    data: &Object,
    row: Option<&Row>,
    already_bad: bool,
) -> Result<Vec<(Option<usize>, Detail)>> {
    let values: Values = serializer
        .fields
        .iter()
        .enumerate()
        .filter_map(|(index, field)| Some((field.column, data.get(index)?.clone())))
        .collect();
    let naming = Naming::Fields(serializer);
    let attempt = Attempt { meta: serializer.model, values: &values, current: row, naming };
    let found = store::explain(ctx.db(), &attempt).await?.into_entries();
    let position = |name: &str| serializer.fields.iter().position(|field| field.name == name);
    let found = found.into_iter().map(|(name, detail)| (position(&name), detail));
    Ok(found.filter(|(index, _)| index.is_some() || !already_bad).collect())
}

/// What `validate_<field>` raised, as the errors of that field.
fn of_field(field: &str, detail: Detail) -> Detail {
    match detail {
        Detail::Text(text) => Detail::message(text),
        Detail::Map(mut entries) if entries.len() == 1 && entries[0].0 == field => entries.remove(0).1,
        other => other,
    }
}

/// What `validate` raised: texts are of the whole, an object is by field, its texts become lists.
fn of_whole(detail: Detail) -> Detail {
    match detail {
        Detail::Text(text) => Detail::Map(vec![("non_field_errors".to_owned(), Detail::message(text))]),
        Detail::List(_) => Detail::Map(vec![("non_field_errors".to_owned(), detail)]),
        Detail::Map(entries) => Detail::Map(
            entries
                .into_iter()
                .map(|(key, detail)| match detail {
                    Detail::Text(text) => (key, Detail::message(text)),
                    other => (key, other),
                })
                .collect(),
        ),
    }
}
