//! Limits of numbers, lengths and patterns, and the errors for values beyond them.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use dcrf_scalars::FieldPattern;
use dcrf_scalars::schema::Pattern;

use super::equality::json_of;
use super::fault::Fault;
use super::number::{self, Whole};
use super::shape::{Shape, Written};
use crate::ground::scalar::{Duration, Exact, Limit, Number};
use crate::schema::meta::{Kind, Rule, TypeMeta};
use crate::schema::value::Value;

/// Tells whether a value breaks a rule. `plain` is the written form of a value in plain JSON.
pub(super) fn breaks(ty: &TypeMeta, rule: &Rule, value: &Value, plain: Option<&Written<'_>>) -> bool {
    if let Value::Duration(found) = value {
        return breaks_duration(rule, *found);
    }
    if let Some(limit) = limit_of(rule) {
        return number_of(ty, value, plain).is_some_and(|number| limit.is_broken_by(&number));
    }
    match (rule, value) {
        (Rule::MinLength(min), Value::Text(text)) => (text.chars().count() as u64) < *min,
        (Rule::MaxLength(max), Value::Text(text)) => text.chars().count() as u64 > *max,
        (Rule::Pattern(pattern), Value::Text(text)) if !ty.drf => !matches_ecma(pattern, text),
        (Rule::Pattern(pattern) | Rule::Regex(pattern), Value::Text(text)) => !matches_pattern(pattern, text),
        (Rule::MinItems(_) | Rule::MaxItems(_), _) => {
            length(value).is_some_and(|length| breaks_length(rule, length))
        }
        _ => false,
    }
}

/// Tells whether a duration is shorter or longer than a rule allows.
fn breaks_duration(rule: &Rule, found: Duration) -> bool {
    let limit = |text: &str| text.parse::<Duration>().ok();
    match rule {
        Rule::Minimum(least) => limit(least).is_some_and(|least| found < least),
        Rule::Maximum(most) => limit(most).is_some_and(|most| found > most),
        _ => false,
    }
}

/// Returns a limit as messages show it: a duration as Python does.
fn shown(limit: &str) -> String {
    let duration = limit.contains(':').then(|| limit.parse::<Duration>().ok()).flatten();
    duration.map_or_else(|| limit.to_owned(), Duration::to_timedelta)
}

/// Tells whether a list of this length is too short or too long.
pub(super) const fn breaks_length(rule: &Rule, length: u64) -> bool {
    match rule {
        Rule::MinItems(min) => length < *min,
        Rule::MaxItems(max) => length > *max,
        _ => false,
    }
}

/// Returns the errors of an integer beyond 64 bits: it breaks every limit on its side, and that of the column if there
/// is none.
pub(super) fn beyond_64_bits(limits: &[Rule], shape: &Shape<'_>, found: Whole) -> Vec<Fault> {
    let number = number::digits(shape).map(Number::Exact);
    let broken = |rule: &&Rule| {
        limit_of(rule).zip(number.as_ref()).is_some_and(|(limit, number)| limit.is_broken_by(number))
    };
    let (steps, mut broken): (Vec<&Rule>, Vec<&Rule>) =
        limits.iter().filter(broken).partition(|rule| matches!(rule, Rule::MultipleOf(_)));
    let own = match found {
        Whole::TooSmall => Rule::Minimum("-9223372036854775808"),
        _ => Rule::Maximum("9223372036854775807"),
    };
    if broken.is_empty() {
        broken.push(&own);
    }
    steps.into_iter().chain(broken).filter_map(limit_fault).collect()
}

/// Returns the error for a value that breaks a rule.
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
        Rule::Pattern(_) => Fault::new("pattern", "Enter a valid value."),
        Rule::Regex(_) => Fault::new("pattern", "This value does not match the required pattern."),
        Rule::Minimum(limit) => {
            Fault::new("min_value", "Ensure this value is greater than or equal to {min_value}.")
                .with("min_value", shown(limit))
        }
        Rule::Maximum(limit) => {
            Fault::new("max_value", "Ensure this value is less than or equal to {max_value}.")
                .with("max_value", shown(limit))
        }
        Rule::ExclusiveMinimum(limit) => {
            Fault::new("min_value", "Ensure this value is greater than {min_value}.").with("min_value", limit)
        }
        Rule::ExclusiveMaximum(limit) => {
            Fault::new("max_value", "Ensure this value is less than {max_value}.").with("max_value", limit)
        }
        // The error of Django's `StepValueValidator`.
        Rule::MultipleOf(step) => {
            Fault::new("step_size", "Ensure this value is a multiple of step size {step_size}.")
                .with("step_size", step)
        }
        Rule::MinItems(min) => {
            Fault::new("min_length", "Ensure this field has at least {min_length} elements.")
                .with("min_length", min)
        }
        Rule::NotEmpty => Fault::empty(false),
        Rule::MaxItems(max) => {
            Fault::new("max_length", "Ensure this field has no more than {max_length} elements.")
                .with("max_length", max)
        }
        // These errors are created where they are found: see `schema`, `coerce` and `file_path`.
        Rule::Schema(_) | Rule::MultipleChoice | Rule::FilePath(_) => return None,
        Rule::UniqueItems => Fault::new("unique_items", "Ensure this field has no repeated elements."),
        Rule::Const(constant) => {
            Fault::new("const", "Ensure this value is {const}.").with("const", json_of(constant))
        }
    };
    Some(fault)
}

