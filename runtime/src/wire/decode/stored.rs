//! Values of JSON columns: read, but not judged, as rules may have changed since they were stored.

use super::coerce::{entries_of, union};
use super::reading::Reading;
use super::shape::{Shape, entries};
use crate::ground::error::{Error, Result};
use crate::ground::scalar::Json;
use crate::schema::meta::{ObjectMeta, UnionMeta};
use crate::schema::value::{Object, Value, mismatch};

impl Value {
    /// The slots of an object, whether it comes from the wire or, as JSON, from the database.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is no object of this description.
    pub fn into_object(self, meta: &'static ObjectMeta) -> Result<Object> {
        match self {
            Self::Object(object) => Ok(object),
            Self::Json(json) => stored_object(meta, &json),
            other => Err(mismatch("an object", &other)),
        }
    }

    /// Which of a union's forms a value is, and the value, whether it comes from the wire or, as JSON, from the
    /// database.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is of no form of this description.
    pub fn into_variant(self, meta: &'static UnionMeta) -> Result<(usize, Self)> {
        match self {
            Self::Variant(index, value) => Ok((index, *value)),
            Self::Json(json) => stored_union(meta, &json),
            other => Err(mismatch("one of several forms", &other)),
        }
    }
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
    entries_of(meta, &entries, &[], Reading::STORED).map_err(|_| wrong())
}

/// Which form of a union a JSON column holds, and the value: read, but not judged, if no form matches by its rules.
///
/// # Errors
/// [`Error::Internal`] if it is of no form.
fn stored_union(meta: &'static UnionMeta, json: &Json) -> Result<(usize, Value)> {
    let raw = json.as_raw()?;
    match union(meta, raw, &Shape::of(raw), Reading::STORED) {
        Ok(Value::Variant(index, value)) => Ok((index, *value)),
        _ => Err(Error::internal(format!("a stored {} is of another shape", meta.name))),
    }
}
