//! Numbers of any size, without the loss of digits in a float.

use std::cmp::Ordering;
use std::fmt;

use crate::decimal::Decimal;
use crate::parts::Parts;

/// A number by its digits. Numbers are compared by their value, not by their spelling: `100`, `1e2` and `100.0` are
/// equal.
///
/// ```
/// use dcrf_scalars::Exact;
///
/// assert_eq!(Exact::parse("100"), Exact::parse("1e2"));
/// let long = Exact::parse("0.12345678901234567890123456789");
/// assert!(long.is_some_and(|number| !number.is_float()));
/// assert_eq!(Exact::of_float(0.1), Exact::parse("0.1"));
/// assert_eq!(Exact::parse("none"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Exact {
    negative: bool,
    /// The digits without leading and trailing zeros; `0` for zero.
    digits: String,
    /// The power of ten by which the digits are multiplied.
    exponent: i64,
}

/// The largest divisor: ten times its value fits into 128 bits.
const MAX_DIVISOR: u128 = 10_u128.pow(37);

impl Exact {
    /// Parses `[+-]digits[.digits][e[+-]digits]`, which includes every number in JSON.
    pub fn parse(text: &str) -> Option<Self> {
        Parts::parse(text).map(Self::from)
    }

    /// Returns the digits that a 64-bit float shows: the fewest that are read as the same float. Returns `None` for
    /// infinity and NaN.
    pub fn of_float(number: f64) -> Option<Self> {
        number.is_finite().then(|| format!("{number:e}")).and_then(|text| Self::parse(&text))
    }

    /// Tells whether the 64-bit float that is read from this number is written as this number again.
    pub fn is_float(&self) -> bool {
        self.to_string().parse().ok().and_then(Self::of_float).as_ref() == Some(self)
    }

