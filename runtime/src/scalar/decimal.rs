//! Decimal numbers, read as Python's `decimal.Decimal` reads them.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;

use super::ParseError;

/// Columns of at most this many digits are stored scaled in a 64-bit integer on SQLite.
pub(crate) const MAX_SCALED_DIGITS: u32 = 18;

/// A decimal number of at most 28 digits. Equal numbers are equal whatever their places: `1.0 == 1.00`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(rust_decimal::Decimal);

impl Decimal {
    /// `mantissa` divided by 10 to the power of `places`; none beyond 96 bits or 28 places.
    pub fn new(mantissa: i128, places: u32) -> Option<Self> {
        rust_decimal::Decimal::try_from_i128_with_scale(mantissa, places).ok().map(Self)
    }

    /// As the `rust_decimal` crate's.
    pub const fn into_inner(self) -> rust_decimal::Decimal {
        self.0
    }

    /// With exactly so many places, if no digit is lost.
    pub(crate) fn with_places(self, places: u32) -> Option<Self> {
        let mut number = self.0.normalize();
        if number.scale() > places {
            return None;
        }
        number.rescale(places);
        (number.scale() == places).then_some(Self(number))
    }

    /// The greatest number of so many places that is not greater.
    pub(crate) fn floor(self, places: u32) -> Self {
        Self(self.0.round_dp_with_strategy(places, rust_decimal::RoundingStrategy::ToNegativeInfinity))
    }

    /// The integer of this number times 10 to the power of `places`, if it is one of 64 bits.
    pub(crate) fn scaled(self, places: u32) -> Option<i64> {
        self.with_places(places).and_then(|number| i64::try_from(number.0.mantissa()).ok())
    }
}

impl From<rust_decimal::Decimal> for Decimal {
    fn from(number: rust_decimal::Decimal) -> Self {
        Self(number)
    }
}

impl From<Decimal> for rust_decimal::Decimal {
    fn from(number: Decimal) -> Self {
        number.0
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Decimal {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = ParseError("decimal number");
        Parts::parse(text).and_then(|parts| parts.decimal()).ok_or(error)
    }
}

impl serde::Serialize for Decimal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Decimal {
    /// From a text or a number; of a number with a fraction the digits that a 64-bit float shows.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Decimal;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Decimal, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Decimal, E> {
                Ok(number.into())
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Decimal, E> {
                Ok(Decimal(number.into()))
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Decimal, E> {
                number.to_string().parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor).map_err(D::Error::custom)
    }
}

/// A decimal of any size by its parts, as Python's `Decimal.as_tuple`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    negative: bool,
    /// Without leading zeros; `0` if it is zero.
    digits: String,
    exponent: i64,
}

impl Parts {
    /// Reads `[+-]digits[.digits][e[+-]digits]`, with spaces around it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, text) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (number, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], parse_exponent(&text[at + 1..])?),
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let all = [whole, fraction].concat();
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = all.trim_start_matches('0');
        let digits = if digits.is_empty() { "0" } else { digits };
        let places = i64::try_from(fraction.len()).ok()?;
        Some(Self { negative, digits: digits.to_owned(), exponent: exponent.saturating_sub(places) })
    }

    /// Without the zeros at the end of the fraction.
    pub(crate) fn trimmed(mut self) -> Self {
        while self.exponent < 0 && self.digits.len() > 1 && self.digits.ends_with('0') {
            self.digits.pop();
            self.exponent += 1;
        }
        if self.digits == "0" {
            self.exponent = self.exponent.max(0);
        }
        self
    }

    /// Digits in all, before and after the point, as DRF counts them.
    pub(crate) fn precision(&self) -> (u64, u64, u64) {
        let length = self.digits.len() as u64;
        let exponent = self.exponent.unsigned_abs();
        if self.exponent >= 0 {
            let total = length.saturating_add(exponent);
            (total, total, 0)
        } else if length > exponent {
            (length, length - exponent, exponent)
        } else {
            (exponent, 0, exponent)
        }
    }

    /// The number, if it has no more than 28 digits.
    pub(crate) fn decimal(&self) -> Option<Decimal> {
        let mut mantissa: i128 = self.digits.parse().ok()?;
        if self.negative {
            mantissa = -mantissa;
        }
        if mantissa == 0 {
            let places = u32::try_from(self.exponent.min(0).unsigned_abs()).ok()?.min(28);
            return Decimal::new(0, places);
        }
        if self.exponent <= 0 {
            return Decimal::new(mantissa, u32::try_from(self.exponent.unsigned_abs()).ok()?);
        }
        let power = 10_i128.checked_pow(u32::try_from(self.exponent).ok()?)?;
        Decimal::new(mantissa.checked_mul(power)?, 0)
    }
}

pub(super) fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // An exponent beyond 64 bits is far outside of every column: where exactly does not matter.
    let size = digits.parse::<i64>().unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
    Some(if text.starts_with('-') { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_is_counted_as_drf_does() {
        for (text, expected) in [
            ("00001.10", (3, 1, 2)),
            ("1e2", (3, 3, 0)),
            ("1E-3", (3, 0, 3)),
            ("0.005", (3, 0, 3)),
            ("10000.00", (7, 5, 2)),
            ("-5.25", (3, 1, 2)),
            ("0", (1, 1, 0)),
        ] {
            assert_eq!(Parts::parse(text).expect(text).precision(), expected, "{text}");
        }
        for text in ["", "abc", "NaN", "Infinity", "1,5", ".", "1e", "--1", "e5"] {
            assert_eq!(Parts::parse(text), None, "{text}");
        }
    }

    #[test]
    fn huge_exponents_are_no_numbers_and_cost_nothing() {
        let parts = Parts::parse("1e999999999999999999999").expect("parts");
        assert_eq!(parts.decimal(), None);
        assert!(Parts::parse("1e-99999999").expect("parts").decimal().is_none());
    }

    #[test]
    fn scaled_keeps_every_digit() {
        let number: Decimal = "12.5".parse().expect("number");
        assert_eq!(number.scaled(2), Some(1250));
        assert_eq!(number.with_places(0), None);
        assert_eq!(number.with_places(3).map(|n| n.to_string()), Some("12.500".to_owned()));
    }
}
