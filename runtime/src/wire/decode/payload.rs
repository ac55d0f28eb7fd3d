//! Reads the payloads of create, update and patch, by the fields of a serializer and of its nested serializers.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::calendar::fits_column;
use super::coerce::{accept, literal};
use super::fault::{Broken, Fault, Refusal};
use super::file::{file, no_file};
use super::key::{does_not_exist, incorrect_type, related_key, related_slug, slug};
use super::reading::Reading;
use super::shape::{Shape, entries, items};
use crate::ground::error::{Detail, Error, Result};
use crate::schema::meta::{
    ColumnMeta, FieldMeta, Kind, ModelMeta, NestedMeta, NestedOf, RelationMeta, Rule, SerializerMeta, Source,
    TypeMeta,
};
use crate::schema::value::{Object, Value};

/// The treatment of absent fields in an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Required fields must be present; other absent fields get their defaults.
    Create,
    /// Required fields must be present; other absent fields get the default of the serializer, or keep their values.
    Update,
    /// All absent fields keep their values.
    Patch,
}

/// The payload of a serializer after reading: the valid values, and the errors of the others.
#[derive(Debug)]
pub(crate) struct Payload {
    /// The valid values, by the serializer's fields.
    pub(crate) values: Object,
    /// The errors, with the positions of their fields.
    pub(crate) errors: Vec<(usize, Detail)>,
    /// The invalid values that have the right kind and only break rules: DRF checks in the same run whether they are
    /// unique.
    pub(crate) broken: Vec<(usize, Broken)>,
    /// The payloads of nested serializers, by positions of fields.
    pub(crate) nested: Vec<(usize, Nested)>,
}

/// The payload of a nested serializer.
#[derive(Debug)]
pub(crate) enum Nested {
    /// A single object.
    One(Box<Payload>),
    /// A list; an item that is not an object has an error.
    Many(Vec<Result<Payload, Detail>>),
}

/// The result of reading a field: absent, a value, or a nested payload.
enum Read {
    Absent,
    Value(Value),
    Nested(Nested),
}

/// Reads the `data` of create, update or patch.
///
/// # Errors
/// Returns [`Error::Validation`] if it is missing, `null` or not an object. The errors of fields are in the
/// [`Payload`].
pub(crate) fn payload(
    serializer: &'static SerializerMeta,
    mode: Mode,
    data: Option<&RawValue>,
) -> Result<Payload> {
    let raw = data.ok_or_else(|| Error::non_field("No data provided"))?;
    match Shape::of(raw) {
        Shape::Null => Err(Error::non_field("No data provided")),
        Shape::Map => fields(serializer, mode, raw).map_err(Error::Validation),
        other => Err(Error::non_field(Fault::not_a_dictionary(&other).text(&[]))),
    }
}

/// Reads an object by the fields of a serializer.
fn fields(serializer: &'static SerializerMeta, mode: Mode, raw: &RawValue) -> Result<Payload, Detail> {
    let entries = entries(raw).ok_or_else(|| non_field("Value must be valid JSON."))?;
    let values = Object::empty(serializer.fields.len());
    let mut payload = Payload { values, errors: Vec::new(), broken: Vec::new(), nested: Vec::new() };
    for (index, field) in serializer.fields.iter().enumerate() {
        if !field.access.is_taken() {
            continue;
        }
        let raw = entries.iter().rev().find(|(key, _)| key == field.name).map(|(_, value)| *value);
        match read_field(serializer.model, field, mode, raw) {
            Ok(Read::Value(value)) => payload.values.set(index, value),
            Ok(Read::Nested(nested)) => payload.nested.push((index, nested)),
            Ok(Read::Absent) => {}
            Err(refusal) => {
                payload.errors.push((index, refusal.detail(field.messages)));
                if let Refusal::Broken(broken) = refusal {
                    payload.broken.push((index, broken));
                }
            }
        }
    }
    Ok(payload)
}

