//! Numbers as they are written.

use crate::syntax::Exact;

/// A whole number of 64 bits, however it is written (`10`, `10.0`, `1e1`).
pub(super) fn integer(text: &str) -> Option<i64> {
    Exact::parse(text).and_then(|number| number.as_i64())
}

/// A decimal in its canonical form: all places written out, no needless zeros before the point.
pub(super) fn decimal(text: &str, max_digits: u32, places: u32) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let places = places as usize;
    // Room for the places is kept, as DRF's `max_whole_digits` has it.
    if fraction.len() > places || whole.len() > (max_digits as usize).saturating_sub(places) {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    if places == 0 {
        return Some(format!("{sign}{whole}"));
    }
    Some(format!("{sign}{whole}.{fraction:0<places$}"))
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimals_have_one_form() {
        assert_eq!(decimal("1", 5, 2).as_deref(), Some("1.00"));
        assert_eq!(decimal("-001.5", 5, 2).as_deref(), Some("-1.50"));
        assert_eq!(decimal("0", 2, 2).as_deref(), Some("0.00"));
        assert_eq!(decimal("1000", 5, 2), None);
        assert_eq!(decimal("1.234", 5, 2), None);
        assert_eq!(decimal("1e3", 5, 0), None);
        assert_eq!(decimal("1.5", 28, 28), None);
    }
}
