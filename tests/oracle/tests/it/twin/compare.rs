//! What two programs have answered and stored, and where that differs.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// The parts of an outcome, in the order in which they are compared.
const PARTS: [&str; 5] = ["status", "errors", "data", "read", "rows"];

/// The first difference of two outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The part of the outcome.
    pub part: String,
    /// The place in that part, without the numbers of items.
    pub path: String,
    /// What Django says there.
    pub django: String,
    /// What the service says.
    pub service: String,
}

/// Compares the outcomes of a request. Django may raise an exception where the service has to refuse.
pub fn difference(django: &Value, service: &Value) -> Option<Difference> {
    if let Some(raised) = django["raises"].as_str() {
        let is_refused = service["status"].as_u64().is_some_and(|status| (400..500).contains(&status));
        let is_changed = service["rows"].as_object().is_some_and(|rows| !rows.is_empty());
        return (!is_refused || is_changed).then(|| Difference {
            part: "raises".to_owned(),
            path: raised.split(':').next().unwrap_or_default().to_owned(),
            django: raised.to_owned(),
            service: service.to_string(),
        });
    }
    PARTS.iter().find_map(|part| {
        let (path, django, service) = differs(&django[*part], &service[*part], String::new())?;
        Some(Difference { part: (*part).to_owned(), path, django, service })
    })
}

/// The first place in which two values differ, the order of keys included, and what each has there.
fn differs(left: &Value, right: &Value, path: String) -> Option<(String, String, String)> {
    let here = |path| Some((path, left.to_string(), right.to_string()));
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            if !a.keys().eq(b.keys()) {
                return here(path);
            }
            a.iter().zip(b).find_map(|((key, a), (_, b))| differs(a, b, format!("{path}/{key}")))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).find_map(|(a, b)| differs(a, b, path.clone()))
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        _ if left == right => None,
        _ => here(path),
    }
}

/// Hides what no two programs can have in common: UUIDs that were made up, and the time. `known` is all that was there
/// before, and what was sent.
pub fn masked(value: &mut Value, known: &str) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(text) if key.starts_with("auto_") => hide_time(text, known),
                    other => masked(other, known),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| masked(item, known)),
        Value::String(text) => hide_uuids(text, known),
        _ => {}
    }
}

fn hide_time(text: &mut String, known: &str) {
    static FRACTION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\.\d+").expect("a pattern"));
    if !known.contains(text.as_str()) {
        let whole = FRACTION.replace_all(text, "");
        *text = whole.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    }
}

fn hide_uuids(text: &mut String, known: &str) {
    static UUID: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}")
            .expect("a pattern")
    });
    if UUID.is_match(text) {
        let hidden = UUID.replace_all(text, |found: &regex::Captures<'_>| {
            if known.contains(&found[0]) { found[0].to_owned() } else { "<a new UUID>".to_owned() }
        });
        *text = hidden.into_owned();
    }
}
