//! Converts JSON to values, by their kinds.
//!
//! Lists, objects and unions contain values of any kind, and so may the default of a property: reading them is one
//! recursion, which is all in this file.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::value::RawValue;

use super::fault::{Fault, Refusal};
use super::file_path::file_path;
use super::number::{self, Whole};
use super::readable::hard_to_read;
use super::reading::{MAX_DEPTH, Reading};
use super::shape::{self, Shape, Written};
use super::{calendar, equality, form, limits, python, rules, scalar, schema, text};
use crate::ground::error::Detail;
use crate::ground::scalar::python::strip;
use crate::ground::scalar::{Json, Precision};
use crate::schema::format::FormatMeta;
use crate::schema::meta::{FilePathMeta, Kind, Literal, ObjectMeta, Rule, TypeMeta, UnionMeta};
use crate::schema::value::{Object, Value};

/// Reads a value: `null` if the type is nullable, otherwise by its kind and then by its rules.
pub(crate) fn accept(ty: &TypeMeta, raw: &RawValue, reading: Reading) -> Result<Value, Refusal> {
    if let Some(schema) = schema::of(ty).filter(|_| reading.strict) {
        schema::judge(schema, raw)?;
    }
    let shape = Shape::of(raw);
    // For JSON Schema `null` is a value of the kind `Json`; for DRF it is the absence of a value.
    let null_is_json = matches!(ty.kind, Kind::Json) && !ty.drf;
    if matches!(shape, Shape::Null) && !null_is_json {
        let fine = ty.nullable || !reading.strict;
        return if fine { Ok(Value::Null) } else { Err(Fault::null().into()) };
    }
    if reading.exact && !form::takes(ty, raw, &shape) {
        return Err(Fault::invalid("Of another type.").into());
    }
    let plain = !ty.drf && reading.strict && !reading.coerces;
    // What is not of the type of a constant is answered as any other value that is not the constant.
    let constant = ty.rules.iter().find(|rule| plain && matches!(rule, Rule::Const(_)));
    if plain && let Some(fault) = form::of_another_type(ty, raw, &shape) {
        return Err(constant.and_then(limits::limit_fault).unwrap_or(fault).into());
    }
    let value = match (of_kind(ty, raw, &shape, reading), constant) {
        (Err(refusal), Some(rule)) => {
            return Err(limits::limit_fault(rule).map_or(refusal, Refusal::from));
        }
        (read, _) => read?,
    };
    if reading.strict && !matches!(value, Value::Null) {
        rules::check(ty, &value, Some(&Written { raw, shape: &shape }), literal)?;
    }
    Ok(value)
}

fn of_kind(ty: &TypeMeta, raw: &RawValue, shape: &Shape<'_>, reading: Reading) -> Result<Value, Refusal> {
    let value = match ty.kind {
        Kind::Boolean => scalar::boolean(shape, ty.nullable)?,
        Kind::Integer => match number::whole(shape, ty.drf)? {
            Whole::Fits(number) => Value::Integer(number),
            beyond => return Err(Refusal::Faults(limits::beyond_64_bits(ty.rules, shape, beyond))),
        },
        Kind::BigInteger => Value::Json(Json::trusted(number::big_integer(shape)?.as_str().to_owned())),
        Kind::Float => Value::Float(number::float(shape)?),
        Kind::Decimal { max_digits, decimal_places } => {
            if ty.nullable && matches!(shape, Shape::Text(text) if strip(text).is_empty()) {
                return Ok(Value::Null);
            }
            Value::Decimal(number::decimal(shape, Precision { max_digits, decimal_places })?)
        }
        Kind::Form(form) if form.is_ip() => {
            Value::Text(text::address(ty, form, raw, shape, !reading.strict)?)
        }
        // What is stored may be the path of a file that is not there any more.
        Kind::Text | Kind::Form(_) => match paths_of(ty).filter(|_| reading.strict) {
            Some(paths) => file_path(ty, paths, raw, shape)?,
            None => Value::Text(text::text(ty, raw, shape, !reading.strict)?),
        },
        Kind::Uuid => Value::Uuid(scalar::uuid(shape)?),
        Kind::Date | Kind::DateTime | Kind::Time => {
            // What is stored or in a definition is in ISO 8601.
            let format = ty.format.filter(|_| reading.strict).unwrap_or(&FormatMeta::DEFAULT);
            calendar::calendar(&ty.kind, format, shape)?
        }
        Kind::Duration => calendar::duration(raw, shape)?,
        Kind::Bytes => Value::Bytes(scalar::bytes(shape)?),
        Kind::Choice(choices) => scalar::choice(ty, choices, raw, shape)?,
        Kind::Json if shape::depth(raw.get()) > MAX_DEPTH => return Err(Fault::too_deep().into()),
        Kind::Json => match hard_to_read(raw.get(), ty.drf).filter(|_| reading.strict) {
            Some(fault) => return Err(fault.into()),
            None => Value::Json(Json::trusted(raw.get())),
        },
        Kind::List(item) if ty.rules.contains(&Rule::MultipleChoice) => {
            choices(ty, item, raw, shape, reading.deeper()?)?
        }
        Kind::List(item) => list(ty, item, raw, shape, reading.deeper()?)?,
        Kind::Tuple(types) => tuple(types, raw, shape, reading.deeper()?)?,
        Kind::Map(item) => map(ty, item, raw, shape, reading.deeper()?)?,
        Kind::Object(meta) => Value::Object(object(meta(), raw, shape, reading.deeper()?)?),
        Kind::Union(meta) => union(meta(), raw, shape, reading)?,
    };
    Ok(value)
}

