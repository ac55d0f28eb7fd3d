//! Reading JSON by description: DRF's coercions, DRF's messages, every error of a payload at once.
//!
//! Two halves: `coerce` makes a [`Value`] of JSON, `rules` judges a [`Value`], wherever it comes from.
//! Nothing here asks the database.
//!
//! Fields of serializers follow DRF in all that they take. To plain JSON (the input of an action, what is inside of a
//! JSON column) JSON Schema applies in that `const`, `enum`, `uniqueItems` and limits of numbers are about the value as
//! it is written.

mod coerce;
mod equality;
mod fault;
mod key;
mod limits;
mod literal;
mod net;
mod number;
mod payload;
mod python;
mod rules;
mod shape;
mod stored;
mod text;
mod union;

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::ground::error::{Detail, Error, Result};
use crate::ground::scalar::Json;
use crate::schema::meta::ObjectMeta;
use crate::schema::value::Object;

pub(crate) use coerce::{Reading, accept};
pub(crate) use fault::{Fault, Refusal};
pub(crate) use key::{does_not_exist, lookup_key};
pub(crate) use literal::literal;
pub(crate) use number::{Whole, int_argument};
pub use payload::Mode;
pub(crate) use payload::{Nested, Payload, payload};
pub(crate) use rules::check_deep;
pub(crate) use shape::{Shape, entries, items};
pub use stored::stored_object;

/// JSON deeper than this is refused: by then only an attack nests.
pub(crate) const MAX_DEPTH: usize = 64;

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
    coerce::entries_of(meta, arguments, foreign, Reading::STRICT)
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
        other => return Err(Error::non_field(not_a_dictionary(&other).text(&[]))),
    }
    let entries = entries(raw).ok_or_else(|| Error::non_field("Value must be valid JSON."))?;
    arguments(meta, &entries, &[])
}

/// `Invalid data. Expected a dictionary, but got list.`
pub(crate) fn not_a_dictionary(found: &Shape<'_>) -> Fault {
    Fault::new("invalid", "Invalid data. Expected a dictionary, but got {datatype}.")
        .with("datatype", found.python_type())
}

#[cfg(test)]
mod drf_tests;
#[cfg(test)]
mod plain_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod union_tests;
