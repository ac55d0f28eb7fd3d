//! Decimal numbers of any size, by their digits: compared and divided exactly.

use std::cmp::Ordering;

/// A decimal of any size by its parts, as Python's `Decimal.as_tuple`: two of the same number may be written apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    negative: bool,
    /// Without leading zeros; `0` if it is zero.
    digits: String,
    exponent: i64,
}

/// Times ten, it fits into 128 bits.
const MAX_DIVISOR: u128 = 10_u128.pow(37);

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

    /// The digits that a 64-bit float shows: the fewest that are read as it. None of infinity and of what is no number.
    pub(crate) fn of_float(number: f64) -> Option<Self> {
        number.is_finite().then(|| format!("{number:e}")).and_then(|text| Self::parse(&text))
    }

    /// The one form of a number: no zeros at its end, and no sign of zero.
    pub(crate) fn normalized(mut self) -> Self {
        if self.is_zero() {
            return Self { negative: false, digits: "0".to_owned(), exponent: 0 };
        }
        let digits = self.digits.trim_end_matches('0').len();
        let zeros = i64::try_from(self.digits.len() - digits).unwrap_or(i64::MAX);
        self.digits.truncate(digits);
        self.exponent = self.exponent.saturating_add(zeros);
        self
    }

    /// `digits` and `e` and the exponent, with a sign where it is negative.
    pub(crate) fn write(&self, out: &mut String) {
        use std::fmt::Write as _;
        let sign = if self.negative { "-" } else { "" };
        let _ = write!(out, "{sign}{}e{}", self.digits, self.exponent);
    }

    fn is_zero(&self) -> bool {
        self.digits == "0"
    }

    /// Which is greater, as numbers.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let sign = |parts: &Self| match (parts.is_zero(), parts.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        sign(self).cmp(&sign(other)).then_with(|| match sign(self) {
            0 => Ordering::Equal,
            1 => self.compare_size(other),
            _ => other.compare_size(self),
        })
    }

    /// Which is farther from zero; neither is zero.
    fn compare_size(&self, other: &Self) -> Ordering {
        // Where the first digit stands.
        let height = |parts: &Self| {
            parts.exponent.saturating_add(i64::try_from(parts.digits.len()).unwrap_or(i64::MAX))
        };
        let digits = |parts: &Self| parts.digits.trim_end_matches('0').to_owned();
        height(self).cmp(&height(other)).then_with(|| digits(self).cmp(&digits(other)))
    }

    /// Whether this is a whole multiple of `step`, exactly. None if that is not told: `step` is zero, or has more digits
    /// than fit, which the generator refuses.
    pub(crate) fn is_multiple_of(&self, step: &Self) -> Option<bool> {
        /// With so many zeros at its end a number has more factors 2 and 5 than fit into 128 bits: more say no more.
        const MAX_ZEROS: i64 = 128;
        let (own, step) = (self.clone().normalized(), step.clone().normalized());
        let divisor =
            step.digits.parse::<u128>().ok().filter(|divisor| (1..=MAX_DIVISOR).contains(divisor))?;
        if own.is_zero() {
            return Some(true);
        }
        let zeros = own.exponent.saturating_sub(step.exponent);
        if zeros < 0 {
            // What has no zero at its end is no multiple of ten.
            return Some(false);
        }
        let digits = own.digits.bytes().map(|byte| u128::from(byte - b'0'));
        let rest = digits.fold(0, |rest, digit| (rest * 10 + digit) % divisor);
        let zeros = usize::try_from(zeros.min(MAX_ZEROS)).unwrap_or(0);
        Some(
            (0..zeros).try_fold(rest, |rest, _| (rest != 0).then_some(rest * 10 % divisor)).unwrap_or(0) == 0,
        )
    }

    /// A mantissa and the power of ten that divides it, if both fit. Of zero there are at most 28 places.
    pub(super) fn mantissa_and_places(&self) -> Option<(i128, u32)> {
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
    // An exponent beyond 64 bits is far outside of every column: where exactly does not matter.
    let size = digits.parse::<i64>().unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
    Some(if text.starts_with('-') { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Parts {
        Parts::parse(text).expect(text)
    }

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
    fn numbers_are_compared_by_what_they_are() {
        let ascending = [
            "-1e400",
            "-100.5",
            "-100",
            "-0.001",
            "0",
            "1e-400",
            "0.001",
            "0.01",
            "99",
            "1e2",
            "100.0000000000000000000001",
            "9007199254740992",
            "9007199254740993",
            "18446744073709551616",
            "1e400",
        ];
        for (at, own) in ascending.iter().enumerate() {
            for (other_at, other) in ascending.iter().enumerate() {
                assert_eq!(parts(own).compare(&parts(other)), at.cmp(&other_at), "{own} {other}");
            }
        }
        for (own, other) in [("0", "-0.0"), ("1", "1.0"), ("100", "1e2"), ("1e-2", "0.010"), ("-0e9", "0")] {
            assert_eq!(parts(own).compare(&parts(other)), Ordering::Equal, "{own} {other}");
            assert_eq!(parts(own).normalized(), parts(other).normalized(), "{own} {other}");
        }
    }

    #[test]
    fn multiples_are_exact() {
        for (own, step) in [
            ("100000000", "0.01"),
            ("1e308", "0.01"),
            ("1e308", "1e-7"),
            ("0.3", "0.1"),
            ("-4.5", "1.5"),
            ("0", "7"),
            ("0.0", "1e300"),
            ("12391239123", "1e-8"),
            ("9007199254740993", "3"),
            ("1e300", "1e299"),
            ("0.0075", "0.0001"),
            ("1e400", "5"),
        ] {
            assert_eq!(parts(own).is_multiple_of(&parts(step)), Some(true), "{own} {step}");
        }
        for (own, step) in [
            ("0.00751", "0.0001"),
            ("35", "1.5"),
            ("1e-8", "1e-7"),
            ("1", "1e300"),
            ("1e308", "3"),
            ("9007199254740994", "3"),
            ("0.30000000000000004", "0.1"),
            ("100000000.001", "0.01"),
        ] {
            assert_eq!(parts(own).is_multiple_of(&parts(step)), Some(false), "{own} {step}");
        }
        assert_eq!(parts("1").is_multiple_of(&parts("0")), None);
        assert_eq!(parts("1").is_multiple_of(&parts(&"7".repeat(40))), None);
    }
}
