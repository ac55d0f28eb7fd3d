//! The values of a row that is written: given values, checked values, and those that the server fills in.

use std::borrow::Cow;

use super::naming::{Errors, Naming};
use crate::ground::error::{Detail, Result};
use crate::ground::scalar::{DateTime, Uuid};
use crate::schema::meta::{Auto, ColumnMeta, ModelMeta};
use crate::schema::value::{Object, Value};
use crate::wire::decode::{check_deep, fits_column, literal};

/// Values by column, in the order of the columns.
pub(crate) type Values = Vec<(usize, Value)>;

/// Returns the values of an object by column. A key that the database generates is left out.
pub(crate) fn given(meta: &'static ModelMeta, mut values: Object) -> Values {
    let columns = meta.columns.iter().enumerate().filter(|(_, column)| column.auto != Auto::Key);
    columns.filter_map(|(index, _)| Some((index, values.take_value(index)?))).collect()
}

/// Checks values by the rules of their columns, which are reported under their own names.
pub(super) fn check(meta: &'static ModelMeta, values: &Values) -> Result<()> {
    check_named(meta, values, Naming::Columns(meta))
}

/// Checks values by the rules of their columns.
pub(crate) fn check_named(meta: &'static ModelMeta, values: &Values, naming: Naming) -> Result<()> {
    let mut errors = Errors::default();
    for (index, value) in values {
        let column = &meta.columns[*index];
        let automatic = matches!(column.auto, Auto::Now | Auto::NowAdd);
        let checked = check_deep(&column.ty, value).and_then(|()| Ok(fits_column(value)?));
        if let (false, Err(refusal)) = (automatic, checked) {
            let (name, messages) = naming.column(*index);
            errors.add(name, refusal.detail(messages));
        }
    }
    errors.into_result()
}

/// Returns the values of a change, with the times that the server sets.
pub(super) fn with_now(meta: &'static ModelMeta, mut values: Values) -> Values {
    let now = DateTime::now();
    values.retain(|(index, _)| !matches!(meta.columns[*index].auto, Auto::Now | Auto::NowAdd));
    for (index, column) in meta.columns.iter().enumerate() {
        if column.auto == Auto::Now {
            values.push((index, Value::of_moment(now, &column.ty.kind)));
        }
    }
    values
}

/// Returns a value for every column except an automatic key.
pub(super) fn complete(meta: &'static ModelMeta, values: Values, naming: Naming) -> Result<Values> {
    let now = DateTime::now();
    let mut given: Vec<Option<Value>> = vec![None; meta.columns.len()];
    for (index, value) in values {
        given[index] = Some(value);
    }
    let mut errors = Errors::default();
    let mut row = Vec::with_capacity(meta.columns.len());
    for (index, (column, given)) in meta.columns.iter().zip(given).enumerate() {
        if column.auto == Auto::Key {
            continue;
        }
        match given
            .filter(|_| !matches!(column.auto, Auto::Now | Auto::NowAdd))
            .or_else(|| filled(column, now))
        {
            Some(value) => row.push((index, value)),
            None => errors.add(naming.column(index).0, Detail::message("This field is required.")),
        }
    }
    errors.into_result().map(|()| row)
}

/// Returns the value that a column gets if the writer does not set it.
fn filled(column: &ColumnMeta, now: DateTime) -> Option<Value> {
    match column.auto {
        Auto::Uuid | Auto::DefaultUuid => return Some(Value::Uuid(Uuid::random())),
        Auto::Now | Auto::NowAdd | Auto::DefaultNow => return Some(Value::of_moment(now, &column.ty.kind)),
        Auto::No | Auto::Key => {}
    }
    let empty_text = column.ty.drf && column.ty.blank && column.ty.kind.is_text();
    match &column.default {
        Some(default) => Some(literal(&column.ty, default)),
        None if column.ty.nullable => Some(Value::Null),
        // This is Django's default of a text that may be blank.
        None if empty_text => Some(Value::Text(String::new())),
        None => None,
    }
}

/// Returns a value as messages show it.
pub(crate) fn spelled(value: &Value) -> Cow<'static, str> {
    match value {
        Value::Text(text) => Cow::Owned(text.clone()),
        Value::Integer(number) => Cow::Owned(number.to_string()),
        Value::Uuid(uuid) => Cow::Owned(uuid.to_string()),
        _ => Cow::Borrowed("?"),
    }
}
