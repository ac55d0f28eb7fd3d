//! Writes JSON values as Python does: DCRF has `str(action)` in its 405, and DRF has the names of types in its 400.

use std::fmt::Write as _;

use serde_json::value::RawValue;

use super::object::{each_entry, string};

/// Returns `type(value).__name__`.
pub(super) fn type_name(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b'{') => "dict",
        Some(b'[') => "list",
        Some(b'"') => "str",
        Some(b't' | b'f') => "bool",
        Some(b'n') | None => "NoneType",
        Some(_) if json.contains(['.', 'e', 'E']) => "float",
        Some(_) => "int",
    }
}

/// Returns `repr(value)`, which is also `str(value)` for anything but a string. `json` is a valid JSON value.
pub(super) fn spell(json: &str) -> String {
    let mut out = String::new();
    write(&mut out, json);
    out
}

fn write(out: &mut String, json: &str) {
    match type_name(json) {
        "dict" => write_dict(out, json),
        "list" => write_list(out, json),
        "str" => write_str(out, &string(json).unwrap_or_default()),
        "bool" => out.push_str(if json == "true" { "True" } else { "False" }),
        "NoneType" => out.push_str("None"),
        "float" => write_float(out, json),
        // In Python integers have any size; only the sign of `-0` is lost.
        _ => out.push_str(if json == "-0" { "0" } else { json }),
    }
}

fn write_list(out: &mut String, json: &str) {
    let items: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(out, item.get());
    }
    out.push(']');
}

fn write_dict(out: &mut String, json: &str) {
    out.push('{');
    let mut first = true;
    // The text was parsed before, so that there is no error.
    let _ = each_entry(json, |key, value| {
        if !std::mem::take(&mut first) {
            out.push_str(", ");
        }
        write_str(out, &key);
        out.push_str(": ");
        write(out, value.get());
    });
    out.push('}');
}

fn write_str(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            _ if char == quote => out.extend(['\\', char]),
            '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' => {
                let _ = write!(out, "\\x{:02x}", u32::from(char));
            }
            _ => out.push(char),
        }
    }
    out.push(quote);
}

/// Writes `repr(float)`: the fewest digits, with an exponent below 1e-4 and from 1e16.
fn write_float(out: &mut String, json: &str) {
    let number: f64 = json.parse().unwrap_or(f64::NAN);
    if number.is_infinite() {
        out.push_str(if number < 0.0 { "-inf" } else { "inf" });
        return;
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let _ = if number == 0.0 || (-4..16).contains(&exponent) {
        write!(out, "{number:?}")
    } else {
        write!(out, "{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
    };
}

#[cfg(test)]
mod tests {
    use super::spell;

    #[test]
    fn spells_like_python() {
        for (json, python) in [
            ("null", "None"),
            ("5", "5"),
            ("-0", "0"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("true", "True"),
            ("false", "False"),
            ("1.0", "1.0"),
            ("-0.0", "-0.0"),
            ("1e5", "100000.0"),
            ("1e16", "1e+16"),
            ("123456789012345680.0", "1.2345678901234568e+17"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1e400", "inf"),
            (r#"["list"]"#, "['list']"),
            (r#"[ 1 , [ ], {} ]"#, "[1, [], {}]"),
            (r#"{"a": 1, "b": [null, "it's"]}"#, r#"{'a': 1, 'b': [None, "it's"]}"#),
            (r#"["\n\u0001\\ \"'"]"#, r#"['\n\x01\\ "\'']"#),
        ] {
            assert_eq!(spell(json), python, "{json}");
        }
    }
}
