//! Bundles a schema with all schemas that it refers to, as one text of JSON Schema 2020-12, which is in generated code.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::compile::Compiled;
use super::documents::{Documents, Place, token};
use super::json::{Map, Value};

type Entry = (Cow<'static, str>, Value<'static>);

/// Returns one text that is equivalent to the schema at a place, with all documents and dialects that it uses. Without
/// dynamic references, all references are to `#/$defs/…` of the text, and annotations are left out. With dynamic
/// references, whole resources are copied with their addresses.
pub fn bundle(documents: &Documents, place: &Place, compiled: &Compiled) -> String {
    let dynamic = compiled.references.iter().any(|reference| reference.keyword == "$dynamicRef");
    let value =
        if dynamic { resources(documents, place, compiled) } else { flat(documents, place, compiled) };
    plain(&value.compact())
}

/// Escapes the characters that an editor or a viewer may not show as they are.
fn plain(text: &str) -> String {
    let shown = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}' | '\u{180e}'
        | '\u{3164}' | '\u{115f}' | '\u{1160}' | '\u{ffa0}' | '\u{34f}' | '\u{17b4}' | '\u{17b5}')
    };
    if text.chars().all(shown) {
        return text.to_owned();
    }
    let mut units = [0; 2];
    let escaped = |c: char| -> String {
        if shown(c) {
            return c.to_string();
        }
        c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
    };
    text.chars().map(escaped).collect()
}

// ---- Without dynamic references: each target is a definition of its own. ----

fn flat(documents: &Documents, place: &Place, compiled: &Compiled) -> Value<'static> {
    let mut names: HashMap<&Place, String> = HashMap::from([(place, "#".to_owned())]);
    let mut order: Vec<(&Place, String)> = Vec::new();
    let mut taken: HashSet<String> = HashSet::new();
    // The graph is built from the last reference to the first; sorting makes the text independent of that.
    let mut targets: Vec<&Place> = compiled.references.iter().map(|reference| &reference.to).collect();
    targets.sort_by(|one, other| (one.document, &one.pointer).cmp(&(other.document, &other.pointer)));
    for target in targets {
        if names.contains_key(target) {
            continue;
        }
        let last = target.pointer.rsplit('/').next().unwrap_or_default();
        let word: String = last.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let word = if word.is_empty() { "schema".to_owned() } else { word };
        let numbered = (2..).map(|number| format!("{word}{number}"));
        let Some(name) = std::iter::once(word.clone()).chain(numbered).find(|name| !taken.contains(name))
        else {
            continue;
        };
        taken.insert(name.clone());
        names.insert(target, format!("#/$defs/{name}"));
        order.push((target, name));
    }
    let links: HashMap<&Place, &Place> =
        compiled.references.iter().map(|reference| (&reference.from, &reference.to)).collect();
    let copy = Copy { documents, names: &names, links: &links };
    let root = copy.schema(place);
    if order.is_empty() {
        return root;
    }
    let defs = order.into_iter().map(|(target, name)| (Cow::Owned(name), copy.schema(target)));
    let defs = (Cow::Borrowed("$defs"), Value::Map(Map::new(defs.collect())));
    let entries = match root {
        Value::Map(map) => owned(&map).chain([defs]).collect(),
        _ => vec![defs],
    };
    Value::Map(Map::new(entries))
}

fn owned<'a>(map: &'a Map<'static>) -> impl Iterator<Item = Entry> + 'a {
    map.iter().map(|(key, value)| (Cow::Owned(key.to_owned()), value.clone()))
}

struct Copy<'a> {
    documents: &'a Documents,
    names: &'a HashMap<&'a Place, String>,
    links: &'a HashMap<&'a Place, &'a Place>,
}

