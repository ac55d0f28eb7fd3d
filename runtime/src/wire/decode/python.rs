//! Writes JSON values as Python does, because DRF's messages quote the input in this form.

use serde_json::value::RawValue;

use super::shape::{self, Shape};

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

/// Returns `repr(float)`: the fewest digits, with an exponent below 1e-4 and from 1e16.
pub(crate) fn float(number: f64) -> String {
    if !number.is_finite() {
        return if number.is_nan() {
            "nan"
        } else if number > 0.0 {
            "inf"
        } else {
            "-inf"
        }
        .to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if number == 0.0 || (-4..16).contains(&exponent) {
        let text = number.to_string();
        return if text.contains('.') { text } else { text + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
