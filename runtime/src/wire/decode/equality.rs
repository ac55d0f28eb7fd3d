//! Compares JSON texts as values, as JSON Schema does: numbers by their value (`1`, `1.0` and `10e-1` are equal),
//! objects without the order of their keys; `1`, `true` and `"1"` are three values.
//!
//! `const`, `enum`, `uniqueItems` and the tags of unions use only this comparison.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::shape::{self, Shape};
use crate::ground::scalar::Exact;
use crate::schema::meta::Literal;

/// The levels beyond which values are compared by their texts; deeper frames of clients are refused before they are
/// read.
const MAX_DEPTH: usize = 128;

/// Returns the canonical text of a value: equal values have equal texts.
pub(crate) fn canonical(json: &RawValue) -> String {
    let mut out = String::with_capacity(json.get().len());
    write(&mut out, json, 0);
    out
}

/// Tells whether JSON is the value of a literal.
pub(crate) fn is(json: &RawValue, literal: &Literal) -> bool {
    match (literal, Shape::of(json)) {
        (Literal::Null, Shape::Null) => true,
        (Literal::Boolean(own), Shape::Boolean(value)) => *own == value,
        (Literal::Text(own), Shape::Text(text)) => *own == text,
        (Literal::Integer(own), Shape::Integer(text)) if text.parse() == Ok(*own) => true,
        (Literal::Integer(own), Shape::Integer(text) | Shape::Float(text)) => {
            same_number(&own.to_string(), text)
        }
        (Literal::Number(own), Shape::Integer(text) | Shape::Float(text)) => same_number(own, text),
        (Literal::Json(own), _) => {
            serde_json::from_str::<&RawValue>(own).is_ok_and(|own| canonical(own) == canonical(json))
        }
        _ => false,
    }
}

/// Returns the JSON of a literal.
pub(crate) fn json_of(literal: &Literal) -> Cow<'static, str> {
    match literal {
        Literal::Null => "null".into(),
        Literal::Boolean(value) => value.to_string().into(),
        Literal::Integer(value) => value.to_string().into(),
        Literal::Number(text) | Literal::Json(text) => (*text).into(),
        Literal::Text(text) => serde_json::to_string(text).unwrap_or_default().into(),
    }
}

fn same_number(own: &str, other: &str) -> bool {
    match (Exact::parse(own), Exact::parse(other)) {
        (Some(own), Some(other)) => own == other,
        _ => own == other,
    }
}

fn write(out: &mut String, json: &RawValue, depth: usize) {
    match Shape::of(json) {
        Shape::Integer(text) | Shape::Float(text) => match Exact::parse(text) {
            Some(number) => out.push_str(&number.to_string()),
            None => out.push_str(text),
        },
        Shape::Text(text) => write_text(out, &text),
        Shape::Surrogate(_) => out.push_str(&format!("{:x?}", shape::units(json))),
        Shape::List if depth < MAX_DEPTH => {
            out.push('[');
            for item in shape::items(json).unwrap_or_default() {
                write(out, item, depth + 1);
                out.push(',');
            }
            out.push(']');
        }
        Shape::Map if depth < MAX_DEPTH => match shape::entries(json) {
            Some(entries) => write_entries(out, entries, depth),
            // A key is not valid Unicode.
            None => out.push_str(json.get()),
        },
        Shape::Null | Shape::Boolean(_) | Shape::List | Shape::Map => out.push_str(json.get()),
    }
}

/// Writes entries in the order of their keys; of equal keys the last counts.
fn write_entries(out: &mut String, entries: Vec<(Cow<'_, str>, &RawValue)>, depth: usize) {
    let sorted: BTreeMap<Cow<'_, str>, &RawValue> = entries.into_iter().collect();
    out.push('{');
    for (key, value) in sorted {
        write_text(out, &key);
        out.push(':');
        write(out, value, depth + 1);
        out.push(',');
    }
    out.push('}');
}

fn write_text(out: &mut String, text: &str) {
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> &RawValue {
        serde_json::from_str(json).expect(json)
    }

    /// Values in several spellings: those in the same line are equal, those in different lines are not.
    const VALUES: &[&[&str]] = &[
        &["null"],
        &["false"],
        &["true"],
        &["0", "-0", "0.0", "-0.0", "0e9", "0E-9"],
        &["1", "1.0", "1e0", "10e-1", "0.1E+1"],
        &["-1", "-1.0"],
        &["100", "1e2", "100.0"],
        &["0.1", "1e-1", "0.10"],
        &["9007199254740992", "9007199254740992.0"],
        &["9007199254740993"],
        &["18446744073709551616", "1.8446744073709551616e19"],
        &["1e400", "10e399"],
        &["1e-400"],
        &["\"\""],
        &["\"0\""],
        &["\"1\"", "\"\\u0031\""],
        &["\"é\"", "\"\\u00e9\"", "\"\\u00E9\""],
        &["\"e\u{301}\""],
        &["\"😀\"", "\"\\ud83d\\ude00\"", "\"\\uD83D\\uDE00\""],
        &["\"\\ud83d\"", "\"\\uD83D\""],
        &["\"\\\\ud83d\""],
        &["\"a/b\"", "\"a\\/b\""],
        &["\"null\""],
        &["[]", "[ ]"],
        &["[0]", "[-0.0]"],
        &["[false]"],
        &["[[0]]"],
        &["[1,2]", "[1.0, 2e0]"],
        &["[2,1]"],
        &["[12]"],
        &["[\"1,2\"]"],
        &["{}", "{ }"],
        &[
            "{\"a\":1,\"b\":[2]}",
            "{\"b\": [2.0], \"a\": 1}",
            "{\"a\":7,\"b\":[2],\"a\":1}",
            "{\"\\u0061\":1,\"b\":[2]}",
        ],
        &["{\"a\":1,\"b\":[2],\"c\":null}"],
        &["{\"a\":{\"x\":1,\"y\":2}}", "{\"a\":{\"y\":2,\"x\":1}}"],
        &["{\"a\":true}"],
        &["{\"a\":\"true\"}"],
        &["{\"\":{}}"],
    ];

    #[test]
    fn values_are_the_same_or_not() {
        for (line, own) in VALUES.iter().enumerate() {
            for (other_line, other) in VALUES.iter().enumerate() {
                for (one, two) in own.iter().flat_map(|one| other.iter().map(move |two| (one, two))) {
                    assert_eq!(canonical(raw(one)) == canonical(raw(two)), line == other_line, "{one} {two}");
                    assert_eq!(is(raw(one), &Literal::Json(two)), line == other_line, "{one} {two}");
                }
            }
        }
    }

    #[test]
    fn literals_are_values_of_json() {
        let literals = [
            Literal::Null,
            Literal::Boolean(false),
            Literal::Integer(0),
            Literal::Integer(100),
            Literal::Number("0.1"),
            Literal::Number("18446744073709551616"),
            Literal::Text("1"),
            Literal::Text("é"),
            Literal::Json("[1,2]"),
        ];
        for literal in literals {
            let own = json_of(&literal);
            for json in VALUES.iter().copied().flatten() {
                assert_eq!(
                    is(raw(json), &literal),
                    canonical(raw(json)) == canonical(raw(&own)),
                    "{json} {own}"
                );
            }
        }
    }

    #[test]
    fn deep_values_are_compared_as_they_are_written() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(canonical(raw(&deep)).len(), canonical(raw(&deep)).len());
    }
}
