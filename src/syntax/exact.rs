//! Numbers of JSON, exactly: none is lost on the way through a float.

use std::cmp::Ordering;

/// A number by its digits. Equal numbers are equal, however they are written: `100`, `1e2`, `100.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact {
    negative: bool,
    /// Without zeros at either end; `0` if it is zero.
    digits: String,
    /// Of ten, by which the digits are multiplied.
    exponent: i64,
}

/// Times ten, it fits into 128 bits.
const MAX_DIVISOR: u128 = 10_u128.pow(37);

impl Exact {
    /// Reads a number of JSON.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, whole(exponent)?),
            None => (text, 0),
        };
        let (before, after) = number.split_once('.').unwrap_or((number, ""));
        let all = format!("{before}{after}");
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let kept = all.trim_end_matches('0');
        let digits = kept.trim_start_matches('0');
        if digits.is_empty() {
            return Some(Self { negative: false, digits: "0".to_owned(), exponent: 0 });
        }
        let zeros = all.len() - kept.len();
        let shift = i64::try_from(zeros).ok()? - i64::try_from(after.len()).ok()?;
        Some(Self { negative, digits: digits.to_owned(), exponent: exponent.saturating_add(shift) })
    }

    /// The digits that a 64-bit float shows.
    fn of_float(number: f64) -> Option<Self> {
        number.is_finite().then(|| format!("{number:e}")).and_then(|text| Self::parse(&text))
    }

    /// Whether a 64-bit float that is read from this number is written as this number again.
    pub fn is_float(&self) -> bool {
        self.to_string().parse().ok().and_then(Self::of_float).as_ref() == Some(self)
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.digits == "0"
    }

    /// Whether it is greater than zero.
    pub fn is_positive(&self) -> bool {
        !self.negative && !self.is_zero()
    }

    /// The integer that it is, if it is one of 64 bits with a sign.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_i128().and_then(|number| number.try_into().ok())
    }

    /// The integer that it is, if it is one of 64 bits without a sign.
    pub fn as_u64(&self) -> Option<u64> {
        self.as_i128().and_then(|number| number.try_into().ok())
    }

    fn as_i128(&self) -> Option<i128> {
        let zeros = usize::try_from(self.exponent).ok().filter(|zeros| *zeros <= 20)?;
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}{}", self.digits, "0".repeat(zeros)).parse().ok()
    }

    /// Whether it is a whole multiple of `step`. None if that is not told: see [`is_step`](Self::is_step).
    pub fn is_multiple_of(&self, step: &Self) -> Option<bool> {
        /// With so many zeros at its end a number has more factors 2 and 5 than fit into 128 bits: more say no more.
        const MAX_ZEROS: i64 = 128;
        let divisor = step.divisor()?;
        if self.is_zero() {
            return Some(true);
        }
        let zeros = self.exponent.saturating_sub(step.exponent);
        if zeros < 0 {
            // What has no zero at its end is no multiple of ten.
            return Some(false);
        }
        let digits = self.digits.bytes().map(|byte| u128::from(byte - b'0'));
        let rest = digits.fold(0, |rest, digit| (rest * 10 + digit) % divisor);
        let rest = (0..zeros.min(MAX_ZEROS)).fold(rest, |rest, _| rest * 10 % divisor);
        Some(rest == 0)
    }

    /// Whether it can be the step of multiples: greater than zero, and of no more digits than are divided by.
    pub fn is_step(&self) -> bool {
        !self.negative && self.divisor().is_some()
    }

    fn divisor(&self) -> Option<u128> {
        self.digits.parse::<u128>().ok().filter(|divisor| (1..=MAX_DIVISOR).contains(divisor))
    }

    /// Which is farther from zero; neither is zero.
    fn compare_size(&self, other: &Self) -> Ordering {
        // Where the first digit stands.
        let height = |number: &Self| {
            number.exponent.saturating_add(i64::try_from(number.digits.len()).unwrap_or(i64::MAX))
        };
        height(self).cmp(&height(other)).then_with(|| self.digits.cmp(&other.digits))
    }

    const fn sign(&self) -> i8 {
        match (self.negative, self.digits.as_bytes()) {
            (_, b"0") => 0,
            (true, _) => -1,
            (false, _) => 1,
        }
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        self.sign().cmp(&other.sign()).then_with(|| match self.sign() {
            0 => Ordering::Equal,
            1 => self.compare_size(other),
            _ => other.compare_size(self),
        })
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Exact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        write!(f, "{sign}{}e{}", self.digits, self.exponent)
    }
}

/// An exponent; how far beyond 64 bits it is does not matter.
fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse::<i64>().unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
    Some(if text.starts_with('-') { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::Exact;

    fn exact(text: &str) -> Exact {
        Exact::parse(text).expect(text)
    }

    #[test]
    fn numbers_are_what_they_are_however_written() {
        let ascending = [
            "-1e400",
            "-100.5",
            "-100",
            "-0.001",
            "0",
            "1e-400",
            "0.001",
            "99",
            "1e2",
            "100.0000000000000000000001",
            "9007199254740992",
            "9007199254740993",
            "1e400",
        ];
        for (at, own) in ascending.iter().enumerate() {
            for (other_at, other) in ascending.iter().enumerate() {
                assert_eq!(exact(own).cmp(&exact(other)), at.cmp(&other_at), "{own} {other}");
                assert_eq!(exact(own) == exact(other), at == other_at, "{own} {other}");
            }
        }
        for (own, other) in [("0", "-0.0"), ("1", "1.0"), ("100", "1e2"), ("1E-2", "0.010"), ("-0e9", "0")] {
            assert_eq!(exact(own), exact(other));
        }
        for text in ["", "-", "+1", "1e", ".", "--1", "0x1", "NaN"] {
            assert_eq!(Exact::parse(text), None, "{text}");
        }
    }

    #[test]
    fn integers_are_found_exactly() {
        for (text, number) in [
            ("2.0", Some(2)),
            ("1e18", Some(1_000_000_000_000_000_000)),
            ("9007199254740993.0", Some(9_007_199_254_740_993)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9.223372036854775808e18", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("1.5", None),
            ("1e-1", None),
            ("1e999999999999", None),
        ] {
            assert_eq!(exact(text).as_i64(), number, "{text}");
        }
        assert_eq!(exact("18446744073709551615").as_u64(), Some(u64::MAX));
        assert_eq!(exact("-1").as_u64(), None);
        assert!(exact("0.1").is_float() && exact("1e308").is_float() && exact("9007199254740992").is_float());
        assert!(!exact("9007199254740993").is_float() && !exact("1e400").is_float());
    }

    #[test]
    fn multiples_are_exact() {
        for (own, step) in
            [("100000000", "0.01"), ("1e308", "1e-7"), ("0.3", "0.1"), ("-4.5", "1.5"), ("0", "7")]
        {
            assert_eq!(exact(own).is_multiple_of(&exact(step)), Some(true), "{own} {step}");
        }
        for (own, step) in
            [("0.00751", "0.0001"), ("1e-8", "1e-7"), ("1", "1e300"), ("9007199254740994", "3")]
        {
            assert_eq!(exact(own).is_multiple_of(&exact(step)), Some(false), "{own} {step}");
        }
        assert!(exact("1e-300").is_step() && !exact("0").is_step() && !exact("-1").is_step());
        assert!(!exact(&"7".repeat(40)).is_step());
    }
}
