//! The names that differ between the definition and Rust.

use super::names;
use crate::escape;
use crate::ir::{Api, Name};

/// A name of the definition, and its name in Rust.
pub struct Renamed {
    /// The name as it is written: `Option`, `Person.self`.
    pub definition: String,
    /// The name in Rust: `OptionModel`, `self_`.
    pub rust: String,
}

/// Returns all such names: types, each followed by its members.
pub fn renamed(api: &Api) -> Vec<Renamed> {
    let mut found = Found(Vec::new());
    for model in api.models.values() {
        found.ty(&model.wire, &model.name, &model.rust);
        for field in &model.fields {
            found.member(&model.wire, &field.wire, &field.name);
        }
        for relation in &model.relations {
            found.member(&model.wire, &relation.wire, &relation.name);
        }
    }
    for object in api.objects.values() {
        found.ty(&object.name.pascal(), &object.name, &object.rust);
        for property in &object.properties {
            found.member(&object.name.pascal(), &property.wire, &property.name);
        }
    }
    for item in api.enums.values() {
        found.ty(&item.name.pascal(), &item.name, &item.rust);
    }
    for union in api.unions.values() {
        found.ty(&union.name.pascal(), &union.name, &union.rust);
    }
    for serializer in api.serializers.values() {
        found.ty(&serializer.name.pascal(), &serializer.base, &serializer.rust);
    }
    for consumer in api.consumers.values() {
        found.ty(&consumer.name.pascal(), &consumer.base, &consumer.rust);
        for action in &consumer.actions {
            if action.rust != action.name || is_escaped(&action.rust) {
                let rust = names::snake(&action.rust).to_string();
                found.add(format!("{}.{}", consumer.name.pascal(), action.wire), rust);
            }
        }
    }
    found.0
}

struct Found(Vec<Renamed>);

impl Found {
    fn add(&mut self, definition: String, rust: String) {
        let definition = escape::markdown_code(&definition);
        // A serializer without a model is an object, too.
        if !self.0.iter().any(|renamed| renamed.definition == definition) {
            self.0.push(Renamed { definition, rust: escape::markdown_code(&rust) });
        }
    }

    fn ty(&mut self, definition: &str, name: &Name, rust: &Name) {
        if name != rust {
            self.add(definition.to_owned(), rust.pascal());
        }
    }

    fn member(&mut self, of: &str, wire: &str, name: &Name) {
        if Name::parse(wire) != *name || is_escaped(name) {
            self.add(format!("{of}.{wire}"), names::snake(name).to_string());
        }
    }
}

/// Tells whether a name has a `_` at the end because Rust cannot escape it.
fn is_escaped(name: &Name) -> bool {
    names::snake(name).to_string().ends_with('_')
}
