//! The payloads of create, update and patch: read, judged by the database's other rows and by the application.

use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::app::judged::shows_row;
use crate::app::permission;
use crate::ground::error::{Detail, Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::{NestedMeta, NestedOf, SerializerMeta, Source};
use crate::schema::row::Row;
use crate::schema::value::{Object, Value};
use crate::store::{self, Attempt, Errors, Naming, Values};
use crate::wire::decode::{Mode, Nested, Payload, Refusal, payload};
use crate::wire::frame::Request;

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
            return Ok(assemble(payload));
        }
        judge(Asker { consumer, ctx }, bound.serializer, payload, None).await?.map_err(refused)
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
    Box::pin(async move { Ok(change_input(consumer, ctx, request, key, Mode::Update).await?.0) })
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
    Box::pin(async move { Ok(change_input(consumer, ctx, request, key, Mode::Patch).await?.0) })
}

/// The payload of a change, and the row that somebody was asked about who may say otherwise of another.
pub(super) async fn change_input(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
    key: Value,
    mode: Mode,
) -> Result<(Object, Option<Row>)> {
    let bound = super::bound(consumer.meta())?;
    let read = payload(bound.serializer, mode, request.argument("data"));
    let is_done = read.as_ref().is_ok_and(|payload| is_done(bound.serializer, payload));
    let asks_rows = permission::asks_rows(consumer, ctx);
    if is_done && !asks_rows {
        return Ok((assemble(read?), None));
    }
    // Whatever is wrong with the payload: that there is no such row, or not for this request, comes first.
    let row = super::narrow::find(consumer, bound, ctx, request, key).await?;
    let judged = (asks_rows || shows_row(bound.serializer)).then(|| row.clone());
    if is_done {
        return Ok((assemble(read?), judged));
    }
    let data = judge(Asker { consumer, ctx }, bound.serializer, read?, Some(row)).await?.map_err(refused)?;
    Ok((data, judged))
}

/// Who is asked for what the payload itself does not tell.
#[derive(Clone, Copy)]
struct Asker<'a> {
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
}

/// The values to store, or what is wrong, by field.
type Judged = Result<Object, Vec<(String, Detail)>>;

fn refused(entries: Vec<(String, Detail)>) -> Error {
    Error::Validation(Detail::Map(entries))
}

/// Whether nothing is wrong and nobody is left to ask but the database, which the write does.
fn is_done(serializer: &'static SerializerMeta, payload: &Payload) -> bool {
    let asks_application = serializer.validate || serializer.fields.iter().any(|field| field.validate);
    // A table between two models refuses without telling which key leads nowhere.
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
    let asks_others = super::guard::is_asked(serializer, &payload.values);
    payload.errors.is_empty()
        && !asks_application
        && !asks_others
        && !has_keys
        && payload.nested.iter().all(nested_is_done)
}

/// The values of a payload that [is done](is_done).
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

/// Adds what other rows and the application have against the values, so that one answer says it all.
///
/// `row` is the row that is changed.
fn judge<'a>(
    asker: Asker<'a>,
    serializer: &'static SerializerMeta,
    payload: Payload,
    row: Option<Row>,
) -> BoxFuture<'a, Result<Judged>> {
    Box::pin(async move {
        let mut errors = Errors::default();
        let mut bad: Vec<usize> = Vec::new();
        for (index, detail) in payload.errors {
            errors.add(serializer.fields[index].name, detail);
            bad.push(index);
        }
        let mut data = payload.values;
        for (index, nested) in payload.nested {
            match judge_nested(asker, serializer, index, nested, row.as_ref()).await? {
                Ok(value) => data.set(index, value),
                Err(detail) => {
                    errors.add(serializer.fields[index].name, detail);
                    bad.push(index);
                }
            }
        }
        for (index, broken) in payload.broken {
            let name = serializer.fields[index].name;
            if let Some(taken) = is_taken(asker.ctx, serializer, index, broken.value, row.as_ref()).await? {
                errors.insert(name, broken.before_unique, taken);
            }
        }
        let found = against_other_rows(asker.ctx, serializer, &data, row.as_ref(), !bad.is_empty()).await?;
        for (index, detail) in found {
            errors.add(index.map_or("non_field_errors", |index| serializer.fields[index].name), detail);
            bad.extend(index);
        }
        validate_fields(asker, serializer, &mut data, &bad, &mut errors).await?;
        let errors = errors.sorted(serializer);
        if !errors.is_empty() {
            return Ok(Err(errors.into_entries()));
        }
        if !serializer.validate {
            return Ok(Ok(data));
        }
        match asker.consumer.validate(asker.ctx, serializer.name, row, data).await {
            Ok(data) => Ok(Ok(data)),
            Err(Error::Validation(detail)) => Ok(Err(of_whole(detail))),
            Err(other) => Err(other),
        }
    })
}

