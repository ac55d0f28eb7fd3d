//! Decimal numbers, read as Python's `decimal.Decimal` reads them.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;

use crate::parts::Parts;
use crate::text::ParseError;

/// The maximal digits of columns that are stored as scaled 64-bit integers on SQLite.
pub const MAX_SCALED_DIGITS: u32 = 18;

/// A decimal number of at most 28 digits. Numbers are compared by their value, not by their places: `1.0 == 1.00`.
///
/// ```
/// use dcrf_scalars::Decimal;
///
/// let price: Decimal = "1.50".parse()?;
/// assert_eq!(price.to_string(), "1.50");
/// assert_eq!(Some(price), Decimal::new(15, 1));
/// assert!(price < "2".parse()?);
/// # Ok::<(), dcrf_scalars::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(rust_decimal::Decimal);

impl Decimal {
    /// Creates `mantissa` divided by 10 to the power of `places`; `None` beyond 96 bits or 28 places.
    pub fn new(mantissa: i128, places: u32) -> Option<Self> {
        rust_decimal::Decimal::try_from_i128_with_scale(mantissa, places).ok().map(Self)
    }

    /// Converts it to the type of the `rust_decimal` crate.
    pub const fn into_inner(self) -> rust_decimal::Decimal {
        self.0
    }

    /// Returns the number with exactly this many places; `None` if a digit would be lost.
    #[doc(hidden)]
    pub fn with_places(self, places: u32) -> Option<Self> {
        let mut number = self.0.normalize();
        if number.scale() > places {
            return None;
        }
        number.rescale(places);
        (number.scale() == places).then_some(Self(number))
    }

    /// Returns the greatest number with this many places that is not greater.
    #[doc(hidden)]
    pub fn floor(self, places: u32) -> Self {
        Self(self.0.round_dp_with_strategy(places, rust_decimal::RoundingStrategy::ToNegativeInfinity))
    }

    /// Returns this number times 10 to the power of `places` as an integer; `None` if it is not an integer of 64 bits.
    #[doc(hidden)]
    pub fn scaled(self, places: u32) -> Option<i64> {
        self.with_places(places).and_then(|number| i64::try_from(number.0.mantissa()).ok())
    }
}

impl Parts {
    /// Returns the number; `None` if it has more than 28 digits.
    #[doc(hidden)]
    pub fn decimal(&self) -> Option<Decimal> {
        self.mantissa_and_places().and_then(|(mantissa, places)| Decimal::new(mantissa, places))
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
    /// Deserializes a text or a number. A number with a fraction has the digits that a 64-bit float shows.
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

#[cfg(test)]
mod tests {
    use crate::*;

    #[test]
    fn scaled_keeps_every_digit() {
        let number: Decimal = "12.5".parse().expect("number");
        assert_eq!(number.scaled(2), Some(1250));
        assert_eq!(number.with_places(0), None);
        assert_eq!(number.with_places(3).map(|n| n.to_string()), Some("12.500".to_owned()));
    }

    #[test]
    fn huge_exponents_are_no_numbers_and_cost_nothing() {
        let parts = Parts::parse("1e999999999999999999999").expect("parts");
        assert_eq!(parts.decimal(), None);
        assert!(Parts::parse("1e-99999999").expect("parts").decimal().is_none());
    }
}
