//! Integers of any size, as DRF's `BigIntegerField` reads them.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;

use crate::exact::Exact;
use crate::python::{ascii_digits, strip};
use crate::text::ParseError;

/// An integer of any size, which is a number in JSON.
///
/// ```
/// use dcrf_scalars::BigInteger;
///
/// let large: BigInteger = "999999999999999999999999999".parse()?;
/// assert!(large > BigInteger::from(i64::MAX));
/// assert_eq!(large.as_i64(), None);
/// # Ok::<(), dcrf_scalars::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BigInteger(String);

impl BigInteger {
    /// Returns it as an integer of 64 bits, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// Returns the digits, with a `-` if it is negative.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<i64> for BigInteger {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl Ord for BigInteger {
    fn cmp(&self, other: &Self) -> Ordering {
        let exact = |number: &Self| Exact::parse(&number.0);
        exact(self).partial_cmp(&exact(other)).unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for BigInteger {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for BigInteger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BigInteger {
    type Err = ParseError;
    /// Parses decimal digits of any script, with a sign and spaces around them.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = ParseError("integer");
        let text = ascii_digits(strip(text)).ok_or(error)?;
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text.as_ref()),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(error);
        }
        let digits = digits.trim_start_matches('0');
        Ok(Self(match (negative, digits) {
            (_, "") => "0".to_owned(),
            (true, digits) => format!("-{digits}"),
            (false, digits) => digits.to_owned(),
        }))
    }
}

impl serde::Serialize for BigInteger {
    /// Serializes a number; beyond 128 bits, which serde does not have, a text.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.parse::<i128>() {
            Ok(number) => serializer.serialize_i128(number),
            Err(_) => serializer.serialize_str(&self.0),
        }
    }
}

impl<'de> serde::Deserialize<'de> for BigInteger {
    /// Deserializes an integer of at most 128 bits, or the text of any.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = BigInteger;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<BigInteger, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<BigInteger, E> {
                Ok(number.into())
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<BigInteger, E> {
                Ok(BigInteger(number.to_string()))
            }
            fn visit_i128<E: serde::de::Error>(self, number: i128) -> Result<BigInteger, E> {
                Ok(BigInteger(number.to_string()))
            }
        }
        deserializer.deserialize_any(Visitor).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::BigInteger;

    #[test]
    fn integers_have_one_form_and_their_order() {
        let read = |text: &str| text.parse::<BigInteger>().expect(text);
        for (text, expected) in [("-0", "0"), ("+007", "7"), (" -12 ", "-12"), ("\u{664}\u{662}", "42")] {
            assert_eq!(read(text).as_str(), expected, "{text}");
        }
        for text in ["", "-", "1.0", "1e3", "0x1f"] {
            assert!(text.parse::<BigInteger>().is_err(), "{text}");
        }
        let large = read(&"9".repeat(60));
        assert!(large > read("9") && read(&format!("-{large}")) < read("-9"));
        assert_eq!(
            serde_json::to_string(&read("123456789012345678901")).ok().as_deref(),
            Some("123456789012345678901")
        );
    }
}