/// Returns the number of items of a list or map.
pub(super) fn length(value: &Value) -> Option<u64> {
    match value {
        Value::List(items) => Some(items.len() as u64),
        Value::Map(entries) => Some(entries.len() as u64),
        _ => None,
    }
}

/// Converts a rule to a limit of numbers.
const fn limit_of(rule: &Rule) -> Option<Limit<'static>> {
    match rule {
        Rule::Minimum(limit) => Some(Limit::Minimum(limit)),
        Rule::Maximum(limit) => Some(Limit::Maximum(limit)),
        Rule::ExclusiveMinimum(limit) => Some(Limit::ExclusiveMinimum(limit)),
        Rule::ExclusiveMaximum(limit) => Some(Limit::ExclusiveMaximum(limit)),
        Rule::MultipleOf(step) => Some(Limit::MultipleOf(step)),
        _ => None,
    }
}

/// Converts a value to a number for the comparison with limits: in plain JSON by the digits as they are written.
fn number_of(ty: &TypeMeta, value: &Value, plain: Option<&Written<'_>>) -> Option<Number> {
    match (value, plain.map(|written| written.shape)) {
        (Value::Float(number), _) if ty.drf => Some(Number::Float(*number)),
        (Value::Float(_), Some(Shape::Integer(text) | Shape::Float(text))) => {
            Exact::parse(text).map(Number::Exact)
        }
        (Value::Float(number), _) => Exact::of_float(*number).map(Number::Exact),
        (Value::Integer(number), _) => Some(Number::Integer(*number)),
        (Value::Json(json), _) if matches!(ty.kind, Kind::BigInteger) => {
            Exact::parse(json.as_str()).map(Number::Exact)
        }
        (Value::Decimal(number), _) => Some(Number::Exact(Exact::from(*number))),
        _ => None,
    }
}

/// Tells whether a text of plain JSON matches a pattern, which is one of ECMA-262. If matching takes too many steps,
/// the text does not match.
fn matches_ecma(pattern: &'static str, text: &str) -> bool {
    static COMPILED: LazyLock<RwLock<HashMap<&'static str, Option<Pattern>>>> =
        LazyLock::new(RwLock::default);
    let matches =
        |pattern: &Option<Pattern>| pattern.as_ref().is_some_and(|pattern| pattern.is_in(text) == Ok(true));
    let compiled = COMPILED.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(pattern) = compiled.get(pattern) {
        return matches(pattern);
    }
    drop(compiled);
    let compiled = Pattern::new(pattern)
        .inspect_err(
            |error| tracing::error!(%pattern, %error, "a pattern of the definition does not compile"),
        )
        .ok();
    let found = matches(&compiled);
    COMPILED.write().unwrap_or_else(PoisonError::into_inner).insert(pattern, compiled);
    found
}

/// Tells whether a text matches a pattern. Each pattern is compiled once: they are from definitions, so that there are
/// few.
pub(super) fn matches_pattern(pattern: &'static str, text: &str) -> bool {
    static COMPILED: LazyLock<RwLock<HashMap<&'static str, Option<FieldPattern>>>> =
        LazyLock::new(RwLock::default);
    let compiled = COMPILED.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = compiled.get(pattern) {
        return regex.as_ref().is_some_and(|regex| regex.is_in(text));
    }
    drop(compiled);
    let regex = FieldPattern::new(pattern)
        .inspect_err(
            |error| tracing::error!(%pattern, %error, "a pattern of the definition does not compile"),
        )
        .ok();
    let matches = regex.as_ref().is_some_and(|regex| regex.is_in(text));
    COMPILED.write().unwrap_or_else(PoisonError::into_inner).insert(pattern, regex);
    matches
}
