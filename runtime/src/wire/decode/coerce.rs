//! JSON into values: what each kind takes, and what it becomes.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::value::RawValue;

use super::fault::{Fault, Refusal};
use super::literal::literal;
use super::number::{self, Whole};
use super::rules::{self, Written};
use super::shape::{self, Shape};
use super::{MAX_DEPTH, equality, limits, python, text, union};
use crate::ground::error::Detail;
use crate::ground::scalar::{Json, ParseDateTimeError, ParseDurationError, Uuid};
use crate::schema::meta::is_integer_choice;
use crate::schema::meta::{Kind, Literal, ObjectMeta, Rule, TypeMeta};
use crate::schema::value::{Object, Value};

/// How JSON is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Whether rules and required properties are enforced.
    strict: bool,
    /// Whether types of JSON are taken as they are written, without DRF's coercions: it is asked which form of a
    /// union a value is of.
    exact: bool,
    depth: usize,
    /// How often the text at hand may be read, as forms of unions are tried one after the other.
    tries: usize,
}

/// A text is not read more often than this. Unions without a tag that hold each other would have it read once per
/// path through their forms, which a client can make double with every level.
const MAX_TRIES: usize = 1024;

impl Reading {
    /// What a client sent.
    pub(crate) const STRICT: Self = Self { strict: true, exact: false, depth: 0, tries: 1 };
    /// What this server once stored, or what the definition says.
    pub(crate) const STORED: Self = Self { strict: false, ..Self::STRICT };

    fn deeper(self) -> Result<Self, Refusal> {
        if self.depth >= MAX_DEPTH {
            Err(too_deep().into())
        } else {
            Ok(Self { depth: self.depth + 1, ..self })
        }
    }

    /// For trying several forms of a union.
    pub(super) fn forked(self, forms: usize) -> Result<Self, Refusal> {
        let tries = self.tries.saturating_mul(forms.max(1));
        if tries > MAX_TRIES { Err(too_deep().into()) } else { Ok(Self { tries, ..self }) }
    }

    /// For asking whether a value is of a form.
    pub(super) const fn exact(self) -> Self {
        Self { strict: true, exact: true, ..self }
    }

    pub(super) const fn is_strict(self) -> bool {
        self.strict
    }
}

fn too_deep() -> Fault {
    Fault::new("too_deep", "Value is nested too deeply.")
}

/// Reads a value: `null` if it may be, else by its kind, then by its rules.
pub(crate) fn accept(ty: &TypeMeta, raw: &RawValue, reading: Reading) -> Result<Value, Refusal> {
    let shape = Shape::of(raw);
    // In JSON Schema `null` is a value of "any JSON", in DRF it is the absence of one.
    let null_is_json = matches!(ty.kind, Kind::Json) && !ty.drf;
    if matches!(shape, Shape::Null) && !null_is_json {
        let fine = ty.nullable || !reading.strict;
        return if fine { Ok(Value::Null) } else { Err(Fault::null().into()) };
    }
    if reading.exact && !union::takes(ty, raw, &shape) {
        return Err(invalid("Of another type.").into());
    }
    let value = of_kind(ty, raw, &shape, reading)?;
    if reading.strict && !matches!(value, Value::Null) {
        rules::check(ty, &value, Some(&Written { raw, shape: &shape }))?;
    }
    Ok(value)
}

