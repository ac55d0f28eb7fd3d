//! The values that Django stores in another form than `sqlite::stored` and `postgres::connection`.
//!
//! On SQLite a date-time is the text that Python gives for it (`2024-02-29 12:30:45.500000`, in UTC, without a fraction
//! that is zero), and a time likewise; a uuid is 32 digits; a decimal is what the affinity of its column (`NUMERIC`)
//! makes of its text: a number. The texts of date-times and times have the same order as the values, because only a
//! fraction can follow. On PostgreSQL a duration is an `interval` of days and microseconds, and an address an `inet`.

use std::net::IpAddr;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::{Oid, PgInterval};
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, Postgres};
use sqlx::{Encode, Type};

use super::sqlite::cell::Stored;
use crate::ground::scalar::{Date, DateTime, Decimal, Duration, Time};
use crate::schema::meta::Kind;
use crate::schema::value::Value;

/// The digits that a decimal may have on SQLite: floats keep that many.
pub(super) const MOST_DIGITS: u32 = 15;
const MICROS_OF_A_DAY: i64 = 86_400_000_000;

/// Returns the stored form of a value on SQLite; `None` if it is the runtime's own form.
pub(super) fn of_value(value: &Value, kind: &Kind) -> Option<Stored<'static>> {
    let text = match value {
        Value::DateTime(moment) => {
            let moment = moment.into_inner();
            format!("{} {}", Date::from(moment.date()), Time::from(moment.time()))
        }
        Value::Time(time) => time.to_string(),
        Value::Uuid(uuid) => uuid.into_inner().simple().to_string(),
        Value::Decimal(number) => match kind {
            Kind::Decimal { decimal_places, .. } => {
                number.with_places(*decimal_places).unwrap_or(*number).to_string()
            }
            _ => number.to_string(),
        },
        _ => return None,
    };
    Some(Stored::Text(text.into()))
}

/// Reads a value of SQLite by the kind of its column, if Django stores it in another form; `None` if the form is the
/// runtime's own, or the value cannot be read.
pub(super) fn typed(stored: &Stored<'_>, kind: &Kind) -> Option<Value> {
    match (kind, stored) {
        (Kind::DateTime, Stored::Text(text)) => text.parse::<DateTime>().ok().map(Value::DateTime),
        (Kind::Decimal { decimal_places, .. }, Stored::Integer(number)) => {
            Decimal::from(*number).with_places(*decimal_places).map(Value::Decimal)
        }
        (Kind::Decimal { decimal_places, .. }, Stored::Real(number)) => {
            // Django reads 15 digits and rounds to the places of the column.
            let number = rust_decimal::Decimal::from_scientific(&format!("{number:.14e}")).ok()?;
            Decimal::from(number.round_dp(*decimal_places)).with_places(*decimal_places).map(Value::Decimal)
        }
        _ => None,
    }
}

/// Tells whether Django stores values of a kind in another form than the runtime, on SQLite.
pub(super) fn differs(kind: &Kind) -> bool {
    matches!(kind, Kind::DateTime | Kind::Decimal { .. })
}

/// Converts a duration as Python's driver does: whole days, and the rest of a day.
pub(super) fn interval(duration: Duration) -> PgInterval {
    let (micros, day) = (duration.as_micros(), i128::from(MICROS_OF_A_DAY));
    let days = i32::try_from(micros.div_euclid(day)).unwrap_or(i32::MAX);
    let microseconds = i64::try_from(micros.rem_euclid(day)).unwrap_or_default();
    PgInterval { months: 0, days, microseconds }
}

/// Returns the length of an interval; `None` if it has months, whose length is not defined, or is too long.
pub(super) fn duration(interval: &PgInterval) -> Option<Duration> {
    let days = i128::from(interval.days) * i128::from(MICROS_OF_A_DAY);
    Duration::of_micros(days + i128::from(interval.microseconds)).filter(|_| interval.months == 0)
}

/// An address as PostgreSQL's `inet` (`network_send` in its `network.c`).
#[derive(Debug)]
pub(super) struct Inet(IpAddr);

