//! Consuming a tree: every mistake is reported with its place, and reading goes on.

use dcrf_scalars::Exact;

use super::node::{Entry, Node, Value};
use crate::diag::glossary::{self, Meaning};
use crate::diag::{Code, Diagnostic, Reported, Sink, nearest, quote};
use crate::source::{Span, Spanned};

/// A node about to be read.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    node: &'a Node,
    sink: &'a Sink,
}

/// Something that can be read from a node.
pub trait Decode: Sized {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// If the node is not such a thing; that was reported then. What is wrong inside it is reported too,
    /// but leaves the rest of it readable.
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported>;

    /// Reads it where it stays: what is large and holds others of its kind does not lie on the stack meanwhile.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode).
    fn decode_boxed(cursor: Cursor<'_>) -> Result<Box<Self>, Reported> {
        Self::decode(cursor).map(Box::new)
    }
}

impl<'a> Cursor<'a> {
    /// Starts to read a tree.
    pub fn new(node: &'a Node, sink: &'a Sink) -> Self {
        Self { node, sink }
    }

    /// The node itself.
    pub fn node(self) -> &'a Node {
        self.node
    }

    /// Where the node is written.
    pub fn span(self) -> Span {
        self.node.span
    }

    /// Where findings go.
    pub fn sink(self) -> &'a Sink {
        self.sink
    }

    /// Reads a string.
    ///
    /// # Errors
    ///
    /// If it is none (reported).
    pub fn text(self) -> Result<&'a str, Reported> {
        match &self.node.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong_type("a string")),
        }
    }

    /// Reads an array.
    ///
    /// # Errors
    ///
    /// If it is none (reported).
    pub fn array(self) -> Result<impl Iterator<Item = Cursor<'a>>, Reported> {
        match &self.node.value {
            Value::Array(items) => Ok(items.iter().map(move |node| Cursor { node, sink: self.sink })),
            _ => Err(self.wrong_type("an array")),
        }
    }

    /// Reads the entries of an object, whatever their keys are.
    ///
    /// # Errors
    ///
    /// If it is none (reported).
    pub fn entries(self) -> Result<impl Iterator<Item = (&'a Spanned<String>, Cursor<'a>)>, Reported> {
        match &self.node.value {
            Value::Object(entries) => Ok(entries
                .iter()
                .map(move |entry| (&entry.key, Cursor { node: &entry.value, sink: self.sink }))),
            _ => Err(self.wrong_type("an object")),
        }
    }

    /// Reads an object with known keys.
    ///
    /// # Errors
    ///
    /// If it is none (reported).
    pub fn fields(self) -> Result<Fields<'a>, Reported> {
        match &self.node.value {
            Value::Object(entries) => Ok(Fields {
                entries,
                span: self.node.span,
                sink: self.sink,
                known: Vec::new(),
                missing: Vec::new(),
                failed: false,
            }),
            _ => Err(self.wrong_type("an object")),
        }
    }

    /// Says what was expected and what is there.
    pub fn wrong_type(self, expected: &str) -> Reported {
        let message = format!("expected {expected}, found {}", self.node.kind());
        self.sink.push(Diagnostic::error(Code::WrongType, self.node.span, message))
    }

    /// Says that the value means nothing here.
    pub fn invalid(self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Code::InvalidValue, self.node.span, message)
    }
}

/// A key that is there, with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Key<T> {
    /// Where the key is written.
    pub key: Span,
    /// The value.
    pub value: T,
    /// Where the value is written.
    pub span: Span,
}

/// An object with known keys, being read.
#[derive(Debug)]
pub struct Fields<'a> {
    entries: &'a [Entry],
    span: Span,
    sink: &'a Sink,
    known: Vec<&'static str>,
    missing: Vec<&'static str>,
    failed: bool,
}

impl<'a> Fields<'a> {
    /// Reads the value of a key that may be absent; none too if it cannot be read, which is reported then.
    pub fn optional<T: Decode>(&mut self, key: &'static str) -> Option<Key<T>> {
        self.known.push(key);
        let entry = self.entries.iter().find(|entry| entry.key.value == key)?;
        match T::decode(Cursor { node: &entry.value, sink: self.sink }) {
            Ok(value) => Some(Key { key: entry.key.span, value, span: entry.value.span }),
            Err(_) => {
                self.failed = true;
                None
            }
        }
    }

