//! Values as the tests know them: by kind, with an order and a spelling on the wire of their own, independent of the
//! code that is judged by them.

mod calendar;
mod order;
mod random;
mod spelled;
mod texts;

use serde_json::{Number, Value as Json};

pub use calendar::{
    DAYS_LEAST, DAYS_MOST, day_of, days_from, spelled_duration, spelled_moment, spelled_time,
};
pub use order::{Folded, order};
pub use random::{neighbour, random};
pub use spelled::otherwise;

/// A value of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number, which is finite.
    Number(f64),
    /// A text.
    Text(String),
    /// A number with so many digits after the point.
    Decimal {
        /// The number without its point.
        mantissa: i128,
        /// Digits after the point.
        places: u32,
    },
    /// Days since 1970.
    Date(i32),
    /// Microseconds since 1970.
    DateTime(i64),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds.
    Duration(i64),
    /// A UUID.
    Uuid(u128),
    /// Bytes.
    Bytes(Vec<u8>),
    /// JSON: its text, without spaces.
    Json(String),
}

impl Value {
    /// How it is written on the wire.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Boolean(value) => Json::Bool(*value),
            Self::Integer(value) => Json::from(*value),
            Self::Number(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
            Self::Json(text) => serde_json::from_str(text).unwrap_or(Json::Null),
            other => Json::String(other.spelled()),
        }
    }

    /// The text that stands for it on the wire, between quotes where it is of a kind that is a text there.
    fn spelled(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Decimal { mantissa, places } => spelled_decimal(*mantissa, *places),
            Self::Date(days) => day_of(*days),
            Self::DateTime(micros) => spelled_moment(*micros),
            Self::Time(micros) => spelled_time(*micros),
            Self::Duration(micros) => spelled_duration(*micros),
            Self::Uuid(number) => spelled_uuid(*number),
            Self::Bytes(bytes) => base64(bytes),
            other => other.to_json().to_string(),
        }
    }

    /// The same for the runtime, where a condition is made of it.
    ///
    /// # Panics
    /// If the runtime does not read what this writes.
    pub fn to_runtime(&self) -> dcrf_runtime::Value {
        use dcrf_runtime::Value as Runtime;
        fn parsed<T: std::str::FromStr>(text: &str) -> T {
            text.parse().unwrap_or_else(|_| panic!("the runtime does not read {text:?}"))
        }
        match self {
            Self::Null => Runtime::Null,
            Self::Boolean(value) => (*value).into(),
            Self::Integer(value) => (*value).into(),
            Self::Number(value) => (*value).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Decimal { .. } => Runtime::Decimal(parsed(&self.spelled())),
            Self::Date(_) => Runtime::Date(parsed(&self.spelled())),
            Self::DateTime(_) => Runtime::DateTime(parsed(&self.spelled())),
            Self::Time(_) => Runtime::Time(parsed(&self.spelled())),
            Self::Duration(_) => Runtime::Duration(parsed(&self.spelled())),
            Self::Uuid(_) => Runtime::Uuid(parsed(&self.spelled())),
            Self::Bytes(_) => Runtime::Bytes(parsed(&self.spelled())),
            Self::Json(text) => Runtime::Json(parsed(text)),
        }
    }

    /// Whether it is `null`.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// `-1.50`
fn spelled_decimal(mantissa: i128, places: u32) -> String {
    let digits = mantissa.unsigned_abs().to_string();
    let places = places as usize;
    let sign = if mantissa < 0 { "-" } else { "" };
    if places == 0 {
        return format!("{sign}{digits}");
    }
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    format!("{sign}{whole}.{fraction}")
}

/// `00000000-0000-4000-8000-000000000000`
fn spelled_uuid(number: u128) -> String {
    let digits = format!("{number:032x}");
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

/// Base64 with padding (RFC 4648, 4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for position in 0..4 {
            let sextet = (bits >> (18 - 6 * position)) & 63;
            text.push(if position > chunk.len() { '=' } else { char::from(ALPHABET[sextet as usize]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Value, base64};

    #[test]
    fn values_are_spelled_as_on_the_wire() {
        for (value, text) in [
            (Value::Decimal { mantissa: -5, places: 2 }, "\"-0.05\""),
            (Value::Decimal { mantissa: 1234, places: 0 }, "\"1234\""),
            (Value::Uuid(0xf), "\"00000000-0000-0000-0000-00000000000f\""),
            (Value::Number(-0.0), "-0.0"),
            (Value::Json("{\"unit\":\"mm\"}".to_owned()), "{\"unit\":\"mm\"}"),
        ] {
            assert_eq!(value.to_json().to_string(), text);
        }
    }

    #[test]
    fn bytes_are_base64() {
        for (bytes, text) in
            [(&b""[..], ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v"), (b"\xff\xfe", "//4=")]
        {
            assert_eq!(base64(bytes), text);
        }
    }
}
