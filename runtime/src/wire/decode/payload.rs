//! The payloads of create, update and patch, by the fields of a serializer and of those nested in it.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::coerce::{accept, literal};
use super::fault::{Broken, Fault, Refusal};
use super::key::{does_not_exist, incorrect_type, related_key};
use super::reading::Reading;
use super::shape::{Shape, entries, items};
use crate::ground::error::{Detail, Error, Result};
use crate::schema::meta::{
    Access, FieldMeta, Kind, ModelMeta, NestedMeta, NestedOf, RelationMeta, Rule, SerializerMeta, Source,
    TypeMeta,
};
use crate::schema::value::{Object, Value};

/// Which of an action's fields have to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Required fields must be there; others get their defaults.
    Create,
    /// Required fields must be there; others keep their value.
    Update,
    /// Only what is there is looked at.
    Patch,
}

/// A serializer's payload, read: the good values and the bad ones' errors.
#[derive(Debug)]
pub(crate) struct Payload {
    /// What is good, by the serializer's fields.
    pub(crate) values: Object,
    /// What is bad: positions of fields and what to say of them.
    pub(crate) errors: Vec<(usize, Detail)>,
    /// Of what is bad, the values that are of their kind and only break rules: DRF asks in one go whether they are unique.
    pub(crate) broken: Vec<(usize, Broken)>,
    /// The payloads of nested serializers, by positions of fields.
    pub(crate) nested: Vec<(usize, Nested)>,
}

/// What a nested serializer was given.
#[derive(Debug)]
pub(crate) enum Nested {
    /// One object.
    One(Box<Payload>),
    /// A list; items that are no objects are errors.
    Many(Vec<Result<Payload, Detail>>),
}

/// What is written where nothing, a value or a nested payload may be.
enum Read {
    Absent,
    Value(Value),
    Nested(Nested),
}

/// Reads `data` of create, update or patch.
///
/// # Errors
/// [`Error::Validation`] if it is missing, `null` or no object. Bad fields are in the [`Payload`].
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

/// Reads an object.
fn fields(serializer: &'static SerializerMeta, mode: Mode, raw: &RawValue) -> Result<Payload, Detail> {
    let entries = entries(raw).ok_or_else(|| non_field("Value must be valid JSON."))?;
    let values = Object::empty(serializer.fields.len());
    let mut payload = Payload { values, errors: Vec::new(), broken: Vec::new(), nested: Vec::new() };
    for (index, field) in serializer.fields.iter().enumerate() {
        if field.access == Access::ReadOnly {
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
            _ if field.required => Err(Fault::required().into()),
            Mode::Create => {
                let default = field.default.as_ref().map(|default| literal(&field.ty, default));
                Ok(default.map_or(Read::Absent, Read::Value))
            }
            Mode::Update => Ok(Read::Absent),
        };
    };
    match field.source {
        Source::Column(column) => match model.columns[column].references {
            Some(model) => related_key(&model().key_column().ty.kind, field.ty.nullable, raw),
            None => accept(&field.ty, raw, Reading::STRICT),
        }
        .map(Read::Value),
        Source::Keys(relation) => keys(&field.ty, &model.relations[relation], raw),
        Source::Nested(nested) => self::nested(&field.ty, nested, mode, raw),
        // Always read-only.
        Source::Along(_) | Source::Method => Ok(Read::Absent),
    }
}

/// DRF's `ManyRelatedField`: a list of keys, whose first bad one is told without its place. Repeats are dropped.
fn keys(ty: &TypeMeta, relation: &'static RelationMeta, raw: &RawValue) -> Result<Read, Refusal> {
    keys_of(ty, &(relation.target)().key_column().ty.kind, raw).map(|keys| Read::Value(Value::List(keys)))
}

/// Keys of a kind.
pub(super) fn keys_of(ty: &TypeMeta, kind: &Kind, raw: &RawValue) -> Result<Vec<Value>, Refusal> {
    let shape = Shape::of(raw);
    let raws = match &shape {
        Shape::Null if ty.nullable => return Ok(Vec::new()),
        Shape::Null => return Err(Fault::null().into()),
        Shape::List => items(raw).unwrap_or_default(),
        // What Python iterates over.
        Shape::Map => {
            let keys: Result<Vec<Value>, Refusal> =
                entries(raw).unwrap_or_default().iter().map(|(key, _)| text_key(kind, key)).collect();
            return some_keys(ty, keys?);
        }
        _ => return Err(Fault::not_a_list(&shape).into()),
    };
    let mut keys = Vec::with_capacity(raws.len());
    for raw in raws {
        match Shape::of(raw) {
            Shape::Null => return Err(does_not_exist("None").into()),
            // The absence of a key, where one stands alone.
            Shape::Text(text) if text.is_empty() => return Err(incorrect_type(&Shape::Text(text)).into()),
            _ => keys.push(related_key(kind, false, raw)?),
        }
    }
    some_keys(ty, keys)
}

fn text_key(kind: &Kind, key: &str) -> Result<Value, Refusal> {
    let raw = serde_json::value::to_raw_value(key).map_err(|_| Fault::not_a_list(&Shape::Map))?;
    related_key(kind, false, &raw)
}

fn some_keys(ty: &TypeMeta, keys: Vec<Value>) -> Result<Vec<Value>, Refusal> {
    if keys.is_empty() && !ty.blank {
        return Err(Fault::empty(false).into());
    }
    // A list of a client's can be long.
    let mut seen = HashSet::with_capacity(keys.len());
    Ok(keys.into_iter().filter(|key| seen.insert(format!("{key:?}"))).collect())
}

/// DRF's nested serializer: an object, or a list of objects.
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
        // The rows are made anew, whatever happens to the one that they belong to.
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

/// What is wrong with an object as a whole.
fn non_field(text: impl Into<String>) -> Detail {
    Detail::Map(vec![("non_field_errors".to_owned(), Detail::message(text))])
}
