//! `lib.rs` and the tables of contents: modules, re-exports, migrations and the service.

use askama::Template;

use super::consumer::names::handler_ident;
use super::consumer::{handler, observer};
use super::file;
use super::meta::static_of as static_of_model;
use super::names;
use super::serializer::{inputs, is_shown_as_type, shown_type, static_of};
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
    /// Whether values are called by words that are not ASCII.
    unicode: bool,
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
            name: consumer.rust.join("consumer").pascal(),
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
        unicode: is_any_unicode(api),
        handlers: handlers.map(|consumer| handler_ident(consumer).to_string()).collect(),
        consumers,
        unmanaged: unmanaged.map(|model| static_of_model(&model.rust).to_string()).collect(),
        expressions: expressions.map(|model| static_of_model(&model.rust).to_string()).collect(),
        sqlite: applied(migrations, "sqlite"),
        postgres: applied(migrations, "postgres"),
    };
    file::text(&library)
}

/// Whether anything is called by words that are not ASCII.
fn is_any_unicode(api: &Api) -> bool {
    let variants = api.enums.values().flat_map(|item| &item.variants).map(|variant| variant.name.clone());
    let fields = api.models.values().flat_map(|model| &model.fields).map(|field| field.name.snake());
    let relations = api.models.values().flat_map(|model| &model.relations).map(|other| other.name.snake());
    let shown = api.serializers.values().flat_map(|serializer| &serializer.fields);
    let properties = api.objects.values().flat_map(|object| &object.properties);
    let actions = api.consumers.values().flat_map(|consumer| &consumer.actions);
    let told = api.consumers.values().flat_map(|consumer| {
        let observers = consumer.observers.iter().map(|observer| observer.name.snake());
        let signals = consumer.signals.iter().map(|signal| signal.name.snake());
        observers.chain(signals).chain(consumer.events.iter().map(|event| event.ty.snake()))
    });
    let names = variants
        .chain(fields)
        .chain(relations)
        .chain(shown.map(|field| field.name.snake()))
        .chain(properties.map(|property| property.name.snake()))
        .chain(actions.map(|action| action.rust.snake()));
    names.chain(told).any(|name| !name.is_ascii())
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
        .flat_map(|object| [object.rust.pascal(), object.rust.shouting()])
        .chain(enums.map(|item| item.rust.pascal()))
        .chain(unions.flat_map(|union| [union.rust.pascal(), union.rust.shouting()]))
        .collect()
}

fn module(name: &crate::ir::Name, exports: Vec<String>) -> Module {
    Module { name: names::ident(&names::module(name)).to_string(), exports }
}

fn models(api: &Api) -> Vec<Module> {
    let export = |(id, model): (_, &Model)| {
        let name = model.rust.pascal();
        let mut exports =
            vec![name.clone(), format!("New{name}"), format!("{name}Changes"), model.rust.shouting()];
        exports.extend(types_of(api, Home::Model(id)));
        module(&model.rust, exports)
    };
    api.models.iter().map(export).collect()
}

fn serializers(api: &Api) -> Vec<Module> {
    let export = |(id, serializer): (_, &crate::ir::Serializer)| {
        let mut exports = types_of(api, Home::Serializer(id));
        if let SerializerOf::Model(_) = serializer.of {
            exports.push(static_of(serializer).to_string());
            if is_shown_as_type(api, id) {
                exports.push(shown_type(serializer).to_string());
            }
            exports.extend(inputs(api, id).iter().map(|input| input.ident(serializer).to_string()));
        }
        module(&serializer.rust, exports)
    };
    api.serializers.iter().map(export).collect()
}

fn consumers(api: &Api) -> Vec<Module> {
    let export = |(id, consumer): (_, &crate::ir::Consumer)| {
        let mut exports = vec![
            consumer.rust.join("action").pascal(),
            consumer.rust.join("consumer").pascal(),
            consumer.rust.join("consumer").shouting(),
        ];
        if handler::is_needed(api, consumer) {
            exports.push(handler_ident(consumer).to_string());
        }
        exports.extend(observer::exports(api, consumer));
        exports.extend(types_of(api, Home::Consumer(id)));
        module(&consumer.rust, exports)
    };
    api.consumers.iter().map(export).collect()
}

fn types(api: &Api) -> Vec<Module> {
    let objects = api.objects.values().filter(|object| object.home == Home::Types);
    let enums = api.enums.values().filter(|item| item.home == Home::Types);
    let objects =
        objects.map(|object| module(&object.rust, vec![object.rust.pascal(), object.rust.shouting()]));
    let unions = api.unions.values().filter(|union| union.home == Home::Types);
    let unions = unions.map(|union| module(&union.rust, vec![union.rust.pascal(), union.rust.shouting()]));
    objects.chain(enums.map(|item| module(&item.rust, vec![item.rust.pascal()]))).chain(unions).collect()
}