fn paths_of(ty: &TypeMeta) -> Option<&'static FilePathMeta> {
    ty.rules.iter().find_map(|rule| match rule {
        Rule::FilePath(paths) => Some(*paths),
        _ => None,
    })
}

fn list(
    ty: &TypeMeta,
    item: &TypeMeta,
    raw: &RawValue,
    shape: &Shape<'_>,
    reading: Reading,
) -> Result<Value, Refusal> {
    let items = if matches!(shape, Shape::List) { shape::items(raw) } else { None };
    let Some(items) = items else {
        let fault = Fault::not_a_list(shape);
        return Err(Refusal::of_list(item, vec![fault]));
    };
    if reading.strict {
        rules::before_items(ty, Some(items.len() as u64))?;
    }
    let mut values = Vec::with_capacity(items.len());
    let mut errors = Vec::new();
    for (index, raw) in items.into_iter().enumerate() {
        match accept(item, raw, reading) {
            Ok(value) => values.push(value),
            Err(refusal) => errors.push((index.to_string(), refusal.detail(&[]))),
        }
    }
    if errors.is_empty() { Ok(Value::List(values)) } else { Err(Refusal::Nested(Detail::Map(errors))) }
}

/// Reads DRF's `MultipleChoiceField`: the choices of a list, or of the keys of a dictionary, each once.
fn choices(
    ty: &TypeMeta,
    item: &TypeMeta,
    raw: &RawValue,
    shape: &Shape<'_>,
    reading: Reading,
) -> Result<Value, Refusal> {
    let keys: Vec<Box<RawValue>>;
    let items: Vec<&RawValue> = match shape {
        Shape::List => shape::items(raw).unwrap_or_default(),
        Shape::Map => {
            let entries = shape::entries(raw).unwrap_or_default();
            keys = entries.iter().filter_map(|(key, _)| serde_json::value::to_raw_value(key).ok()).collect();
            keys.iter().map(|key| &**key).collect()
        }
        _ => return Err(Fault::not_a_list(shape).into()),
    };
    if reading.strict {
        rules::before_items(ty, Some(items.len() as u64))?;
    }
    let mut values = Vec::with_capacity(items.len());
    for raw in items {
        let value = match item.kind {
            Kind::Choice(choices) => scalar::choice(item, choices, raw, &Shape::of(raw))?,
            _ => accept(item, raw, reading)?,
        };
        // There are as many as choices at most.
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Ok(Value::List(values))
}

/// Reads a list that has exactly one item of each type.
fn tuple(types: &[TypeMeta], raw: &RawValue, shape: &Shape<'_>, reading: Reading) -> Result<Value, Refusal> {
    let items = if matches!(shape, Shape::List) { shape::items(raw) } else { None };
    let Some(items) = items else { return Err(Fault::not_a_list(shape).into()) };
    if items.len() != types.len() {
        let count = types.len() as u64;
        let limit = if items.len() < types.len() { Rule::MinItems(count) } else { Rule::MaxItems(count) };
        return Err(limits::limit_fault(&limit).unwrap_or_else(form::no_match).into());
    }
    let mut values = Vec::with_capacity(items.len());
    let mut errors = Vec::new();
    for (index, (ty, raw)) in types.iter().zip(items).enumerate() {
        match accept(ty, raw, reading) {
            Ok(value) => values.push(value),
            Err(refusal) => errors.push((index.to_string(), refusal.detail(&[]))),
        }
    }
    if errors.is_empty() { Ok(Value::List(values)) } else { Err(Refusal::Nested(Detail::Map(errors))) }
}

fn map(
    ty: &TypeMeta,
    item: &TypeMeta,
    raw: &RawValue,
    shape: &Shape<'_>,
    reading: Reading,
) -> Result<Value, Refusal> {
    let entries = if matches!(shape, Shape::Map) { shape::entries(raw) } else { None };
    let Some(entries) = entries else {
        if matches!(shape, Shape::Map) {
            return Err(Fault::invalid("Value must be valid JSON.").into());
        }
        let text = "Expected a dictionary of items but got type \"{input_type}\".";
        return Err(Fault::new("not_a_dict", text).with("input_type", shape.python_type()).into());
    };
    if reading.strict {
        rules::before_items(ty, Some(entries.len() as u64))?;
    }
    let mut values: Vec<(String, Value)> = Vec::with_capacity(entries.len());
    let mut errors = Vec::new();
    let mut seen = HashMap::new();
    for (key, raw) in entries {
        match accept(item, raw, reading) {
            Ok(value) => match seen.get(&key) {
                Some(at) => {
                    let slot: &mut (String, Value) = &mut values[*at];
                    slot.1 = value;
                }
                None => {
                    values.push((key.clone().into_owned(), value));
                    seen.insert(key, values.len() - 1);
                }
            },
            Err(refusal) => errors.push((key.into_owned(), refusal.detail(&[]))),
        }
    }
    if errors.is_empty() { Ok(Value::Map(values)) } else { Err(Refusal::Nested(Detail::Map(errors))) }
}

fn object(
    meta: &'static ObjectMeta,
    raw: &RawValue,
    shape: &Shape<'_>,
    reading: Reading,
) -> Result<Object, Refusal> {
    let entries = if matches!(shape, Shape::Map) { shape::entries(raw) } else { None };
    let Some(entries) = entries else {
        return Err(Refusal::Whole(vec![match shape {
            Shape::Map => Fault::invalid("Value must be valid JSON."),
            other => Fault::not_a_dictionary(other),
        }]));
    };
    entries_of(meta, &entries, &[], reading).map_err(|errors| Refusal::Nested(Detail::Map(errors)))
}

/// Reads the entries of an object: its properties, then the additional entries, as the description requires. Keys in
/// `foreign` do not belong to the object. The errors are by key.
pub(super) fn entries_of(
    meta: &'static ObjectMeta,
    entries: &[(Cow<'_, str>, &RawValue)],
    foreign: &[&str],
    reading: Reading,
) -> Result<Object, Vec<(String, Detail)>> {
    let lookup = |name: &str| entries.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value);
    let (mut object, mut errors) = match properties(meta, &lookup, reading) {
        Ok(object) => (object, Vec::new()),
        Err(errors) => (Object::default(), errors),
    };
    if meta.additional.is_none() && !(meta.closed && reading.strict) {
        return if errors.is_empty() { Ok(object) } else { Err(errors) };
    }
    for (key, raw) in beside(meta, entries, foreign) {
        match meta.additional.map(|additional| accept(additional, raw, reading)) {
            Some(Ok(value)) => object.add(key.to_owned(), value),
            Some(Err(refusal)) => errors.push((key.to_owned(), refusal.detail(&[]))),
            None => errors.push((key.to_owned(), Detail::message("Unknown field."))),
        }
    }
    if errors.is_empty() { Ok(object) } else { Err(errors) }
}

/// Returns the entries that are not properties, in their order; of equal keys only the last.
fn beside<'a>(
    meta: &'static ObjectMeta,
    entries: &'a [(Cow<'_, str>, &'a RawValue)],
    foreign: &[&str],
) -> Vec<(&'a str, &'a RawValue)> {
    let mut seen = HashSet::new();
    let known =
        |key: &str| meta.properties.iter().any(|property| property.name == key) || foreign.contains(&key);
    let unknown = entries.iter().rev().map(|(key, raw)| (key.as_ref(), *raw)).filter(|(key, _)| !known(key));
    let mut last: Vec<_> = unknown.filter(|(key, _)| seen.insert(*key)).collect();
    last.reverse();
    last
}

/// Reads the properties that `lookup` finds. The errors are by property.
fn properties<'a>(
    meta: &'static ObjectMeta,
    lookup: &dyn Fn(&str) -> Option<&'a RawValue>,
    reading: Reading,
) -> Result<Object, Vec<(String, Detail)>> {
    let mut object = Object::empty(meta.properties.len());
    let mut errors = Vec::new();
    for (index, property) in meta.properties.iter().enumerate() {
        let read = match lookup(property.name) {
            Some(raw) => accept(&property.ty, raw, reading).map(Some),
            None if property.required && reading.strict => Err(Fault::required().into()),
            None => Ok(property.default.as_ref().map(|default| literal(&property.ty, default))),
        };
        match read {
            Ok(Some(value)) => object.set(index, value),
            Ok(None) => {}
            Err(refusal) => errors.push((property.name.to_owned(), refusal.detail(property.messages))),
        }
    }
    if errors.is_empty() { Ok(object) } else { Err(errors) }
}

