//! JSON Schema beyond what types say: values are judged by a text of it before they are read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use dcrf_scalars::schema::{Documents, Graph, Map, Refusals, Stop, Told, Value, compile};
use serde_json::value::RawValue;

use super::fault::{Fault, Refusal};
use super::reading::MAX_DEPTH;
use crate::ground::error::Detail;
use crate::schema::meta::{Rule, TypeMeta};

/// The JSON Schema that values of a type obey, where their type does not say it all.
pub(super) fn of(ty: &TypeMeta) -> Option<&'static str> {
    ty.rules.iter().find_map(|rule| match rule {
        Rule::Schema(schema) => Some(*schema),
        _ => None,
    })
}

/// Judges a value.
pub(super) fn judge(schema: &'static str, raw: &RawValue) -> Result<(), Refusal> {
    match Value::parse(raw.get(), MAX_DEPTH) {
        Ok(value) => judged(schema, &value, raw.get().len()),
        // It is JSON, as it was read before.
        Err(_) => Err(Fault::too_deep().into()),
    }
}

/// Judges the entries of an object; those that are `foreign` are somebody else's. The errors are by key.
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

fn detail(refusals: Refusals) -> Detail {
    fn of(told: Told) -> Detail {
        match told {
            Told::Texts(texts) => Detail::List(texts.into_iter().map(Detail::Text).collect()),
            Told::Inner(inner) => Detail::Map(inner.into_iter().map(|(key, told)| (key, of(told))).collect()),
        }
    }
    of(refusals.told())
}

/// Schemas come from definitions, so that there are few, and each is compiled once. They are known by where they are:
/// to look at the whole text of one would take longer than to judge most values.
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

/// The generator has compiled it before: if it does not compile, nothing is taken.
fn compiled_of(schema: &'static str) -> Graph {
    let mut documents = Documents::new();
    let number = documents.add("dcrf:/", Value::parse(schema, 1024).unwrap_or(Value::Boolean(false)));
    let compiled = compile(&documents, &documents.root(number));
    compiled.map(|compiled| compiled.graph).unwrap_or_else(|error| {
        tracing::error!(%error, "a schema of the definition does not compile");
        Graph::nothing()
    })
}
