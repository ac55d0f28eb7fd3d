//! The input of an action, from the arguments of a frame or from JSON that an action was given, and the parameters of
//! a handshake.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::coerce::{accept, entries_of};
use super::fault::Fault;
use super::reading::Reading;
use super::shape::{Shape, entries};
use crate::ground::error::{Detail, Error, Result};
use crate::ground::scalar::Json;
use crate::schema::meta::{ObjectMeta, TypeMeta};
use crate::schema::value::{Object, Value};
use crate::wire::encode;

/// Reads the input of an action from the arguments of a frame. Those in `foreign` do not belong to the action. The
/// error contains all invalid properties.
///
/// # Errors
/// Returns [`Error::Validation`]: `[{property: [messages]}]`.
pub fn arguments(
    meta: &'static ObjectMeta,
    arguments: &[(Cow<'_, str>, &RawValue)],
    foreign: &[&str],
) -> Result<Object> {
    arguments_by(meta, None, Coercion::None, arguments, foreign)
}

/// The coercion of plain JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coercion {
    /// Values are read as in JSON Schema: `"5"` is not a number.
    None,
    /// Values are read as fields in Django REST Framework: `"5"` is 5.
    Drf,
}

/// Reads an input that is first validated by a JSON Schema, if there is one, which requires more than its type.
///
/// # Errors
/// Returns the same errors as [`arguments`].
pub fn arguments_by(
    meta: &'static ObjectMeta,
    schema: Option<&'static str>,
    coercion: Coercion,
    arguments: &[(Cow<'_, str>, &RawValue)],
    foreign: &[&str],
) -> Result<Object> {
    let of = |errors| Error::Validation(Detail::Map(errors));
    if let Some(schema) = schema {
        super::schema::judge_entries(schema, arguments, foreign).map_err(of)?;
    }
    let reading = if coercion == Coercion::Drf { Reading::COERCED } else { Reading::STRICT };
    entries_of(meta, arguments, foreign, reading).map_err(of)
}

/// Reads a parameter of the path or the query of a handshake, or the id of its user, as filters are read: `5` is a
/// number where the type requires one. `None` if the text is not a value of the type.
pub(crate) fn parameter(ty: &TypeMeta, text: &str) -> Option<Value> {
    let mut json = Vec::new();
    encode::text(&mut json, text);
    let raw = RawValue::from_string(String::from_utf8(json).ok()?).ok()?;
    accept(&ty.named(), &raw, Reading::COERCED).ok()
}

/// Reads an object from JSON that an action was given, as DRF's `Serializer(data=…)` does with its data.
///
/// # Errors
/// Returns [`Error::Validation`] if the JSON is missing, `null` or not an object; otherwise `[{property: [messages]}]`
/// with all errors.
pub fn data(meta: &'static ObjectMeta, json: Option<&Json>) -> Result<Object> {
    let none = || Error::non_field("No data provided");
    let raw = json.ok_or_else(none)?.as_raw()?;
    match Shape::of(raw) {
        Shape::Null => return Err(none()),
        Shape::Map => {}
        other => return Err(Error::non_field(Fault::not_a_dictionary(&other).text(&[]))),
    }
    let entries = entries(raw).ok_or_else(|| Error::non_field("Value must be valid JSON."))?;
    arguments(meta, &entries, &[])
}
