//! JSON as a tree that keeps every digit, for schemas and for the values that they validate.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::exact::Exact;

/// A JSON value. Numbers are kept as they are written.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` and `false`
    Boolean(bool),
    /// A number, by its text.
    Number(Cow<'a, str>),
    /// A text; an unpaired surrogate becomes a replacement character.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Self>),
    /// An object.
    Map(Map<'a>),
}

/// An object: its entries in their order, and of equal keys only the last. A look-up by key takes logarithmic time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map<'a> {
    entries: Vec<(Cow<'a, str>, Value<'a>)>,
    /// The positions of the entries, ordered by key.
    sorted: Vec<u32>,
}

/// The reason why a text cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseJsonError {
    /// The text is not JSON.
    #[error("this is no JSON")]
    Syntax,
    /// Arrays and objects are nested too deeply.
    #[error("this is nested too deeply")]
    Depth,
}

impl<'a> Map<'a> {
    /// Creates an object of these entries; of equal keys the last counts.
    pub fn new(entries: Vec<(Cow<'a, str>, Value<'a>)>) -> Self {
        let mut map = Self { sorted: (0..).take(entries.len()).collect(), entries };
        map.sort();
        let twins = map.sorted.windows(2).any(|pair| map.key(pair[0]) == map.key(pair[1]));
        if !twins {
            return map;
        }
        // The sort is stable: the last of equal keys is also the last one here.
        let mut keep = vec![true; map.entries.len()];
        for pair in map.sorted.windows(2) {
            if map.key(pair[0]) == map.key(pair[1]) {
                keep[pair[0] as usize] = false;
            }
        }
        let entries = std::mem::take(&mut map.entries);
        let entries = entries.into_iter().zip(keep).filter_map(|(entry, keep)| keep.then_some(entry));
        Self::new(entries.collect())
    }

    fn sort(&mut self) {
        let entries = &self.entries;
        self.sorted.sort_by(|one, other| entries[*one as usize].0.cmp(&entries[*other as usize].0));
    }

    fn key(&self, at: u32) -> &str {
        &self.entries[at as usize].0
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the entries in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value<'a>)> {
        self.entries.iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// Returns the entries ordered by key.
    fn by_key(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.sorted.iter().map(|at| (self.key(*at), &self.entries[*at as usize].1))
    }

    /// Returns the position of a key.
    pub fn position(&self, key: &str) -> Option<usize> {
        let found = self.sorted.binary_search_by(|at| self.key(*at).cmp(key)).ok()?;
        Some(self.sorted[found] as usize)
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.position(key).map(|at| &self.entries[at].1)
    }
}

impl<'a> Value<'a> {
    /// Parses a JSON text.
    ///
    /// # Errors
    /// Returns [`ParseJsonError`] if it is not JSON, or has more than `depth` levels of arrays and objects.
    pub fn parse(text: &'a str, depth: usize) -> Result<Self, ParseJsonError> {
        let mut reader = Reader { text, at: 0, depth };
        let value = reader.value()?;
        reader.space();
        if reader.at == text.len() { Ok(value) } else { Err(ParseJsonError::Syntax) }
    }

    /// Converts it to a value that owns its texts.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(value) => Value::Boolean(value),
            Self::Number(text) => Value::Number(Cow::Owned(text.into_owned())),
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::List(items) => Value::List(items.into_iter().map(Self::into_owned).collect()),
            Self::Map(Map { entries, sorted }) => {
                let own =
                    |(key, value): (Cow<'a, str>, Self)| (Cow::Owned(key.into_owned()), value.into_owned());
                Value::Map(Map { entries: entries.into_iter().map(own).collect(), sorted })
            }
        }
    }

    /// Returns the text, if it is a text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the entries, if it is an object.
    pub const fn as_map(&self) -> Option<&Map<'a>> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Returns the items, if it is an array.
    pub const fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items.as_slice()),
            _ => None,
        }
    }

    /// Returns the value at a JSON pointer.
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        pointer.split('/').skip(1).try_fold(self, |value, token| {
            let token = token.replace("~1", "/").replace("~0", "~");
            match value {
                Self::Map(map) => map.get(&token),
                Self::List(items) => items.get(token.parse::<usize>().ok()?),
                _ => None,
            }
        })
    }

    /// Returns the number of values: itself, and all values inside of it.
    pub fn size(&self) -> u64 {
        match self {
            Self::List(items) => 1 + items.iter().map(Self::size).sum::<u64>(),
            Self::Map(map) => 1 + map.iter().map(|(_, value)| value.size()).sum::<u64>(),
            _ => 1,
        }
    }

    /// Tells whether two values are equal by the rules of JSON Schema: numbers by their value, objects without an
    /// order.
    pub fn same(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Self::Null, Value::Null) => true,
            (Self::Boolean(own), Value::Boolean(other)) => own == other,
            (Self::Number(own), Value::Number(other)) => {
                own == other
                    || (!(is_one_text(own) && is_one_text(other)) && Exact::parse(own) == Exact::parse(other))
            }
            (Self::Text(own), Value::Text(other)) => own == other,
            (Self::List(own), Value::List(other)) => {
                own.len() == other.len() && own.iter().zip(other).all(|(own, other)| own.same(other))
            }
            (Self::Map(own), Value::Map(other)) => {
                own.len() == other.len()
                    && own
                        .by_key()
                        .zip(other.by_key())
                        .all(|(own, other)| own.0 == other.0 && own.1.same(other.1))
            }
            _ => false,
        }
    }

    /// Returns the canonical text of a value: equal values have equal texts.
    pub fn canonical(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, true);
        out
    }

    /// Returns its JSON without spaces, with the keys in their order, and the numbers as they are written.
    pub fn compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, false);
        out
    }

    fn write(&self, out: &mut String, canonical: bool) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) => match Exact::parse(text).filter(|_| canonical) {
                Some(number) => out.push_str(&number.to_string()),
                None => out.push_str(text),
            },
            Self::Text(text) => write_text(out, text),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out, canonical);
                }
                out.push(']');
            }
            Self::Map(map) => {
                out.push('{');
                let entry = |out: &mut String, index: usize, key: &str, value: &Self| {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(out, key);
                    out.push(':');
                    value.write(out, canonical);
                };
                if canonical {
                    map.by_key().enumerate().for_each(|(index, (key, value))| entry(out, index, key, value));
                } else {
                    map.iter().enumerate().for_each(|(index, (key, value))| entry(out, index, key, value));
                }
                out.push('}');
            }
        }
    }
}

