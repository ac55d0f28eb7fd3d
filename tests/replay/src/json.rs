//! JSON that loses nothing: numbers keep their digits, texts their lone surrogates.
//!
//! `serde_json` reads numbers beyond 64 bits as floats unless a feature of it is on, which would be on for the whole
//! workspace then; and no Rust text holds a lone surrogate. Hence a reader of some lines.

use std::fmt;

/// How deep documents may be nested: more than any that is compared.
const MAX_DEPTH: usize = 200;

/// A JSON value. Of equal keys of an object the last counts.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Boolean(bool),
    /// As it is written; `NaN`, `Infinity` and `-Infinity` where they are allowed.
    Number(String),
    /// UTF-16.
    Text(Vec<u16>),
    List(Vec<Json>),
    Object(Vec<(Vec<u16>, Json)>),
}

impl Json {
    /// Reads a document, with Python's NaN and infinities; none if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { bytes: text.as_bytes(), at: 0, depth: 0 };
        let value = reader.value()?;
        reader.skip_space();
        (reader.at == reader.bytes.len()).then_some(value)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(entries) = self else { return None };
        entries.iter().find(|(name, _)| is(name, key)).map(|(_, value)| value)
    }

    /// The text, if it is one and has no lone surrogate.
    pub fn text(&self) -> Option<String> {
        let Self::Text(units) = self else { return None };
        String::from_utf16(units).ok()
    }

    /// The items of an array; none of anything else.
    pub fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// A number that fits.
    pub fn number<T: std::str::FromStr>(&self) -> Option<T> {
        let Self::Number(text) = self else { return None };
        text.parse().ok()
    }
}

/// Whether these units are this text.
pub fn is(units: &[u16], text: &str) -> bool {
    units.iter().copied().eq(text.encode_utf16())
}

/// As Python writes it: what is not ASCII is escaped.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(text) => f.write_str(text),
            Self::Text(units) => write_text(f, units),
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    write!(f, "{comma}{item}")?;
                }
                f.write_str("]")
            }
            Self::Object(entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    f.write_str(if index > 0 { ", " } else { "" })?;
                    write_text(f, key)?;
                    write!(f, ": {value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

fn write_text(f: &mut fmt::Formatter<'_>, units: &[u16]) -> fmt::Result {
    f.write_str("\"")?;
    for unit in units {
        match char::from_u32(u32::from(*unit)) {
            Some(quoted @ ('"' | '\\')) => write!(f, "\\{quoted}")?,
            Some(plain @ ' '..='~') => write!(f, "{plain}")?,
            _ => write!(f, "\\u{unit:04x}")?,
        }
    }
    f.write_str("\"")
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Whether this comes next; then it is read.
    fn takes(&mut self, text: &str) -> bool {
        let found = self.bytes[self.at..].starts_with(text.as_bytes());
        if found {
            self.at += text.len();
        }
        found
    }

    fn value(&mut self) -> Option<Json> {
        self.skip_space();
        match self.bytes.get(self.at)? {
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::list),
            b'"' => self.text().map(Json::Text),
            _ if self.takes("null") => Some(Json::Null),
            _ if self.takes("true") => Some(Json::Boolean(true)),
            _ if self.takes("false") => Some(Json::Boolean(false)),
            _ => self.number().map(Json::Number),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Option<Json>) -> Option<Json> {
        self.depth += 1;
        self.at += 1;
        let value = if self.depth <= MAX_DEPTH { read(self) } else { None };
        self.depth -= 1;
        value
    }

    fn list(&mut self) -> Option<Json> {
        let mut items = Vec::new();
        self.skip_space();
        if self.takes("]") {
            return Some(Json::List(items));
        }
        loop {
            items.push(self.value()?);
            self.skip_space();
            if self.takes("]") {
                return Some(Json::List(items));
            }
            self.takes(",").then_some(())?;
        }
    }

    fn object(&mut self) -> Option<Json> {
        let mut entries: Vec<(Vec<u16>, Json)> = Vec::new();
        self.skip_space();
        if self.takes("}") {
            return Some(Json::Object(entries));
        }
        loop {
            self.skip_space();
            let key = self.text()?;
            self.skip_space();
            self.takes(":").then_some(())?;
            let value = self.value()?;
            match entries.iter_mut().find(|(name, _)| *name == key) {
                Some(entry) => entry.1 = value,
                None => entries.push((key, value)),
            }
            self.skip_space();
            if self.takes("}") {
                return Some(Json::Object(entries));
            }
            self.takes(",").then_some(())?;
        }
    }

    fn text(&mut self) -> Option<Vec<u16>> {
        self.takes("\"").then_some(())?;
        let mut units = Vec::new();
        loop {
            let rest = std::str::from_utf8(&self.bytes[self.at..]).ok()?;
            let plain = rest.find(['"', '\\'])?;
            units.extend(rest[..plain].encode_utf16());
            self.at += plain;
            if self.takes("\"") {
                return Some(units);
            }
            units.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Option<u16> {
        let letter = *self.bytes.get(self.at + 1)?;
        self.at += 2;
        Some(match letter {
            b'"' | b'\\' | b'/' => u16::from(letter),
            b'b' => 8,
            b'f' => 12,
            b'n' => 10,
            b'r' => 13,
            b't' => 9,
            b'u' => {
                let digits = std::str::from_utf8(self.bytes.get(self.at..self.at + 4)?).ok()?;
                self.at += 4;
                u16::from_str_radix(digits, 16).ok()?
            }
            _ => return None,
        })
    }

    fn number(&mut self) -> Option<String> {
        for special in ["NaN", "Infinity", "-Infinity"] {
            if self.takes(special) {
                return Some(special.to_owned());
            }
        }
        let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = self.bytes[self.at..].iter().take_while(is_part).count();
        let text = std::str::from_utf8(&self.bytes[self.at..self.at + length]).ok()?;
        self.at += length;
        text.parse::<f64>().ok().map(|_| text.to_owned())
    }
}

#[test]
fn nothing_is_lost() {
    for text in [
        r#"{"a": [1, 1.50, 123456789012345678901234567890, true, null], "b": "\ud800 \u00e9 \"\\"}"#,
        "NaN",
        "[]",
        "{}",
    ] {
        assert_eq!(Json::parse(text).expect(text).to_string(), text);
    }
    for text in ["", "[1", "{\"a\" 1}", "1 2", "\"\\x\"", "nope"] {
        assert_eq!(Json::parse(text), None, "{text}");
    }
}