fn of_kind(ty: &TypeMeta, raw: &RawValue, shape: &Shape<'_>, reading: Reading) -> Result<Value, Refusal> {
    let value = match ty.kind {
        Kind::Boolean => boolean(shape, ty.nullable)?,
        Kind::Integer => match number::integer(shape)? {
            Whole::Fits(number) => Value::Integer(number),
            beyond => return Err(Refusal::Faults(beyond_64_bits(ty.rules, shape, beyond))),
        },
        Kind::Float => Value::Float(number::float(shape)?),
        Kind::Decimal { max_digits, decimal_places } => {
            if ty.nullable && matches!(shape, Shape::Text(text) if python::strip(text).is_empty()) {
                return Ok(Value::Null);
            }
            Value::Decimal(number::decimal(shape, max_digits, decimal_places)?)
        }
        Kind::Text | Kind::Email | Kind::Url | Kind::Slug | Kind::UnicodeSlug => {
            Value::Text(text::text(ty, raw, shape, !reading.strict)?)
        }
        Kind::Ip | Kind::Ipv4 | Kind::Ipv6 => Value::Text(text::address(ty, raw, shape, !reading.strict)?),
        Kind::Uuid => Value::Uuid(uuid(shape)?),
        Kind::Date | Kind::DateTime | Kind::Time => calendar(&ty.kind, shape)?,
        Kind::Duration => duration(raw, shape)?,
        Kind::Bytes => match shape {
            Shape::Text(text) => Value::Bytes(text.parse().map_err(|_| invalid("Enter valid base64 text."))?),
            _ => return Err(invalid("Enter valid base64 text.").into()),
        },
        Kind::Choice(choices) => choice(ty, choices, raw, shape)?,
        Kind::Json if shape::depth(raw.get()) > MAX_DEPTH => return Err(too_deep().into()),
        Kind::Json => match shape::lone_surrogate(raw.get()) {
            // Hardly anybody could read it again: PostgreSQL's functions, clients, or the application.
            Some(unit) if reading.strict => return Err(text::surrogate(unit).into()),
            _ => Value::Json(Json::trusted(raw.get())),
        },
        Kind::List(item) => list(ty, item, raw, shape, reading.deeper()?)?,
        Kind::Map(item) => map(ty, item, raw, shape, reading.deeper()?)?,
        Kind::Object(meta) => Value::Object(object(meta(), raw, shape, reading.deeper()?)?),
        Kind::Union(meta) => union::union(meta(), raw, shape, reading)?,
    };
    Ok(value)
}

const fn invalid(text: &'static str) -> Fault {
    Fault::new("invalid", text)
}

fn boolean(shape: &Shape<'_>, nullable: bool) -> Result<Value, Fault> {
    let fault = invalid("Must be a valid boolean.");
    let value = match shape {
        Shape::Boolean(value) => Some(*value),
        Shape::Integer(text) | Shape::Float(text) => match text.parse::<f64>() {
            Ok(1.0) => Some(true),
            Ok(0.0) => Some(false),
            _ => None,
        },
        Shape::Text(text) => match text.to_lowercase().as_str() {
            "t" | "y" | "yes" | "true" | "on" | "1" => Some(true),
            "f" | "n" | "no" | "false" | "off" | "0" => Some(false),
            "null" | "" if nullable => return Ok(Value::Null),
            _ => None,
        },
        _ => None,
    };
    value.map(Value::Boolean).ok_or(fault)
}

/// An integer beyond 64 bits breaks every limit on its side, and the column's own if there is none.
fn beyond_64_bits(limits: &[Rule], shape: &Shape<'_>, found: Whole) -> Vec<Fault> {
    let number = number::digits(shape);
    let broken = |rule: &&Rule| number.as_ref().is_some_and(|number| limits::breaks_large(rule, number));
    let (steps, mut broken): (Vec<&Rule>, Vec<&Rule>) =
        limits.iter().filter(broken).partition(|rule| matches!(rule, Rule::MultipleOf(_)));
    let own = match found {
        Whole::TooSmall => Rule::Minimum("-9223372036854775808"),
        _ => Rule::Maximum("9223372036854775807"),
    };
    if broken.is_empty() {
        broken.push(&own);
    }
    steps.into_iter().chain(broken).filter_map(limits::limit_fault).collect()
}

fn uuid(shape: &Shape<'_>) -> Result<Uuid, Fault> {
    let fault = invalid("Must be a valid UUID.");
    match shape {
        Shape::Text(text) => text.parse().map_err(|_| fault),
        Shape::Integer(digits) => digits.parse().map(Uuid::from_u128).map_err(|_| fault),
        Shape::Boolean(value) => Ok(Uuid::from_u128((*value).into())),
        _ => Err(fault),
    }
}

