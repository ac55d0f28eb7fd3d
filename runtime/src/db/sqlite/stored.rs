//! How values are stored in SQLite, for either driver.
//!
//! Booleans, integers, date-times (microseconds since 1970), durations (microseconds) and decimals of up to 18 digits
//! (scaled by their places) are stored as INTEGER; floats as REAL; bytes as BLOB; everything else as TEXT. So every
//! column sorts as its values do, except decimals of more digits, which have a collation (`callbacks`). Tables of
//! Django store some of them in another form (`django`).

use std::borrow::Cow;

use super::cell::{Stored, StoredRow};
use crate::db::django;
use crate::db::fate::DbResult;
use crate::db::statement::{Arg, Shape, json, unbindable, undecodable, undecodable_in};
use crate::ground::scalar::{DateTime, Decimal, Duration, MAX_SCALED_DIGITS};
use crate::schema::meta::is_integer_choice;
use crate::schema::meta::{Auto, ColumnMeta, Kind, Storage, TypeMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// Returns the stored form of an argument.
pub(super) fn of_arg(arg: &Arg) -> DbResult<Stored<'_>> {
    let text = |text: String| Stored::Text(Cow::Owned(text));
    if let Some(ty) = arg.ty.filter(|ty| ty.storage == Storage::Django)
        && let Some(stored) = django::of_value(&arg.value, &ty.kind)
    {
        return Ok(stored);
    }
    Ok(match &arg.value {
        Value::Null => Stored::Null,
        Value::Boolean(value) => Stored::Integer(i64::from(*value)),
        Value::Integer(value) => Stored::Integer(*value),
        Value::Float(value) => Stored::Real(*value),
        Value::Text(value) => Stored::Text(Cow::Borrowed(value)),
        Value::Decimal(value) => match arg.ty.map(|ty| ty.kind) {
            Some(Kind::Decimal { max_digits, decimal_places }) => {
                of_decimal(*value, max_digits, decimal_places).ok_or_else(|| unbindable(&arg.value))?
            }
            _ => text(value.to_string()),
        },
        Value::Date(value) => text(value.to_string()),
        Value::DateTime(value) => Stored::Integer(value.as_micros()),
        Value::Time(value) => text(value.to_sortable()),
        Value::Duration(value) => {
            Stored::Integer(value.column_micros().ok_or_else(|| unbindable(&arg.value))?)
        }
        Value::Uuid(value) => text(value.to_string()),
        Value::Bytes(value) => Stored::Blob(Cow::Borrowed(value.as_slice())),
        Value::Json(value) => Stored::Text(Cow::Borrowed(value.as_str())),
        other => return Err(unbindable(other)),
    })
}

fn of_decimal(number: Decimal, max_digits: u32, places: u32) -> Option<Stored<'static>> {
    if max_digits <= MAX_SCALED_DIGITS {
        return number.scaled(places).map(Stored::Integer);
    }
    Some(Stored::Text(Cow::Owned(number.with_places(places).unwrap_or(number).to_string())))
}

/// Returns integers and texts as a JSON array whose items SQLite converts back to them. Returns `None` if there are
/// other values among them.
pub(crate) fn json_array(args: &[Arg]) -> Option<String> {
    let mut json = vec![b'['];
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        match of_arg(arg).ok()? {
            Stored::Integer(number) => serde_json::to_writer(&mut json, &number).ok()?,
            // SQLite reads texts in JSON up to their first null character.
            Stored::Text(text) if !text.contains('\0') => serde_json::to_writer(&mut json, &text).ok()?,
            _ => return None,
        }
    }
    json.push(b']');
    String::from_utf8(json).ok()
}

/// Decodes the values of a row.
pub(super) fn decode(row: &impl StoredRow, shape: &Shape) -> DbResult<Row> {
    let values = match shape {
        Shape::Columns(columns) => all_typed(row, columns.iter())?,
        Shape::Picked(columns) => all_typed(row, columns.iter().copied())?,
        Shape::Keyed(key, columns) => all_typed(row, std::iter::once(*key).chain(columns.iter()))?,
        Shape::Untyped | Shape::Nothing => {
            (0..row.len()).map(|index| row.stored(index).map(untyped)).collect::<DbResult<_>>()?
        }
    };
    Ok(Row::new(values))
}

