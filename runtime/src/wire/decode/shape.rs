//! The outermost shape of a JSON text, which is needed before its value is read.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::fault::Fault;

/// The outermost shape of a JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape<'a> {
    Null,
    Boolean(bool),
    /// An integer, by its digits.
    Integer(&'a str),
    /// A number with a fraction or an exponent, by its text.
    Float(&'a str),
    Text(Cow<'a, str>),
    /// A text that is not valid Unicode: its first unpaired surrogate.
    Surrogate(u16),
    List,
    Map,
}

impl<'a> Shape<'a> {
    /// Determines the shape by the first byte, and reads texts.
    pub(crate) fn of(raw: &'a RawValue) -> Self {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't') => Self::Boolean(true),
            Some(b'f') => Self::Boolean(false),
            Some(b'"') => text_of(text),
            Some(b'[') => Self::List,
            Some(b'{') => Self::Map,
            _ if text.contains(['.', 'e', 'E']) => Self::Float(text),
            // Integers have no negative zero.
            _ if text == "-0" => Self::Integer("0"),
            _ => Self::Integer(text),
        }
    }

    /// Returns Python's name of the type, as in DRF's messages.
    pub(crate) const fn python_type(&self) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Boolean(_) => "bool",
            Self::Integer(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) | Self::Surrogate(_) => "str",
            Self::List => "list",
            Self::Map => "dict",
        }
    }
}

/// The written form of a value that a client sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) raw: &'a RawValue,
    pub(super) shape: &'a Shape<'a>,
}

fn text_of(text: &str) -> Shape<'_> {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
    if !inner.contains('\\') {
        return Shape::Text(Cow::Borrowed(inner));
    }
    match serde_json::from_str::<String>(text) {
        Ok(text) => Shape::Text(Cow::Owned(text)),
        Err(_) => Shape::Surrogate(lone_surrogate(inner).unwrap_or(0xD800)),
    }
}

/// Returns what makes a JSON text one that PostgreSQL's functions, clients and the application could hardly read: a text
/// that is not valid Unicode, or a number beyond the range of 64-bit floats, which most parsers refuse or read as
/// infinite.
pub(super) fn hard_to_read(text: &str) -> Option<Fault> {
    lone_surrogate(text).map(Fault::surrogate).or_else(|| numbers(text).any(is_infinite).then(Fault::no_json))
}

/// Tells whether a number is beyond the range of 64-bit floats.
fn is_infinite(number: &str) -> bool {
    /// The largest float has 309 digits.
    const DIGITS: usize = 300;
    (number.len() > DIGITS || number.contains(['e', 'E'])) && number.parse().is_ok_and(f64::is_infinite)
}

/// Returns the numbers of a JSON text.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.get(rest.find(|char: char| char == '"' || char.is_ascii_digit())?..)?;
            if let Some(inner) = rest.strip_prefix('"') {
                rest = after_text(inner);
                continue;
            }
            let is_part = |char: char| char.is_ascii_digit() || matches!(char, '.' | 'e' | 'E' | '+' | '-');
            let (number, after) = rest.split_at(rest.find(|char| !is_part(char)).unwrap_or(rest.len()));
            rest = after;
            return Some(number);
        }
    })
}

/// Returns what follows the quotation mark that ends a JSON string.
fn after_text(inner: &str) -> &str {
    let mut rest = inner;
    while let Some(at) = rest.find(['"', '\\']) {
        // A backslash and what it escapes, or the end.
        let is_end = rest[at..].starts_with('"');
        let next = rest[at..].chars().take(if is_end { 1 } else { 2 }).map(char::len_utf8).sum::<usize>();
        rest = &rest[at + next..];
        if is_end {
            return rest;
        }
    }
    ""
}

/// Returns the first unpaired surrogate among the escapes of a JSON text.
pub(crate) fn lone_surrogate(text: &str) -> Option<u16> {
    let unit = |at: usize| -> Option<u16> {
        text.get(at..at + 2).filter(|start| *start == "\\u")?;
        u16::from_str_radix(text.get(at + 2..at + 6)?, 16).ok()
    };
    let mut at = 0;
    while let Some(step) = text.get(at..)?.find('\\') {
        at += step;
        match unit(at) {
            Some(high @ 0xD800..=0xDBFF) => match unit(at + 6) {
                Some(0xDC00..=0xDFFF) => at += 12,
                _ => return Some(high),
            },
            Some(low @ 0xDC00..=0xDFFF) => return Some(low),
            Some(_) => at += 6,
            None => at += 2,
        }
    }
    None
}

/// Returns a JSON string that is not valid Unicode, with a replacement character for each unpaired surrogate: the
/// number of code points stays the same, and no pattern for letters or digits matches a replacement character.
pub(crate) fn lossy(raw: &RawValue) -> String {
    String::from_utf16_lossy(&units(raw))
}

/// Returns a JSON string in code units of UTF-16, because it need not be valid Unicode.
pub(crate) fn units(raw: &RawValue) -> Vec<u16> {
    let text = raw.get();
    let mut rest = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
    let mut units = Vec::with_capacity(rest.len());
    while let Some((before, escape)) = rest.split_once('\\') {
        units.extend(before.encode_utf16());
        let (length, unit) = match escape.as_bytes().first() {
            Some(b'u') => (5, escape.get(1..5).and_then(|digits| u16::from_str_radix(digits, 16).ok())),
            Some(b'b') => (1, Some(0x08)),
            Some(b'f') => (1, Some(0x0c)),
            Some(b'n') => (1, Some(0x0a)),
            Some(b'r') => (1, Some(0x0d)),
            Some(b't') => (1, Some(0x09)),
            other => (1, other.map(|byte| u16::from(*byte))),
        };
        units.extend(unit);
        rest = escape.get(length..).unwrap_or("");
    }
    units.extend(rest.encode_utf16());
    units
}

/// Returns the entries of a JSON object, in order; `None` if the text is not an object or a key is not valid Unicode.
pub(crate) fn entries(raw: &RawValue) -> Option<Vec<(Cow<'_, str>, &RawValue)>> {
    struct Entries;
    impl<'de> Visitor<'de> for Entries {
        type Value = Vec<(Cow<'de, str>, &'de RawValue)>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = Vec::new();
            while let Some(key) = map.next_key::<Key<'de>>()? {
                entries.push((key.0, map.next_value()?));
            }
            Ok(entries)
        }
    }
    serde_json::Deserializer::from_str(raw.get()).deserialize_map(Entries).ok()
}

/// A key, borrowed if it has no escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Returns the items of a JSON array; `None` if the text is not an array.
pub(crate) fn items(raw: &RawValue) -> Option<Vec<&RawValue>> {
    struct Items;
    impl<'de> Visitor<'de> for Items {
        type Value = Vec<&'de RawValue>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = seq.next_element()? {
                items.push(item);
            }
            Ok(items)
        }
    }
    serde_json::Deserializer::from_str(raw.get()).deserialize_seq(Items).ok()
}

/// Returns how deep arrays and objects are nested in a JSON text.
pub(crate) fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
