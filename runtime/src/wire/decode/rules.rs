//! The rules that values must obey beyond their kind, whether they come from a client or from the application.
//!
//! Messages are DRF's and Django's; the messages of JSON Schema's rules that these do not have are in the same style.
//! All errors of a value are reported, in the order of DRF's checks: the model's own validators, the maximum, the
//! minimum, the checks of every text, the check of the kind of text.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::fault::{Broken, Fault, Refusal};
use super::limits::{self, length, limit_fault};
use super::shape::{self, Shape, Written};
use super::text;
use super::{equality, number};
use crate::ground::scalar::Precision;
use crate::schema::meta::{Kind, Literal, Rule, TypeMeta};
use crate::schema::value::Value;

/// The position of a check in DRF's order: the `validators` of a field come before those that its own class adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// Before the check whether the value is unique.
    Validator,
    Most,
    Least,
    NullCharacters,
    Surrogates,
    Kind,
    Regex,
    /// Rules that DRF does not have.
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
        Rule::UniqueItems | Rule::MultipleChoice | Rule::FilePath(_) | Rule::Const(_) | Rule::Schema(_) => {
            Turn::Schema
        }
    }
}

/// Validates a value that is not `null`; the values inside of lists and objects are already validated. For plain JSON
/// the rules apply to the value as it is `written`, if it is given. `read` converts a constant to a value, because this
/// module cannot read JSON.
pub(super) fn check(
    ty: &TypeMeta,
    value: &Value,
    written: Option<&Written<'_>>,
    read: fn(&TypeMeta, &Literal) -> Value,
) -> Result<(), Refusal> {
    if let (Value::Text(text), true) = (value, ty.drf)
        && text.is_empty()
        && !matches!(ty.kind, Kind::Choice(_))
    {
        return if ty.blank { Ok(()) } else { Err(Fault::blank().into()) };
    }
    before_items(ty, length(value))?;
    let plain = written.filter(|_| !ty.drf);
    let of_rule = |rule: &Rule| {
        let fault = broken(ty, rule, value, plain, read)?;
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
        Kind::List(item) => Refusal::of_list(item, faults),
        _ => Refusal::Broken(Broken { value: value.clone(), faults, before_unique }),
    })
}

/// Checks what DRF checks before the items of a list, without reporting more: whether the list is empty, and the length
/// of a list of objects.
pub(super) fn before_items(ty: &TypeMeta, length: Option<u64>) -> Result<(), Refusal> {
    let Some(length) = length else { return Ok(()) };
    if length == 0 && ty.rules.contains(&Rule::NotEmpty) {
        if ty.rules.contains(&Rule::MultipleChoice) {
            return Err(Fault::new("empty", "This selection may not be empty.").into());
        }
        return Err(match &ty.kind {
            Kind::List(item) => Refusal::of_list(item, vec![Fault::empty(false)]),
            _ => Fault::empty(matches!(ty.kind, Kind::Map(_))).into(),
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
            let precision = Precision { max_digits: *max_digits, decimal_places: *decimal_places };
            number::check_decimal(*number, precision).err()
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
                faults.push((Turn::Surrogates, Fault::surrogate(*unit)));
            }
            kind.form().filter(|form| !form.matches(own)).map(text::form_fault)
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
    (!found).then(|| Fault::invalid_choice(&input))
}

/// Returns the error if a value breaks a rule. `plain` is the written form of a value in plain JSON.
fn broken(
    ty: &TypeMeta,
    rule: &Rule,
    value: &Value,
    plain: Option<&Written<'_>>,
    read: fn(&TypeMeta, &Literal) -> Value,
) -> Option<Fault> {
    let broken = match (rule, value) {
        (Rule::UniqueItems, Value::List(items)) => match plain {
            Some(written) => has_twins(shape::items(written.raw).unwrap_or_default().into_iter()),
            None => has_repeats(ty, items),
        },
        (Rule::Const(constant), value) => match plain {
            Some(written) => !equality::is(written.raw, constant),
            None => read(ty, constant) != *value && !is_json_of(ty, value, constant),
        },
        (rule, value) => limits::breaks(ty, rule, value, plain),
    };
    if broken { limit_fault(rule) } else { None }
}

/// Calls `look` with the JSON of a value of this type.
fn with_json<T>(ty: &TypeMeta, value: &Value, look: impl FnOnce(&RawValue) -> T) -> Option<T> {
    let mut json = Vec::new();
    crate::wire::encode::value(&mut json, ty, value);
    serde_json::from_slice(&json).ok().map(look)
}

fn is_json_of(ty: &TypeMeta, value: &Value, constant: &Literal) -> bool {
    with_json(ty, value, |json| equality::is(json, constant)).unwrap_or(false)
}

/// Tells whether two items are equal. Items are compared by their JSON, in one pass, because a list of a client can be
/// long.
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