fn read_field(
    model: &'static ModelMeta,
    field: &FieldMeta,
    mode: Mode,
    raw: Option<&RawValue>,
) -> Result<Read, Refusal> {
    let Some(raw) = raw else {
        return match mode {
            Mode::Patch => Ok(Read::Absent),
            _ if field.required && field.ty.file.is_some() => Err(no_file().into()),
            _ if field.required => Err(Fault::required().into()),
            // A value that is not stored has no former one.
            Mode::Update if !field.default_in_update && !matches!(field.source, Source::Payload) => {
                Ok(Read::Absent)
            }
            Mode::Create | Mode::Update => {
                let default = field.default.as_ref().map(|default| literal(&field.ty, default));
                Ok(default.map_or(Read::Absent, Read::Value))
            }
        };
    };
    if let (Some(slug), Some(target)) = (field.slug, field.names(model)) {
        let column = &target.columns[slug];
        return match field.source {
            Source::Keys(_) => slugs_of(&field.ty, column, raw).map(|slugs| Read::Value(Value::List(slugs))),
            _ => related_slug(column, field.ty.nullable, raw).map(Read::Value),
        };
    }
    match field.source {
        Source::Column(column) => match model.columns[column].references {
            Some(model) => related_key(&model().key_column().ty.kind, field.ty.nullable, raw),
            None => match field.ty.file {
                Some(meta) => return Ok(Read::Value(file(&field.ty, meta, raw)?)),
                None => accept(&field.ty, raw, Reading::STRICT),
            },
        }
        .and_then(|value| Ok(fits_column(&value).map(|()| Read::Value(value))?)),
        Source::Keys(relation) => keys(&field.ty, &model.relations[relation], raw),
        Source::Nested(nested) => self::nested(&field.ty, nested, mode, raw),
        Source::Payload => accept(&field.ty, raw, Reading::STRICT).map(Read::Value),
        // Such fields are always read-only.
        Source::Along(_) | Source::Method => Ok(Read::Absent),
    }
}

/// Reads a field as DRF's `ManyRelatedField` does: a list of keys. The first invalid key is reported without its
/// position, and repeated keys are removed.
fn keys(ty: &TypeMeta, relation: &'static RelationMeta, raw: &RawValue) -> Result<Read, Refusal> {
    keys_of(ty, &(relation.target)().key_column().ty.kind, raw).map(|keys| Read::Value(Value::List(keys)))
}

/// Reads a list of keys of one kind.
pub(super) fn keys_of(ty: &TypeMeta, kind: &Kind, raw: &RawValue) -> Result<Vec<Value>, Refusal> {
    let shape = Shape::of(raw);
    let raws = match &shape {
        Shape::Null if ty.nullable => return Ok(Vec::new()),
        Shape::Null => return Err(Fault::null().into()),
        Shape::List => items(raw).unwrap_or_default(),
        // Python iterates over the keys of a dictionary.
        Shape::Map => {
            let keys = entries(raw).unwrap_or_default();
            let keys: Result<Vec<Value>, Refusal> =
                keys.iter().map(|(key, _)| key_of_map(kind, key)).collect();
            return some_keys(ty, keys?);
        }
        _ => return Err(Fault::not_a_list(&shape).into()),
    };
    let keys: Result<Vec<Value>, Refusal> = raws.into_iter().map(|raw| key_of_list(kind, raw)).collect();
    some_keys(ty, keys?)
}

/// Reads a key of a list. For a single key, `null` and an empty text mean that there is no key.
fn key_of_list(kind: &Kind, raw: &RawValue) -> Result<Value, Refusal> {
    match Shape::of(raw) {
        Shape::Null => Err(does_not_exist("None").into()),
        Shape::Text(text) if text.is_empty() => Err(incorrect_type(&Shape::Text(text)).into()),
        _ => related_key(kind, false, raw),
    }
}

