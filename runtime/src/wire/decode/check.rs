//! Validates values that the application has created, by the same rules as values of clients.

use serde_json::value::RawValue;

use super::coerce::{literal, union};
use super::fault::{Fault, Refusal};
use super::reading::Reading;
use super::shape::Shape;
use super::{form, rules, schema};
use crate::ground::error::Detail;
use crate::schema::meta::{Kind, ObjectMeta, TypeMeta, UnionMeta};
use crate::schema::value::{Object, Value};
use crate::wire::encode;

/// Validates a value with all values inside of it.
pub(crate) fn check_deep(ty: &TypeMeta, value: &Value) -> Result<(), Refusal> {
    if let Some(schema) = schema::of(ty) {
        let mut json = Vec::new();
        encode::value(&mut json, ty, value);
        serde_json::from_slice::<&RawValue>(&json).map_or(Ok(()), |raw| schema::judge(schema, raw))?;
    }
    if matches!(value, Value::Null) {
        return if ty.nullable { Ok(()) } else { Err(Fault::null().into()) };
    }
    let errors: Vec<(String, Detail)> = match (&ty.kind, value) {
        (Kind::List(item), Value::List(items)) => {
            let keyed = items.iter().enumerate().map(|(index, value)| (index.to_string(), *item, value));
            inner(keyed)
        }
        (Kind::Tuple(types), Value::List(items)) => inner(
            types.iter().zip(items).enumerate().map(|(index, (ty, value))| (index.to_string(), ty, value)),
        ),
        (Kind::Map(item), Value::Map(entries)) => {
            inner(entries.iter().map(|(key, value)| (key.clone(), *item, value)))
        }
        (Kind::Object(meta), Value::Object(object)) => {
            let meta = meta();
            let properties = meta.properties.iter().enumerate();
            let mut errors = inner(properties.filter_map(|(index, property)| {
                object.get(index).map(|value| (property.name.to_owned(), &property.ty, value))
            }));
            errors.extend(beside(meta, object));
            errors
        }
        (Kind::Union(meta), Value::Variant(index, value)) => return check_variant(meta(), *index, value),
        _ => Vec::new(),
    };
    if !errors.is_empty() {
        return Err(Refusal::Nested(Detail::Map(errors)));
    }
    rules::check(ty, value, None, literal)
}

fn inner<'a>(values: impl Iterator<Item = (String, &'a TypeMeta, &'a Value)>) -> Vec<(String, Detail)> {
    values
        .filter_map(|(key, ty, value)| check_deep(ty, value).err().map(|refusal| (key, refusal.detail(&[]))))
        .collect()
}

/// Returns the errors of an object's additional entries.
fn beside(meta: &'static ObjectMeta, object: &Object) -> Vec<(String, Detail)> {
    let known = |key: &str| meta.properties.iter().any(|property| property.name == key);
    let doubled = object.additional().iter().filter(|(key, _)| known(key));
    let doubled = doubled.map(|(key, _)| (key.clone(), Detail::message("This is a field of its own.")));
    let entries = object.additional().iter().filter(|(key, _)| !known(key));
    let values = meta.additional.map(|ty| inner(entries.map(move |(key, value)| (key.clone(), ty, value))));
    doubled.chain(values.into_iter().flatten()).collect()
}

/// Validates the value of a union that the application has created: it must be valid, and its JSON must be read as the
/// same form.
fn check_variant(meta: &'static UnionMeta, index: usize, value: &Value) -> Result<(), Refusal> {
    let Some(variant) = meta.variants.get(index) else { return Err(form::no_match().into()) };
    check_deep(&variant.ty, value)?;
    if meta.tag.is_some() {
        return Ok(());
    }
    let mut json = Vec::new();
    encode::value(&mut json, &variant.ty, value);
    let Ok(raw) = serde_json::from_slice::<&RawValue>(&json) else { return Err(form::no_match().into()) };
    match union(meta, raw, &Shape::of(raw), Reading::STRICT)? {
        Value::Variant(read, _) if read == index => Ok(()),
        _ => Err(Fault::new("ambiguous", "Matches another of the allowed forms first.").into()),
    }
}
