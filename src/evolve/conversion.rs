//! The conversions of a column whose type changes: one table, for both databases. The runtime converts the
//! values (`db::migrate::convert`).

use dcrf_scalars::MAX_SCALED_DIGITS;

use super::schema::{Column, ColumnType};

/// The result of converting values to another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// The values stay as they are, because they are stored in the same way.
    Kept,
    /// Each value has exactly one counterpart.
    Exact,
    /// Some values have no counterpart: a row with one of those stops the migration.
    Checked,
    /// The values cannot be read as values of the other type.
    Refused,
}

/// Tells how values of one type are converted to another.
pub(super) fn conversion(from: ColumnType, to: ColumnType) -> Conversion {
    use ColumnType::{Boolean, Bytes, Date, DateTime, Decimal, Float, Integer, Json, Text};
    use Conversion::{Checked, Exact, Kept, Refused};
    match (from, to) {
        (from, to) if from == to => Kept,
        (_, Text) | (Boolean, Integer) | (Date, DateTime) => Exact,
        (Text, _) | (Integer, Boolean) | (DateTime, Date) => Checked,
        (Integer, Decimal { max_digits, decimal_places }) => {
            if max_digits.saturating_sub(decimal_places) >= 19 { Exact } else { Checked }
        }
        (Decimal { max_digits, decimal_places: 0 }, Integer) if max_digits <= MAX_SCALED_DIGITS => Exact,
        (Decimal { .. } | Float, Integer) | (Integer | Decimal { .. }, Float) | (Float, Decimal { .. }) => {
            Checked
        }
        (
            Decimal { max_digits, decimal_places },
            Decimal { max_digits: new_digits, decimal_places: new_places },
        ) => {
            let whole = |digits: u32, places: u32| digits.saturating_sub(places);
            let is_wider = new_places >= decimal_places
                && whole(new_digits, new_places) >= whole(max_digits, decimal_places);
            match () {
                () if !is_wider => Checked,
                () if new_places == decimal_places
                    && (max_digits <= MAX_SCALED_DIGITS) == (new_digits <= MAX_SCALED_DIGITS) =>
                {
                    Kept
                }
                () => Exact,
            }
        }
        (
            Boolean
            | Integer
            | Float
            | Decimal { .. }
            | Date
            | DateTime
            | Json
            | Bytes
            | ColumnType::Uuid
            | ColumnType::Time
            | ColumnType::Duration,
            _,
        ) => Refused,
    }
}

/// Returns the name of a column's type, in the terms of JSON Schema.
pub fn holds(ty: ColumnType) -> String {
    match ty {
        ColumnType::Boolean => "boolean".to_owned(),
        ColumnType::Integer => "integer".to_owned(),
        ColumnType::Float => "number".to_owned(),
        ColumnType::Text => "string".to_owned(),
        ColumnType::Uuid => "uuid".to_owned(),
        ColumnType::Date => "date".to_owned(),
        ColumnType::DateTime => "date-time".to_owned(),
        ColumnType::Time => "time".to_owned(),
        ColumnType::Duration => "duration".to_owned(),
        ColumnType::Decimal { max_digits, decimal_places } => {
            format!("decimal({max_digits}, {decimal_places})")
        }
        ColumnType::Bytes => "byte".to_owned(),
        ColumnType::Json => "JSON".to_owned(),
    }
}

/// Tells how the values of a column are converted to those of another. Only the database knows how an SQL type
/// (`x-sql`) becomes another, so such values are never converted automatically.
pub fn of_columns(old: &Column, new: &Column) -> Conversion {
    match (&old.sql, &new.sql) {
        (None, None) => conversion(old.ty, new.ty),
        (Some(old), Some(new)) if new.keep(old) => Conversion::Kept,
        _ => Conversion::Refused,
    }
}

/// Returns the name of a column's type or of its SQL type.
pub fn told(column: &Column) -> String {
    match &column.sql {
        Some(sql) => format!("the SQL type {}", sql.told()),
        None => holds(column.ty),
    }
}
