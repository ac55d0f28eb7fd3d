//! Sums and averages, alike on both databases and exact for integers, decimals and durations.
//!
//! PostgreSQL adds integers and decimals as `NUMERIC`. SQLite adds 64 bits: a sum that is larger, even for a moment, is an
//! error there. So the parts of numbers are added on SQLite, and their sums are put together here. An average is the sum
//! divided by the number of values.

use super::dialect::Dialect;
use crate::ground::scalar::{Decimal, Duration, MAX_SCALED_DIGITS};
use crate::schema::meta::{ColumnMeta, Kind, Storage};
use crate::schema::value::Value;

/// The column of counts and of parts of sums.
pub(super) static NUMBER: ColumnMeta = ColumnMeta::of("number", Kind::Integer);

/// The way in which the values of a column are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Summation {
    /// The database adds them exactly, or they are floats.
    Direct,
    /// They are stored as integers: the upper and the lower 32 bits are added.
    Halves,
    /// They are numbers with so many places, of which integers are made first.
    Rounded(u32),
    /// They are texts of up to 28 digits: eight, ten and ten of them are added.
    Digits,
}

impl Summation {
    pub(super) fn of(dialect: Dialect, column: &ColumnMeta) -> Self {
        if dialect == Dialect::Postgres {
            return Self::Direct;
        }
        match column.ty.kind {
            Kind::Decimal { decimal_places, .. } if column.ty.storage == Storage::Django => {
                Self::Rounded(decimal_places)
            }
            Kind::Decimal { max_digits, .. } if max_digits > MAX_SCALED_DIGITS => Self::Digits,
            Kind::Integer | Kind::Duration | Kind::Decimal { .. } => Self::Halves,
            _ => Self::Direct,
        }
    }

    /// Returns the expressions to add, with `{}` in the place of the column.
    pub(super) fn parts(self) -> Vec<String> {
        let halves = |number: &str| vec![format!("{number} >> 32"), format!("{number} & 4294967295")];
        match self {
            Self::Direct => vec!["{}".to_owned()],
            Self::Halves => halves("{}"),
            Self::Rounded(places) => {
                let scale = 10_i64.saturating_pow(places);
                halves(&format!("CAST(round({{}} * {scale}) AS INTEGER)"))
            }
            Self::Digits => {
                let digits = "ltrim(replace({}, '.', ''), '-')";
                let part = |of: &str| {
                    let number = format!("CAST(substr({digits}, {of}) AS INTEGER)");
                    format!("(CASE WHEN substr({{}}, 1, 1) = '-' THEN -1 ELSE 1 END) * {number}")
                };
                vec![part("-28, 8"), part("-20, 10"), part("-10")]
            }
        }
    }

    /// Puts the sum of integers together from the sums of its parts.
    pub(super) fn whole(self, parts: &[i64]) -> i128 {
        let base: i128 = if self == Self::Digits { 10_000_000_000 } else { 1 << 32 };
        parts.iter().fold(0, |sum, part| sum * base + i128::from(*part))
    }
}

/// A sum before it is converted to the type of its column.
pub(super) enum Sum {
    Nothing,
    /// So many units: of one, of a microsecond, or of the last place of a decimal.
    Units(i128),
    Decimal(rust_decimal::Decimal),
    Float(f64),
}

pub(super) fn integer(value: &Value) -> Option<i64> {
    if let Value::Integer(number) = value { Some(*number) } else { None }
}

/// Returns the sum that a database has made itself.
pub(super) fn sum_of(value: Value) -> Sum {
    match value {
        Value::Integer(number) => Sum::Units(number.into()),
        Value::Duration(duration) => Sum::Units(duration.as_micros()),
        Value::Decimal(number) => Sum::Decimal(number.into_inner()),
        Value::Float(number) => Sum::Float(number),
        _ => Sum::Nothing,
    }
}

