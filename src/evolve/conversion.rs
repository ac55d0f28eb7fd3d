//! What becomes of the values of a column whose kind changes: one table, for both databases. How a value goes on is the
//! runtime's (`db::migrate::convert`).

use dcrf_scalars::MAX_SCALED_DIGITS;

use super::schema::{Column, ColumnType};

/// What becomes of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// They stay as they are, and are stored alike.
    Kept,
    /// Each has exactly one counterpart.
    Exact,
    /// Some have none: a row with one of those stops the migration.
    Checked,
    /// They mean nothing as values of the other kind.
    Refused,
}

/// What becomes of values of one kind as values of another.
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

/// What a column holds, by the words of JSON Schema.
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

/// What becomes of the values of a column as those of another. Only the database knows how a type of its own
/// (`x-sql`) becomes another, so that nothing does so by itself.
pub fn of_columns(old: &Column, new: &Column) -> Conversion {
    match (&old.sql, &new.sql) {
        (None, None) => conversion(old.ty, new.ty),
        (Some(old), Some(new)) if new.keep(old) => Conversion::Kept,
        _ => Conversion::Refused,
    }
}

/// What a column holds, or of which SQL type it is.
pub fn told(column: &Column) -> String {
    match &column.sql {
        Some(sql) => format!("the SQL type {}", sql.told()),
        None => holds(column.ty),
    }
}
