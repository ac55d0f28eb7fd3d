//! Source texts and the places in them. This module does not know what the texts mean.

use std::fmt;

/// The id of a file in a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A range of bytes in a file: from `start` up to, but not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// A value with the place where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The place where it is written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A place for readers: line and column count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

/// A text that was read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    name: String,
    text: String,
    /// The first byte of each line.
    lines: Vec<u32>,
}

impl SourceFile {
    /// Returns the name, as the user gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the text, which is empty if the file could not be read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the line (from 0) that contains a byte.
    pub fn line_of(&self, byte: u32) -> usize {
        self.lines.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    /// Returns the range of bytes of a line (from 0), with its line feed.
    pub fn line_range(&self, line: usize) -> std::ops::Range<usize> {
        let start = self.lines.get(line).map_or(self.text.len(), |start| *start as usize);
        let end = self.lines.get(line + 1).map_or(self.text.len(), |end| *end as usize);
        start..end
    }

    /// Returns the line and column of a byte.
    pub fn position(&self, byte: u32) -> Position {
        let line = self.line_of(byte);
        let range = self.line_range(line);
        let upto = (byte as usize).clamp(range.start, range.end);
        let column = self.text.get(range.start..upto).map_or(0, |text| text.chars().count());
        Position { line: line + 1, column: column + 1 }
    }
}

/// All texts of a run.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Returns a map without texts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text under the name that the user gave.
    pub fn add(&mut self, name: impl Into<String>, text: String) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).expect("invariant: fewer than 2^32 files"));
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        self.files.push(SourceFile { name: name.into(), text, lines });
        id
    }

    /// Returns every file, in the order of reading.
    pub fn files(&self) -> std::slice::Iter<'_, SourceFile> {
        self.files.iter()
    }

    /// Returns the file with an id that this map returned.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Returns the line and column where a span starts.
    pub fn start(&self, span: Span) -> Position {
        self.file(span.file).position(span.start)
    }

    /// Returns the line and column after the last character of a span.
    pub fn end(&self, span: Span) -> Position {
        self.file(span.file).position(span.end)
    }

    /// Returns the span of a whole file.
    pub fn whole(&self, id: FileId) -> Span {
        Span { file: id, start: 0, end: self.file(id).text.len() as u32 }
    }

    /// Returns the text of a span.
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}

/// A place in a definition as a JSON pointer: `blog.json#/models/Post`. Generated documentation prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(pub String);

impl Origin {
    /// Builds the pointer from the name of a file (without its directories, which differ between machines) and the keys
    /// that lead to the place (escaped as in RFC 6901).
    pub fn new(file: &str, keys: &[&str]) -> Self {
        let mut text = file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned();
        text.push('#');
        for key in keys {
            text.push('/');
            text.push_str(&key.replace('~', "~0").replace('/', "~1"));
        }
        Self(text)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, Position, SourceMap, Span};

    #[test]
    fn columns_are_characters() {
        let mut sources = SourceMap::new();
        let file = sources.add("a.json", "{\n  \"é\": 1\n}".into());
        let span = Span { file, start: 10, end: 11 };
        assert_eq!(sources.text(span), "1");
        assert_eq!(sources.start(span), Position { line: 2, column: 8 });
        assert_eq!(sources.end(sources.whole(file)), Position { line: 3, column: 2 });
    }

    #[test]
    fn an_origin_is_a_pointer() {
        assert_eq!(Origin::new("some/blog.json", &["models", "a/b"]).0, "blog.json#/models/a~1b");
    }
}
