//! The places of tables in the definition, for what is found only when they are compared with those of an earlier run.

use std::collections::HashMap;

use super::resolver::Resolver;
use crate::ast::Schema;
use crate::ir::ModelId;
use crate::source::Span;

/// The places of models and their properties.
#[derive(Debug, Clone)]
pub struct Places {
    models: Span,
    by_model: Vec<ModelPlaces>,
    gone: HashMap<String, Span>,
}

/// The places of one model.
#[derive(Debug, Clone)]
struct ModelPlaces {
    name: Span,
    was: Option<Span>,
    managed: Option<Span>,
    properties: HashMap<String, PropertyPlaces>,
    constraints: HashMap<String, Span>,
}

/// The places of one property.
#[derive(Debug, Clone)]
struct PropertyPlaces {
    name: Span,
    was: Option<Span>,
}

impl Places {
    /// Returns the place of the key `models`, or of what replaces it. It is the place for what does not exist any more.
    pub fn models(&self) -> Span {
        self.models
    }

    /// Returns the place of the name of a model.
    pub fn model(&self, id: ModelId) -> Span {
        self.by_model[id.index()].name
    }

    /// Returns the place of the former name of a model.
    pub fn former_model(&self, id: ModelId) -> Span {
        let places = &self.by_model[id.index()];
        places.was.unwrap_or(places.name)
    }

    /// Returns the place of `x-managed` of a model.
    pub fn managed(&self, id: ModelId) -> Span {
        let places = &self.by_model[id.index()];
        places.managed.unwrap_or(places.name)
    }

    /// Returns the place of the name of a property, also of a deleted one (`x-drop`). Without such a property it
    /// returns that of the model.
    pub fn property(&self, id: ModelId, name: &str) -> Span {
        let places = &self.by_model[id.index()];
        places.properties.get(name).map_or(places.name, |property| property.name)
    }

    /// Returns the place of the name of a constraint.
    pub fn constraint(&self, id: ModelId, name: &str) -> Span {
        let places = &self.by_model[id.index()];
        places.constraints.get(name).copied().unwrap_or(places.name)
    }

    /// Returns the place of the former name of a property.
    pub fn former_property(&self, id: ModelId, name: &str) -> Span {
        let property = self.by_model[id.index()].properties.get(name);
        property.and_then(|property| property.was).unwrap_or_else(|| self.property(id, name))
    }

    /// Returns the place of the name of a deleted model (`x-drop`).
    pub fn gone_model(&self, name: &str) -> Span {
        self.gone.get(name).copied().unwrap_or(self.models)
    }
}

impl Resolver<'_> {
    /// Collects the places, once everything is resolved.
    pub(super) fn places(&self) -> Places {
        let first = self.documents().find_map(|document| document.models.as_ref().map(|models| models.key));
        let named = || self.documents().find_map(|document| document.name.as_ref().map(|name| name.key));
        let whole = || self.documents().next().map(|document| document.span);
        let by_model = self.model_declarations.iter().map(|declaration| {
            let schema = declaration.schema;
            let entries = schema.and_then(|schema| schema.properties.as_ref());
            let properties = entries.iter().flat_map(|key| &key.value.entries).map(|(key, property)| {
                let was = property.as_ref().and_then(former);
                (key.value.clone(), PropertyPlaces { name: key.span, was })
            });
            ModelPlaces {
                name: declaration.span,
                was: schema.and_then(former),
                managed: schema.and_then(|schema| schema.managed.as_ref().map(|managed| managed.key)),
                properties: properties.collect(),
                constraints: schema.map(constraints).unwrap_or_default(),
            }
        });
        let by_model = by_model.collect();
        let models =
            first.or_else(named).or_else(whole).expect("invariant: a program that resolves has a name");
        let gone = self.dropped_models.iter().map(|name| (name.value.clone(), name.span)).collect();
        Places { models, by_model, gone }
    }
}

fn constraints(schema: &Schema) -> HashMap<String, Span> {
    let names = schema.constraints.iter().flat_map(|key| &key.value).filter_map(|each| each.name.as_ref());
    names.map(|name| (name.value.clone(), name.span)).collect()
}

fn former(schema: &Schema) -> Option<Span> {
    schema.was.as_ref().map(|was| was.span)
}
