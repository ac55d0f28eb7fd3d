//! Validates values by a JSON Schema that requires more than their types do, before they are read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use dcrf_scalars::schema::{Documents, Graph, Map, Refusals, Stop, Told, Value, compile};
use serde_json::value::RawValue;

use super::fault::{Fault, Refusal};
use super::reading::MAX_DEPTH;
use crate::ground::error::Detail;
use crate::schema::meta::{Rule, TypeMeta};

/// Returns the JSON Schema of a type, if the type does not express it completely.
pub(super) fn of(ty: &TypeMeta) -> Option<&'static str> {
    ty.rules.iter().find_map(|rule| match rule {
        Rule::Schema(schema) => Some(*schema),
        _ => None,
    })
}

/// Validates a value.
pub(super) fn judge(schema: &'static str, raw: &RawValue) -> Result<(), Refusal> {
    match Value::parse(raw.get(), MAX_DEPTH) {
        Ok(value) => judged(schema, &value, raw.get().len()),
        // The text was parsed before, so that it is valid JSON that is too deep.
        Err(_) => Err(Fault::too_deep().into()),
    }
}

/// Validates the entries of an object. Those in `foreign` do not belong to it. The errors are by key.
pub(super) fn judge_entries(
    schema: &'static str,
    entries: &[(Cow<'_, str>, &RawValue)],
    foreign: &[&str],
) -> Result<(), Vec<(String, Detail)>> {
    let whole = |text: String| vec![("non_field_errors".to_owned(), Detail::message(text))];
    let mut read = Vec::with_capacity(entries.len());
    let mut bytes = 0;
    for (key, raw) in entries.iter().filter(|(key, _)| !foreign.contains(&key.as_ref())) {
        bytes += key.len() + raw.get().len();
        let Ok(value) = Value::parse(raw.get(), MAX_DEPTH - 1) else {
            return Err(whole(Stop::Depth.to_string()));
        };
        read.push((Cow::Borrowed(key.as_ref()), value));
    }
    match judged(schema, &Value::Map(Map::new(read)), bytes) {
        Ok(()) => Ok(()),
        Err(Refusal::Nested(Detail::Map(errors))) => Err(errors),
        Err(refusal) => Err(vec![("non_field_errors".to_owned(), refusal.detail(&[]))]),
    }
}

fn judged(schema: &'static str, value: &Value<'_>, bytes: usize) -> Result<(), Refusal> {
    match graph(schema).judge(value, bytes) {
        Ok(refusals) if refusals.is_empty() => Ok(()),
        Ok(refusals) => Err(Refusal::Nested(detail(refusals))),
        Err(Stop::Depth) => Err(Fault::too_deep().into()),
        Err(Stop::Steps) => {
            Err(Fault::new("too_many_steps", "This value takes too many steps to check.").into())
        }
    }
}

/// Validates JSON that the application sends. The error names the first invalid place and its rule, and not the value,
/// because it is logged.
pub(crate) fn validate(schema: &'static str, json: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(json).map_err(|error| error.to_string())?;
    let Ok(value) = Value::parse(text, MAX_DEPTH) else { return Err(Stop::Depth.to_string()) };
    let refusals = graph(schema).judge(&value, text.len()).map_err(|stop| stop.to_string())?;
    match refusals.first() {
        None => Ok(()),
        Some((place, text)) if place.is_empty() => Err(format!("the value itself: {text}")),
        Some((place, text)) => Err(format!("{place}: {text}")),
    }
}

fn detail(refusals: Refusals) -> Detail {
    fn of(told: Told) -> Detail {
        match told {
            Told::Texts(texts) => Detail::List(texts.into_iter().map(Detail::Text).collect()),
            Told::Inner(inner) => Detail::Map(inner.into_iter().map(|(key, told)| (key, of(told))).collect()),
        }
    }
    of(refusals.told())
}

/// Returns a compiled schema. Each schema is compiled once: they are from definitions, so that there are few. They are
/// identified by their addresses, because comparing the text of a schema would take longer than validating most values.
fn graph(schema: &'static str) -> Arc<Graph> {
    type Graphs = HashMap<(usize, usize), Arc<Graph>>;
    static COMPILED: LazyLock<RwLock<Graphs>> = LazyLock::new(RwLock::default);
    let place = (schema.as_ptr() as usize, schema.len());
    let compiled = COMPILED.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(graph) = compiled.get(&place) {
        return Arc::clone(graph);
    }
    drop(compiled);
    let graph = Arc::new(compiled_of(schema));
    COMPILED.write().unwrap_or_else(PoisonError::into_inner).insert(place, Arc::clone(&graph));
    graph
}

/// Compiles a schema. The generator has compiled it before: if it does not compile, no value is accepted.
fn compiled_of(schema: &'static str) -> Graph {
    let mut documents = Documents::new();
    let number = documents.add("dcrf:/", Value::parse(schema, 1024).unwrap_or(Value::Boolean(false)));
    let compiled = compile(&documents, &documents.root(number));
    compiled.map(|compiled| compiled.graph).unwrap_or_else(|error| {
        tracing::error!(%error, "a schema of the definition does not compile");
        Graph::nothing()
    })
}