/// Reads a value of a union; it is not `null`.
///
/// If the union has a tag, the tag determines the form, and the errors are those of this form. Otherwise the forms are
/// distinguished by the JSON types of values as they are written. If only one form has the JSON type of the value, the
/// value is read as this form, with its coercions and errors.
pub(super) fn union(
    meta: &'static UnionMeta,
    raw: &RawValue,
    shape: &Shape<'_>,
    reading: Reading,
) -> Result<Value, Refusal> {
    match meta.tag {
        Some(tag) => by_tag(meta, tag, raw, shape, reading),
        None => by_shape(meta, raw, shape, reading),
    }
}

fn by_tag(
    meta: &'static UnionMeta,
    tag: &str,
    raw: &RawValue,
    shape: &Shape<'_>,
    reading: Reading,
) -> Result<Value, Refusal> {
    let entries = if matches!(shape, Shape::Map) { shape::entries(raw) } else { None };
    let Some(entries) = entries else {
        return Err(Refusal::Whole(vec![Fault::not_a_dictionary(shape)]));
    };
    let refuse =
        |fault: Fault| Refusal::Nested(Detail::Map(vec![(tag.to_owned(), Refusal::from(fault).detail(&[]))]));
    let Some(sent) = entries.iter().rev().find(|(key, _)| key == tag).map(|(_, value)| *value) else {
        return Err(refuse(Fault::required()));
    };
    let shape = Shape::of(sent);
    if matches!(shape, Shape::Null) {
        return Err(refuse(Fault::null()));
    }
    let says = |literal: &Literal| equality::is(sent, literal);
    let found = meta.variants.iter().position(|variant| variant.tag.as_ref().is_some_and(says));
    let Some(index) = found else { return Err(refuse(Fault::invalid_choice(&python::str(sent)))) };
    accept(&meta.variants[index].ty, raw, reading).map(|value| Value::variant(index, value))
}

