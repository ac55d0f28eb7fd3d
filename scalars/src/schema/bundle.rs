//! A schema with all that it leads to, written anew: as one schema of JSON Schema 2020-12 that stands by itself.
//!
//! Whoever embeds it needs no documents, dialects or addresses. Annotations are left out; whether a format is asserted
//! is said by the schema that has it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::documents::{Documents, Place, token};
use super::format::Format;
use super::json::{Map, Value};

/// Schemas that are taken out of documents, and what they share.
#[derive(Debug)]
pub struct Bundle<'a> {
    documents: &'a Documents,
    /// What references lead to, in the order in which it was found.
    places: Vec<Place>,
    names: HashMap<Place, String>,
    taken: HashSet<String>,
    definitions: Vec<Definition>,
}

/// What references lead to: `$defs` of what is taken out.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name, made of letters, digits and `_`.
    pub name: String,
    /// Where it was found.
    pub place: Place,
    /// The schema; references in it are `#/$defs/<name>`.
    pub schema: Value<'static>,
    /// The definitions that it refers to itself.
    pub needs: Vec<String>,
}

/// A schema that was taken out.
#[derive(Debug, Clone)]
pub struct Bundled {
    /// The schema; references in it are `#/$defs/<name>`.
    pub schema: Value<'static>,
    /// The definitions that it needs, those that they need among them.
    pub needs: Vec<String>,
}

/// A schema is looked at.
struct Copy<'b, 'a> {
    bundle: &'b mut Bundle<'a>,
    needs: Vec<String>,
    /// Whether resources are kept apart, as a `$dynamicRef` asks for them.
    grouped: bool,
    /// The resources that were found on the way.
    resources: Vec<usize>,
}

type Entries = Vec<(Cow<'static, str>, Value<'static>)>;

impl<'a> Bundle<'a> {
    /// None yet.
    pub fn new(documents: &'a Documents) -> Self {
        let (places, definitions) = (Vec::new(), Vec::new());
        Self { documents, places, names: HashMap::new(), taken: HashSet::new(), definitions }
    }

    /// Takes out the schema at a place; it was compiled, so that its references lead somewhere.
    pub fn take(&mut self, place: &Place) -> Bundled {
        let (schema, needs) = self.copied(place);
        self.work();
        Bundled { schema, needs: self.reached(needs) }
    }

    /// Takes out the schema at a place as a definition.
    pub fn define(&mut self, place: &Place) -> Bundled {
        let name = self.name(place);
        self.work();
        let reference = Value::Text(format!("#/$defs/{name}").into());
        let schema = Value::Map(Map::new(vec![("$ref".into(), reference)]));
        Bundled { schema, needs: self.reached(vec![name]) }
    }

