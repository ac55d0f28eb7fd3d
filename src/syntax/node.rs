//! JSON values with their places.

use dcrf_scalars::Exact;

use crate::source::{Span, Spanned};

/// A JSON value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// The place of the value.
    pub span: Span,
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// The value `null`.
    Null,
    /// The values `true` and `false`.
    Boolean(bool),
    /// A number, as it is written.
    Number(String),
    /// A string, with its escapes resolved.
    Text(String),
    /// An array.
    Array(Vec<Node>),
    /// An object, in the order of the text. Its keys are unique.
    Object(Vec<Entry>),
}

/// A key of an object with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key. Its place includes the quotation marks.
    pub key: Spanned<String>,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Tells whether a text in the value contains the character U+0000.
    pub fn holds_nul(&self) -> bool {
        match &self.value {
            Value::Null | Value::Boolean(_) | Value::Number(_) => false,
            Value::Text(text) => text.contains('\0'),
            Value::Array(items) => items.iter().any(Self::holds_nul),
            Value::Object(entries) => {
                entries.iter().any(|entry| entry.key.value.contains('\0') || entry.value.holds_nul())
            }
        }
    }

    /// Returns the canonical text of a value: equal values of JSON have equal texts, however their numbers are written
    /// and in whichever order their keys are.
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        self.write_canonical(&mut text);
        text
    }

    fn write_canonical(&self, out: &mut String) {
        match &self.value {
            Value::Number(number) => match Exact::parse(number) {
                Some(exact) => out.push_str(&exact.to_string()),
                None => out.push_str(number),
            },
            Value::Array(items) => {
                out.push('[');
                for item in items {
                    item.write_canonical(out);
                    out.push(',');
                }
                out.push(']');
            }
            Value::Object(entries) => {
                let mut sorted: Vec<&Entry> = entries.iter().collect();
                sorted.sort_by(|one, other| one.key.value.cmp(&other.key.value));
                out.push('{');
                for entry in sorted {
                    write_text(&entry.key.value, out);
                    out.push(':');
                    entry.value.write_canonical(out);
                    out.push(',');
                }
                out.push('}');
            }
            Value::Null | Value::Boolean(_) | Value::Text(_) => self.write_json(out),
        }
    }

    /// Returns the type of the value with an article, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Boolean(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }

    /// Returns the value as compact JSON text, with the keys in the order of the definition.
    pub fn to_json(&self) -> String {
        let mut text = String::new();
        self.write_json(&mut text);
        text
    }

    fn write_json(&self, out: &mut String) {
        match &self.value {
            Value::Null => out.push_str("null"),
            Value::Boolean(true) => out.push_str("true"),
            Value::Boolean(false) => out.push_str("false"),
            Value::Number(number) => out.push_str(number),
            Value::Text(text) => write_text(text, out),
            Value::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write_json(out);
                }
                out.push(']');
            }
            Value::Object(entries) => {
                out.push('{');
                for (index, entry) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(&entry.key.value, out);
                    out.push(':');
                    entry.value.write_json(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).expect("invariant: every string is a JSON string"));
}
