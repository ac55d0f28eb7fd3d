//! The order of decimal numbers by their digits, however many there are: that of columns which SQLite holds as texts.

use std::cmp::Ordering;

use super::parts::Parts;

/// Compares texts as the numbers that they are, `0.5` and `0.50` being equal. Texts that are no numbers come last, by
/// their bytes, so that it is an order whatever there is.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    match (Parts::parse(a), Parts::parse(b)) {
        (Some(a), Some(b)) => a.compare(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::compare;
    use crate::ground::scalar::Decimal;

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