fn by_shape(
    meta: &'static UnionMeta,
    raw: &RawValue,
    shape: &Shape<'_>,
    reading: Reading,
) -> Result<Value, Refusal> {
    let candidates =
        meta.variants.iter().enumerate().filter(|(_, variant)| form::takes(&variant.ty, raw, shape));
    let candidates: Vec<usize> = candidates.map(|(index, _)| index).collect();
    let read = |index: usize, reading: Reading| {
        accept(&meta.variants[index].ty, raw, reading).map(|value| Value::variant(index, value))
    };
    if let [only] = candidates.as_slice() {
        return read(*only, reading);
    }
    let reading = reading.forked(candidates.len())?;
    let one_is_enough = !meta.exactly_one || !reading.strict;
    let mut matches = candidates.iter().filter_map(|index| read(*index, reading.exact()).ok());
    match (matches.next(), one_is_enough) {
        (Some(first), true) => Ok(first),
        (Some(first), false) => match matches.next() {
            None => Ok(first),
            Some(_) => Err(Fault::new("ambiguous", "Matches more than one of the allowed forms.").into()),
        },
        // A value that was stored under other rules is read as the first form that accepts it.
        (None, _) if !reading.strict => candidates
            .iter()
            .find_map(|index| read(*index, reading).ok())
            .ok_or_else(|| form::no_match().into()),
        (None, _) => Err(form::no_match().into()),
    }
}

/// Returns the value of a literal. A literal that does not fit its type, which the generator rules out, becomes `null`.
pub(crate) fn literal(ty: &TypeMeta, literal: &Literal) -> Value {
    let json = match literal {
        Literal::Null => return Value::Null,
        Literal::Boolean(value) if matches!(ty.kind, Kind::Boolean) => return Value::Boolean(*value),
        Literal::Integer(value) if matches!(ty.kind, Kind::Integer | Kind::Choice(_)) => {
            return Value::Integer(*value);
        }
        Literal::Text(text) if ty.kind.is_text() || matches!(ty.kind, Kind::Choice(_)) => {
            return Value::Text((*text).to_owned());
        }
        other => equality::json_of(other),
    };
    if matches!(ty.kind, Kind::Json) {
        return Value::Json(Json::trusted(json.into_owned()));
    }
    let raw = serde_json::from_str(&json).ok();
    raw.and_then(|raw| accept(ty, raw, Reading::STORED).ok()).unwrap_or(Value::Null)
}
