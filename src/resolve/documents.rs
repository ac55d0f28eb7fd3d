//! The files of a program as documents of JSON Schema, which the interpreter validates, and the places of their
//! schemas.

use std::collections::HashMap;
use std::path::Path;

use dcrf_scalars::schema::{DIALECT, Documents, Map, Place, Value};

use crate::ast::{Content, Program};
use crate::source::Span;
use crate::syntax::{self, Node};

/// The documents of a program.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    pub(super) documents: Documents,
    places: HashMap<Span, Place>,
    spans: HashMap<Place, Span>,
    /// Whether a document is a definition and not a schema, by its number.
    definitions: Vec<bool>,
}

impl Schemas {
    /// Returns the documents of the files that could be read.
    pub(super) fn of(program: &Program) -> Self {
        let mut schemas = Self::default();
        for (uri, text) in DIALECT {
            let document = Value::parse(text, 64).map_or(Value::Boolean(true), Value::into_owned);
            schemas.documents.add(uri, document);
            schemas.definitions.push(false);
        }
        let folder = program.files.first().and_then(|file| file.path.parent()).unwrap_or(Path::new(""));
        let mut given = Vec::new();
        // Dialects come before the schemas that are written in them. Definitions are the last, because they may refer
        // to anything.
        let mut files: Vec<_> =
            program.files.iter().filter_map(|file| Some((file, file.tree.as_ref()?))).collect();
        files.sort_by_key(|(file, tree)| match &file.content {
            Some(Content::Foreign) if has_key(tree, "$vocabulary") => 0,
            Some(Content::Document(_)) => 2,
            _ => 1,
        });
        for (file, tree) in files {
            let number = schemas.documents.add(&uri(&file.path, folder), value(tree));
            let definition = matches!(file.content, Some(Content::Document(_)));
            schemas.definitions.push(definition);
            schemas.note(tree, number, &mut String::new());
            if definition {
                inline(tree, &mut String::new(), 0, &mut |pointer| {
                    schemas.documents.schema_at(&Place { document: number, pointer: pointer.to_owned() });
                });
            }
            if file.given {
                given.push(number);
            }
        }
        schemas.documents.put_together(given);
        schemas
    }

    /// Records the place of a node and of every node in it.
    fn note(&mut self, node: &Node, document: usize, pointer: &mut String) {
        let place = Place { document, pointer: pointer.clone() };
        self.places.insert(node.span, place.clone());
        self.spans.insert(place, node.span);
        let length = pointer.len();
        let mut inside = |token: &str, node: &Node| {
            pointer.push('/');
            pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
            self.note(node, document, pointer);
            pointer.truncate(length);
        };
        match &node.value {
            syntax::Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| inside(&index.to_string(), item));
            }
            syntax::Value::Object(entries) => {
                entries.iter().for_each(|entry| inside(&entry.key.value, &entry.value));
            }
            _ => {}
        }
    }

    /// Returns the place of something that is written.
    pub(super) fn place(&self, span: Span) -> Option<&Place> {
        self.places.get(&span)
    }

    /// Returns the span of a place. It is `None` if the place is not in a file of the user.
    pub(super) fn span(&self, place: &Place) -> Option<Span> {
        self.spans.get(place).copied()
    }

    /// Tells whether a place in a definition is not a schema: the whole definition, a model or a serializer or a part
    /// of one, a consumer or an action.
    pub(super) fn is_no_schema(&self, place: &Place) -> bool {
        let mut keys = place.pointer.split('/').skip(1);
        let outside = match keys.next() {
            Some("$defs") => keys.next().is_none(),
            Some("consumers") => keys.count() < 4 && !place.pointer.contains("/events/"),
            _ => true,
        };
        self.definitions.get(place.document) == Some(&true) && outside
    }
}

fn has_key(node: &Node, key: &str) -> bool {
    matches!(&node.value, syntax::Value::Object(entries) if entries.iter().any(|entry| entry.key.value == key))
}

/// Finds the schemas in a definition, except those in `$defs`, by the keys that lead to them.
fn inline(node: &Node, pointer: &mut String, depth: usize, found: &mut impl FnMut(&str)) {
    const KEYS: &[&str] = &["input", "output", "payload"];
    let syntax::Value::Object(entries) = &node.value else { return };
    let length = pointer.len();
    for entry in entries {
        let key = entry.key.value.as_str();
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        let schema = match pointer.split('/').skip(1).collect::<Vec<_>>().as_slice() {
            ["models", _] | ["consumers", _, "events", _] => true,
            ["consumers", _, "actions" | "observers" | "signals", _, key] => KEYS.contains(key),
            _ => false,
        };
        if schema {
            found(pointer);
        } else if depth < 5 {
            inline(&entry.value, pointer, depth + 1, found);
        }
        pointer.truncate(length);
    }
}

/// Returns the address of a file by its path from the directory of the first file. Generated code contains the address,
/// so that it must not depend on the place of that directory. The directories above have no names in it, but references
/// can lead there.
fn uri(path: &Path, folder: &Path) -> String {
    const ABOVE: usize = 16;
    let parts = |path: &Path| -> Vec<String> {
        path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let (path, folder) = (parts(path), parts(folder));
    let common = path.iter().zip(&folder).take_while(|(own, other)| own == other).count();
    let left = ABOVE.saturating_sub(folder.len() - common);
    let above = std::iter::repeat_n("-", left);
    let way: Vec<&str> = above.chain(path.iter().skip(common).map(String::as_str)).collect();
    format!("file:///{}", way.join("/"))
}

/// Returns a tree without its places.
pub(super) fn value(node: &Node) -> Value<'static> {
    match &node.value {
        syntax::Value::Null => Value::Null,
        syntax::Value::Boolean(value) => Value::Boolean(*value),
        syntax::Value::Number(text) => Value::Number(text.clone().into()),
        syntax::Value::Text(text) => Value::Text(text.clone().into()),
        syntax::Value::Array(items) => Value::List(items.iter().map(value).collect()),
        syntax::Value::Object(entries) => {
            let entries = entries.iter().map(|entry| (entry.key.value.clone().into(), value(&entry.value)));
            Value::Map(Map::new(entries.collect()))
        }
    }
}
