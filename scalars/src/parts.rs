//! Decimal numbers by their spelling: the sign, the digits and the exponent.

/// A decimal number of any size by its parts, as in Python's `Decimal.as_tuple`: two equal numbers may have different
/// parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    pub(crate) negative: bool,
    /// The digits without leading zeros; `0` for zero.
    pub(crate) digits: String,
    pub(crate) exponent: i64,
}

impl Parts {
    /// Parses `[+-]digits[.digits][e[+-]digits]`, with spaces around it.
    pub fn parse(text: &str) -> Option<Self> {
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

    /// Parses a text as Python's `Decimal` does: with decimal digits of any script, and underscores anywhere.
    pub fn parse_text(text: &str) -> Option<Self> {
        use crate::python::{ascii_digits, strip};
        ascii_digits(strip(text)).and_then(|text| Self::parse(&text.replace('_', "")))
    }

    /// Removes the zeros at the end of the fraction.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        while self.exponent < 0 && self.digits.len() > 1 && self.digits.ends_with('0') {
            self.digits.pop();
            self.exponent += 1;
        }
        if self.digits == "0" {
            self.exponent = self.exponent.max(0);
        }
        self
    }

    /// Returns the number of all digits, and of those before and after the point, as DRF counts them.
    pub fn precision(&self) -> (u64, u64, u64) {
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

    /// Returns a mantissa and the power of ten that divides it, if both fit. Zero has at most 28 places.
    pub(crate) fn mantissa_and_places(&self) -> Option<(i128, u32)> {
        let mut mantissa: i128 = self.digits.parse().ok()?;
        if self.negative {
            mantissa = -mantissa;
        }
        if mantissa == 0 {
            return Some((0, u32::try_from(self.exponent.min(0).unsigned_abs()).ok()?.min(28)));
        }
        if self.exponent <= 0 {
            return Some((mantissa, u32::try_from(self.exponent.unsigned_abs()).ok()?));
        }
        let power = 10_i128.checked_pow(u32::try_from(self.exponent).ok()?)?;
        Some((mantissa.checked_mul(power)?, 0))
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A number with an exponent beyond 64 bits is far outside of every column, so that its exact value does not matter.
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
    fn texts_are_read_as_python_reads_them() {
        assert_eq!(Parts::parse_text(" 1_0.5\u{1f}"), Parts::parse("10.5"));
        assert_eq!(Parts::parse_text("١٢"), Parts::parse("12"));
        assert_eq!(Parts::parse_text("½"), None);
    }
}