impl Inet {
    /// Parses an address.
    pub(super) fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// Returns the text of an address; `None` if it is a network.
    pub(super) fn text_of(bytes: &[u8]) -> Option<String> {
        match bytes {
            [2, 32, _, 4, address @ ..] => Some(IpAddr::from(<[u8; 4]>::try_from(address).ok()?).to_string()),
            [3, 128, _, 16, address @ ..] => {
                Some(IpAddr::from(<[u8; 16]>::try_from(address).ok()?).to_string())
            }
            _ => None,
        }
    }
}

impl Type<Postgres> for Inet {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(869))
    }
}

impl Encode<'_, Postgres> for Inet {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match self.0 {
            IpAddr::V4(address) => {
                buffer.extend_from_slice(&[2, 32, 0, 4]);
                buffer.extend_from_slice(&address.octets());
            }
            IpAddr::V6(address) => {
                buffer.extend_from_slice(&[3, 128, 0, 16]);
                buffer.extend_from_slice(&address.octets());
            }
        }
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::{Inet, duration, interval, of_value, typed};
    use crate::db::sqlite::cell::Stored;
    use crate::ground::scalar::{DateTime, Decimal, Duration, Uuid};
    use crate::schema::meta::Kind;
    use crate::schema::value::Value;

    const PRICE: Kind = Kind::Decimal { max_digits: 10, decimal_places: 2 };

    fn text(value: Value, kind: &Kind) -> String {
        match of_value(&value, kind) {
            Some(Stored::Text(text)) => text.into_owned(),
            _ => panic!("it is a text"),
        }
    }

    #[test]
    fn texts_are_those_of_python() {
        let moment = |text: &str| Value::DateTime(text.parse::<DateTime>().expect("a moment"));
        assert_eq!(text(moment("2024-02-29T12:30:45Z"), &Kind::DateTime), "2024-02-29 12:30:45");
        assert_eq!(
            text(moment("0001-02-03T04:05:06.5+01:00"), &Kind::DateTime),
            "0001-02-03 03:05:06.500000"
        );
        assert_eq!(text(Value::Uuid(Uuid::from_u128(255)), &Kind::Uuid), format!("{:032x}", 255));
        assert_eq!(text(Value::Decimal("12.5".parse::<Decimal>().expect("a number")), &PRICE), "12.50");
    }

    #[test]
    fn numbers_are_read_as_django_reads_them() {
        let read = |stored| match typed(&stored, &PRICE) {
            Some(Value::Decimal(number)) => number.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(read(Stored::Real(0.1 + 0.2)), "0.30");
        assert_eq!(read(Stored::Real(12.345)), "12.34", "half to even, of 15 digits");
        assert_eq!(read(Stored::Integer(-7)), "-7.00");
        assert_eq!(read(Stored::Real(99_999_999.99)), "99999999.99");
        assert!(typed(&Stored::Real(f64::INFINITY), &PRICE).is_none());
    }

    #[test]
    fn durations_are_intervals_of_days() {
        for micros in [0, 1, -1, 86_400_000_000, -86_400_000_001, i64::MIN, i64::MAX] {
            let there = interval(Duration::from_micros(micros));
            assert!((0..86_400_000_000).contains(&there.microseconds), "as Python has it");
            assert_eq!(duration(&there), Some(Duration::from_micros(micros)));
        }
        let months = sqlx::postgres::types::PgInterval { months: 1, days: 0, microseconds: 0 };
        assert_eq!(duration(&months), None);
    }

    #[test]
    fn an_address_is_no_network() {
        assert_eq!(Inet::text_of(&[2, 32, 0, 4, 127, 0, 0, 1]).as_deref(), Some("127.0.0.1"));
        for bytes in [&[2, 24, 0, 4, 127, 0, 0, 0][..], &[2, 32, 0, 4, 1], &[], &[3, 128, 0, 16]] {
            assert_eq!(Inet::text_of(bytes), None);
        }
        assert!(Inet::parse("::1").is_some() && Inet::parse("x").is_none());
    }
}
