//! The digits of a column of decimals, and the numbers that fit into it.

use crate::decimal::Decimal;
use crate::parts::Parts;

/// The digits of decimals: DRF's `max_digits` and `decimal_places`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Precision {
    /// All digits, at most 28.
    pub max_digits: u32,
    /// The digits after the point.
    pub decimal_places: u32,
}

/// The reason why a number does not fit: the first of DRF's three errors about digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrecisionError {
    /// It is not a number, or has more than 28 digits.
    #[error("not a valid decimal number")]
    NoNumber,
    /// There are more than this many digits in all.
    #[error("more than {0} digits")]
    Digits(u32),
    /// There are more than this many digits after the point.
    #[error("more than {0} digits after the point")]
    Places(u32),
    /// There are more than this many digits before the point.
    #[error("more than {0} digits before the point")]
    Whole(u32),
}

impl Precision {
    /// The number of digits or places that has no bound, other than the 28 digits of a [`Decimal`].
    pub const UNBOUNDED: u32 = u32::MAX;

    /// Converts a number as it is written; trailing zeros count as in DRF.
    ///
    /// # Errors
    /// Returns an error if the number does not fit.
    pub fn read(self, parts: &Parts) -> Result<Decimal, PrecisionError> {
        self.check(parts.precision())?;
        parts.decimal().and_then(|number| self.whole(number)).ok_or(self.beyond())
    }

    /// Converts a number to one with all places; trailing zeros do not count.
    ///
    /// # Errors
    /// Returns an error if the number does not fit.
    pub fn fit(self, number: Decimal) -> Result<Decimal, PrecisionError> {
        let whole = || self.whole(number).ok_or(self.beyond());
        // Zero has no digits before the point, for which a column may have no place.
        if number.into_inner().is_zero() {
            return whole();
        }
        let parts = Parts::parse(&number.to_string()).ok_or(PrecisionError::NoNumber)?.trimmed();
        self.check(parts.precision())?;
        whole()
    }

    /// Returns a number with all places.
    fn whole(self, number: Decimal) -> Option<Decimal> {
        if self.decimal_places == Self::UNBOUNDED {
            Some(number)
        } else {
            number.with_places(self.decimal_places)
        }
    }

    /// Returns the error of a number that no [`Decimal`] holds.
    const fn beyond(self) -> PrecisionError {
        if self.max_digits == Self::UNBOUNDED { PrecisionError::Digits(28) } else { PrecisionError::NoNumber }
    }

    fn check(self, (total, whole, fraction): (u64, u64, u64)) -> Result<(), PrecisionError> {
        let max_whole = match (self.max_digits, self.decimal_places) {
            (Self::UNBOUNDED, _) | (_, Self::UNBOUNDED) => Self::UNBOUNDED,
            (digits, places) => digits.saturating_sub(places),
        };
        if total > self.max_digits.into() {
            return Err(PrecisionError::Digits(self.max_digits));
        }
        if fraction > self.decimal_places.into() {
            return Err(PrecisionError::Places(self.decimal_places));
        }
        if whole > max_whole.into() {
            return Err(PrecisionError::Whole(max_whole));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Precision, PrecisionError};
    use crate::decimal::Decimal;
    use crate::parts::Parts;

    fn fit(text: &str, max_digits: u32, decimal_places: u32) -> Result<String, PrecisionError> {
        let number: Decimal = text.parse().expect(text);
        Precision { max_digits, decimal_places }.fit(number).map(|number| number.to_string())
    }

    #[test]
    fn decimals_have_one_form() {
        for (text, digits, places, expected) in [
            ("1", 5, 2, "1.00"),
            ("-001.5", 5, 2, "-1.50"),
            ("0", 2, 2, "0.00"),
            ("-0", 2, 2, "0.00"),
            ("1.500", 5, 2, "1.50"),
            ("1e2", 5, 2, "100.00"),
        ] {
            assert_eq!(fit(text, digits, places).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(fit("1000", 5, 2), Err(PrecisionError::Whole(3)));
        assert_eq!(fit("1.234", 5, 2), Err(PrecisionError::Places(2)));
        assert_eq!(fit("123456", 5, 2), Err(PrecisionError::Digits(5)));
        assert_eq!(fit("1.5", 28, 28), Err(PrecisionError::Whole(0)));
    }

    proptest! {
        #[test]
        fn what_is_read_fits(text in "-?[0-9]{1,6}(\\.[0-9]{0,4})?", max_digits in 1..9_u32, places in 0..5_u32) {
            let precision = Precision { max_digits, decimal_places: places.min(max_digits) };
            if let Ok(number) = precision.read(&Parts::parse(&text).expect("a number")) {
                prop_assert_eq!(precision.fit(number), Ok(number));
            }
        }

        #[test]
        fn what_fits_is_read_as_it_is_shown(mantissa in -99_999_999..99_999_999_i128, own in 0..9_u32, max_digits in 1..9_u32, places in 0..9_u32) {
            let precision = Precision { max_digits, decimal_places: places.min(max_digits) };
            let number = Decimal::new(mantissa, own).expect("a decimal");
            if let Ok(number) = precision.fit(number) {
                let shown = Parts::parse(&number.to_string()).expect("a number");
                prop_assert_eq!(precision.read(&shown), Ok(number));
            }
        }
    }
}
