//! The documents of schemas, and the targets of `$id`, anchors and references.

use std::collections::HashMap;

use super::dialect::{Dialect, dialect_of};
use super::json::Value;
use super::uri;

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The number of the document.
    pub document: usize,
    /// A JSON pointer.
    pub pointer: String,
}

/// Documents by their addresses.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    documents: Vec<Value<'static>>,
    pub(super) resources: Vec<Resource>,
    /// The resources by their addresses.
    by_uri: HashMap<String, usize>,
    /// The resources by the places where they begin.
    by_place: HashMap<Place, usize>,
    anchors: HashMap<(usize, String), Anchor>,
    /// Documents that count as one: a place that is not in one of them may be in another.
    together: Vec<usize>,
}

/// A schema with an address of its own: a document, or a schema with an `$id`.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    pub(super) uri: String,
    pub(super) place: Place,
    pub(super) dialect: Dialect,
}

#[derive(Debug, Clone)]
pub(super) struct Anchor {
    pub(super) place: Place,
    pub(super) dynamic: bool,
}

/// The target of a reference.
pub(super) struct Found {
    pub(super) place: Place,
    /// The name of the `$dynamicAnchor` by which it was found, if there was one.
    pub(super) dynamic: Option<String>,
}

impl Documents {
    /// Creates an empty set of documents.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a document under its address, and returns its number. It replaces another document with the same address.
    pub fn add(&mut self, uri: &str, document: Value<'static>) -> usize {
        let number = self.documents.len();
        self.documents.push(document);
        let place = Place { document: number, pointer: String::new() };
        let dialect = self.dialect(&place, Dialect::default());
        let resource = self.resource(uri.to_owned(), place.clone(), dialect);
        self.by_uri.insert(uri.trim_end_matches('#').to_owned(), resource);
        self.scan(&place, resource);
        number
    }

    /// Makes these documents count as one: a pointer that leads to nothing in one of them may lead to something in
    /// another.
    pub fn put_together(&mut self, documents: Vec<usize>) {
        self.together = documents;
    }

    /// Returns the target of a reference in a schema, if it exists.
    pub fn target(&self, reference: &str, from: &Place) -> Option<Place> {
        self.find(reference, from).map(|found| found.place)
    }

    /// Returns the place of a whole document.
    pub fn root(&self, document: usize) -> Place {
        Place { document, pointer: String::new() }
    }

    /// Tells whether formats are asserted at a place.
    pub fn asserts_formats(&self, place: &Place) -> bool {
        self.around(place).1
    }

