//! Writes JSON values as Python does, because DRF's messages quote the input in this form.

use serde_json::value::RawValue;

use super::shape::{self, Shape};
pub(crate) use crate::ground::scalar::python::float;

/// The levels of input that are quoted; deeper levels are cut, because the message is for a person.
const QUOTED_DEPTH: usize = 8;

/// Returns `str(value)`.
pub(crate) fn str(raw: &RawValue) -> String {
    match Shape::of(raw) {
        Shape::Text(text) => text.into_owned(),
        _ => repr(raw, 0),
    }
}

fn repr(raw: &RawValue, depth: usize) -> String {
    match Shape::of(raw) {
        Shape::Null => "None".to_owned(),
        Shape::Boolean(true) => "True".to_owned(),
        Shape::Boolean(false) => "False".to_owned(),
        Shape::Integer(digits) => digits.to_owned(),
        Shape::Float(text) => float(text.parse().unwrap_or(f64::NAN)),
        Shape::Text(text) => quote(&text),
        Shape::Surrogate(unit) => format!("'\\u{unit:x}'"),
        Shape::List | Shape::Map if depth >= QUOTED_DEPTH => "...".to_owned(),
        Shape::List => {
            let items = shape::items(raw).unwrap_or_default();
            let items: Vec<String> = items.into_iter().map(|item| repr(item, depth + 1)).collect();
            format!("[{}]", items.join(", "))
        }
        Shape::Map => {
            let entries = shape::entries(raw).unwrap_or_default();
            let entries: Vec<String> = entries
                .into_iter()
                .map(|(key, value)| format!("{}: {}", quote(&key), repr(value, depth + 1)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn quote(text: &str) -> String {
    let mark = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(mark);
    for char in text.chars() {
        match char {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if char == mark => out.extend(['\\', char]),
            char if char.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(char))),
            char => out.push(char),
        }
    }
    out.push(mark);
    out
}
