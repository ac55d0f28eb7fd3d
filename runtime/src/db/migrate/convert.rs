//! The conversion of values when the kind of their column changes. The generator's `evolve::conversion` lists the
//! possible pairs of kinds.
//!
//! The new value is what the API reads from the representation of the old one: an integer from its digits, a decimal
//! from `"1.50"`. If the conversion would lose information (a date-time as a date, a number with more places), there is
//! no new value.

use serde_json::value::RawValue;
use time::Time;

use crate::ground::scalar::{Date, Exact, Json, Parts};
use crate::schema::meta::{Kind, TypeMeta};
use crate::schema::value::Value;
use crate::wire::decode::{Reading, accept};
use crate::wire::encode;

/// Converts a value to another kind; returns `None` if that would lose information.
pub(super) fn converted(value: &Value, from: Kind, to: Kind) -> Option<Value> {
    match (from, to) {
        (Kind::Boolean, Kind::Integer) => match value {
            Value::Boolean(value) => Some(Value::Integer(i64::from(*value))),
            _ => None,
        },
        (Kind::Integer, Kind::Boolean) => match value {
            Value::Integer(0) => Some(Value::Boolean(false)),
            Value::Integer(1) => Some(Value::Boolean(true)),
            _ => None,
        },
        (
            Kind::Integer | Kind::Float | Kind::Decimal { .. },
            Kind::Integer | Kind::Float | Kind::Decimal { .. },
        ) => number(&Parts::parse(&shown(value, from)?)?, to),
        (Kind::Date, Kind::DateTime) => match value {
            Value::Date(date) => {
                Some(Value::DateTime(date.into_inner().with_time(Time::MIDNIGHT).assume_utc().into()))
            }
            _ => None,
        },
        (Kind::DateTime, Kind::Date) => match value {
            Value::DateTime(moment) if moment.into_inner().time() == Time::MIDNIGHT => {
                Some(Value::Date(Date::from(moment.into_inner().date())))
            }
            _ => None,
        },
        (Kind::Text, Kind::Json) => {
            let Value::Text(text) = value else { return None };
            serde_json::from_str::<&RawValue>(text).ok()?;
            Some(Value::Json(Json::trusted(text.trim())))
        }
        (Kind::Text, to) => read(value, to),
        (from, Kind::Text) => shown(value, from).map(Value::Text),
        _ => None,
    }
}

/// Reads a value of a definition, as clients would send it.
pub(super) fn sent(value: &RawValue, kind: Kind) -> Option<Value> {
    accept(&TypeMeta::plain(kind), value, Reading::STORED).ok()
}

/// Returns the representation of the API: the content of a JSON string, and the JSON of any other value.
fn shown(value: &Value, kind: Kind) -> Option<String> {
    let mut json = Vec::new();
    encode::value(&mut json, &TypeMeta::plain(kind), value);
    let json = String::from_utf8(json).ok()?;
    if matches!(kind, Kind::Json) || !json.starts_with('"') {
        return Some(json);
    }
    serde_json::from_str(&json).ok()
}

/// Reads a text as the API does.
fn read(value: &Value, kind: Kind) -> Option<Value> {
    let Value::Text(text) = value else { return None };
    let raw = serde_json::value::to_raw_value(text).ok()?;
    // Kinds that are texts by themselves read an empty text as none.
    accept(&TypeMeta::plain(kind), &raw, Reading::COERCED).ok().filter(|value| !matches!(value, Value::Null))
}

fn number(parts: &Parts, kind: Kind) -> Option<Value> {
    match kind {
        Kind::Integer => {
            let whole = parts.clone().trimmed();
            let (_, _, places) = whole.precision();
            let decimal = whole.decimal().filter(|_| places == 0)?;
            decimal.to_string().parse().ok().map(Value::Integer)
        }
        Kind::Float => {
            let exact = Exact::from(parts.clone());
            let number: f64 = exact.to_string().parse().ok()?;
            (Exact::of_float(number)? == exact).then_some(Value::Float(number))
        }
        Kind::Decimal { max_digits, decimal_places } => {
            let trimmed = parts.clone().trimmed();
            let (_, whole, places) = trimmed.precision();
            let fits = places <= u64::from(decimal_places)
                && whole <= u64::from(max_digits.saturating_sub(decimal_places));
            trimmed.decimal().filter(|_| fits)?.with_places(decimal_places).map(Value::Decimal)
        }
        _ => None,
    }
}

