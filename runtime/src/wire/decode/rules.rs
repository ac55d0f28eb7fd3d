//! What values obey beyond their kind, whether they come from a client or from the application.
//!
//! Texts are DRF's and Django's; the rules of JSON Schema that these lack are worded alike. All that is wrong with a
//! value is told, in the order in which DRF asks: a model's own validators, the greatest, the least, what is said of
//! every text, the kind of text.

use super::fault::{Broken, Fault, Refusal};
use super::limits::{self, length, limit_fault};
use super::shape::{self, Shape};
use super::text::{self, is_of_text_kind};
use super::{equality, literal, number};
use crate::ground::error::Detail;
use crate::schema::meta::{Kind, Literal, ObjectMeta, Rule, TypeMeta};
use crate::schema::value::{Object, Value};
use serde_json::value::RawValue;
use std::collections::HashSet;

/// How a value is written, where it comes from a client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) raw: &'a RawValue,
    pub(super) shape: &'a Shape<'a>,
}

/// When DRF asks about what a fault is about: a field's `validators` come before those that its own class adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// Before it is asked whether the value is unique.
    Validator,
    Most,
    Least,
    NullCharacters,
    Surrogates,
    Kind,
    Regex,
    /// Rules that DRF has not.
    Schema,
}

const fn turn(rule: &Rule) -> Turn {
    match rule {
        Rule::Pattern(_) | Rule::MultipleOf(_) => Turn::Validator,
        Rule::MaxLength(_) | Rule::Maximum(_) | Rule::ExclusiveMaximum(_) | Rule::MaxItems(_) => Turn::Most,
        Rule::MinLength(_)
        | Rule::Minimum(_)
        | Rule::ExclusiveMinimum(_)
        | Rule::MinItems(_)
        | Rule::NotEmpty => Turn::Least,
        Rule::Regex(_) => Turn::Regex,
        Rule::UniqueItems | Rule::Const(_) => Turn::Schema,
    }
}

pub(super) const fn blank() -> Fault {
    Fault::new("blank", "This field may not be blank.")
}

pub(super) fn invalid_choice(input: &str) -> Fault {
    Fault::new("invalid_choice", "\"{input}\" is not a valid choice.").with("input", input)
}

/// DRF's words for an empty list or dictionary where `allow_empty` is false.
pub(super) const fn empty(map: bool) -> Fault {
    let text = if map { "This dictionary may not be empty." } else { "This list may not be empty." };
    Fault::new("empty", text)
}

/// What is wrong with a list as such: of objects it is under `non_field_errors`, as DRF's `ListSerializer` has it.
pub(super) fn of_list(item: &TypeMeta, faults: Vec<Fault>) -> Refusal {
    if matches!(item.kind, Kind::Object(_)) { Refusal::Whole(faults) } else { Refusal::Faults(faults) }
}

/// Judges a value with all that is inside of it: what typed code writes passes the same rules as what clients send.
pub(crate) fn check_deep(ty: &TypeMeta, value: &Value) -> Result<(), Refusal> {
    if matches!(value, Value::Null) {
        return if ty.nullable { Ok(()) } else { Err(Fault::null().into()) };
    }
    let errors: Vec<(String, Detail)> = match (&ty.kind, value) {
        (Kind::List(item), Value::List(items)) => {
            let keyed = items.iter().enumerate().map(|(index, value)| (index.to_string(), *item, value));
            inner(keyed)
        }
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
        (Kind::Union(meta), Value::Variant(index, value)) => {
            return super::union::check(meta(), *index, value);
        }
        _ => Vec::new(),
    };
    if !errors.is_empty() {
        return Err(Refusal::Nested(Detail::Map(errors)));
    }
    check(ty, value, None)
}

fn inner<'a>(values: impl Iterator<Item = (String, &'a TypeMeta, &'a Value)>) -> Vec<(String, Detail)> {
    values
        .filter_map(|(key, ty, value)| check_deep(ty, value).err().map(|refusal| (key, refusal.detail(&[]))))
        .collect()
}

/// What is wrong with the entries beside an object's properties.
fn beside(meta: &'static ObjectMeta, object: &Object) -> Vec<(String, Detail)> {
    let known = |key: &str| meta.properties.iter().any(|property| property.name == key);
    let doubled = object.additional().iter().filter(|(key, _)| known(key));
    let doubled = doubled.map(|(key, _)| (key.clone(), Detail::message("This is a field of its own.")));
    let entries = object.additional().iter().filter(|(key, _)| !known(key));
    let values = meta.additional.map(|ty| inner(entries.map(move |(key, value)| (key.clone(), ty, value))));
    doubled.chain(values.into_iter().flatten()).collect()
}