/// Returns a sum as a value of its column; `None` if it is too large.
pub(super) fn total(column: &ColumnMeta, sum: Sum) -> Option<Value> {
    Some(match (column.ty.kind, sum) {
        (_, Sum::Nothing) => Value::Null,
        (Kind::Decimal { .. }, Sum::Decimal(number)) => Value::Decimal(number.into()),
        (Kind::Decimal { decimal_places, .. }, Sum::Units(units)) => {
            Value::Decimal(Decimal::new(units, decimal_places)?)
        }
        (Kind::Duration, sum) => Value::Duration(Duration::of_micros(units(sum)?)?),
        (Kind::Float, Sum::Float(number)) => Value::Float(Some(number).filter(|number| number.is_finite())?),
        (_, sum) => Value::Integer(i64::try_from(units(sum)?).ok()?),
    })
}

/// Returns a sum of whole units.
fn units(sum: Sum) -> Option<i128> {
    match sum {
        Sum::Units(units) => Some(units),
        Sum::Decimal(number) => Some(number.trunc().mantissa()),
        Sum::Nothing | Sum::Float(_) => None,
    }
}

/// Returns the average: a number for integers and floats, a decimal or a duration for these; `None` if the sum is too
/// large.
pub(super) fn average(column: &ColumnMeta, sum: Sum, count: i64) -> Option<Value> {
    if matches!(sum, Sum::Nothing) || count == 0 {
        return Some(Value::Null);
    }
    Some(match (column.ty.kind, sum) {
        (Kind::Decimal { .. }, Sum::Decimal(number)) => quotient(number, count)?,
        (Kind::Decimal { decimal_places, .. }, Sum::Units(units)) => {
            quotient(Decimal::new(units, decimal_places)?.into_inner(), count)?
        }
        (Kind::Duration, sum) => {
            let (sum, count) = (units(sum)?, i128::from(count));
            // Half a microsecond is rounded away from zero.
            let micros = (2 * sum + sum.signum() * count) / (2 * count);
            Value::Duration(Duration::of_micros(micros)?)
        }
        (Kind::Float, Sum::Float(number)) => {
            Value::Float(Some(number / count as f64).filter(|number| number.is_finite())?)
        }
        (_, sum) => Value::Float(units(sum)? as f64 / count as f64),
    })
}

fn quotient(sum: rust_decimal::Decimal, count: i64) -> Option<Value> {
    Some(Value::Decimal(sum.checked_div(rust_decimal::Decimal::from(count))?.into()))
}

#[cfg(test)]
mod tests {
    use super::{NUMBER, Sum, Summation, average, total};
    use crate::schema::meta::{ColumnMeta, Kind};
    use crate::schema::value::Value;

    #[test]
    fn sums_are_put_together() {
        let halves = |number: i64| [number >> 32, number & 0xffff_ffff];
        for number in [0, 1, -1, i64::MAX, i64::MIN, 1 << 40, -(1 << 40) - 7] {
            assert_eq!(Summation::Halves.whole(&halves(number)), i128::from(number));
        }
        assert_eq!(Summation::Digits.whole(&[1, 2, 3]), 100_000_000_020_000_000_003);
        assert_eq!(Summation::Digits.whole(&[0, 0, -3]), -3);
        assert_eq!(total(&NUMBER, Sum::Units(i128::from(i64::MAX) + 1)), None);
    }

    #[test]
    fn averages_are_rounded() {
        static SPAN: ColumnMeta = ColumnMeta::of("span", Kind::Duration);
        let micros = |sum, count| match average(&SPAN, Sum::Units(sum), count) {
            Some(Value::Duration(average)) => average.as_micros(),
            other => panic!("{other:?}"),
        };
        assert_eq!((micros(5, 2), micros(-5, 2), micros(4, 3), micros(-4, 3)), (3, -3, 1, -1));
        assert_eq!(average(&NUMBER, Sum::Nothing, 0), Some(Value::Null));
    }
}
