//! JSON as Django stores it: with the spelling of Python's `json.dumps`, so that the texts of equal values are equal to
//! Django's queries on SQLite, where they are compared as texts.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write as _;
use std::hash::Hash;

use serde_json::value::RawValue;

use crate::ground::scalar::{Exact, Json};
use crate::wire::decode::{Shape, entries, items, python_float};

/// Returns the text that Python writes for a value, after it has read the text of the client.
pub(super) fn dumped(json: &Json) -> Json {
    let mut out = String::with_capacity(json.as_str().len());
    match serde_json::from_str(json.as_str()) {
        Ok(raw) => write(&mut out, raw),
        // Values of the type are JSON.
        Err(_) => return json.clone(),
    }
    Json::trusted(out)
}

fn write(out: &mut String, raw: &RawValue) {
    match Shape::of(raw) {
        Shape::Text(text) => quote(out, &text),
        Shape::Integer(digits) => out.push_str(digits),
        Shape::Float(digits) => out.push_str(&float(digits)),
        Shape::List => {
            out.push('[');
            for (index, item) in items(raw).unwrap_or_default().into_iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write(out, item);
            }
            out.push(']');
        }
        Shape::Map => {
            out.push('{');
            for (index, (key, value)) in
                last_of_each(entries(raw).unwrap_or_default()).into_iter().enumerate()
            {
                out.push_str(if index == 0 { "" } else { ", " });
                quote(out, &key);
                out.push_str(": ");
                write(out, value);
            }
            out.push('}');
        }
        Shape::Null | Shape::Boolean(_) | Shape::Surrogate(_) => out.push_str(raw.get()),
    }
}

/// Returns the entries of a dictionary: a key that occurs again has its first place and its last value.
fn last_of_each<K: Eq + Hash + Clone, V>(entries: Vec<(K, V)>) -> Vec<(K, V)> {
    let mut last: Vec<(K, V)> = Vec::with_capacity(entries.len());
    let mut places: HashMap<K, usize> = HashMap::with_capacity(entries.len());
    for (key, value) in entries {
        match places.entry(key.clone()) {
            Entry::Occupied(place) => last[*place.get()].1 = value,
            Entry::Vacant(place) => {
                place.insert(last.len());
                last.push((key, value));
            }
        }
    }
    last
}

/// Returns Python's text of a float, if that has the same value. A number with more digits than a float keeps them.
fn float(digits: &str) -> String {
    let shown = digits.parse().map(python_float).unwrap_or_default();
    if Exact::parse(&shown) == Exact::parse(digits) { shown } else { digits.to_owned() }
}

/// Writes a text in ASCII.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(char),
            _ => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    // Writing to a text does not fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::dumped;
    use crate::ground::scalar::Json;

    #[test]
    fn texts_are_those_of_python() {
        for (sent, stored) in [
            ("1e0", "1.0"),
            ("1E-7", "1e-07"),
            ("[1e2]", "[100.0]"),
            ("1e16", "1e+16"),
            ("-0.0", "-0.0"),
            ("-0", "0"),
            ("100000000000000000000000", "100000000000000000000000"),
            ("0.1234567890123456789", "0.1234567890123456789"),
            ("1e400", "1e400"),
            ("\"\u{e9}\u{1f600}\u{7f}\\u0041\\/\\b\"", r#""\u00e9\ud83d\ude00\u007fA/\b""#),
            ("[1,null ,true]", "[1, null, true]"),
            ("{\"b\":1,\"a\":{},\"b\":[]}", "{\"b\": [], \"a\": {}}"),
        ] {
            assert_eq!(dumped(&Json::trusted(sent.to_owned())).as_str(), stored, "{sent}");
        }
    }

    /// The time that a dictionary takes grows with its keys, and not with their square.
    #[test]
    fn a_dictionary_may_have_many_keys() {
        let keys: Vec<String> = (0..200_000).map(|key| format!("\"{key}\": 1")).collect();
        let dictionary = format!("{{{}}}", keys.join(", "));
        assert_eq!(dumped(&Json::trusted(dictionary.clone())).as_str(), dictionary);
    }
}