fn calendar(kind: &Kind, shape: &Shape<'_>) -> Result<Value, Fault> {
    let text = match shape {
        Shape::Text(text) => text.as_ref(),
        // No format takes it, so that the complaint is about the format.
        _ => "",
    };
    match kind {
        Kind::Date => text.parse().map(Value::Date).map_err(|_| {
            Fault::new("invalid", "Date has wrong format. Use one of these formats instead: {format}.")
                .with("format", "YYYY-MM-DD")
        }),
        Kind::Time => text.parse().map(Value::Time).map_err(|_| {
            Fault::new("invalid", "Time has wrong format. Use one of these formats instead: {format}.")
                .with("format", "hh:mm[:ss[.uuuuuu]]")
        }),
        _ => text.parse().map(Value::DateTime).map_err(|error| match error {
            ParseDateTimeError::OutOfRange => Fault::new("overflow", "Datetime value out of range."),
            ParseDateTimeError::Format => Fault::new(
                "invalid",
                "Datetime has wrong format. Use one of these formats instead: {format}.",
            )
            .with("format", "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]"),
        }),
    }
}

fn duration(raw: &RawValue, shape: &Shape<'_>) -> Result<Value, Fault> {
    let text = match shape {
        Shape::Text(text) => text.to_string(),
        Shape::Integer(_) | Shape::Float(_) => python::str(raw),
        _ => "no duration".to_owned(),
    };
    let bounds = "The number of days must be between {min_days} and {max_days}.";
    text.parse().map(Value::Duration).map_err(|error| match error {
        ParseDurationError::Format => {
            Fault::new("invalid", "Duration has wrong format. Use one of these formats instead: {format}.")
                .with("format", "[DD] [HH:[MM:]]ss[.uuuuuu]")
        }
        ParseDurationError::Overflow => {
            Fault::new("overflow", bounds).with("min_days", -999_999_999).with("max_days", 999_999_999)
        }
        ParseDurationError::TooLong => {
            Fault::new("overflow", bounds).with("min_days", -106_751_990).with("max_days", 106_751_990)
        }
    })
}

/// The value of a choice; in DRF also its text (`"3"` for 3), in plain JSON only what is the same.
fn choice(ty: &TypeMeta, choices: &[Literal], raw: &RawValue, shape: &Shape<'_>) -> Result<Value, Fault> {
    let is_empty = matches!(shape, Shape::Text(text) if text.is_empty());
    // An integer is never blank: no column of integers holds a text.
    if is_empty && ty.drf && ty.blank && !is_integer_choice(choices) {
        return Ok(Value::Text(String::new()));
    }
    if !ty.drf {
        let found = choices.iter().find(|choice| equality::is(raw, choice));
        return found.map(|found| literal(ty, found)).ok_or_else(|| rules::invalid_choice(&python::str(raw)));
    }
    let input = python::str(raw);
    let of_text = |choice: &&Literal| match choice {
        Literal::Text(text) => *text == input,
        Literal::Integer(number) => number.to_string() == input,
        _ => false,
    };
    let found = if matches!(shape, Shape::List | Shape::Map) { None } else { choices.iter().find(of_text) };
    found.map(|found| literal(ty, found)).ok_or_else(|| rules::invalid_choice(&input))
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
        let text = "Expected a list of items but got type \"{input_type}\".";
        let fault = Fault::new("not_a_list", text).with("input_type", shape.python_type());
        return Err(rules::of_list(item, vec![fault]));
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
            return Err(invalid("Value must be valid JSON.").into());
        }
        let text = "Expected a dictionary of items but got type \"{input_type}\".";
        return Err(Fault::new("not_a_dict", text).with("input_type", shape.python_type()).into());
    };
    if reading.strict {
        rules::before_items(ty, Some(entries.len() as u64))?;
    }
    let mut values: Vec<(String, Value)> = Vec::with_capacity(entries.len());
    let mut errors = Vec::new();
    let mut seen = std::collections::HashMap::new();
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
            Shape::Map => invalid("Value must be valid JSON."),
            other => super::not_a_dictionary(other),
        }]));
    };
    entries_of(meta, &entries, &[], reading).map_err(|errors| Refusal::Nested(Detail::Map(errors)))
}

/// Reads an object's entries: its properties, then, as the description says, what is beside them. Keys that are
/// `foreign` are somebody else's. The errors are by key.
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

/// The entries that are no properties, in their order; of equal keys the last.
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

/// Reads the properties that `lookup` finds; the errors are by property.
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
