//! The order of decimal numbers by their digits, however many there are: that of columns which SQLite holds as texts.

use std::cmp::Ordering;

use super::decimal::parse_exponent;

/// Compares texts as the numbers that they are, `0.5` and `0.50` being equal. Texts that are no numbers come last, by
/// their bytes, so that it is an order whatever there is.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    match (Written::parse(a), Written::parse(b)) {
        (Some(a), Some(b)) => a.compare(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

/// A number as it is written: `[+-]whole[.fraction][e[+-]exponent]`.
struct Written<'a> {
    negative: bool,
    /// Its digits from the first that is not zero; nothing if it is zero.
    digits: (&'a [u8], &'a [u8]),
    /// Where the first of them is: 1 is just before the point.
    magnitude: i64,
}

impl<'a> Written<'a> {
    fn parse(text: &'a str) -> Option<Self> {
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
        let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if number.len() == number.matches('.').count() || !is_number(whole) || !is_number(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let significant = if whole.is_empty() { fraction.trim_start_matches('0') } else { fraction };
        let zeros = fraction.len() - significant.len();
        let length = |digits: usize| i64::try_from(digits).ok();
        let magnitude = (length(whole.len())? - length(zeros)?).saturating_add(exponent);
        Some(Self { negative, digits: (whole.as_bytes(), significant.as_bytes()), magnitude })
    }

    fn is_zero(&self) -> bool {
        self.digits.0.is_empty() && self.digits.1.is_empty()
    }

    /// -1, 0 or 1.
    fn sign(&self) -> i8 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        let order = match self.sign().cmp(&other.sign()) {
            Ordering::Equal if self.is_zero() => Ordering::Equal,
            Ordering::Equal => self.magnitude.cmp(&other.magnitude).then_with(|| self.compare_digits(other)),
            order => return order,
        };
        if self.negative { order.reverse() } else { order }
    }

    /// Digits of the same place, one after the other; behind the last of them there are zeros.
    fn compare_digits(&self, other: &Self) -> Ordering {
        let mut own = self.digits.0.iter().chain(self.digits.1);
        let mut others = other.digits.0.iter().chain(other.digits.1);
        loop {
            match (own.next(), others.next()) {
                (None, None) => return Ordering::Equal,
                (a, b) => match a.unwrap_or(&b'0').cmp(b.unwrap_or(&b'0')) {
                    Ordering::Equal => {}
                    order => return order,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::compare;
    use crate::scalar::Decimal;

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
                assert_eq!(compare(one, other), expected, "{one:?} {other:?}");
            }
        }
        for (one, other) in [("0", "-0.00"), ("1", "01.0"), ("1.50", "+1.5"), ("15e-1", "1.5"), (" 2 ", "2")]
        {
            assert!(compare(one, other).is_eq(), "{one:?} {other:?}");
        }
    }

    proptest! {
        #[test]
        fn it_is_the_order_of_decimals(a: i64, b: i64, places in 0..28_u32, other_places in 0..28_u32) {
            let number = |mantissa: i64, places| Decimal::new(mantissa.into(), places).expect("a decimal");
            let (one, other) = (number(a, places), number(b, other_places));
            prop_assert_eq!(compare(&one.to_string(), &other.to_string()), one.cmp(&other));
        }
    }
}