/// Tells whether a number is written without a fraction and an exponent, and not as `-0`: two such numbers are equal
/// only if their texts are.
fn is_one_text(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') && text != "-0"
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if (char as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", char as u32);
            }
            char => out.push(char),
        }
    }
    out.push('"');
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, ParseJsonError> {
        if !self.text[self.at..].starts_with(word) {
            return Err(ParseJsonError::Syntax);
        }
        self.at += word.len();
        Ok(value)
    }

    fn value(&mut self) -> Result<Value<'a>, ParseJsonError> {
        self.space();
        match self.peek() {
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Boolean(true)),
            Some(b'f') => self.word("false", Value::Boolean(false)),
            Some(b'"') => self.string().map(Value::Text),
            Some(b'[') => self.inner(Self::list),
            Some(b'{') => self.inner(Self::map),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(ParseJsonError::Syntax),
        }
    }

    fn inner(
        &mut self,
        read: fn(&mut Self) -> Result<Value<'a>, ParseJsonError>,
    ) -> Result<Value<'a>, ParseJsonError> {
        self.depth = self.depth.checked_sub(1).ok_or(ParseJsonError::Depth)?;
        self.at += 1;
        let value = read(self)?;
        self.depth += 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Value<'a>, ParseJsonError> {
        let mut items = Vec::new();
        self.space();
        if self.take(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value()?);
            self.space();
            if self.take(b']') {
                return Ok(Value::List(items));
            }
            if !self.take(b',') {
                return Err(ParseJsonError::Syntax);
            }
        }
    }

    fn map(&mut self) -> Result<Value<'a>, ParseJsonError> {
        let mut entries = Vec::new();
        self.space();
        if self.take(b'}') {
            return Ok(Value::Map(Map::new(entries)));
        }
        loop {
            self.space();
            let key = self.string()?;
            self.space();
            if !self.take(b':') {
                return Err(ParseJsonError::Syntax);
            }
            entries.push((key, self.value()?));
            self.space();
            if self.take(b'}') {
                return Ok(Value::Map(Map::new(entries)));
            }
            if !self.take(b',') {
                return Err(ParseJsonError::Syntax);
            }
        }
    }

    fn number(&mut self) -> Result<Value<'a>, ParseJsonError> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(Value::Number(Cow::Borrowed(&self.text[start..self.at])))
    }

    fn digits(&mut self) -> Result<(), ParseJsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(ParseJsonError::Syntax) }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, ParseJsonError> {
        if !self.take(b'"') {
            return Err(ParseJsonError::Syntax);
        }
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Borrowed(&self.text[start..self.at - 1]));
                }
                Some(b'\\') => return self.escaped(start).map(Cow::Owned),
                Some(0x20..) => self.at += 1,
                _ => return Err(ParseJsonError::Syntax),
            }
        }
    }

    fn escaped(&mut self, start: usize) -> Result<String, ParseJsonError> {
        let mut out = self.text[start..self.at].to_owned();
        loop {
            let rest = &self.text[self.at..];
            let end = rest.find(|c: char| matches!(c, '"' | '\\') || (c as u32) < 0x20);
            let end = end.ok_or(ParseJsonError::Syntax)?;
            out.push_str(&rest[..end]);
            self.at += end + 1;
            match rest.as_bytes()[end] {
                b'"' => return Ok(out),
                b'\\' => self.escape(&mut out)?,
                _ => return Err(ParseJsonError::Syntax),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), ParseJsonError> {
        let byte = self.peek().ok_or(ParseJsonError::Syntax)?;
        self.at += 1;
        out.push(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.unit()?;
                let pair = (0xD800..0xDC00).contains(&high) && self.text[self.at..].starts_with("\\u");
                if !pair {
                    out.push(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
                    return Ok(());
                }
                let before = self.at;
                self.at += 2;
                let low = self.unit()?;
                if (0xDC00..0xE000).contains(&low) {
                    let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                } else {
                    self.at = before;
                    char::REPLACEMENT_CHARACTER
                }
            }
            _ => return Err(ParseJsonError::Syntax),
        });
        Ok(())
    }

    fn unit(&mut self) -> Result<u32, ParseJsonError> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(ParseJsonError::Syntax)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ParseJsonError::Syntax);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| ParseJsonError::Syntax)
    }
}
