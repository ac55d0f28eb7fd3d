//! Rust: one item kind per file. Items are tokens, printed one at a time; files are templates.

mod consumer;
mod decode;
mod docs;
mod file;
mod handler;
mod library;
mod meta;
mod model;
mod names;
mod object;
mod package;
mod readme;
mod scaffold;
mod serializer;
mod ty;
mod uses;

pub use scaffold::scaffold;

use crate::config::Config;
use crate::emit::sql::Migrations;
use crate::ir::{Api, Home};
use crate::output::Plan;

/// Adds the sources, the manifest and the README of the crate.
pub(super) fn emit(api: &Api, config: &Config, migrations: &Migrations, plan: &mut Plan) {
    plan.add("Cargo.toml", package::manifest(api, config));
    plan.add("README.md", readme::readme(api));
    plan.add("src/lib.rs", library::library(api, migrations));
    for (id, model) in api.models.iter() {
        plan.add(format!("src/models/{}.rs", model.name.snake()), model::file(api, id));
    }
    for (id, serializer) in api.serializers.iter() {
        plan.add(format!("src/serializers/{}.rs", serializer.base.snake()), serializer::file(api, id));
    }
    for (id, consumer) in api.consumers.iter() {
        plan.add(format!("src/consumers/{}.rs", consumer.base.snake()), consumer::file(api, id));
    }
    for (id, object) in api.objects.iter().filter(|(_, object)| object.home == Home::Types) {
        plan.add(format!("src/types/{}.rs", object.name.snake()), object::object_file(api, id));
    }
    for (_, item) in api.enums.iter().filter(|(_, item)| item.home == Home::Types) {
        plan.add(format!("src/types/{}.rs", item.name.snake()), object::enum_file(item));
    }
    for (path, text) in library::tables_of_contents(api) {
        plan.add(path, text);
    }
}
