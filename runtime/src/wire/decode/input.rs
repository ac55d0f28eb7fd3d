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
    entries_of(meta, arguments, foreign, Reading::STRICT)
        .map_err(|errors| Error::Validation(Detail::Map(errors)))
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
