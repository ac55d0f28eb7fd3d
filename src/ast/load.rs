//! Reads all files of a run: those that are given, and those to which their `$ref`s lead.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{Document, Schema};
use crate::diag::{Code, Diagnostic, Sink, quote};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::{Cursor, Decode, Loader, Node, Value, join, normalize, parse};

/// The content of a file.
#[derive(Debug, Clone)]
pub enum Content {
    /// A definition document, or a part of one.
    Document(Box<Document>),
    /// One type or model. The file is named by a `$ref`, or it is given and has an `$id`.
    Schema(Box<Schema>),
    /// Schemas of another dialect: of drafts 4 to 2019-09, of OpenAPI, or of the user. Only schemas that are validated
    /// by JSON Schema can refer to them.
    Foreign,
}

/// A file of a run.
#[derive(Debug, Clone)]
pub struct LoadedFile {
    /// The path of the file, without `.` and `..`.
    pub path: PathBuf,
    /// The id of the text of the file.
    pub id: FileId,
    /// The content. It is `None` if the file could not be read, which was reported.
    pub content: Option<Content>,
    /// The tree, for schemas that are validated by JSON Schema. It is `None` if the file is not JSON, which was
    /// reported.
    pub tree: Option<Node>,
    /// Whether the file was given, and not named by a `$ref`.
    pub given: bool,
}

/// All files of a run: first the given ones, in their order.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// The files.
    pub files: Vec<LoadedFile>,
    by_path: HashMap<PathBuf, usize>,
}

impl Program {
    /// Returns the file with a path (without `.` and `..`).
    pub fn file(&self, path: &Path) -> Option<&LoadedFile> {
        self.by_path.get(path).map(|index| &self.files[*index])
    }
}

/// Reads the given files and all files to which they refer.
pub fn load(paths: &[PathBuf], loader: &dyn Loader, sources: &mut SourceMap, sink: &Sink) -> Program {
    let mut reader = Reader { loader, sources, sink, program: Program::default(), waiting: Vec::new() };
    for path in paths {
        reader.read(path, Wanted::Given);
    }
    while let Some((path, span)) = reader.waiting.pop() {
        reader.read(&path, span.map_or(Wanted::Perhaps, Wanted::Referred));
    }
    reader.program
}

struct Reader<'a> {
    loader: &'a dyn Loader,
    sources: &'a mut SourceMap,
    sink: &'a Sink,
    program: Program,
    /// The files that a `$ref` names, each with the place of the `$ref`. The place is `None` if the `$ref` may be the
    /// address of something else.
    waiting: Vec<(PathBuf, Option<Span>)>,
}

/// The reason why a file is read.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Given,
    Referred(Span),
    /// The file may not exist: references inside a schema with an `$id` are relative to that `$id`.
    Perhaps,
}

impl Reader<'_> {
    fn read(&mut self, path: &Path, wanted: Wanted) {
        let key = normalize(path);
        if self.program.by_path.contains_key(&key) {
            return;
        }
        let name = path.to_string_lossy().into_owned();
        let given = matches!(wanted, Wanted::Given);
        let (id, content, tree) = match self.loader.load(path) {
            Ok(bytes) => {
                let (id, tree) = parse(&name, bytes, self.sources, self.sink);
                let tree = tree.ok();
                let content = tree.as_ref().and_then(|tree| self.content(tree, path, given));
                (id, content, tree)
            }
            Err(_) if matches!(wanted, Wanted::Perhaps) => return,
            Err(error) => {
                let id = self.sources.add(name.clone(), String::new());
                let span = match wanted {
                    Wanted::Referred(span) => span,
                    _ => self.sources.whole(id),
                };
                let message = format!("cannot read {}: {}", quote(&name), reason(&error));
                self.sink.push(Diagnostic::error(Code::UnreadableFile, span, message));
                (id, None, None)
            }
        };
        self.program.by_path.insert(key.clone(), self.program.files.len());
        self.program.files.push(LoadedFile { path: key, id, content, tree, given });
    }

    fn content(&mut self, tree: &Node, path: &Path, given: bool) -> Option<Content> {
        self.note_references(tree, path, false);
        let cursor = Cursor::new(tree, self.sink);
        if is_foreign(tree) {
            return Some(Content::Foreign);
        }
        if (given && text(tree, "$id").is_none()) || is_document(tree) {
            Decode::decode(cursor).map(Content::Document).ok()
        } else {
            Decode::decode(cursor).map(Content::Schema).ok()
        }
    }

    /// Adds the files that the `$ref`s of a tree name to those that wait. It skips values, such as defaults.
    fn note_references(&mut self, node: &Node, path: &Path, addressed: bool) {
        let addressed = addressed || text(node, "$id").is_some();
        match &node.value {
            Value::Array(items) => items.iter().for_each(|item| self.note_references(item, path, addressed)),
            Value::Object(entries) => {
                for entry in entries {
                    match (entry.key.value.as_str(), &entry.value.value) {
                        ("default" | "const" | "enum" | "examples", _) => {}
                        ("$ref", Value::Text(reference)) => {
                            let file = reference.split('#').next().unwrap_or_default();
                            if !file.is_empty() && !file.contains("://") && !file.starts_with("urn:") {
                                let span = (!addressed).then_some(entry.value.span);
                                self.waiting.push((join(path, file), span));
                            }
                        }
                        _ => self.note_references(&entry.value, path, addressed),
                    }
                }
            }
            _ => {}
        }
    }
}

/// Returns the text under a key of an object.
fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    let Value::Object(entries) = &node.value else { return None };
    entries.iter().find(|entry| entry.key.value == key).and_then(|entry| match &entry.value.value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

/// Tells whether a file is of another dialect than 2020-12.
fn is_foreign(tree: &Node) -> bool {
    let dialect = text(tree, "$schema").map(|uri| uri.trim_end_matches('#'));
    let other = dialect.is_some_and(|uri| {
        let own = uri.ends_with("/draft/2020-12/schema") || !uri.contains("://");
        let editor = uri.ends_with("definitions.schema.json");
        !own && !editor
    });
    let Value::Object(entries) = &tree.value else { return false };
    other
        || entries
            .iter()
            .any(|entry| matches!(entry.key.value.as_str(), "openapi" | "swagger" | "$vocabulary"))
}

/// Tells whether a file that is not given is (a part of) a document and not one type: it has a key that only documents
/// have, or only `$defs` and the keys that belong to it.
fn is_document(tree: &Node) -> bool {
    let Value::Object(entries) = &tree.value else { return false };
    let keys = || entries.iter().map(|entry| entry.key.value.as_str());
    keys().any(|key| matches!(key, "name" | "models" | "serializers" | "consumers" | "client" | "runtime"))
        || (keys().any(|key| key == "$defs")
            && keys().all(|key| matches!(key, "$defs" | "$schema" | "description")))
}

/// Returns the message of the operating system without its error number, which differs between systems.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission is denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}