    /// What is shared, in the order in which it was found.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    fn copied(&mut self, place: &Place) -> (Value<'static>, Vec<String>) {
        if let Some(whole) = self.with_resources(place) {
            return (whole, Vec::new());
        }
        let mut copy = Copy { bundle: self, needs: Vec::new(), grouped: false, resources: Vec::new() };
        let schema = copy.schema(place);
        (schema, copy.needs)
    }

    fn work(&mut self) {
        while let Some(place) = self.places.get(self.definitions.len()).cloned() {
            let name = self.name(&place);
            let (schema, needs) = self.copied(&place);
            self.definitions.push(Definition { name, place, schema, needs });
        }
    }

    fn reached(&self, start: Vec<String>) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut next = start;
        while let Some(name) = next.pop() {
            if found.contains(&name) {
                continue;
            }
            let definition = self.definitions.iter().find(|definition| definition.name == name);
            next.extend(definition.into_iter().flat_map(|definition| definition.needs.clone()));
            found.push(name);
        }
        found.sort_by_key(|name| self.definitions.iter().position(|definition| definition.name == *name));
        found
    }

    /// The name of what a reference leads to.
    fn name(&mut self, place: &Place) -> String {
        if let Some(name) = self.names.get(place) {
            return name.clone();
        }
        let last = place.pointer.rsplit('/').next().unwrap_or_default();
        let word: String = last.chars().filter(|char| char.is_ascii_alphanumeric() || *char == '_').collect();
        let word = if word.is_empty() { "Schema".to_owned() } else { word };
        let mut name = word.clone();
        let mut number = 2;
        while !self.taken.insert(name.to_lowercase()) {
            name = format!("{word}_{number}");
            number += 1;
        }
        self.names.insert(place.clone(), name.clone());
        self.places.push(place.clone());
        name
    }

    /// The schema with its resources, if a `$dynamicRef` asks for them on the way.
    fn with_resources(&self, place: &Place) -> Option<Value<'static>> {
        let mut apart = Bundle::new(self.documents);
        let mut copy = Copy { bundle: &mut apart, needs: Vec::new(), grouped: true, resources: Vec::new() };
        let schema = copy.reference(place);
        let mut anchors = false;
        let mut done: Vec<(usize, String, Value<'static>)> = Vec::new();
        let mut marked = HashSet::new();
        loop {
            while let Some(next) = copy.bundle.places.get(done.len()).cloned() {
                let name = copy.bundle.name(&next);
                let (resource, _) = self.documents.around(&next);
                let schema = copy.schema(&next);
                anchors |= has_dynamic_reference(&schema);
                done.push((resource, name, schema));
            }
            if !anchors {
                return None;
            }
            let entered: Vec<usize> = copy.resources.clone();
            let unmarked = self.documents.dynamic_anchors().filter(|(resource, name, _)| {
                entered.contains(resource) && !marked.contains(&(*resource, (*name).to_owned()))
            });
            let mut unmarked: Vec<(usize, String, Place)> =
                unmarked.map(|(resource, name, place)| (resource, name.to_owned(), place.clone())).collect();
            unmarked.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
            if unmarked.is_empty() {
                break;
            }
            for (resource, name, place) in unmarked {
                copy.reference(&place);
                marked.insert((resource, name));
            }
        }
        Some(self.grouped(&schema, copy, done, marked))
    }

    fn grouped(
        &self,
        reference: &str,
        mut copy: Copy<'_, '_>,
        done: Vec<(usize, String, Value<'static>)>,
        marked: HashSet<(usize, String)>,
    ) -> Value<'static> {
        let mut anchors: Vec<(usize, String)> = marked.into_iter().collect();
        anchors.sort();
        let places: Vec<(usize, String, Place)> = self
            .documents
            .dynamic_anchors()
            .map(|(resource, name, place)| (resource, name.to_owned(), place.clone()))
            .collect();
        let mut groups: Entries = Vec::new();
        for resource in copy.resources.clone() {
            let mut inner: Entries = Vec::new();
            for (number, (_, name)) in anchors.iter().filter(|(own, _)| *own == resource).enumerate() {
                let found = places.iter().find(|(own, anchor, _)| *own == resource && anchor == name);
                let Some((_, _, place)) = found else { continue };
                let target = Value::Text(copy.reference(place).into());
                let anchor = ("$dynamicAnchor".into(), Value::Text(name.clone().into()));
                let entry = Value::Map(Map::new(vec![anchor, ("$ref".into(), target)]));
                inner.push((format!("anchor_{number}").into(), entry));
            }
            for (_, name, schema) in done.iter().filter(|(own, _, _)| *own == resource) {
                inner.push((name.clone().into(), schema.clone()));
            }
            let name = group(resource);
            let id = ("$id".into(), Value::Text(name.clone().into()));
            let entries = vec![id, ("$defs".into(), Value::Map(Map::new(inner)))];
            groups.push((name.into(), Value::Map(Map::new(entries))));
        }
        let start = ("$ref".into(), Value::Text(reference.to_owned().into()));
        Value::Map(Map::new(vec![start, ("$defs".into(), Value::Map(Map::new(groups)))]))
    }
}

/// The name of a resource.
fn group(resource: usize) -> String {
    format!("resource-{resource}")
}

fn has_dynamic_reference(value: &Value<'_>) -> bool {
    match value {
        Value::Map(map) => {
            map.iter().any(|(key, value)| key == "$dynamicRef" || (key != "const" && key != "enum" && has_dynamic_reference(value)))
        }
        Value::List(items) => items.iter().any(has_dynamic_reference),
        _ => false,
    }
}

/// Keywords that are about the value itself, and taken as they are.
const VALIDATION: &[&str] = &[
    "const", "enum", "multipleOf", "pattern", "maxLength", "minLength", "maxItems", "minItems", "maxProperties",
    "minProperties", "uniqueItems", "minContains", "maxContains", "dependentRequired",
];
const ONE: &[&str] = &[
    "additionalProperties", "contains", "else", "if", "not", "propertyNames", "then", "unevaluatedItems",
    "unevaluatedProperties",
];
const LISTED: &[&str] = &["allOf", "anyOf", "oneOf"];
const NAMED: &[&str] = &["properties", "patternProperties", "dependentSchemas", "dependencies"];

impl Copy<'_, '_> {
    /// What a reference to a place is written as.
    fn reference(&mut self, place: &Place) -> String {
        let name = self.bundle.name(place);
        if !self.grouped {
            if !self.needs.contains(&name) {
                self.needs.push(name.clone());
            }
            return format!("#/$defs/{name}");
        }
        let (resource, _) = self.bundle.documents.around(place);
        self.enter(resource);
        format!("{}#/$defs/{name}", group(resource))
    }

    fn enter(&mut self, resource: usize) {
        if !self.resources.contains(&resource) {
            self.resources.push(resource);
        }
    }

