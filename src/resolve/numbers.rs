//! Numbers as they are written.

use dcrf_scalars::{Exact, Parts, Precision};

/// Returns an integer of 64 bits, in any notation (`10`, `10.0`, `1e1`).
pub(super) fn integer(text: &str) -> Option<i64> {
    Exact::parse(text).and_then(|number| number.as_i64())
}

/// Returns a decimal in its canonical form: with all its places, and without unnecessary zeros before the point.
pub(super) fn decimal(parts: Option<Parts>, precision: Precision) -> Option<String> {
    let number = parts?.trimmed().decimal()?;
    precision.fit(number).ok().map(|number| number.to_string())
}

/// Tells whether a limit of decimals has at most 28 digits before and at most 28 after the point, and no exponent.
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
