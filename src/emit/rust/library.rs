//! `lib.rs` and the tables of contents: modules, re-exports, migrations and the service.

use askama::Template;

use super::consumer::names::handler_ident;
use super::consumer::{handler, observer};
use super::file;
use super::meta::static_of as static_of_model;
use super::names;
use super::serializer::{inputs, static_of};
use super::uses::has_types;
use crate::emit::docs::{banner, lines};
use crate::emit::sql::{By, Language, Listed, Migrations};
use crate::ir::{Api, Home, Model, Origin, SerializerOf};

#[derive(Template)]
#[template(path = "rust/lib.rs.j2", escape = "none")]
struct Library {
    docs: Vec<String>,
    banner: String,
    name: String,
    modules: Vec<Contents>,
    consumers: Vec<Served>,
    handlers: Vec<String>,
    /// The descriptors of models whose tables somebody else made.
    unmanaged: Vec<String>,
    /// The descriptors of models of our own with columns that are read and written by expressions.
    expressions: Vec<String>,
    sqlite: Vec<Migration>,
    postgres: Vec<Migration>,
}

struct Contents {
    module: &'static str,
    about: &'static str,
    any: bool,
}

struct Served {
    name: String,
    handler: bool,
}

struct Migration {
    version: usize,
    name: String,
    /// None: the application does it.
    path: Option<String>,
}

/// The text of `src/lib.rs`.
pub fn library(api: &Api, migrations: &Migrations) -> String {
    let consumers: Vec<Served> = api
        .consumers
        .values()
        .map(|consumer| Served {
            name: consumer.base.join("consumer").pascal(),
            handler: handler::is_needed(api, consumer),
        })
        .collect();
    let handlers = api.consumers.values().filter(|consumer| handler::is_needed(api, consumer));
    let unmanaged = api.models.values().filter(|model| !model.managed);
    let has_expressions = |model: &&Model| model.fields.iter().any(|field| field.sql.is_some());
    let expressions = api.models.values().filter(|model| model.managed).filter(has_expressions);
    let library = Library {
        docs: lines(&api.docs, &format!("The realtime API `{}`.", api.name.kebab())),
        banner: banner(&Origin(api.origin.0.clone())),
        name: api.name.kebab(),
        modules: modules(api),
        handlers: handlers.map(|consumer| handler_ident(consumer).to_string()).collect(),
        consumers,
        unmanaged: unmanaged.map(|model| static_of_model(&model.name).to_string()).collect(),
        expressions: expressions.map(|model| static_of_model(&model.name).to_string()).collect(),
        sqlite: applied(migrations, "sqlite"),
        postgres: applied(migrations, "postgres"),
    };
    file::text(&library)
}

fn applied(migrations: &Migrations, dialect: &str) -> Vec<Migration> {
    let in_rust = |listed: &Listed| listed.by == By::Own(Language::Rust);
    let migration = |listed: &Listed| Migration {
        version: listed.number(),
        name: listed.name.clone(),
        path: (!in_rust(listed)).then(|| format!("../migrations/{dialect}/{}.sql", listed.name)),
    };
    migrations.listed.iter().map(migration).collect()
}

fn modules(api: &Api) -> Vec<Contents> {
    let contents = |module, about, any| Contents { module, about, any };
    vec![
        contents("consumers", "What is served: one module a consumer.", !api.consumers.is_empty()),
        contents("models", "The tables: one module a model.", !api.models.is_empty()),
        contents(
            "serializers",
            "What is shown and taken: one module a serializer.",
            !api.serializers.is_empty(),
        ),
        contents("types", "Structured values: one module a type.", has_types(api)),
    ]
    .into_iter()
    .filter(|contents| contents.any)
    .collect()
}

#[derive(Template)]
#[template(path = "rust/mod.rs.j2", escape = "none")]
struct Table {
    about: &'static str,
    banner: String,
    modules: Vec<Module>,
}

struct Module {
    name: String,
    exports: Vec<String>,
}

/// The `mod.rs` of every folder.
pub fn tables_of_contents(api: &Api) -> Vec<(String, String)> {
    modules(api)
        .into_iter()
        .map(|contents| {
            let mut modules = match contents.module {
                "consumers" => consumers(api),
                "models" => models(api),
                "serializers" => serializers(api),
                _ => types(api),
            };
            modules.sort_by(|a, b| a.name.cmp(&b.name));
            for module in &mut modules {
                module.exports.sort();
                // A name of one letter is the same in every case: `P` is the type and its descriptor.
                module.exports.dedup();
            }
            let table =
                Table { about: contents.about, banner: banner(&Origin(api.origin.0.clone())), modules };
            let text = file::text(&table);
            (format!("src/{}/mod.rs", contents.module), text)
        })
        .collect()
}

/// The names of the objects and enums that are put into a file.
fn types_of(api: &Api, here: Home) -> Vec<String> {
    let objects = api.objects.values().filter(|object| object.home == here);
    let enums = api.enums.values().filter(|item| item.home == here);
    let unions = api.unions.values().filter(|union| union.home == here);
    objects
        .flat_map(|object| [object.name.pascal(), object.name.shouting()])
        .chain(enums.map(|item| item.name.pascal()))
        .chain(unions.flat_map(|union| [union.name.pascal(), union.name.shouting()]))
        .collect()
}

fn module(name: &crate::ir::Name, exports: Vec<String>) -> Module {
    Module { name: names::ident(&names::module(name)).to_string(), exports }
}

fn models(api: &Api) -> Vec<Module> {
    let export = |(id, model): (_, &Model)| {
        let name = model.name.pascal();
        let mut exports =
            vec![name.clone(), format!("New{name}"), format!("{name}Changes"), model.name.shouting()];
        exports.extend(types_of(api, Home::Model(id)));
        module(&model.name, exports)
    };
    api.models.iter().map(export).collect()
}

fn serializers(api: &Api) -> Vec<Module> {
    let export = |(id, serializer): (_, &crate::ir::Serializer)| {
        let mut exports = types_of(api, Home::Serializer(id));
        if let SerializerOf::Model(_) = serializer.of {
            exports.push(static_of(serializer).to_string());
            exports.extend(inputs(api, id).iter().map(|input| input.ident(serializer).to_string()));
        }
        module(&serializer.base, exports)
    };
    api.serializers.iter().map(export).collect()
}

fn consumers(api: &Api) -> Vec<Module> {
    let export = |(id, consumer): (_, &crate::ir::Consumer)| {
        let mut exports = vec![
            consumer.base.join("action").pascal(),
            consumer.base.join("consumer").pascal(),
            consumer.base.join("consumer").shouting(),
        ];
        if handler::is_needed(api, consumer) {
            exports.push(handler_ident(consumer).to_string());
        }
        exports.extend(observer::exports(api, consumer));
        exports.extend(types_of(api, Home::Consumer(id)));
        module(&consumer.base, exports)
    };
    api.consumers.iter().map(export).collect()
}

fn types(api: &Api) -> Vec<Module> {
    let objects = api.objects.values().filter(|object| object.home == Home::Types);
    let enums = api.enums.values().filter(|item| item.home == Home::Types);
    let objects =
        objects.map(|object| module(&object.name, vec![object.name.pascal(), object.name.shouting()]));
    let unions = api.unions.values().filter(|union| union.home == Home::Types);
    let unions = unions.map(|union| module(&union.name, vec![union.name.pascal(), union.name.shouting()]));
    objects.chain(enums.map(|item| module(&item.name, vec![item.name.pascal()]))).chain(unions).collect()
}
