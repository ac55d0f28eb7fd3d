//! Numbers as they are written.

use dcrf_scalars::{Exact, Parts, Precision};

/// A whole number of 64 bits, however it is written (`10`, `10.0`, `1e1`).
pub(super) fn integer(text: &str) -> Option<i64> {
    Exact::parse(text).and_then(|number| number.as_i64())
}

/// A decimal in its canonical form: all places written out, no needless zeros before the point.
pub(super) fn decimal(parts: Option<Parts>, precision: Precision) -> Option<String> {
    let number = parts?.trimmed().decimal()?;
    precision.fit(number).ok().map(|number| number.to_string())
}

/// Whether a limit of decimals has no more digits than a decimal can have, before and after the point, and no exponent.
pub(super) fn is_decimal_limit(text: &str) -> bool {
    const MOST: u64 = 28;
    let Some(parts) = Parts::parse(text).filter(|_| !text.contains(['e', 'E'])) else { return false };
    let (_, whole, places) = parts.trimmed().precision();
    whole <= MOST && places <= MOST
}

#[cfg(test)]
mod tests {
    use super::is_decimal_limit;

    #[test]
    fn limits_of_decimals_have_no_exponent() {
        assert!(is_decimal_limit("-1.500") && is_decimal_limit("0") && is_decimal_limit(&"9".repeat(28)));
        assert!(!is_decimal_limit("1e2") && !is_decimal_limit(&"9".repeat(29)) && !is_decimal_limit("x"));
    }
}
