//! Reads the values of JSON columns without validating them, because rules may have changed since they were stored.

use super::coerce::{entries_of, union};
use super::reading::Reading;
use super::shape::{Shape, entries};
use crate::ground::error::{Error, Result};
use crate::ground::scalar::Json;
use crate::schema::meta::{ObjectMeta, UnionMeta};
use crate::schema::value::{Object, Value, mismatch};

impl Value {
    /// Returns the slots of an object from the wire or, as JSON, from the database.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if the value is not an object of this description.
    pub fn into_object(self, meta: &'static ObjectMeta) -> Result<Object> {
        match self {
            Self::Object(object) => Ok(object),
            Self::Json(json) => stored_object(meta, &json),
            other => Err(mismatch("an object", &other)),
        }
    }

    /// Returns the position of a union's form and its value, from the wire or, as JSON, from the database.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if the value has no form of this description.
    pub fn into_variant(self, meta: &'static UnionMeta) -> Result<(usize, Self)> {
        match self {
            Self::Variant(index, value) => Ok((index, *value)),
            Self::Json(json) => stored_union(meta, &json),
            other => Err(mismatch("one of several forms", &other)),
        }
    }
}

/// Reads an object from a JSON column without validating it, because rules may have changed since it was stored.
///
/// # Errors
/// Returns [`Error::Internal`] if the JSON has another shape.
pub fn stored_object(meta: &'static ObjectMeta, json: &Json) -> Result<Object> {
    let wrong = || Error::internal(format!("a stored {} is of another shape", meta.name));
    let raw = json.as_raw()?;
    let Shape::Map = Shape::of(raw) else { return Err(wrong()) };
    let entries = entries(raw).ok_or_else(wrong)?;
    entries_of(meta, &entries, &[], Reading::STORED).map_err(|_| wrong())
}

/// Reads the form and the value of a union from a JSON column. The value is not validated if it matches no form by its
/// rules.
///
/// # Errors
/// Returns [`Error::Internal`] if the value has no form of the union.
fn stored_union(meta: &'static UnionMeta, json: &Json) -> Result<(usize, Value)> {
    let raw = json.as_raw()?;
    match union(meta, raw, &Shape::of(raw), Reading::STORED) {
        Ok(Value::Variant(index, value)) => Ok((index, *value)),
        _ => Err(Error::internal(format!("a stored {} is of another shape", meta.name))),
    }
}
