//! The input of an action, out of a frame or of JSON that an action was given.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::coerce::entries_of;
use super::fault::Fault;
use super::reading::Reading;
use super::shape::{Shape, entries};
use crate::ground::error::{Detail, Error, Result};
use crate::ground::scalar::Json;
use crate::schema::meta::ObjectMeta;
use crate::schema::value::Object;

/// An action's input, out of the arguments of a frame; those that are `foreign` are not the action's. Every bad
/// property is in the error.
///
/// # Errors
/// [`Error::Validation`]: `[{property: [messages]}]`.
pub fn arguments(
    meta: &'static ObjectMeta,
    arguments: &[(Cow<'_, str>, &RawValue)],
    foreign: &[&str],
) -> Result<Object> {
    arguments_by(meta, None, Coercion::None, arguments, foreign)
}

/// Whether plain JSON is read as it is, or as fields are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coercion {
    /// As JSON Schema has it: `"5"` is no number.
    None,
    /// As Django REST Framework has it: `"5"` is 5.
    Drf,
}

/// The same, of an input that is first judged by a JSON Schema, which says more than its type.
///
/// # Errors
/// As [`arguments`].
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

/// An object out of any JSON that an action was given: what DRF's `Serializer(data=…)` does with its data.
///
/// # Errors
/// [`Error::Validation`] if it is missing, `null` or no object; else `[{property: [messages]}]`, all at once.
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
