//! Converts JSON to scalars that are neither numbers nor texts, and to choices.

use serde_json::value::RawValue;

use super::fault::Fault;
use super::shape::Shape;
use super::{equality, python};
use crate::ground::scalar::{Bytes, Json, Uuid};
use crate::schema::meta::{Literal, TypeMeta, is_integer_choice};
use crate::schema::value::Value;

/// Reads a boolean as DRF's `BooleanField` does, which also accepts texts and numbers that mean yes or no.
pub(super) fn boolean(shape: &Shape<'_>, nullable: bool) -> Result<Value, Fault> {
    let fault = Fault::invalid("Must be a valid boolean.");
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

/// Reads a UUID as DRF's `UUIDField` does, from a text or from a number of 128 bits.
pub(super) fn uuid(shape: &Shape<'_>) -> Result<Uuid, Fault> {
    let fault = Fault::invalid("Must be a valid UUID.");
    match shape {
        Shape::Text(text) => text.parse().map_err(|_| fault),
        Shape::Integer(digits) => digits.parse().map(Uuid::from_u128).map_err(|_| fault),
        Shape::Boolean(value) => Ok(Uuid::from_u128((*value).into())),
        _ => Err(fault),
    }
}

/// Reads bytes from base64.
pub(super) fn bytes(shape: &Shape<'_>) -> Result<Bytes, Fault> {
    let fault = Fault::invalid("Enter valid base64 text.");
    match shape {
        Shape::Text(text) => text.parse().map_err(|_| fault),
        _ => Err(fault),
    }
}

/// Reads a choice: DRF's fields also accept its text (`"3"` for 3), plain JSON only an equal value.
pub(super) fn choice(
    ty: &TypeMeta,
    choices: &[Literal],
    raw: &RawValue,
    shape: &Shape<'_>,
) -> Result<Value, Fault> {
    let is_empty = matches!(shape, Shape::Text(text) if text.is_empty());
    // An integer is never blank, because a column of integers cannot contain a text.
    if is_empty && ty.drf && ty.blank && !is_integer_choice(choices) {
        return Ok(Value::Text(String::new()));
    }
    if !ty.drf {
        let found = choices.iter().find(|choice| equality::is(raw, choice));
        return found.map(chosen).ok_or_else(|| Fault::invalid_choice(&python::str(raw)));
    }
    let input = python::str(raw);
    let of_text = |choice: &&Literal| match choice {
        Literal::Text(text) => *text == input,
        Literal::Integer(number) => number.to_string() == input,
        _ => false,
    };
    let found = if matches!(shape, Shape::List | Shape::Map) { None } else { choices.iter().find(of_text) };
    found.map(chosen).ok_or_else(|| Fault::invalid_choice(&input))
}

/// Returns the value of a choice. A number that is not an integer stays as it is written.
pub(crate) fn chosen(choice: &Literal) -> Value {
    match choice {
        Literal::Boolean(value) => Value::Boolean(*value),
        Literal::Number(text) => Value::Json(Json::trusted((*text).to_owned())),
        Literal::Text(text) => Value::Text((*text).to_owned()),
        Literal::Integer(number) => Value::Integer(*number),
        _ => Value::Null,
    }
}
