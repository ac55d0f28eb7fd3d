//! What values obey beyond their kind, whether they come from a client or from the application.
//!
//! Texts are DRF's and Django's; the rules of JSON Schema that these lack are worded alike.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, PoisonError, RwLock};

use regex::Regex;

use super::coerce::is_of_text_kind;
use super::fault::{Fault, Refusal};
use super::literal::literal;
use super::number;
use crate::error::Detail;
use crate::meta::{Kind, Literal, ObjectMeta, Rule, TypeMeta};
use crate::scalar::Decimal;
use crate::value::{Object, Value};

pub(super) const fn blank() -> Fault {
    Fault::new("blank", "This field may not be blank.")
}

pub(super) fn invalid_choice(input: &str) -> Fault {
    Fault::new("invalid_choice", "\"{input}\" is not a valid choice.").with("input", input)
}

pub(super) const fn address_fault(kind: &Kind) -> Fault {
    let text = match kind {
        Kind::Ip => "Enter a valid IPv4 or IPv6 address.",
        Kind::Ipv4 => "Enter a valid IPv4 address.",
        _ => "Enter a valid IPv6 address.",
    };
    Fault::new("invalid", text)
}

/// What is wrong with a list as such: of objects it is under `non_field_errors`, as DRF's `ListSerializer` has it.
pub(super) fn of_list(item: &TypeMeta, faults: Vec<Fault>) -> Refusal {
    if !matches!(item.kind, Kind::Object(_)) {
        return Refusal::Faults(faults);
    }
    let detail = Refusal::Faults(faults).detail(&[]);
    Refusal::Nested(Detail::Map(vec![("non_field_errors".to_owned(), detail)]))
}