    /// Returns the value at a place.
    pub fn value(&self, place: &Place) -> Option<&Value<'static>> {
        self.documents.get(place.document)?.pointer(&place.pointer)
    }

    /// Registers the `$id`s and anchors of a schema inside of a document that is not a schema itself.
    pub fn schema_at(&mut self, place: &Place) {
        let (resource, _) = self.around(place);
        self.scan(place, resource);
    }

    fn dialect(&self, place: &Place, otherwise: Dialect) -> Dialect {
        let Some(map) = self.value(place).and_then(Value::as_map) else { return otherwise };
        match map.get("$schema").and_then(Value::as_text) {
            Some(uri) => dialect_of(uri, |uri| {
                self.by_uri.get(uri).and_then(|at| self.value(&self.resources[*at].place))
            }),
            None if map.get("openapi").is_some() => Dialect::OPEN_API,
            None => otherwise,
        }
    }

    fn resource(&mut self, uri: String, place: Place, dialect: Dialect) -> usize {
        let number = self.resources.len();
        self.by_place.insert(place.clone(), number);
        self.resources.push(Resource { uri, place, dialect });
        number
    }

    /// Registers the `$id`s and anchors of a schema and of those inside of it.
    fn scan(&mut self, place: &Place, around: usize) {
        let Some(map) = self.value(place).and_then(Value::as_map) else { return };
        let text = |key: &str| map.get(key).and_then(Value::as_text).map(str::to_owned);
        let (id, schema) = (text("$id"), text("$schema"));
        let old = text("id").filter(|_| self.resources[around].dialect.old_id);
        let (anchor, dynamic) = (text("$anchor"), text("$dynamicAnchor"));
        let inner = subschemas(map);
        let is_root = self.by_place.contains_key(place);
        let mut resource = self.by_place.get(place).copied().unwrap_or(around);
        let ignored = self.resources[around].dialect.reference_alone && map.get("$ref").is_some();
        let id = id.or(old).filter(|_| !ignored);
        if let Some(id) = &id {
            if let Some(name) = id.strip_prefix('#').filter(|name| !name.is_empty()) {
                self.anchor(resource, name, place, false);
            } else {
                let uri = uri::resolve(&self.resources[around].uri, id);
                if !is_root {
                    let dialect = self.dialect(place, self.resources[around].dialect);
                    resource = self.resource(uri.clone(), place.clone(), dialect);
                } else {
                    self.resources[resource].uri.clone_from(&uri);
                }
                self.by_uri.insert(uri, resource);
            }
        } else if schema.is_some() && !is_root {
            let dialect = self.dialect(place, self.resources[around].dialect);
            resource = self.resource(self.resources[around].uri.clone(), place.clone(), dialect);
        }
        for (name, dynamic) in [(anchor, false), (dynamic, true)] {
            if let Some(name) = name {
                self.anchor(resource, &name, place, dynamic);
            }
        }
        for pointer in inner {
            let place = Place { document: place.document, pointer: format!("{}{pointer}", place.pointer) };
            self.scan(&place, resource);
        }
    }

    fn anchor(&mut self, resource: usize, name: &str, place: &Place, dynamic: bool) {
        self.anchors.insert((resource, name.to_owned()), Anchor { place: place.clone(), dynamic });
    }

    /// Returns all dynamic anchors.
    pub(super) fn dynamic_anchors(&self) -> impl Iterator<Item = (usize, &str, &Place)> {
        let dynamic = self.anchors.iter().filter(|(_, anchor)| anchor.dynamic);
        dynamic.map(|((resource, name), anchor)| (*resource, name.as_str(), &anchor.place))
    }

    /// Returns the resource that contains a place, and whether formats are asserted there.
    pub(super) fn around(&self, place: &Place) -> (usize, bool) {
        let mut resource = 0;
        let mut asserts = false;
        let mut look = |end: usize, value: &Value<'static>| {
            let at = Place { document: place.document, pointer: place.pointer[..end].to_owned() };
            if let Some(found) = self.by_place.get(&at) {
                resource = *found;
                asserts = self.resources[resource].dialect.asserts_formats;
            }
            match value.as_map().and_then(|map| map.get("x-format")).and_then(Value::as_text) {
                Some("assert") => asserts = true,
                Some("annotate") => asserts = false,
                _ => {}
            }
        };
        let Some(mut value) = self.documents.get(place.document) else { return (0, false) };
        look(0, value);
        let mut end = 0;
        for token in place.pointer.split('/').skip(1) {
            end += token.len() + 1;
            let Some(next) = value.pointer(&format!("/{token}")) else { break };
            value = next;
            look(end, value);
        }
        (resource, asserts)
    }

    /// Returns the target of a reference in a schema.
    pub(super) fn find(&self, reference: &str, from: &Place) -> Option<Found> {
        let (own, _) = self.around(from);
        let (address, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let resource = if address.is_empty() {
            own
        } else {
            *self.by_uri.get(&uri::resolve(&self.resources[own].uri, address))?
        };
        let fragment = uri::decoded(fragment);
        let root = &self.resources[resource].place;
        let at = |pointer: String| Place { document: root.document, pointer };
        let exists = |place: &Place| self.value(place).is_some();
        if fragment.is_empty() || fragment.starts_with('/') {
            let place = at(format!("{}{fragment}", root.pointer));
            if exists(&place) {
                return Some(Found { place, dynamic: None });
            }
            // In a schema inside of a definition, the pointer leads to a type of the document, or of a schema around
            // it.
            let whole = Place { document: root.document, pointer: fragment.clone() };
            if address.is_empty() && !fragment.is_empty() && exists(&whole) {
                return Some(Found { place: whole, dynamic: None });
            }
            if address.is_empty()
                && (fragment.starts_with("/$defs/") || fragment.starts_with("/definitions/"))
            {
                let mut around = from.pointer.as_str();
                while let Some(end) = around.rfind('/') {
                    around = &around[..end];
                    let place = at(format!("{around}{fragment}"));
                    if exists(&place) {
                        return Some(Found { place, dynamic: None });
                    }
                }
            }
            let others = self
                .together
                .iter()
                .filter(|_| self.together.contains(&root.document) && !fragment.is_empty());
            let mut others = others.map(|document| Place { document: *document, pointer: fragment.clone() });
            return others.find(exists).map(|place| Found { place, dynamic: None });
        }
        let anchor = self.anchors.get(&(resource, fragment.clone()))?;
        Some(Found { place: anchor.place.clone(), dynamic: anchor.dynamic.then_some(fragment) })
    }
}

/// Escapes a key as a token of a JSON pointer.
pub(super) fn token(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Returns the schemas inside of a schema, as pointers from it.
pub(super) fn subschemas(map: &super::json::Map<'_>) -> Vec<String> {
    let mut pointers = Vec::new();
    for (key, value) in map.iter() {
        match (key, value) {
            (
                "not"
                | "if"
                | "then"
                | "else"
                | "items"
                | "contains"
                | "additionalProperties"
                | "propertyNames"
                | "unevaluatedItems"
                | "unevaluatedProperties"
                | "contentSchema"
                | "additionalItems",
                Value::Map(_) | Value::Boolean(_),
            ) => pointers.push(format!("/{key}")),
            ("allOf" | "anyOf" | "oneOf" | "prefixItems" | "items", Value::List(items)) => {
                pointers.extend((0..items.len()).map(|index| format!("/{key}/{index}")));
            }
            (
                "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas"
                | "dependencies",
                Value::Map(map),
            ) => {
                let schemas = map.iter().filter(|(_, value)| !matches!(value, Value::List(_)));
                pointers.extend(schemas.map(|(name, _)| format!("/{key}/{}", token(name))));
            }
            _ => {}
        }
    }
    pointers
}
