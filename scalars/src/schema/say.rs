//! The messages of errors: those of DRF where it has them, and others for the remaining keywords.

use super::graph::{Bound, Limit, Types};
use super::json::Value;

pub(super) const NULL: &str = "This field may not be null.";
pub(super) const NOTHING: &str = "No value is allowed here.";
pub(super) const NOT: &str = "This value is not allowed.";
pub(super) const PATTERN: &str = "Enter a valid value.";
pub(super) const UNIQUE: &str = "Ensure this field has no repeated elements.";
pub(super) const REQUIRED: &str = "This field is required.";
pub(super) const AMBIGUOUS: &str = "Matches more than one of the allowed forms.";
pub(super) const NO_FORM: &str = "Does not match any of the allowed forms.";
pub(super) const NAME: &str = "This name is not allowed.";
pub(super) const UNKNOWN: &str = "Unknown field.";

pub(super) fn of_type(types: Types, value: &Value<'_>) -> String {
    if matches!(value, Value::Null) {
        return NULL.to_owned();
    }
    let types = if types == Types::NULL { types } else { types.without(Types::NULL) };
    match types {
        Types::NULL => "This field must be null.".to_owned(),
        Types::BOOLEAN => "Must be a valid boolean.".to_owned(),
        Types::INTEGER => "A valid integer is required.".to_owned(),
        Types::NUMBER => "A valid number is required.".to_owned(),
        Types::STRING => "Not a valid string.".to_owned(),
        Types::ARRAY => format!("Expected a list of items but got type \"{}\".", python_type(value)),
        Types::OBJECT => format!("Invalid data. Expected a dictionary, but got {}.", python_type(value)),
        types if types == Types::INTEGER.with(Types::NUMBER) => "A valid number is required.".to_owned(),
        _ => NO_FORM.to_owned(),
    }
}

/// Returns Python's name of a type, as in DRF's messages.
fn python_type(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Boolean(_) => "bool",
        Value::Number(text) if text.contains(['.', 'e', 'E']) => "float",
        Value::Number(_) => "int",
        Value::Text(_) => "str",
        Value::List(_) => "list",
        Value::Map(_) => "dict",
    }
}

pub(super) fn constant(constant: &Value<'_>, value: &Value<'_>) -> String {
    match value {
        Value::Null => NULL.to_owned(),
        _ => format!("Ensure this value is {}.", constant.compact()),
    }
}

pub(super) fn choice(value: &Value<'_>, takes_null: bool) -> String {
    let input = match value {
        Value::Null if !takes_null => return NULL.to_owned(),
        Value::Boolean(true) => "True".to_owned(),
        Value::Boolean(false) => "False".to_owned(),
        Value::Text(text) => text.to_string(),
        value => value.compact(),
    };
    format!("\"{input}\" is not a valid choice.")
}

pub(super) fn limit(limit: Limit, number: &str) -> String {
    let words = match limit {
        Limit::MultipleOf => "a multiple of step size",
        Limit::Maximum => "less than or equal to",
        Limit::ExclusiveMaximum => "less than",
        Limit::Minimum => "greater than or equal to",
        Limit::ExclusiveMinimum => "greater than",
    };
    format!("Ensure this value is {words} {number}.")
}

pub(super) fn bound(bound: Bound, number: u64, noun: &str) -> String {
    match bound {
        Bound::Least => format!("Ensure this field has at least {number} {noun}."),
        Bound::Most => format!("Ensure this field has no more than {number} {noun}."),
    }
}

pub(super) fn contains(bound: Bound, number: u64) -> String {
    match bound {
        Bound::Least => format!("Ensure at least {number} elements are of the required form."),
        Bound::Most => format!("Ensure no more than {number} elements are of the required form."),
    }
}

pub(super) fn required_beside(property: &str) -> String {
    format!("This field is required beside \"{property}\".")
}