/// Returns an excerpt of a value that could not be converted, for messages: enough to find it.
pub(super) fn excerpt(value: &Value, kind: Kind) -> String {
    const MOST: usize = 40;
    let text = shown(value, kind).unwrap_or_default();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::converted;
    use crate::schema::meta::Kind;
    use crate::schema::value::Value;

    const fn decimal(max_digits: u32, decimal_places: u32) -> Kind {
        Kind::Decimal { max_digits, decimal_places }
    }

    fn text(text: &str, to: Kind) -> Option<Value> {
        converted(&Value::Text(text.to_owned()), Kind::Text, to)
    }

    fn back(value: &Value, from: Kind) -> Option<String> {
        match converted(value, from, Kind::Text)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Reads a text as one kind, converts it to another, and returns the result as a text.
    fn through(told: &str, from: Kind, to: Kind) -> Option<String> {
        let value = text(told, from).unwrap_or_else(|| panic!("{told} is no {from:?}"));
        back(&converted(&value, from, to)?, to)
    }

    #[test]
    fn numbers_go_on_exactly_or_not_at_all() {
        for (told, from, to, expected) in [
            ("1.50", decimal(10, 2), decimal(10, 3), Some("1.500")),
            ("1.500", decimal(10, 3), decimal(10, 2), Some("1.50")),
            ("1.505", decimal(10, 3), decimal(10, 2), None),
            ("12345678.00", decimal(10, 2), decimal(10, 3), None),
            ("5", Kind::Integer, decimal(10, 2), Some("5.00")),
            ("100", Kind::Integer, decimal(2, 0), None),
            ("9223372036854775807", Kind::Integer, Kind::Float, None),
            ("9007199254740992", Kind::Integer, Kind::Float, Some("9007199254740992.0")),
            ("1.0", Kind::Float, Kind::Integer, Some("1")),
            ("-0.0", Kind::Float, Kind::Integer, Some("0")),
            ("1e19", Kind::Float, Kind::Integer, None),
            ("1.5", Kind::Float, Kind::Integer, None),
            ("0.1", Kind::Float, decimal(3, 1), Some("0.1")),
            ("0.1", decimal(3, 1), Kind::Float, Some("0.1")),
            ("0.12345678901234567890", decimal(28, 20), Kind::Float, None),
            ("100.00", decimal(10, 2), Kind::Integer, Some("100")),
            ("1", Kind::Integer, Kind::Boolean, Some("true")),
            ("2", Kind::Integer, Kind::Boolean, None),
            ("true", Kind::Boolean, Kind::Integer, Some("1")),
        ] {
            assert_eq!(through(told, from, to).as_deref(), expected, "{told}: {from:?} to {to:?}");
        }
    }

    #[test]
    fn days_are_moments_at_midnight() {
        let (day, moment) = (Kind::Date, Kind::DateTime);
        assert_eq!(through("2024-02-29", day, moment).as_deref(), Some("2024-02-29T00:00:00Z"));
        assert_eq!(through("2024-02-29T00:00:00Z", moment, day).as_deref(), Some("2024-02-29"));
        assert_eq!(through("2024-02-29T00:00:01Z", moment, day), None);
    }

    #[test]
    fn texts_are_read_as_the_api_reads_them() {
        assert_eq!(text("true", Kind::Boolean), Some(Value::Boolean(true)));
        assert_eq!(text("12kg", Kind::Integer), None);
        assert_eq!(text("", Kind::Integer), None);
        assert_eq!(text("hello", Kind::Json), None);
        assert_eq!(text("", Kind::Date), None);
        assert!(text(" [1, 2] ", Kind::Json).is_some());
        for (told, kind) in [
            ("1 00:00:00", Kind::Duration),
            ("12:30:45.500000", Kind::Time),
            ("12345678-1234-1234-1234-1234567890ab", Kind::Uuid),
            ("aGVsbG8=", Kind::Bytes),
            ("{\"a\": \"b\"}", Kind::Json),
            ("\"a\"", Kind::Json),
        ] {
            let value = text(told, kind).unwrap_or_else(|| panic!("{told} is no {kind:?}"));
            assert_eq!(back(&value, kind).as_deref(), Some(told));
        }
    }
}
