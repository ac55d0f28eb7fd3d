//! TypeScript types for JSON Schemas, for values that no type of the definition names: tuples, maps, literals, unions
//! and intersections. What TypeScript cannot express is left out, so that the type is wider than the schema.

use std::fmt::Write as _;

use dcrf_scalars::schema::{Map, Value};

use super::compound::{grouped, list, literal};
use super::names::key;
use crate::ir::Literal;

/// The type of any JSON.
pub(super) const JSON: &str = "Json";

/// The greatest depth of a schema, which is more than that of a definition.
const DEPTH: usize = 1024;

/// Returns the type of the values of a schema; [`JSON`] if nothing is known.
pub(super) fn type_of(schema: &str) -> String {
    let Ok(root) = Value::parse(schema, DEPTH) else { return JSON.to_owned() };
    Types { root: &root, way: vec!["#".to_owned()] }.of(&root)
}

struct Types<'a> {
    root: &'a Value<'a>,
    /// The references that were followed: one that leads back is any JSON.
    way: Vec<String>,
}

impl Types<'_> {
    fn of(&mut self, schema: &Value<'_>) -> String {
        let map = match schema {
            Value::Boolean(false) => return "never".to_owned(),
            Value::Map(map) => map,
            _ => return JSON.to_owned(),
        };
        if let Some(constant) = map.get("const") {
            return of_value(constant);
        }
        if let Some(Value::List(values)) = map.get("enum") {
            return union(values.iter().map(of_value));
        }
        let mut parts = vec![self.of_types(map)];
        parts.extend(map.get("$ref").and_then(Value::as_text).map(|reference| self.reference(reference)));
        for keyword in ["anyOf", "oneOf"] {
            if let Some(Value::List(forms)) = map.get(keyword) {
                let forms: Vec<String> = forms.iter().map(|form| self.of(form)).collect();
                parts.push(union(forms.into_iter()));
            }
        }
        if let Some(Value::List(members)) = map.get("allOf") {
            parts.extend(members.iter().map(|member| self.of(member)).collect::<Vec<_>>());
        }
        intersection(parts)
    }

    fn reference(&mut self, reference: &str) -> String {
        let target = match reference {
            "#" => Some(self.root),
            _ => reference.strip_prefix("#/").and_then(|_| self.root.pointer(&reference[1..])),
        };
        let Some(target) = target.filter(|_| !self.way.iter().any(|own| own == reference)) else {
            return JSON.to_owned();
        };
        self.way.push(reference.to_owned());
        let ty = self.of(target);
        self.way.pop();
        ty
    }

    fn of_types(&mut self, map: &Map<'_>) -> String {
        let names: Vec<&str> = match map.get("type") {
            Some(Value::Text(name)) => vec![name.as_ref()],
            Some(Value::List(names)) => names.iter().filter_map(Value::as_text).collect(),
            _ => return JSON.to_owned(),
        };
        let types: Vec<String> = names.into_iter().map(|name| self.of_type(name, map)).collect();
        union(types.into_iter())
    }

    fn of_type(&mut self, name: &str, map: &Map<'_>) -> String {
        match name {
            "null" | "boolean" | "string" => name.to_owned(),
            "integer" | "number" => "number".to_owned(),
            "array" => self.array(map),
            _ => self.object(map),
        }
    }

    fn array(&mut self, map: &Map<'_>) -> String {
        let rest = map.get("items").map(|items| self.of(items));
        let Some(Value::List(first)) = map.get("prefixItems") else {
            return list(&rest.unwrap_or_else(|| JSON.to_owned()));
        };
        let least = count(map, "minItems").unwrap_or(0);
        let mut items: Vec<String> = Vec::new();
        for (index, schema) in first.iter().enumerate() {
            let ty = self.of(schema);
            let optional = index as u64 >= least;
            items.push(if optional { format!("{}?", grouped(&ty)) } else { ty });
        }
        let is_full = count(map, "maxItems").is_some_and(|most| most <= first.len() as u64);
        match rest {
            Some(rest) if rest == "never" || is_full => {}
            None if is_full => {}
            rest => items.push(format!("...{}", list(&rest.unwrap_or_else(|| JSON.to_owned())))),
        }
        format!("[{}]", items.join(", "))
    }

    fn object(&mut self, map: &Map<'_>) -> String {
        let mut members = Vec::new();
        let required: Vec<&str> = match map.get("required") {
            Some(Value::List(names)) => names.iter().filter_map(Value::as_text).collect(),
            _ => Vec::new(),
        };
        let mut known: Vec<&str> = Vec::new();
        if let Some(Value::Map(properties)) = map.get("properties") {
            for (name, schema) in properties.iter() {
                let mark = if required.contains(&name) { "" } else { "?" };
                members.push(format!("{}{mark}: {}", key(name), self.of(schema)));
                known.push(name);
            }
        }
        members.extend(
            required.iter().filter(|name| !known.contains(name)).map(|name| format!("{}: {JSON}", key(name))),
        );
        let others = self.others(map);
        match (members.is_empty(), others) {
            (true, others) => format!("{{ [key: string]: {} }}", others.unwrap_or_else(|| JSON.to_owned())),
            // The index signature has to include the known properties, so it only says that there may be others.
            (false, Some(others)) if others != "never" => {
                format!("{{ {}; [key: string]: unknown }}", members.join("; "))
            }
            (false, _) => format!("{{ {} }}", members.join("; ")),
        }
    }

    /// Returns the type of the properties that the schema does not name; `None` if the schema does not say it.
    fn others(&mut self, map: &Map<'_>) -> Option<String> {
        let additional = map.get("additionalProperties").map(|schema| self.of(schema));
        let Some(Value::Map(patterns)) = map.get("patternProperties") else { return additional };
        let mut types: Vec<String> = patterns.iter().map(|(_, schema)| self.of(schema)).collect();
        types.push(additional.unwrap_or_else(|| JSON.to_owned()));
        Some(union(types.into_iter()))
    }
}