/// Judges a value that is not `null`; what is inside of lists and objects has been judged before. Rules of plain JSON
/// are about the value as it is `written`, if it is.
pub(super) fn check(ty: &TypeMeta, value: &Value, written: Option<&Written<'_>>) -> Result<(), Refusal> {
    if let (Value::Text(text), true) = (value, ty.drf)
        && text.is_empty()
        && !matches!(ty.kind, Kind::Choice(_))
    {
        return if ty.blank { Ok(()) } else { Err(blank().into()) };
    }
    before_items(ty, length(value))?;
    let plain = written.filter(|_| !ty.drf);
    let of_rule = |rule: &Rule| {
        let fault = broken(ty, rule, value, plain)?;
        Some((turn(rule), fault))
    };
    let mut faults: Vec<(Turn, Fault)> = ty.rules.iter().filter_map(of_rule).collect();
    of_kind(ty, value, written, &mut faults);
    if faults.is_empty() {
        return Ok(());
    }
    faults.sort_by_key(|(turn, _)| *turn);
    let before_unique = faults.iter().filter(|(turn, _)| *turn == Turn::Validator).count();
    let faults: Vec<Fault> = faults.into_iter().map(|(_, fault)| fault).collect();
    Err(match &ty.kind {
        Kind::List(item) => of_list(item, faults),
        _ => Refusal::Broken(Broken { value: value.clone(), faults, before_unique }),
    })
}

/// What DRF says of a list before it looks at the items, and then nothing else: that it is empty, and how long a list
/// of objects is.
pub(super) fn before_items(ty: &TypeMeta, length: Option<u64>) -> Result<(), Refusal> {
    let Some(length) = length else { return Ok(()) };
    if length == 0 && ty.rules.contains(&Rule::NotEmpty) {
        return Err(match &ty.kind {
            Kind::List(item) => of_list(item, vec![empty(false)]),
            _ => empty(matches!(ty.kind, Kind::Map(_))).into(),
        });
    }
    match &ty.kind {
        Kind::List(item) if ty.drf && matches!(item.kind, Kind::Object(_)) => {
            let broken = ty.rules.iter().find(|rule| limits::breaks_length(rule, length));
            broken.and_then(limit_fault).map_or(Ok(()), |fault| Err(Refusal::Whole(vec![fault])))
        }
        _ => Ok(()),
    }
}

fn of_kind(ty: &TypeMeta, value: &Value, written: Option<&Written<'_>>, faults: &mut Vec<(Turn, Fault)>) {
    let fault = match (&ty.kind, value) {
        (Kind::Choice(choices), value) => check_choice(ty, choices, value),
        (Kind::Decimal { max_digits, decimal_places }, Value::Decimal(number)) => {
            number::check_decimal(*number, *max_digits, *decimal_places).err()
        }
        (Kind::Float, Value::Float(number)) if !number.is_finite() => {
            Some(Fault::new("invalid", "A valid number is required."))
        }
        (kind, Value::Text(own)) => {
            if own.contains('\0') {
                let fault = Fault::new("null_characters_not_allowed", "Null characters are not allowed.");
                faults.push((Turn::NullCharacters, fault));
            }
            if let Some(Shape::Surrogate(unit)) = written.map(|written| written.shape) {
                faults.push((Turn::Surrogates, text::surrogate(*unit)));
            }
            (!is_of_text_kind(kind, own)).then(|| text::kind_fault(kind))
        }
        _ => None,
    };
    faults.extend(fault.map(|fault| (Turn::Kind, fault)));
}

fn check_choice(ty: &TypeMeta, choices: &[Literal], value: &Value) -> Option<Fault> {
    let (found, input) = match value {
        Value::Text(text) if text.is_empty() && ty.blank && ty.drf => return None,
        Value::Text(text) => {
            (choices.iter().any(|choice| matches!(choice, Literal::Text(own) if own == text)), text.clone())
        }
        Value::Integer(number) => (choices.contains(&Literal::Integer(*number)), number.to_string()),
        _ => return None,
    };
    (!found).then(|| invalid_choice(&input))
}

/// `plain` is how a value of plain JSON is written.
fn broken(ty: &TypeMeta, rule: &Rule, value: &Value, plain: Option<&Written<'_>>) -> Option<Fault> {
    let broken = match (rule, value) {
        (Rule::UniqueItems, Value::List(items)) => match plain {
            Some(written) => has_twins(shape::items(written.raw).unwrap_or_default().into_iter()),
            None => has_repeats(ty, items),
        },
        (Rule::Const(constant), value) => match plain {
            Some(written) => !equality::is(written.raw, constant),
            None => literal(ty, constant) != *value && !is_json_of(ty, value, constant),
        },
        (rule, value) => limits::breaks(ty, rule, value, plain),
    };
    if broken { limit_fault(rule) } else { None }
}

/// A value of this type, as it is written.
fn with_json<T>(ty: &TypeMeta, value: &Value, look: impl FnOnce(&RawValue) -> T) -> Option<T> {
    let mut json = Vec::new();
    crate::wire::encode::value(&mut json, ty, value);
    serde_json::from_slice(&json).ok().map(look)
}

fn is_json_of(ty: &TypeMeta, value: &Value, constant: &Literal) -> bool {
    with_json(ty, value, |json| equality::is(json, constant)).unwrap_or(false)
}

/// Items are compared by their JSON, in one pass: a list of a client's can be long.
fn has_repeats(ty: &TypeMeta, items: &[Value]) -> bool {
    let Kind::List(item) = ty.kind else { return false };
    let mut seen = HashSet::with_capacity(items.len());
    items
        .iter()
        .filter_map(|value| with_json(item, value, equality::canonical))
        .any(|json| !seen.insert(json))
}

fn has_twins<'a>(mut items: impl Iterator<Item = &'a RawValue>) -> bool {
    let mut seen = HashSet::new();
    items.any(|item| !seen.insert(equality::canonical(item)))
}
