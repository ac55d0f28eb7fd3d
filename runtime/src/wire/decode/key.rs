//! Keys of rows: the lookup argument of an action, and the fields that hold the key of another row.

use std::net::IpAddr;

use serde_json::value::RawValue;

use super::coerce::accept;
use super::fault::{Fault, Refusal};
use super::number::{Whole, int_argument};
use super::reading::Reading;
use super::shape::Shape;
use super::{python, scalar};
use crate::schema::meta::{ColumnMeta, Kind, TypeMeta};
use crate::schema::value::Value;

/// Converts a lookup argument, as `get_prep_value` of the column's field does in Django; `None` if no row can have this
/// key.
pub(crate) fn lookup_key(ty: &TypeMeta, raw: &RawValue) -> Option<Value> {
    let shape = Shape::of(raw);
    match ty.kind {
        Kind::Integer => match int_argument(&shape)? {
            Whole::Fits(number) => Some(Value::Integer(number)),
            Whole::TooLarge | Whole::TooSmall => None,
        },
        _ if ty.kind.is_text() => match shape {
            Shape::Text(text) if !text.contains('\0') => Some(Value::Text(text.into_owned())),
            Shape::Boolean(_) | Shape::Integer(_) | Shape::Float(_) => Some(Value::Text(python::str(raw))),
            _ => None,
        },
        _ if matches!(shape, Shape::Null) => None,
        _ => accept(ty, raw, Reading::STORED).ok(),
    }
}

/// Reads a field that contains the key of another row (DRF's `PrimaryKeyRelatedField`). Only the database knows whether
/// the row exists.
pub(crate) fn related_key(kind: &Kind, nullable: bool, raw: &RawValue) -> Result<Value, Refusal> {
    let shape = Shape::of(raw);
    let empty = matches!(&shape, Shape::Null) || matches!(&shape, Shape::Text(text) if text.is_empty());
    if empty {
        return if nullable { Ok(Value::Null) } else { Err(Fault::null().into()) };
    }
    if matches!(shape, Shape::Boolean(_)) {
        return Err(incorrect_type(&shape).into());
    }
    if matches!(kind, Kind::Uuid) {
        return scalar::uuid(&shape).map(Value::Uuid).map_err(|_| no_uuid(raw).into());
    }
    if matches!(shape, Shape::List | Shape::Map) {
        // Django looks a text up: that of the list.
        let is_looked_up = kind.is_text();
        return Err(
            if is_looked_up { does_not_exist(&python::str(raw)) } else { incorrect_type(&shape) }.into()
        );
    }
    if matches!(kind, Kind::Integer) {
        return match int_argument(&shape) {
            Some(Whole::Fits(number)) => Ok(Value::Integer(number)),
            Some(_) => Err(does_not_exist(&python::str(raw)).into()),
            None => Err(incorrect_type(&shape).into()),
        };
    }
    if let (Kind::Form(form), Shape::Text(text)) = (kind, &shape)
        && form.is_ip()
        && text.parse::<IpAddr>().is_err()
    {
        // If keys are stored as addresses, the database does not accept such a text even in a query.
        return Err(does_not_exist(text).into());
    }
    lookup_key(&TypeMeta::plain(*kind), raw).ok_or_else(|| incorrect_type(&shape).into())
}

/// Reads a field that names another row by a column (DRF's `SlugRelatedField`). Only the database knows whether the row
/// exists.
pub(super) fn related_slug(column: &ColumnMeta, nullable: bool, raw: &RawValue) -> Result<Value, Refusal> {
    let shape = Shape::of(raw);
    let empty = matches!(&shape, Shape::Null) || matches!(&shape, Shape::Text(text) if text.is_empty());
    match empty {
        true if nullable => Ok(Value::Null),
        true => Err(Fault::null().into()),
        false => slug(column, raw),
    }
}

/// Reads a value by which a row is named.
pub(super) fn slug(column: &ColumnMeta, raw: &RawValue) -> Result<Value, Refusal> {
    match Shape::of(raw) {
        Shape::List | Shape::Map => Err(Fault::new("invalid", "Invalid value.").into()),
        Shape::Null => Err(no_slug(column.name, "None").into()),
        _ => lookup_key(&column.ty, raw).ok_or_else(|| Fault::new("invalid", "Invalid value.").into()),
    }
}

/// Returns `Object with username=eve does not exist.`
pub(crate) fn no_slug(name: &str, value: &str) -> Fault {
    Fault::new("does_not_exist", "Object with {slug_name}={value} does not exist.")
        .with("slug_name", name)
        .with("value", value)
}

pub(super) fn incorrect_type(found: &Shape<'_>) -> Fault {
    Fault::new("incorrect_type", "Incorrect type. Expected pk value, received {data_type}.")
        .with("data_type", found.python_type())
}

/// Returns the error of Django's `UUIDField`, which no message of the serializer replaces.
fn no_uuid(raw: &RawValue) -> Fault {
    Fault::new("no_uuid", "“{value}” is not a valid UUID.").with("value", python::str(raw))
}

/// Returns `Invalid pk "99" - object does not exist.`
pub(crate) fn does_not_exist(key: &str) -> Fault {
    Fault::new("does_not_exist", "Invalid pk \"{pk_value}\" - object does not exist.").with("pk_value", key)
}
