//! Reading all files of a run: those that were given, and those that their `$ref`s name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{Document, Schema};
use crate::diag::{Code, Diagnostic, Sink, quote};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::{Cursor, Decode, Loader, Node, Value, join, normalize, parse};

/// What a file holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// A definition document, or a part of one.
    Document(Box<Document>),
    /// One type or model; only by `$ref`.
    Schema(Box<Schema>),
}

/// A file that was read.
#[derive(Debug, Clone)]
pub struct LoadedFile {
    /// Its path, `.` and `..` resolved.
    pub path: PathBuf,
    /// Its text.
    pub id: FileId,
    /// What it holds. None: it could not be read, which was reported.
    pub content: Option<Content>,
    /// Whether it was given, rather than named by a `$ref`.
    pub given: bool,
}

/// All files of a run, the given ones first, in the order in which they were given.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// The files.
    pub files: Vec<LoadedFile>,
    by_path: HashMap<PathBuf, usize>,
}

impl Program {
    /// The file of a path (with `.` and `..` resolved).
    pub fn file(&self, path: &Path) -> Option<&LoadedFile> {
        self.by_path.get(path).map(|index| &self.files[*index])
    }
}

/// Reads the given files and everything that they refer to.
pub fn load(paths: &[PathBuf], loader: &dyn Loader, sources: &mut SourceMap, sink: &Sink) -> Program {
    let mut reader = Reader { loader, sources, sink, program: Program::default(), waiting: Vec::new() };
    for path in paths {
        reader.read(path, None);
    }
    while let Some((path, span)) = reader.waiting.pop() {
        reader.read(&path, Some(span));
    }
    reader.program
}

struct Reader<'a> {
    loader: &'a dyn Loader,
    sources: &'a mut SourceMap,
    sink: &'a Sink,
    program: Program,
    /// Files named by a `$ref`, and where.
    waiting: Vec<(PathBuf, Span)>,
}

impl Reader<'_> {
    fn read(&mut self, path: &Path, referrer: Option<Span>) {
        let key = normalize(path);
        if self.program.by_path.contains_key(&key) {
            return;
        }
        let name = path.to_string_lossy().into_owned();
        let (id, content) = match self.loader.load(path) {
            Ok(bytes) => {
                let (id, tree) = parse(&name, bytes, self.sources, self.sink);
                let content = tree.ok().and_then(|tree| self.content(&tree, path, referrer.is_none()));
                (id, content)
            }
            Err(error) => {
                let id = self.sources.add(name.clone(), String::new());
                let span = referrer.unwrap_or_else(|| self.sources.whole(id));
                let message = format!("cannot read {}: {}", quote(&name), reason(&error));
                self.sink.push(Diagnostic::error(Code::UnreadableFile, span, message));
                (id, None)
            }
        };
        self.program.by_path.insert(key.clone(), self.program.files.len());
        self.program.files.push(LoadedFile { path: key, id, content, given: referrer.is_none() });
    }

    fn content(&mut self, tree: &Node, path: &Path, given: bool) -> Option<Content> {
        self.note_references(tree, path);
        let cursor = Cursor::new(tree, self.sink);
        if given || is_document(tree) {
            Decode::decode(cursor).map(Content::Document).ok()
        } else {
            Decode::decode(cursor).map(Content::Schema).ok()
        }
    }

    /// Notes the files that the `$ref`s of a tree name; values are not looked into.
    fn note_references(&mut self, node: &Node, path: &Path) {
        match &node.value {
            Value::Array(items) => items.iter().for_each(|item| self.note_references(item, path)),
            Value::Object(entries) => {
                for entry in entries {
                    match (entry.key.value.as_str(), &entry.value.value) {
                        ("default" | "const" | "enum" | "examples", _) => {}
                        ("$ref", Value::Text(reference)) => {
                            let file = reference.split('#').next().unwrap_or_default();
                            if !file.is_empty() && !file.contains("://") {
                                self.waiting.push((join(path, file), entry.value.span));
                            }
                        }
                        _ => self.note_references(&entry.value, path),
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether a file that is not given is (a part of) a document rather than one type:
/// it has a key that only documents have, or nothing but `$defs` and what goes with it.
fn is_document(tree: &Node) -> bool {
    let Value::Object(entries) = &tree.value else { return false };
    let keys = || entries.iter().map(|entry| entry.key.value.as_str());
    keys().any(|key| matches!(key, "name" | "models" | "serializers" | "consumers" | "client" | "runtime"))
        || (keys().any(|key| key == "$defs")
            && keys().all(|key| matches!(key, "$defs" | "$schema" | "description")))
}

/// What the operating system says, without its number, which differs between systems.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission is denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}