    /// Reads the value of a key that has to be there.
    pub fn required<T: Decode>(&mut self, key: &'static str) -> Option<Key<T>> {
        if !self.has(key) {
            self.missing.push(key);
            self.failed = true;
        }
        self.optional(key)
    }

    /// Ends the object: keys that nobody asked for are unknown.
    ///
    /// Tells whether one of its own keys was reported (not: whether something deeper was), so that nothing
    /// may be concluded from what is absent.
    pub fn finish(mut self) -> bool {
        for entry in self.entries {
            let key = entry.key.value.as_str();
            if self.known.contains(&key) {
                continue;
            }
            let absent: Vec<&str> = self.known.iter().copied().filter(|known| !self.has(known)).collect();
            let message = format!("unknown key {}", quote(key));
            let mut diagnostic = Diagnostic::error(Code::UnknownKey, entry.key.span, message);
            let meant = glossary::key(key, &self.known);
            let near = match meant {
                Meaning { word: Some(word), .. } => Some(word),
                Meaning { help: Some(_), .. } => None,
                // One that differs in case and signs alone is meant, even if it stands here already.
                _ => self
                    .known
                    .iter()
                    .copied()
                    .find(|known| folded(known) == folded(key))
                    .or_else(|| nearest(key, absent)),
            };
            diagnostic = match near.filter(|near| self.has(near)) {
                Some(near) => diagnostic.help(format!("{} is meant, and stands here already", quote(near))),
                None => diagnostic.suggest(near),
            };
            if let Some(help) = meant.help {
                diagnostic = diagnostic.help(help);
            }
            self.sink.push(diagnostic);
            // A key that is only misspelt is not missed too.
            self.missing.retain(|missing| Some(*missing) != near);
            self.failed = true;
        }
        for key in &self.missing {
            let message = format!("the key {} is missing", quote(key));
            self.sink.push(Diagnostic::error(Code::MissingKey, self.span, message));
        }
        self.failed
    }

    fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key.value == key)
    }
}

/// A key without case and signs: `max_length` and `maxlength` are one.
fn folded(key: &str) -> String {
    key.to_lowercase().replace(['_', '-'], "")
}

/// An object whose keys are names of the user's, in the order of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping<T> {
    /// Names with what they stand for. None: it could not be read, which was reported.
    pub entries: Vec<(Spanned<String>, Option<T>)>,
}

impl<T> Default for Mapping<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T> Mapping<T> {
    /// What a name stands for; `Some(None)` if it could not be read.
    pub fn get(&self, name: &str) -> Option<Option<&T>> {
        self.entries.iter().find(|(key, _)| key.value == name).map(|(_, value)| value.as_ref())
    }

    /// The names, in the order of the text.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(key, _)| key.value.as_str())
    }
}

impl<T: Decode> Decode for Mapping<T> {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        let entries = cursor.entries()?.map(|(key, value)| (key.clone(), T::decode(value).ok())).collect();
        Ok(Self { entries })
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        let items: Vec<Result<T, Reported>> = cursor.array()?.map(T::decode).collect();
        items.into_iter().collect()
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        T::decode_boxed(cursor)
    }
}

impl<T: Decode> Decode for Spanned<T> {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        Ok(Self::new(T::decode(cursor)?, cursor.span()))
    }
}

impl Decode for Node {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        Ok(cursor.node().clone())
    }
}

impl Decode for String {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        cursor.text().map(str::to_owned)
    }
}

impl Decode for bool {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match cursor.node().value {
            Value::Boolean(value) => Ok(value),
            _ => Err(cursor.wrong_type("a boolean")),
        }
    }
}

impl Decode for u64 {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Number(text) => Exact::parse(text).and_then(|number| number.as_u64()).ok_or_else(|| {
                let message = format!("expected a whole number from 0, found {}", quote(text));
                cursor.sink().push(cursor.invalid(message))
            }),
            _ => Err(cursor.wrong_type("a whole number")),
        }
    }
}