impl Copy<'_> {
    /// Returns a schema in the newest dialect.
    fn schema(&self, place: &Place) -> Value<'static> {
        let Some(value) = self.documents.value(place) else { return Value::Boolean(false) };
        let Value::Map(map) = value else { return value.clone() };
        let (resource, asserts) = self.documents.around(place);
        let dialect = self.documents.resources[resource].dialect;
        let alone = dialect.reference_alone && map.get("$ref").is_some();
        let mut entries: Vec<Entry> = Vec::new();
        for (key, value) in map.iter() {
            let kept = match key {
                "$ref" => self
                    .links
                    .get(place)
                    .and_then(|to| self.names.get(*to))
                    .cloned()
                    .map(|to| Value::Text(to.into())),
                _ if alone => None,
                "type" | "const" | "enum" | "multipleOf" | "maximum" | "exclusiveMaximum" | "minimum"
                | "exclusiveMinimum" | "maxLength" | "minLength" | "pattern" | "maxItems" | "minItems"
                | "uniqueItems" | "maxProperties" | "minProperties" | "required" | "dependentRequired"
                    if !dialect.validates =>
                {
                    None
                }
                "type" => Some(self.types(map, value, dialect.nullable)),
                // In draft 4 it is a boolean that tells whether the limit itself is excluded.
                "exclusiveMaximum" | "exclusiveMinimum" if matches!(value, Value::Boolean(_)) => None,
                "maximum" | "minimum" => {
                    let exclusive = if key == "maximum" { "exclusiveMaximum" } else { "exclusiveMinimum" };
                    if map.get(exclusive) == Some(&Value::Boolean(true)) {
                        entries.push((exclusive.into(), value.clone()));
                        continue;
                    }
                    Some(value.clone())
                }
                "required" if matches!(value, Value::Boolean(_)) => None,
                "format" if !asserts => None,
                "format" => {
                    entries.push(("x-format".into(), Value::Text("assert".into())));
                    Some(value.clone())
                }
                "const" | "enum" | "multipleOf" | "exclusiveMaximum" | "exclusiveMinimum" | "maxLength"
                | "minLength" | "pattern" | "maxItems" | "minItems" | "uniqueItems" | "maxProperties"
                | "minProperties" | "required" | "dependentRequired" | "minContains" | "maxContains" => {
                    Some(value.clone())
                }
                "items" if matches!(value, Value::List(_)) => {
                    entries.push(("prefixItems".into(), self.list(place, key, value)));
                    let rest = map.get("additionalItems");
                    entries.extend(rest.map(|_| ("items".into(), self.inner(place, "additionalItems"))));
                    continue;
                }
                "prefixItems" if dialect.old_items => None,
                "not"
                | "if"
                | "then"
                | "else"
                | "items"
                | "contains"
                | "additionalProperties"
                | "propertyNames"
                | "unevaluatedItems"
                | "unevaluatedProperties" => Some(self.inner(place, key)),
                "allOf" | "anyOf" | "oneOf" | "prefixItems" => Some(self.list(place, key, value)),
                "properties" | "patternProperties" | "dependentSchemas" => {
                    Some(self.named(place, key, value, |_| true))
                }
                "dependencies" => {
                    let Value::Map(both) = value else { continue };
                    let lists = owned(both).filter(|(_, value)| matches!(value, Value::List(_)));
                    entries.push(("dependentRequired".into(), Value::Map(Map::new(lists.collect()))));
                    let schemas = self.named(place, key, value, |value| !matches!(value, Value::List(_)));
                    entries.push(("dependentSchemas".into(), schemas));
                    continue;
                }
                _ => None,
            };
            entries.extend(kept.map(|value| (Cow::Owned(key.to_owned()), value)));
        }
        Value::Map(Map::new(entries))
    }

    fn types(&self, map: &Map<'static>, value: &Value<'static>, nullable: bool) -> Value<'static> {
        if !(nullable && map.get("nullable") == Some(&Value::Boolean(true))) {
            return value.clone();
        }
        let mut names = value.as_list().map_or_else(|| vec![value.clone()], <[_]>::to_vec);
        let null = Value::Text("null".into());
        if !names.contains(&null) {
            names.push(null);
        }
        Value::List(names)
    }

    fn inner(&self, place: &Place, key: &str) -> Value<'static> {
        self.schema(&Place { document: place.document, pointer: format!("{}/{}", place.pointer, token(key)) })
    }

    fn list(&self, place: &Place, key: &str, value: &Value<'static>) -> Value<'static> {
        let length = value.as_list().map_or(0, <[_]>::len);
        let place = Place { document: place.document, pointer: format!("{}/{key}", place.pointer) };
        Value::List((0..length).map(|index| self.inner(&place, &index.to_string())).collect())
    }

    fn named(
        &self,
        place: &Place,
        key: &str,
        value: &Value<'static>,
        keeps: impl Fn(&Value<'static>) -> bool,
    ) -> Value<'static> {
        let Value::Map(map) = value else { return value.clone() };
        let place = Place { document: place.document, pointer: format!("{}/{key}", place.pointer) };
        let kept = map.iter().filter(|(_, value)| keeps(value));
        Value::Map(Map::new(
            kept.map(|(name, _)| (Cow::Owned(name.to_owned()), self.inner(&place, name))).collect(),
        ))
    }
}

// ---- With dynamic references: whole resources, under their addresses. ----

fn resources(documents: &Documents, place: &Place, compiled: &Compiled) -> Value<'static> {
    let mut wanted: BTreeSet<usize> = BTreeSet::from([documents.around(place).0]);
    for reference in &compiled.references {
        wanted.insert(documents.around(&reference.from).0);
        wanted.insert(documents.around(&reference.to).0);
    }
    wanted.extend(documents.dynamic_anchors().map(|(resource, ..)| resource).filter(|resource| {
        let document = documents.resources[*resource].place.document;
        compiled.references.iter().any(|reference| reference.to.document == document)
    }));
    let inside = |inner: usize, outer: usize| {
        let (inner, outer) = (&documents.resources[inner].place, &documents.resources[outer].place);
        let below =
            inner.pointer.strip_prefix(outer.pointer.as_str()).is_some_and(|rest| rest.starts_with('/'));
        inner.document == outer.document && below
    };
    let outermost: Vec<usize> =
        wanted.iter().copied().filter(|own| !wanted.iter().any(|other| inside(*own, *other))).collect();
    let uri = |resource: usize| {
        let uri = &documents.resources[resource].uri;
        let anonymous = documents.resources[resource].place.pointer.is_empty()
            || documents
                .value(&documents.resources[resource].place)
                .and_then(Value::as_map)
                .is_some_and(|map| map.get("$id").is_some());
        if anonymous { uri.clone() } else { format!("{uri}?{resource}") }
    };
    let defs = outermost.iter().enumerate().map(|(number, resource)| {
        let value = documents.value(&documents.resources[*resource].place);
        let own = value.and_then(Value::as_map).into_iter().flat_map(owned).filter(|(key, _)| key != "$id");
        let id = (Cow::Borrowed("$id"), Value::Text(uri(*resource).into()));
        (
            Cow::Owned(format!("resource{}", number + 1)),
            Value::Map(Map::new(std::iter::once(id).chain(own).collect())),
        )
    });
    let defs = Value::Map(Map::new(defs.collect()));
    let (resource, _) = documents.around(place);
    let from = documents.resources[resource].place.pointer.len();
    let reference = format!("{}#{}", uri(resource), &place.pointer[from..]);
    Value::Map(Map::new(vec![("$ref".into(), Value::Text(reference.into())), ("$defs".into(), defs)]))
}