    /// Tells whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.digits == "0"
    }

    /// Tells whether it is greater than zero.
    pub fn is_positive(&self) -> bool {
        !self.negative && !self.is_zero()
    }

    /// Returns it as an integer of 64 bits with a sign; `None` if it is not one.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_i128().and_then(|number| number.try_into().ok())
    }

    /// Returns it as an integer of 64 bits without a sign; `None` if it is not one.
    pub fn as_u64(&self) -> Option<u64> {
        self.as_i128().and_then(|number| number.try_into().ok())
    }

    fn as_i128(&self) -> Option<i128> {
        let zeros = usize::try_from(self.exponent).ok().filter(|zeros| *zeros <= 20)?;
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}{}", self.digits, "0".repeat(zeros)).parse().ok()
    }

    /// Tells whether it is exactly an integer multiple of `step`; `None` if this is not computed: see
    /// [`is_step`](Self::is_step).
    pub fn is_multiple_of(&self, step: &Self) -> Option<bool> {
        /// The maximal number of trailing zeros to compute: a number with so many zeros has more factors 2 and 5 than
        /// fit into 128 bits, so that further zeros do not change the result.
        const MAX_ZEROS: i64 = 128;
        let divisor = step.divisor()?;
        if self.is_zero() {
            return Some(true);
        }
        let zeros = self.exponent.saturating_sub(step.exponent);
        if zeros < 0 {
            // A number without a trailing zero is not a multiple of ten.
            return Some(false);
        }
        let digits = self.digits.bytes().map(|byte| u128::from(byte - b'0'));
        let rest = digits.fold(0, |rest, digit| (rest * 10 + digit) % divisor);
        let rest = (0..zeros.min(MAX_ZEROS)).try_fold(rest, |rest, _| match rest {
            0 => None,
            rest => Some(rest * 10 % divisor),
        });
        Some(rest.unwrap_or(0) == 0)
    }

    /// Tells whether it is an integer.
    pub const fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// Tells whether it is exactly an integer multiple of `step`, for any number of digits. No number is a multiple of
    /// zero.
    pub fn is_multiple(&self, step: &Self) -> bool {
        if let Some(is) = self.is_multiple_of(&Self { negative: false, ..step.clone() }) {
            return is;
        }
        let zeros = self.exponent.saturating_sub(step.exponent);
        if step.is_zero() || zeros < 0 {
            return self.is_zero() && !step.is_zero();
        }
        let divisor: Vec<u8> = step.digits.bytes().map(|byte| byte - b'0').collect();
        // More factors 2 and 5 than fit into the divisor do not change the result.
        let zeros = usize::try_from(zeros).unwrap_or(usize::MAX).min(4 * divisor.len() + 4);
        let digits = self.digits.bytes().map(|byte| byte - b'0').chain(std::iter::repeat_n(0, zeros));
        digits.fold(Vec::new(), |rest, digit| rest_of(rest, digit, &divisor)).is_empty()
    }

    /// Tells whether multiples of it can be computed: it is greater than zero, and has no more digits than a divisor
    /// may have.
    pub fn is_step(&self) -> bool {
        !self.negative && self.divisor().is_some()
    }

    fn divisor(&self) -> Option<u128> {
        self.digits.parse::<u128>().ok().filter(|divisor| (1..=MAX_DIVISOR).contains(divisor))
    }

    /// Compares the distances from zero. Neither number is zero.
    fn compare_size(&self, other: &Self) -> Ordering {
        // Returns the position of the first digit.
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

/// Returns the remainder of ten times `rest` and a digit. The digits have no leading zero.
fn rest_of(mut rest: Vec<u8>, digit: u8, divisor: &[u8]) -> Vec<u8> {
    if !rest.is_empty() || digit > 0 {
        rest.push(digit);
    }
    while rest.len() > divisor.len() || (rest.len() == divisor.len() && rest.as_slice() >= divisor) {
        let mut borrow = 0;
        for (at, own) in rest.iter_mut().rev().enumerate() {
            let less = divisor.len().checked_sub(at + 1).map_or(0, |at| divisor[at]) + borrow;
            borrow = u8::from(*own < less);
            *own = *own + 10 * borrow - less;
        }
        let zeros = rest.iter().take_while(|digit| **digit == 0).count();
        rest.drain(..zeros);
    }
    rest
}

impl From<Parts> for Exact {
    fn from(parts: Parts) -> Self {
        let Parts { negative, mut digits, exponent } = parts;
        if digits == "0" {
            return Self { negative: false, digits, exponent: 0 };
        }
        let kept = digits.trim_end_matches('0').len();
        let zeros = i64::try_from(digits.len() - kept).unwrap_or(i64::MAX);
        digits.truncate(kept);
        Self { negative, digits, exponent: exponent.saturating_add(zeros) }
    }
}

impl From<i64> for Exact {
    fn from(number: i64) -> Self {
        let digits = number.unsigned_abs().to_string();
        Self::from(Parts { negative: number < 0, digits, exponent: 0 })
    }
}

impl From<Decimal> for Exact {
    fn from(number: Decimal) -> Self {
        let number = number.into_inner();
        let digits = number.mantissa().unsigned_abs().to_string();
        Self::from(Parts {
            negative: number.is_sign_negative(),
            digits,
            exponent: -i64::from(number.scale()),
        })
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

impl fmt::Display for Exact {
    /// Writes the digits, `e` and the exponent, with a sign if the number is negative: equal numbers have equal texts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        write!(f, "{sign}{}e{}", self.digits, self.exponent)
    }
}

/// Compares texts as numbers, so that `0.5` and `0.50` are equal. Texts that are not numbers come last, ordered by
/// their bytes, so that any texts have an order: SQLite orders columns by it that store numbers as texts.
pub fn compare_digits(a: &str, b: &str) -> Ordering {
    match (Exact::parse(a), Exact::parse(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Exact, compare_digits};
    use crate::decimal::Decimal;

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
                assert_eq!(exact(own).cmp(&exact(other)), at.cmp(&other_at), "{own} {other}");
                assert_eq!(exact(own) == exact(other), at == other_at, "{own} {other}");
            }
        }
        for (own, other) in
            [("0", "-0.0"), ("1", "1.0"), ("100", "1e2"), ("1E-2", "0.010"), ("-0e9", "0"), ("+1", "1")]
        {
            assert_eq!(exact(own), exact(other));
        }
        for text in ["", "-", "1e", ".", "--1", "0x1", "NaN"] {
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
            assert_eq!(exact(own).is_multiple_of(&exact(step)), Some(true), "{own} {step}");
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
            assert_eq!(exact(own).is_multiple_of(&exact(step)), Some(false), "{own} {step}");
        }
        assert_eq!(exact("1").is_multiple_of(&exact("0")), None);
        assert_eq!(exact("1").is_multiple_of(&exact(&"7".repeat(40))), None);
        assert!(exact("1e-300").is_step() && !exact("0").is_step() && !exact("-1").is_step());
        assert!(!exact(&"7".repeat(40)).is_step());
    }

    #[test]
    fn numbers_are_compared_by_value_and_come_before_other_texts() {
        let ascending = [
            "-1e30",
            "-79228162514264337593543950335",
            "-100000000000000000000.5",
            "-100000000000000000000.25",
            "-1.5",
            "-1",
            "-0.05",
            "0",
            "1e-40",
            "0.001",
            "0.05",
            "0.5",
            "1",
            "1.05",
            "9.99",
            "10",
            "12345678901234567890.12",
            "12345678901234567890.13",
            "1e29",
            "",
            ".",
            "-",
            "1.2.3",
            "NaN",
        ];
        for (at, one) in ascending.iter().enumerate() {
            for (other_at, other) in ascending.iter().enumerate() {
                let expected = match at.max(other_at) < 19 {
                    true => at.cmp(&other_at),
                    false => (at >= 19, one).cmp(&(other_at >= 19, other)),
                };
                assert_eq!(compare_digits(one, other), expected, "{one:?} {other:?}");
            }
        }
        for (one, other) in [("0", "-0.00"), ("1", "01.0"), ("1.50", "+1.5"), ("15e-1", "1.5"), (" 2 ", "2")]
        {
            assert!(compare_digits(one, other).is_eq(), "{one:?} {other:?}");
        }
    }

    proptest! {
        #[test]
        fn it_is_the_order_of_decimals(a: i64, b: i64, places in 0..28_u32, other_places in 0..28_u32) {
            let number = |mantissa: i64, places| Decimal::new(mantissa.into(), places).expect("a decimal");
            let (one, other) = (number(a, places), number(b, other_places));
            prop_assert_eq!(compare_digits(&one.to_string(), &other.to_string()), one.cmp(&other));
        }
    }
}