/// What is wrong with a value of this type.
pub(super) fn of_value(ty: &TypeMeta, faults: Vec<Fault>) -> Refusal {
    match &ty.kind {
        Kind::List(item) => of_list(item, faults),
        _ => Refusal::Faults(faults),
    }
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
    check(ty, value).map_err(|faults| of_value(ty, faults))
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

/// Judges a value that is not `null`; what is inside of lists and objects has been judged before.
pub(super) fn check(ty: &TypeMeta, value: &Value) -> Result<(), Vec<Fault>> {
    if let (Value::Text(text), true) = (value, ty.trim)
        && text.is_empty()
        && !matches!(ty.kind, Kind::Choice(_))
    {
        return if ty.blank { Ok(()) } else { Err(vec![blank()]) };
    }
    let mut faults: Vec<Fault> = ty.rules.iter().filter_map(|rule| broken(ty, rule, value)).collect();
    faults.extend(of_kind(ty, value));
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn of_kind(ty: &TypeMeta, value: &Value) -> Option<Fault> {
    match (&ty.kind, value) {
        (Kind::Choice(choices), value) => check_choice(ty, choices, value),
        (Kind::Decimal { max_digits, decimal_places }, Value::Decimal(number)) => {
            number::check_decimal(*number, *max_digits, *decimal_places).err()
        }
        (Kind::Float, Value::Float(number)) if !number.is_finite() => {
            Some(Fault::new("invalid", "A valid number is required."))
        }
        (kind, Value::Text(text)) => {
            if text.contains('\0') {
                return Some(Fault::new("null_characters_not_allowed", "Null characters are not allowed."));
            }
            (!is_of_text_kind(kind, text)).then(|| text_kind_fault(kind))
        }
        _ => None,
    }
}

fn text_kind_fault(kind: &Kind) -> Fault {
    let text = match kind {
        Kind::Email => "Enter a valid email address.",
        Kind::Url => "Enter a valid URL.",
        Kind::UnicodeSlug => {
            "Enter a valid \"slug\" consisting of Unicode letters, numbers, underscores, or hyphens."
        }
        Kind::Slug => "Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.",
        other => return address_fault(other),
    };
    Fault::new("invalid", text)
}

fn check_choice(ty: &TypeMeta, choices: &[Literal], value: &Value) -> Option<Fault> {
    let (found, input) = match value {
        Value::Text(text) if text.is_empty() && ty.blank && ty.trim => return None,
        Value::Text(text) => {
            (choices.iter().any(|choice| matches!(choice, Literal::Text(own) if own == text)), text.clone())
        }
        Value::Integer(number) => (choices.contains(&Literal::Integer(*number)), number.to_string()),
        _ => return None,
    };
    (!found).then(|| invalid_choice(&input))
}

fn broken(ty: &TypeMeta, rule: &Rule, value: &Value) -> Option<Fault> {
    let broken = match (rule, value) {
        (Rule::MinLength(min), Value::Text(text)) => (text.chars().count() as u64) < *min,
        (Rule::MaxLength(max), Value::Text(text)) => text.chars().count() as u64 > *max,
        (Rule::Pattern(pattern), Value::Text(text)) => !matches_pattern(pattern, text),
        (Rule::Minimum(limit), value) => compare(value, limit) == Some(Ordering::Less),
        (Rule::Maximum(limit), value) => compare(value, limit) == Some(Ordering::Greater),
        (Rule::ExclusiveMinimum(limit), value) => {
            matches!(compare(value, limit), Some(Ordering::Less | Ordering::Equal))
        }
        (Rule::ExclusiveMaximum(limit), value) => {
            matches!(compare(value, limit), Some(Ordering::Greater | Ordering::Equal))
        }
        (Rule::MultipleOf(step), value) => !is_multiple(value, step),
        (Rule::MinItems(min), value) => length(value).is_some_and(|length| length < *min),
        (Rule::NotEmpty, value) => {
            return (length(value) == Some(0)).then(|| empty(matches!(value, Value::Map(_))));
        }
        (Rule::MaxItems(max), value) => length(value).is_some_and(|length| length > *max),
        (Rule::UniqueItems, Value::List(items)) => has_repeats(ty, items),
        (Rule::Const(constant), value) => literal(ty, constant) != *value,
        _ => false,
    };
    if broken { limit_fault(rule) } else { None }
}

/// What is said of a value that breaks a rule.
pub(super) fn limit_fault(rule: &Rule) -> Option<Fault> {
    let fault = match rule {
        Rule::MinLength(min) => {
            Fault::new("min_length", "Ensure this field has at least {min_length} characters.")
                .with("min_length", min)
        }
        Rule::MaxLength(max) => {
            Fault::new("max_length", "Ensure this field has no more than {max_length} characters.")
                .with("max_length", max)
        }
        Rule::Pattern(_) => Fault::new("invalid", "Enter a valid value."),
        Rule::Minimum(limit) => {
            Fault::new("min_value", "Ensure this value is greater than or equal to {min_value}.")
                .with("min_value", limit)
        }
        Rule::Maximum(limit) => {
            Fault::new("max_value", "Ensure this value is less than or equal to {max_value}.")
                .with("max_value", limit)
        }
        Rule::ExclusiveMinimum(limit) => {
            Fault::new("min_value", "Ensure this value is greater than {min_value}.").with("min_value", limit)
        }
        Rule::ExclusiveMaximum(limit) => {
            Fault::new("max_value", "Ensure this value is less than {max_value}.").with("max_value", limit)
        }
        // Django's StepValueValidator.
        Rule::MultipleOf(step) => {
            Fault::new("step_size", "Ensure this value is a multiple of step size {step_size}.")
                .with("step_size", step)
        }
        Rule::MinItems(min) => {
            Fault::new("min_length", "Ensure this field has at least {min_length} elements.")
                .with("min_length", min)
        }
        Rule::NotEmpty => empty(false),
        Rule::MaxItems(max) => {
            Fault::new("max_length", "Ensure this field has no more than {max_length} elements.")
                .with("max_length", max)
        }
        Rule::UniqueItems => Fault::new("unique_items", "Ensure this field has no repeated elements."),
        Rule::Const(constant) => {
            Fault::new("const", "Ensure this value is {const}.").with("const", spelled(constant))
        }
    };
    Some(fault)
}

/// DRF's words for an empty list or dictionary where `allow_empty` is false.
const fn empty(map: bool) -> Fault {
    let text = if map { "This dictionary may not be empty." } else { "This list may not be empty." };
    Fault::new("empty", text)
}

fn spelled(constant: &Literal) -> String {
    match constant {
        Literal::Null => "null".to_owned(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Integer(value) => value.to_string(),
        Literal::Number(text) | Literal::Json(text) => (*text).to_owned(),
        Literal::Text(text) => format!("\"{text}\""),
    }
}

fn length(value: &Value) -> Option<u64> {
    match value {
        Value::List(items) => Some(items.len() as u64),
        Value::Map(entries) => Some(entries.len() as u64),
        _ => None,
    }
}

fn compare(value: &Value, limit: &str) -> Option<Ordering> {
    match value {
        Value::Float(number) => number.partial_cmp(&limit.parse().ok()?),
        Value::Integer(number) => match limit.parse::<i64>() {
            Ok(limit) => Some(number.cmp(&limit)),
            Err(_) => compare_decimal(Decimal::from(*number), limit),
        },
        Value::Decimal(number) => compare_decimal(*number, limit),
        _ => None,
    }
}

fn compare_decimal(number: Decimal, limit: &str) -> Option<Ordering> {
    match limit.parse::<Decimal>() {
        Ok(limit) => Some(number.cmp(&limit)),
        // A limit of more than 28 digits: a float is near enough to it.
        Err(_) => number.to_string().parse::<f64>().ok()?.partial_cmp(&limit.parse().ok()?),
    }
}

/// Exact for integers and decimals; of floats as Django's validator: within 1e-9.
fn is_multiple(value: &Value, step: &str) -> bool {
    let exact = |number: Decimal| {
        let step = step.parse::<Decimal>().ok()?.into_inner();
        number.into_inner().checked_rem(step).map(|rest| rest.is_zero())
    };
    match value {
        Value::Integer(number) => exact(Decimal::from(*number)).unwrap_or(true),
        Value::Decimal(number) => exact(*number).unwrap_or(true),
        Value::Float(number) => step.parse::<f64>().is_ok_and(|step| {
            let rest = (number % step).abs();
            rest.min((step.abs() - rest).abs()) < 1e-9
        }),
        _ => true,
    }
}

/// Items are compared by their JSON, in one pass: a list of a client's can be long.
fn has_repeats(ty: &TypeMeta, items: &[Value]) -> bool {
    let Kind::List(item) = ty.kind else { return false };
    let mut seen = HashSet::with_capacity(items.len());
    items.iter().any(|value| {
        let mut json = Vec::new();
        crate::encode::value(&mut json, item, value);
        !seen.insert(json)
    })
}

/// Patterns come from definitions, so that there are few, and each is compiled once.
fn matches_pattern(pattern: &'static str, text: &str) -> bool {
    static COMPILED: LazyLock<RwLock<HashMap<&'static str, Option<Regex>>>> = LazyLock::new(RwLock::default);
    let compiled = COMPILED.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = compiled.get(pattern) {
        return regex.as_ref().is_some_and(|regex| regex.is_match(text));
    }
    drop(compiled);
    let regex = Regex::new(pattern)
        .inspect_err(
            |error| tracing::error!(%pattern, %error, "a pattern of the definition does not compile"),
        )
        .ok();
    let matches = regex.as_ref().is_some_and(|regex| regex.is_match(text));
    COMPILED.write().unwrap_or_else(PoisonError::into_inner).insert(pattern, regex);
    matches
}
