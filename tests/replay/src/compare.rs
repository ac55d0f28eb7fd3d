//! Whether a frame is the one that was recorded.

use std::sync::LazyLock;

use regex::Regex;

use crate::json::Json;

/// ISO 8601 with up to six digits of fraction, and `Z` or an offset.
static DATETIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$")
        .expect("invariant: a good expression")
});

/// Equality of JSON values, with the placeholders of scenarios on the expected side. Numbers are compared as numbers
/// of any size (1 = 1.0); objects have no order.
pub(crate) fn matches(expected: &Json, got: &Json) -> bool {
    if let Some(kind) = expected.get("$match") {
        return is_match(kind.text().as_deref(), expected, got);
    }
    match (expected, got) {
        (Json::Number(expected), Json::Number(got)) => same_number(expected, got),
        (Json::List(expected), Json::List(got)) => {
            expected.len() == got.len() && expected.iter().zip(got).all(|(a, b)| matches(a, b))
        }
        (Json::Object(expected), Json::Object(got)) => {
            let same = |(key, value): &(Vec<u16>, Json)| {
                got.iter().find(|(name, _)| name == key).is_some_and(|(_, found)| matches(value, found))
            };
            expected.len() == got.len() && expected.iter().all(same)
        }
        (expected, got) => expected == got,
    }
}

/// Whether every frame has its expectation, in any order.
pub(crate) fn matches_unordered(expected: &[Json], got: &[Json]) -> bool {
    let mut left: Vec<&Json> = got.iter().collect();
    expected.len() == got.len()
        && expected.iter().all(|item| {
            let position = left.iter().position(|frame| matches(item, frame));
            position.map(|position| left.swap_remove(position)).is_some()
        })
}

fn is_match(kind: Option<&str>, placeholder: &Json, got: &Json) -> bool {
    let text = got.text();
    match kind {
        Some("any") => true,
        Some("datetime") => text.is_some_and(|text| DATETIME.is_match(&text)),
        Some("regex") => {
            let pattern = placeholder.get("pattern").and_then(Json::text).expect("a regex has a pattern");
            let pattern = Regex::new(&pattern).expect("a pattern of a scenario");
            text.is_some_and(|text| pattern.is_match(&text))
        }
        other => panic!("there is no placeholder {other:?}"),
    }
}

fn same_number(expected: &str, got: &str) -> bool {
    let is_float = |text: &str| text.contains(['.', 'e', 'E']);
    match (decimal(expected), decimal(got)) {
        (Some(a), Some(b)) if a == b => true,
        // The shortest text of a float is not always the same one.
        (Some(_), Some(_)) if is_float(expected) && is_float(got) => {
            expected.parse::<f64>().ok() == got.parse::<f64>().ok()
        }
        (Some(_), Some(_)) => false,
        _ => expected == got,
    }
}

/// Sign, digits without zeros at the ends, exponent; none for what is no finite number.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse().ok()?),
        None => (text, 0_i64),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let exponent = exponent - i64::try_from(fraction.len()).ok()?;
    let significant = digits.trim_start_matches('0');
    let shortest = significant.trim_end_matches('0');
    if shortest.is_empty() {
        return Some((false, String::new(), 0));
    }
    let zeros = i64::try_from(significant.len() - shortest.len()).ok()?;
    Some((negative, shortest.to_owned(), exponent + zeros))
}

#[test]
fn numbers_are_numbers_of_any_size() {
    let same = |a: &str, b: &str| matches(&Json::parse(a).expect("JSON"), &Json::parse(b).expect("JSON"));
    assert!(same("1", "1.0") && same("100", "1e2") && same("-0", "0.0") && same("[1]", "[1]"));
    assert!(same("123456789012345678901234567890", "123456789012345678901234567890"));
    assert!(!same("123456789012345678901234567890", "123456789012345678901234567891"));
    assert!(!same("1", "true") && !same("1", "\"1\"") && !same("[1]", "[1, 1]"));
    assert!(same(r#"{"$match": "datetime"}"#, r#""2024-01-01T00:00:00.5Z""#));
    assert!(same(r#"{"a": 1, "b": "\ud800"}"#, r#"{"b": "\uD800", "a": 1}"#));
}