/// Judges what a nested serializer was given; the detail is that of its field.
async fn judge_nested(
    asker: Asker<'_>,
    serializer: &'static SerializerMeta,
    index: usize,
    nested: Nested,
    row: Option<&Row>,
) -> Result<Result<Value, Detail>> {
    let Source::Nested(meta) = serializer.fields[index].source else {
        return Err(Error::internal("a nested payload of a field that is not nested"));
    };
    match nested {
        Nested::One(payload) => {
            let current = match meta.of {
                NestedOf::Row => row.cloned(),
                NestedOf::ForeignKey(column) => other_row(asker.ctx, meta, column, row).await?,
                NestedOf::Relation(_) => None,
            };
            let judged = judge(asker, meta.serializer, *payload, current).await?;
            Ok(judged.map(Value::Object).map_err(Detail::Map))
        }
        Nested::Many(items) => {
            let (mut values, mut errors) = (Vec::with_capacity(items.len()), Vec::new());
            for (position, item) in items.into_iter().enumerate() {
                let judged = match item {
                    Ok(payload) => judge(asker, meta.serializer, payload, None).await?.map_err(Detail::Map),
                    Err(detail) => Err(detail),
                };
                match judged {
                    Ok(object) => values.push(Value::Object(object)),
                    Err(detail) => errors.push((position.to_string(), detail)),
                }
            }
            Ok(if errors.is_empty() { Ok(Value::List(values)) } else { Err(Detail::Map(errors)) })
        }
    }
}

/// The row whose key is in a column of the row that is changed.
async fn other_row(
    ctx: &Context,
    nested: &'static NestedMeta,
    column: usize,
    row: Option<&Row>,
) -> Result<Option<Row>> {
    let Some(key) = row.and_then(|row| row.values().get(column)).filter(|key| **key != Value::Null) else {
        return Ok(None);
    };
    let model = nested.serializer.model;
    store::find(ctx.db(), model, model.key, key.clone()).await
}

/// What the application has against single fields, those that are bad already left out.
async fn validate_fields(
    asker: Asker<'_>,
    serializer: &'static SerializerMeta,
    data: &mut Object,
    bad: &[usize],
    errors: &mut Errors,
) -> Result<()> {
    for (index, field) in serializer.fields.iter().enumerate().filter(|(_, field)| field.validate) {
        if bad.contains(&index) {
            continue;
        }
        let Some(value) = data.take_value(index) else { continue };
        match asker.consumer.validate_field(asker.ctx, serializer.name, field.name, value).await {
            Ok(value) => data.set(index, value),
            Err(Error::Validation(detail)) => errors.add(field.name, of_field(field.name, detail)),
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// What is said of a value that breaks rules if another row has it, too.
async fn is_taken(
    ctx: &Context,
    serializer: &'static SerializerMeta,
    index: usize,
    value: Value,
    row: Option<&Row>,
) -> Result<Option<Detail>> {
    let model = serializer.model;
    let is_unique = |column: &usize| model.columns[*column].unique || *column == model.key;
    let Some(column) = serializer.fields[index].column().filter(is_unique) else { return Ok(None) };
    // A text that no row can have is not asked for; one that is no Unicode was read with other characters.
    if matches!(&value, Value::Text(text) if text.contains(['\0', char::REPLACEMENT_CHARACTER])) {
        return Ok(None);
    }
    let values: Values = vec![(column, value)];
    let naming = Naming::Fields(serializer);
    let attempt = Attempt { meta: serializer.model, values: &values, current: row, naming };
    Ok(store::taken(ctx.db(), &attempt).await?.into_entries().pop().map(|(_, detail)| detail))
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
        .filter_map(|(index, field)| Some((field.column()?, data.get(index)?.clone())))
        .collect();
    let naming = Naming::Fields(serializer);
    let attempt = Attempt { meta: serializer.model, values: &values, current: row, naming };
    let found = store::explain(ctx.db(), &attempt).await?.into_entries();
    let position = |name: &str| serializer.fields.iter().position(|field| field.name == name);
    let mut found: Vec<(Option<usize>, Detail)> =
        found.into_iter().map(|(name, detail)| (position(&name), detail)).collect();
    for (index, field) in serializer.fields.iter().enumerate() {
        let (Source::Keys(relation), Some(Value::List(keys))) = (field.source, data.get(index)) else {
            continue;
        };
        let relation = &serializer.model.relations[relation];
        if let Some(fault) = store::relation::missing(ctx.db(), relation, keys).await? {
            found.push((Some(index), Refusal::from(fault).detail(field.messages)));
        }
    }
    for (index, field) in serializer.fields.iter().enumerate() {
        let is_reported = found.iter().any(|(reported, _)| *reported == Some(index));
        let hidden = match is_reported {
            true => None,
            false => super::guard::hidden(ctx, serializer, field, data.get(index)).await?,
        };
        found.extend(hidden.map(|fault| (Some(index), Refusal::from(fault).detail(field.messages))));
    }
    let already_bad = already_bad || found.iter().any(|(index, _)| index.is_some());
    found.retain(|(index, _)| index.is_some() || !already_bad);
    Ok(found)
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
fn of_whole(detail: Detail) -> Vec<(String, Detail)> {
    match detail {
        Detail::Text(text) => vec![("non_field_errors".to_owned(), Detail::message(text))],
        Detail::List(_) => vec![("non_field_errors".to_owned(), detail)],
        Detail::Map(entries) => entries
            .into_iter()
            .map(|(key, detail)| match detail {
                Detail::Text(text) => (key, Detail::message(text)),
                other => (key, other),
            })
            .collect(),
    }
}