/// Reads a list of values by which rows are named.
fn slugs_of(ty: &TypeMeta, column: &ColumnMeta, raw: &RawValue) -> Result<Vec<Value>, Refusal> {
    let shape = Shape::of(raw);
    let raws = match &shape {
        Shape::Null if ty.nullable => return Ok(Vec::new()),
        Shape::Null => return Err(Fault::null().into()),
        Shape::List => items(raw).unwrap_or_default(),
        _ => return Err(Fault::not_a_list(&shape).into()),
    };
    let slugs: Result<Vec<Value>, Refusal> = raws.into_iter().map(|raw| slug(column, raw)).collect();
    some_keys(ty, slugs?)
}

fn key_of_map(kind: &Kind, key: &str) -> Result<Value, Refusal> {
    let raw = serde_json::value::to_raw_value(key).map_err(|_| Fault::not_a_list(&Shape::Map))?;
    key_of_list(kind, &raw)
}

fn some_keys(ty: &TypeMeta, keys: Vec<Value>) -> Result<Vec<Value>, Refusal> {
    if keys.is_empty() && !ty.blank {
        return Err(Fault::empty(false).into());
    }
    // A list of a client can be long.
    let mut seen = HashSet::with_capacity(keys.len());
    Ok(keys.into_iter().filter(|key| seen.insert(format!("{key:?}"))).collect())
}

/// Reads a field as DRF's nested serializer does: an object, or a list of objects.
fn nested(ty: &TypeMeta, nested: &'static NestedMeta, mode: Mode, raw: &RawValue) -> Result<Read, Refusal> {
    let shape = Shape::of(raw);
    if matches!(shape, Shape::Null) {
        return if ty.nullable { Ok(Read::Value(Value::Null)) } else { Err(Fault::null().into()) };
    }
    if !matches!(nested.of, NestedOf::Relation(_)) {
        if !matches!(shape, Shape::Map) {
            return Err(Refusal::Whole(vec![Fault::not_a_dictionary(&shape)]));
        }
        let payload = fields(nested.serializer, mode, raw).map_err(Refusal::Nested)?;
        return Ok(Read::Nested(Nested::One(Box::new(payload))));
    }
    let of_list = |fault: Fault| Refusal::Whole(vec![fault]);
    if !matches!(shape, Shape::List) {
        return Err(of_list(Fault::not_a_list(&shape)));
    }
    let raws = items(raw).unwrap_or_default();
    if let Some(fault) = wrong_length(ty, raws.len()) {
        return Err(of_list(fault));
    }
    let item = |raw: &RawValue| match Shape::of(raw) {
        Shape::Null => Err(Detail::message(Fault::null().text(&[]))),
        // The rows are created, even if the row that they belong to is only updated.
        Shape::Map => fields(nested.serializer, Mode::Create, raw),
        other => Err(Refusal::Whole(vec![Fault::not_a_dictionary(&other)]).detail(&[])),
    };
    Ok(Read::Nested(Nested::Many(raws.into_iter().map(item).collect())))
}

fn wrong_length(ty: &TypeMeta, found: usize) -> Option<Fault> {
    if found == 0 && !ty.blank {
        return Some(Fault::empty(false));
    }
    let found = found as u64;
    ty.rules.iter().find_map(|rule| match *rule {
        Rule::MaxItems(most) if found > most => {
            let text = "Ensure this field has no more than {max_length} elements.";
            Some(Fault::new("max_length", text).with("max_length", most))
        }
        Rule::MinItems(least) if found < least => {
            let text = "Ensure this field has at least {min_length} elements.";
            Some(Fault::new("min_length", text).with("min_length", least))
        }
        _ => None,
    })
}

/// Returns the detail for an invalid object.
fn non_field(text: impl Into<String>) -> Detail {
    Detail::Map(vec![("non_field_errors".to_owned(), Detail::message(text))])
}
