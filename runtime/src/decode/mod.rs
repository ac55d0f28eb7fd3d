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
mod text;
mod union;

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::error::{Detail, Error, Result};
use crate::meta::{Kind, ObjectMeta, UnionMeta};
use crate::scalar::Json;
use crate::value::{Object, Value};

pub(crate) use coerce::{Reading, accept};
pub(crate) use fault::{Fault, Refusal};
pub(crate) use key::{does_not_exist, lookup_key};
pub(crate) use literal::literal;
pub(crate) use number::{Whole, int_argument};
pub use payload::Mode;
pub(crate) use payload::{Nested, Payload, payload};
pub(crate) use rules::check_deep;
pub(crate) use shape::{Shape, entries, items};

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

/// An object from a JSON column: read, but not judged, as rules may have changed since it was stored.
///
/// # Errors
/// [`Error::Internal`] if it is of another shape.
pub fn stored_object(meta: &'static ObjectMeta, json: &Json) -> Result<Object> {
    let wrong = || Error::internal(format!("a stored {} is of another shape", meta.name));
    let raw = json.as_raw()?;
    let Shape::Map = Shape::of(raw) else { return Err(wrong()) };
    let entries = entries(raw).ok_or_else(wrong)?;
    coerce::entries_of(meta, &entries, &[], Reading::STORED).map_err(|_| wrong())
}

/// Which form of a union a JSON column holds, and the value: read, but not judged, if no form matches by its rules.
///
/// # Errors
/// [`Error::Internal`] if it is of no form.
pub(crate) fn stored_union(meta: &'static UnionMeta, json: &Json) -> Result<(usize, Value)> {
    let raw = json.as_raw()?;
    match union::union(meta, raw, &Shape::of(raw), Reading::STORED) {
        Ok(Value::Variant(index, value)) => Ok((index, *value)),
        _ => Err(Error::internal(format!("a stored {} is of another shape", meta.name))),
    }
}

/// `Invalid data. Expected a dictionary, but got list.`
pub(crate) fn not_a_dictionary(found: &Shape<'_>) -> Fault {
    Fault::new("invalid", "Invalid data. Expected a dictionary, but got {datatype}.")
        .with("datatype", found.python_type())
}

/// Whether values of this kind are texts.
pub(crate) const fn is_text(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Text
            | Kind::Email
            | Kind::Url
            | Kind::Slug
            | Kind::UnicodeSlug
            | Kind::Ip
            | Kind::Ipv4
            | Kind::Ipv6
    )
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