    fn schema(&mut self, place: &Place) -> Value<'static> {
        let documents = self.bundle.documents;
        let map = match documents.value(place) {
            Some(Value::Map(map)) => map,
            Some(value) => return value.clone(),
            None => return Value::Boolean(true),
        };
        let (resource, asserts) = documents.around(place);
        let dialect = documents.resources[resource].dialect;
        let alone = dialect.reference_alone && map.get("$ref").is_some();
        let mut out: Entries = Vec::new();
        for (key, value) in map.iter().filter(|(key, _)| !alone || *key == "$ref") {
            match key {
                "$ref" | "$dynamicRef" => self.refer(place, key, value, &mut out),
                "format" if asserts && value.as_text().is_some_and(|name| Format::named(name).is_some()) => {
                    out.push(("format".into(), value.clone()));
                    out.push(("x-format".into(), Value::Text("assert".into())));
                }
                "prefixItems" if !dialect.old_items => out.push((key.to_owned().into(), self.list(place, key, value))),
                "items" => {
                    let name = if matches!(value, Value::List(_)) { "prefixItems" } else { "items" };
                    let inner = self.list(place, key, value);
                    out.push((name.into(), inner));
                }
                "additionalItems" if matches!(map.get("items"), Some(Value::List(_))) => {
                    out.push(("items".into(), self.inner(place, resource, &format!("/{key}"))));
                }
                _ if ONE.contains(&key) => {
                    out.push((key.to_owned().into(), self.inner(place, resource, &format!("/{key}"))));
                }
                _ if LISTED.contains(&key) => out.push((key.to_owned().into(), self.list(place, key, value))),
                _ if NAMED.contains(&key) => out.push((key.to_owned().into(), self.named(place, key, value))),
                _ if dialect.validates => out.extend(validation(map, key, value, dialect.nullable)),
                _ => {}
            }
        }
        Value::Map(Map::new(out))
    }

    fn refer(&mut self, place: &Place, keyword: &str, value: &Value<'_>, out: &mut Entries) {
        let found = value.as_text().and_then(|reference| self.bundle.documents.find(reference, place));
        let Some(found) = found else { return };
        let reference = self.reference(&found.place);
        let (keyword, reference) = match found.dynamic.filter(|_| keyword == "$dynamicRef" && self.grouped) {
            Some(name) => {
                let (resource, _) = self.bundle.documents.around(&found.place);
                ("$dynamicRef", format!("{}#{name}", group(resource)))
            }
            None => ("$ref", reference),
        };
        let entry = (Cow::from(keyword), Value::Text(reference.into()));
        if out.iter().any(|(key, _)| *key == entry.0) {
            // Both keywords of the schema lead to a place for good.
            out.push(("allOf".into(), Value::List(vec![Value::Map(Map::new(vec![entry]))])));
        } else {
            out.push(entry);
        }
    }

    /// A schema inside of another one; one of another resource stands with that.
    fn inner(&mut self, place: &Place, resource: usize, pointer: &str) -> Value<'static> {
        let inner = Place { document: place.document, pointer: format!("{}{pointer}", place.pointer) };
        if self.grouped && self.bundle.documents.around(&inner).0 != resource {
            let reference = Value::Text(self.reference(&inner).into());
            return Value::Map(Map::new(vec![("$ref".into(), reference)]));
        }
        self.schema(&inner)
    }

    fn list(&mut self, place: &Place, key: &str, value: &Value<'_>) -> Value<'static> {
        let (resource, _) = self.bundle.documents.around(place);
        match value {
            Value::List(items) => {
                let pointers = (0..items.len()).map(|index| format!("/{key}/{index}"));
                Value::List(pointers.map(|pointer| self.inner(place, resource, &pointer)).collect())
            }
            _ => self.inner(place, resource, &format!("/{key}")),
        }
    }

    fn named(&mut self, place: &Place, key: &str, value: &Value<'static>) -> Value<'static> {
        let (resource, _) = self.bundle.documents.around(place);
        let Some(map) = value.as_map() else { return value.clone() };
        let entries = map.iter().map(|(name, value)| {
            let inner = match value {
                // `dependencies` names what has to be there, too.
                Value::List(_) => value.clone(),
                _ => self.inner(place, resource, &format!("/{key}/{}", token(name))),
            };
            (Cow::from(name.to_owned()), inner)
        });
        Value::Map(Map::new(entries.collect()))
    }
}

/// A keyword that is about the value itself, as 2020-12 has it.
fn validation(
    map: &Map<'static>,
    key: &str,
    value: &Value<'static>,
    nullable: bool,
) -> Option<(Cow<'static, str>, Value<'static>)> {
    let is_exclusive = |keyword: &str| map.get(keyword) == Some(&Value::Boolean(true));
    let (name, value) = match (key, value) {
        ("type", value) if nullable && map.get("nullable") == Some(&Value::Boolean(true)) => {
            let own = value.as_list().map_or_else(|| vec![value.clone()], <[_]>::to_vec);
            (key, Value::List(own.into_iter().chain([Value::Text("null".into())]).collect()))
        }
        ("exclusiveMaximum" | "exclusiveMinimum" | "required", Value::Boolean(_)) => return None,
        ("maximum", value) if is_exclusive("exclusiveMaximum") => ("exclusiveMaximum", value.clone()),
        ("minimum", value) if is_exclusive("exclusiveMinimum") => ("exclusiveMinimum", value.clone()),
        ("uniqueItems", Value::Boolean(false)) => return None,
        ("type" | "required" | "maximum" | "minimum" | "exclusiveMaximum" | "exclusiveMinimum", value) => {
            (key, value.clone())
        }
        (key, value) if VALIDATION.contains(&key) => (key, value.clone()),
        _ => return None,
    };
    Some((name.to_owned().into(), value))
}