fn all_typed<'a>(
    row: &impl StoredRow,
    columns: impl Iterator<Item = &'a ColumnMeta>,
) -> DbResult<Vec<Value>> {
    let mut values = Vec::with_capacity(row.len());
    let mut key = None;
    for (index, column) in columns.enumerate() {
        if matches!(column.auto, Auto::Key | Auto::Uuid) {
            key = Some((index, column.name));
        }
        let TypeMeta { kind, storage, .. } = &column.ty;
        let stored = row.stored(index)?;
        let value = match (storage, &stored) {
            (Storage::Django, stored) if django::differs(kind) && !matches!(stored, Stored::Null) => {
                django::typed(stored, kind)
            }
            _ => typed(stored, kind),
        };
        let refused = || match key {
            Some((at, name)) => {
                undecodable_in(column.name, kind, &format!("{name} is {}", spelled(row.stored(at))))
            }
            None => undecodable(column.name, kind),
        };
        values.push(value.ok_or_else(refused)?);
    }
    Ok(values)
}

/// Returns a key that the server has generated, for the log: a number or a UUID.
fn spelled(stored: DbResult<Stored<'_>>) -> String {
    match stored {
        Ok(Stored::Integer(number)) => number.to_string(),
        Ok(Stored::Text(text)) => text.chars().take(36).collect(),
        _ => "none".to_owned(),
    }
}

/// Converts a value by the kind of its column; returns `None` if it is of another kind.
fn typed(stored: Stored<'_>, kind: &Kind) -> Option<Value> {
    let stored = match stored {
        Stored::Null => return Some(Value::Null),
        stored => stored,
    };
    Some(match kind {
        Kind::Boolean => Value::Boolean(integer(&stored)? != 0),
        Kind::Integer => Value::Integer(integer(&stored)?),
        Kind::Float => Value::Float(match stored {
            Stored::Real(number) => number,
            // Another program may write a whole number into a column that is not strict.
            Stored::Integer(number) => number as f64,
            _ => return None,
        }),
        Kind::Decimal { max_digits, decimal_places } if *max_digits <= MAX_SCALED_DIGITS => {
            Value::Decimal(Decimal::new(integer(&stored)?.into(), *decimal_places)?)
        }
        Kind::Decimal { .. } => Value::Decimal(text(&stored)?.parse().ok()?),
        Kind::Date => Value::Date(text(&stored)?.parse().ok()?),
        Kind::DateTime => Value::DateTime(DateTime::from_micros(integer(&stored)?)?),
        Kind::Time => Value::Time(text(&stored)?.parse().ok()?),
        Kind::Duration => Value::Duration(Duration::from_micros(integer(&stored)?)),
        Kind::Uuid => Value::Uuid(text(&stored)?.parse().ok()?),
        Kind::Bytes => match stored {
            Stored::Blob(bytes) => Value::Bytes(bytes.into_owned().into()),
            _ => return None,
        },
        Kind::Choice(choices) if is_integer_choice(choices) => Value::Integer(integer(&stored)?),
        Kind::Json
        | Kind::BigInteger
        | Kind::List(_)
        | Kind::Tuple(_)
        | Kind::Map(_)
        | Kind::Object(_)
        | Kind::Union(_) => json(owned_text(stored)?)?,
        Kind::Text | Kind::Form(_) | Kind::Choice(_) => Value::Text(owned_text(stored)?),
    })
}

/// Converts a value by its storage class.
fn untyped(stored: Stored<'_>) -> Value {
    match stored {
        Stored::Null => Value::Null,
        Stored::Integer(number) => Value::Integer(number),
        Stored::Real(number) => Value::Float(number),
        Stored::Text(text) => Value::Text(text.into_owned()),
        Stored::Blob(bytes) => Value::Bytes(bytes.into_owned().into()),
    }
}

fn integer(stored: &Stored<'_>) -> Option<i64> {
    match stored {
        Stored::Integer(number) => Some(*number),
        _ => None,
    }
}

fn text<'a>(stored: &'a Stored<'_>) -> Option<&'a str> {
    match stored {
        Stored::Text(text) => Some(text),
        _ => None,
    }
}

fn owned_text(stored: Stored<'_>) -> Option<String> {
    match stored {
        Stored::Text(text) => Some(text.into_owned()),
        _ => None,
    }
}