fn count(map: &Map<'_>, keyword: &str) -> Option<u64> {
    match map.get(keyword) {
        Some(Value::Number(text)) => text.parse().ok(),
        _ => None,
    }
}

fn of_value(value: &Value<'_>) -> String {
    literal(&Literal::Json(value.compact())).unwrap_or_else(|| JSON.to_owned())
}

/// Returns the union of several types without duplicates; `never` is left out, and a union with any JSON is any JSON.
fn union(types: impl Iterator<Item = String>) -> String {
    let mut found: Vec<String> = Vec::new();
    for ty in types {
        if ty == JSON {
            return ty;
        }
        if ty != "never" && !found.contains(&ty) {
            found.push(ty);
        }
    }
    if found.is_empty() { "never".to_owned() } else { found.join(" | ") }
}

/// Returns the intersection of several types without duplicates; any JSON is left out.
fn intersection(types: Vec<String>) -> String {
    let mut found: Vec<String> = Vec::new();
    for ty in types {
        if ty == "never" {
            return ty;
        }
        if ty != JSON && !found.contains(&ty) {
            found.push(ty);
        }
    }
    match found.as_slice() {
        [] => JSON.to_owned(),
        [only] => only.clone(),
        several => {
            let mut out = String::new();
            for (index, ty) in several.iter().enumerate() {
                let joint = if index == 0 { "" } else { " & " };
                let _ = write!(out, "{joint}{}", grouped(ty));
            }
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::type_of;

    #[test]
    fn schemas_are_types_as_far_as_there_are_words() {
        for (schema, ty) in [
            ("true", "Json"),
            ("false", "never"),
            (r#"{"not": {"type": "integer"}}"#, "Json"),
            (r#"{"type": ["integer", "null"]}"#, "number | null"),
            (r#"{"enum": [1, "a", null, {"b": [1, 2]}]}"#, "1 | 'a' | null | { 'b': [1, 2] }"),
            (r#"{"const": {"a": []}}"#, "{ 'a': [] }"),
            (
                r#"{"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": false, "minItems": 2}"#,
                "[number, string]",
            ),
            (
                r#"{"type": "array", "prefixItems": [{"type": "integer"}, {"type": ["string", "null"]}], "minItems": 1}"#,
                "[number, (string | null)?, ...Json[]]",
            ),
            (r#"{"type": "array", "items": {"type": ["integer", "string"]}}"#, "(number | string)[]"),
            (
                r#"{"type": "object", "properties": {"a": {"type": "integer"}, "b-c": true}, "required": ["a", "d"]}"#,
                "{ a: number; 'b-c'?: Json; d: Json }",
            ),
            (
                r#"{"type": "object", "patternProperties": {"^x": {"type": "string"}}, "additionalProperties": false}"#,
                "{ [key: string]: string }",
            ),
            (
                r#"{"type": "object", "patternProperties": {"^x": {"type": "string"}}}"#,
                "{ [key: string]: Json }",
            ),
            (
                r#"{"oneOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}, {"const": "x"}]}"#,
                "number | number[] | 'x'",
            ),
            (
                r#"{"allOf": [{"type": "object", "required": ["a"]}, {"anyOf": [{"type": "object", "required": ["b"]}, {"type": "object", "required": ["c"]}]}]}"#,
                "{ a: Json } & ({ b: Json } | { c: Json })",
            ),
            (
                r##"{"type": "object", "properties": {"next": {"$ref": "#"}, "of": {"$ref": "#/$defs/Of"}}, "$defs": {"Of": {"const": 1}}}"##,
                "{ next?: Json; of?: 1 }",
            ),
        ] {
            assert_eq!(type_of(schema), ty, "{schema}");
        }
    }
}
