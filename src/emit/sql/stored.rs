//! The values of a definition as the databases store them, like `db::sqlite::stored` and `db::postgres` of
//! `dcrf_runtime`.

use std::fmt::Write as _;

use dcrf_scalars::{Bytes, DateTime, Decimal, Duration, MAX_SCALED_DIGITS, Time};

use crate::escape;
use crate::evolve::{ColumnType, Default};

/// Returns a value of a column as SQLite stores it.
pub fn on_sqlite(value: &Default, ty: ColumnType) -> Option<String> {
    Some(match (value, ty) {
        (Default::Boolean(value), _) => if *value { "1" } else { "0" }.to_owned(),
        (Default::Number(number), _) => number.clone(),
        (Default::Text(text), ColumnType::DateTime) => moment(text)?.to_string(),
        (Default::Text(text), ColumnType::Duration) => duration(text)?.to_string(),
        (Default::Text(text), ColumnType::Time) => escape::sqlite(&time(text)?),
        (Default::Text(text), ColumnType::Bytes) => format!("x'{}'", hexadecimal(text)?),
        (Default::Text(text), ColumnType::Decimal { max_digits, decimal_places })
            if max_digits <= MAX_SCALED_DIGITS =>
        {
            scaled(text, decimal_places)?.to_string()
        }
        (Default::Text(value) | Default::Json(value), _) => escape::sqlite(value),
    })
}

/// Returns a value of a column as PostgreSQL reads it.
pub fn on_postgres(value: &Default, ty: ColumnType) -> Option<String> {
    Some(match (value, ty) {
        (Default::Boolean(value), _) => value.to_string(),
        (Default::Number(number), _) => number.clone(),
        (Default::Text(text), ColumnType::Duration) => duration(text)?.to_string(),
        (Default::Text(text), ColumnType::Bytes) => format!("'\\x{}'", hexadecimal(text)?),
        (Default::Text(value) | Default::Json(value), _) => escape::postgres(value),
    })
}

/// Returns a datetime as microseconds since 1970-01-01.
pub fn moment(text: &str) -> Option<i64> {
    text.parse().ok().map(DateTime::as_micros)
}

/// Returns a duration as microseconds.
pub fn duration(text: &str) -> Option<i64> {
    text.parse().ok().and_then(Duration::column_micros)
}

/// Returns a time of day in a form that sorts: `HH:MM:SS.ffffff`.
pub fn time(text: &str) -> Option<String> {
    text.parse().ok().map(Time::to_sortable)
}

/// Returns a decimal as an integer, in units of its last decimal place.
pub fn scaled(text: &str, places: u32) -> Option<i64> {
    text.parse::<Decimal>().ok()?.scaled(places)
}

/// Returns the hexadecimal digits of bytes in base64.
pub fn hexadecimal(base64: &str) -> Option<String> {
    let bytes: Bytes = base64.parse().ok()?;
    let mut hexadecimal = String::new();
    for byte in bytes.as_slice() {
        let _ = write!(hexadecimal, "{byte:02x}");
    }
    Some(hexadecimal)
}

#[cfg(test)]
mod tests {
    use super::{duration, hexadecimal, moment, scaled, time};

    #[test]
    fn values_are_stored_as_the_runtime_stores_them() {
        assert_eq!(moment("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(moment("2024-02-29T13:30:00.500000Z"), Some(1_709_213_400_500_000));
        assert_eq!(moment("0001-01-01T00:00:00Z"), Some(-62_135_596_800_000_000));
        assert_eq!(duration("1 02:30:00"), Some(95_400_000_000));
        assert_eq!(duration("-1 23:59:59.500000"), Some(-500_000));
        assert_eq!(time("13:30:00").as_deref(), Some("13:30:00.000000"));
        assert_eq!(scaled("-1.50", 3), Some(-1500));
        assert_eq!(scaled("-0.50", 2), Some(-50));
        assert_eq!(hexadecimal("aGVsbG8=").as_deref(), Some("68656c6c6f"));
        assert_eq!(hexadecimal("").as_deref(), Some(""));
    }
}
