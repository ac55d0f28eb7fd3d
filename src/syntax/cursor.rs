//! Reads a tree: every mistake is reported with its place, and reading continues.

use dcrf_scalars::Exact;

use super::node::{Entry, Node, Value};
use crate::diag::glossary::{self, Meaning};
use crate::diag::{Code, Diagnostic, Reported, Sink, nearest, quote};
use crate::source::{Span, Spanned};

/// A node that is to be read.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    node: &'a Node,
    sink: &'a Sink,
}

/// A type that can be read from a node.
pub trait Decode: Sized {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// Returns an error if the node is not such a value, which was reported. Mistakes inside it are reported, too, but
    /// do not prevent reading the rest of it.
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported>;

    /// Reads the value into its final place: a large value that contains others of its type is not on the stack
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// Returns an error as [`decode`](Self::decode) does.
    fn decode_boxed(cursor: Cursor<'_>) -> Result<Box<Self>, Reported> {
        Self::decode(cursor).map(Box::new)
    }
}

impl<'a> Cursor<'a> {
    /// Returns a cursor at the root of a tree.
    pub fn new(node: &'a Node, sink: &'a Sink) -> Self {
        Self { node, sink }
    }

    /// Returns the node itself.
    pub fn node(self) -> &'a Node {
        self.node
    }

    /// Returns the place of the node.
    pub fn span(self) -> Span {
        self.node.span
    }

    /// Returns the sink for diagnostics.
    pub fn sink(self) -> &'a Sink {
        self.sink
    }

    /// Reads a string.
    ///
    /// # Errors
    ///
    /// Returns an error if the node is not a string (reported).
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
    /// Returns an error if the node is not an array (reported).
    pub fn array(self) -> Result<impl Iterator<Item = Cursor<'a>>, Reported> {
        match &self.node.value {
            Value::Array(items) => Ok(items.iter().map(move |node| Cursor { node, sink: self.sink })),
            _ => Err(self.wrong_type("an array")),
        }
    }

    /// Reads the entries of an object with any keys.
    ///
    /// # Errors
    ///
    /// Returns an error if the node is not an object (reported).
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
    /// Returns an error if the node is not an object (reported).
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

    /// Reports what was expected and what was found.
    pub fn wrong_type(self, expected: &str) -> Reported {
        let message = format!("expected {expected}, found {}", self.node.kind());
        self.sink.push(Diagnostic::error(Code::WrongType, self.node.span, message))
    }

    /// Returns the diagnostic that the value is invalid here.
    pub fn invalid(self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Code::InvalidValue, self.node.span, message)
    }
}

/// A key that is present, with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Key<T> {
    /// The place of the key.
    pub key: Span,
    /// The value.
    pub value: T,
    /// The place of the value.
    pub span: Span,
}

/// An object with known keys that is being read.
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
    /// Reads the value of an optional key. It returns `None` if the key is absent, or if the value cannot be read
    /// (reported).
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

    /// Reads the value of a required key.
    pub fn required<T: Decode>(&mut self, key: &'static str) -> Option<Key<T>> {
        if !self.has(key) {
            self.missing.push(key);
            self.failed = true;
        }
        self.optional(key)
    }

    /// Ends the object: keys that were not read are unknown.
    ///
    /// Tells whether one of the object's own keys was reported (mistakes deeper inside do not count), so that no
    /// conclusion may be drawn from absent keys.
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
                // A known key that differs only in case and separators is meant, even if it is already present.
                _ => self
                    .known
                    .iter()
                    .copied()
                    .find(|known| folded(known) == folded(key))
                    .or_else(|| nearest(key, absent)),
            };
            diagnostic = match near.filter(|near| self.has(near)) {
                Some(near) => {
                    diagnostic.help(format!("did you mean {}? This key is already here", quote(near)))
                }
                None => diagnostic.suggest(near),
            };
            if let Some(help) = meant.help {
                diagnostic = diagnostic.help(help);
            }
            self.sink.push(diagnostic);
            // A misspelt key is not reported as missing, too.
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

/// Returns a key without case and separators: `max_length` and `maxlength` are equal then.
fn folded(key: &str) -> String {
    key.to_lowercase().replace(['_', '-'], "")
}

/// An object whose keys are names of the user, in the order of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping<T> {
    /// The names with their values. A value is `None` if it could not be read, which was reported.
    pub entries: Vec<(Spanned<String>, Option<T>)>,
}

impl<T> Default for Mapping<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T> Mapping<T> {
    /// Returns the value of a name. It is `Some(None)` if the value could not be read.
    pub fn get(&self, name: &str) -> Option<Option<&T>> {
        self.entries.iter().find(|(key, _)| key.value == name).map(|(_, value)| value.as_ref())
    }

    /// Returns the names, in the order of the text.
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
