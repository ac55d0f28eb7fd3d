//! Checks payloads against other rows, and by the application.

use super::hidden;
use super::others::{against_other_rows, is_taken, other_row, row_back};
use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::ground::error::{Detail, Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::{NestedOf, SerializerMeta, Source};
use crate::schema::row::Row;
use crate::schema::value::{Object, Value};
use crate::store::Errors;
use crate::wire::decode::{Nested, Payload};

/// The objects that the checks need.
#[derive(Clone, Copy)]
pub(super) struct Validation<'a> {
    pub(super) consumer: &'a dyn Dispatch,
    pub(super) ctx: &'a Context,
}

/// The values to store, or the errors, by field.
pub(super) type Judged = Result<Object, Vec<(String, Detail)>>;

/// Checks a payload against other rows and by the application, and adds these errors to those of the payload, so that
/// one answer has all errors.
///
/// `row` is the row that is changed.
pub(super) fn judge<'a>(
    validation: Validation<'a>,
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
            match judge_nested(validation, serializer, index, nested, row.as_ref()).await? {
                Ok(value) => data.set(index, value),
                Err(detail) => {
                    errors.add(serializer.fields[index].name, detail);
                    bad.push(index);
                }
            }
        }
        for (index, broken) in payload.broken {
            let name = serializer.fields[index].name;
            if let Some(taken) =
                is_taken(validation.ctx, serializer, index, broken.value, row.as_ref()).await?
            {
                errors.insert(name, broken.before_unique, taken);
            }
        }
        let found =
            against_other_rows(validation.ctx, serializer, &data, row.as_ref(), !bad.is_empty()).await?;
        for (index, detail) in found {
            errors.add(index.map_or("non_field_errors", |index| serializer.fields[index].name), detail);
            bad.extend(index);
        }
        validate_fields(validation, serializer, &mut data, &bad, &mut errors).await?;
        let errors = errors.sorted(serializer);
        if !errors.is_empty() {
            return Ok(Err(errors.into_entries()));
        }
        if !serializer.validate {
            return Ok(Ok(data));
        }
        let hidden = hidden::take(serializer, &mut data);
        match validation.consumer.validate(validation.ctx, serializer.name, row, data).await {
            Ok(mut data) => {
                for (index, value) in hidden {
                    data.set(index, value);
                }
                Ok(Ok(data))
            }
            Err(Error::Validation(detail)) => Ok(Err(of_whole(detail))),
            Err(other) => Err(other),
        }
    })
}

/// Checks the value of a nested serializer; its errors belong to the field.
async fn judge_nested(
    validation: Validation<'_>,
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
                NestedOf::ForeignKey(column) => other_row(validation.ctx, meta, column, row).await?,
                NestedOf::Back(relation) => row_back(validation.ctx, serializer.model, relation, row).await?,
                NestedOf::Relation(_) => None,
            };
            let judged = judge(validation, meta.serializer, *payload, current).await?;
            Ok(judged.map(Value::Object).map_err(Detail::Map))
        }
        Nested::Many(items) => {
            let (mut values, mut errors) = (Vec::with_capacity(items.len()), Vec::new());
            for (position, item) in items.into_iter().enumerate() {
                let judged = match item {
                    Ok(payload) => {
                        judge(validation, meta.serializer, payload, None).await?.map_err(Detail::Map)
                    }
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

/// Runs the application's validators of single fields, except for fields with errors.
async fn validate_fields(
    validation: Validation<'_>,
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
        match validation.consumer.validate_field(validation.ctx, serializer.name, field.name, value).await {
            Ok(value) => data.set(index, value),
            Err(Error::Validation(detail)) => errors.add(field.name, of_field(field.name, detail)),
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// Returns the errors of `validate_<field>` as those of the field.
fn of_field(field: &str, detail: Detail) -> Detail {
    match detail {
        Detail::Text(text) => Detail::message(text),
        Detail::Map(mut entries) if entries.len() == 1 && entries[0].0 == field => entries.remove(0).1,
        other => other,
    }
}

/// Returns the errors of `validate`: texts belong to the whole object, and an object has errors by field, whose texts
/// become lists.
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
