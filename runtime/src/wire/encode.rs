//! Writes rows and values as JSON bytes, in DRF's form of each kind.

use serde::Serialize;
use std::fmt::{Display, Write as _};

use super::file_url::file_url;
use super::formatted;
use crate::ground::error::{Error, Result};
pub use crate::ground::text::text;
use crate::schema::format::{FormatMeta, Output};
use crate::schema::meta::{FileMeta, Kind, ObjectMeta, SerializerMeta, TypeMeta};
use crate::schema::row::Row;
use crate::schema::value::{Object, Value};

/// Returns the JSON text of a value of the application.
///
/// # Errors
/// Returns [`Error::Internal`] if serializing fails, for example for a map whose keys are not texts.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| Error::internal(error.to_string()))
}

/// Returns the JSON object `object` with further members at its end. Both are JSON text; `members` has no braces.
pub(crate) fn with_members(object: &[u8], members: &[u8]) -> Vec<u8> {
    let object = object.trim_ascii();
    let open = object.strip_suffix(b"}").unwrap_or(object).trim_ascii_end();
    let comma: &[u8] = if open.len() > 1 { b"," } else { b"" };
    [open, comma, members, b"}"].concat()
}

/// Appends the columns of a row that a serializer shows: its fields in their order, without the write-only ones.
/// [`projection`](crate::projection) appends the fields that are not columns.
pub(crate) fn row(out: &mut Vec<u8>, serializer: &'static SerializerMeta, row: &Row) {
    out.push(b'{');
    let mut first = true;
    for field in serializer.fields.iter().filter(|field| field.access.is_shown()) {
        let Some(column) = field.column() else { continue };
        if !first {
            out.push(b',');
        }
        first = false;
        text(out, field.name);
        out.push(b':');
        value(out, &field.ty, row.values().get(column).unwrap_or(&Value::Null));
    }
    out.push(b'}');
}

/// Appends a value of this type as JSON.
pub fn value(out: &mut Vec<u8>, ty: &TypeMeta, value: &Value) {
    match value {
        Value::Null | Value::Absent(_) => out.extend_from_slice(b"null"),
        Value::Boolean(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Value::Integer(number) => integer(out, *number),
        Value::Float(number) => float(out, *number),
        Value::Text(own) => match ty.file {
            None => text(out, own),
            Some(meta) => file(out, meta, own),
        },
        Value::Decimal(number) => {
            formatted::decimal(out, ty.format.unwrap_or(&FormatMeta::DEFAULT), &ty.kind, *number);
        }
        Value::Date(date) => by_format(out, ty, value, date),
        Value::DateTime(moment) => by_format(out, ty, value, moment),
        Value::Time(time) => by_format(out, ty, value, time),
        Value::Duration(duration) => by_format(out, ty, value, duration),
        Value::Uuid(uuid) => match ty.format.map(|format| format.output) {
            Some(Output::Hex) => quoted(out, &uuid.into_inner().simple()),
            Some(Output::Urn) => quoted(out, &uuid.into_inner().urn()),
            Some(Output::Int) => plain(out, &uuid.into_inner().as_u128()),
            _ => quoted(out, uuid),
        },
        Value::Bytes(bytes) => quoted(out, bytes),
        Value::Json(json) => out.extend_from_slice(json.as_str().as_bytes()),
        Value::List(items) => list(out, ty, items),
        Value::Map(entries) => map(out, ty, entries),
        Value::Object(own) => match ty.kind {
            Kind::Object(meta) => object(out, meta(), own),
            _ => out.extend_from_slice(b"null"),
        },
        Value::Variant(index, own) => match ty.kind {
            Kind::Union(meta) => {
                let variant = meta().variants.get(*index);
                self::value(out, variant.map_or(&UNTYPED, |variant| &variant.ty), own);
            }
            _ => self::value(out, &UNTYPED, own),
        },
    }
}

/// Appends the URL of a file, or `null` for a row without one, as DRF's `FileField` does.
fn file(out: &mut Vec<u8>, meta: &FileMeta, name: &str) {
    if name.is_empty() {
        out.extend_from_slice(b"null");
    } else {
        text(out, &file_url(meta, name));
    }
}

/// Appends a date, time or duration: in the form that the field shows, or in the default one.
fn by_format(out: &mut Vec<u8>, ty: &TypeMeta, value: &Value, default: &impl Display) {
    match ty.format.and_then(|format| formatted::text(format, value)) {
        Some(own) => text(out, &own),
        None => quoted(out, default),
    }
}

/// Appends an object by its description, without absent properties; additional entries are last.
pub fn object(out: &mut Vec<u8>, meta: &'static ObjectMeta, object: &Object) {
    out.push(b'{');
    let mut first = true;
    for (index, property) in meta.properties.iter().enumerate() {
        let Some(own) = object.get(index) else { continue };
        if !first {
            out.push(b',');
        }
        first = false;
        text(out, property.name);
        out.push(b':');
        value(out, &property.ty, own);
    }
    let additional = meta.additional.unwrap_or(&UNTYPED);
    for (key, own) in object.additional() {
        if !first {
            out.push(b',');
        }
        first = false;
        text(out, key);
        out.push(b':');
        value(out, additional, own);
    }
    out.push(b'}');
}

/// Appends a JSON array of items.
pub(crate) fn array<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut append: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        append(out, item);
    }
    out.push(b']');
}

/// The type for values that are written without a description.
const UNTYPED: TypeMeta = TypeMeta::plain(Kind::Json);

fn list(out: &mut Vec<u8>, ty: &TypeMeta, items: &[Value]) {
    let item = |index: usize| match ty.kind {
        Kind::List(item) => item,
        Kind::Tuple(types) => types.get(index).unwrap_or(&UNTYPED),
        _ => &UNTYPED,
    };
    array(out, items.iter().enumerate(), |out, (index, own)| value(out, item(index), own));
}

fn map(out: &mut Vec<u8>, ty: &TypeMeta, entries: &[(String, Value)]) {
    let item = if let Kind::Map(item) = ty.kind { item } else { &UNTYPED };
    out.push(b'{');
    for (index, (key, own)) in entries.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        text(out, key);
        out.push(b':');
        value(out, item, own);
    }
    out.push(b'}');
}

/// Appends a number. NaN and infinity are not JSON: they are refused in inputs, and written as `null` if they were
/// computed.
fn float(out: &mut Vec<u8>, number: f64) {
    let _ = serde_json::to_writer(out, &number);
}

fn integer(out: &mut Vec<u8>, number: i64) {
    let _ = serde_json::to_writer(out, &number);
}

fn plain(out: &mut Vec<u8>, value: &impl Display) {
    // No character of these texts needs an escape, so that the text is the JSON.
    let mut short = String::with_capacity(32);
    let _ = write!(short, "{value}");
    out.extend_from_slice(short.as_bytes());
}

fn quoted(out: &mut Vec<u8>, value: &impl Display) {
    out.push(b'"');
    plain(out, value);
    out.push(b'"');
}
