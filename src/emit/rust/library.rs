//! `lib.rs` and the `mod.rs` files: modules, re-exports, migrations and the service.

use std::collections::BTreeSet;

use askama::Template;

use super::consumer::names::handler_ident;
use super::consumer::{handler, observer};
use super::meta::static_of as static_of_model;
use super::names;
use super::serializer::{inputs, is_shown_as_type, static_of};
use super::ty::shown_type;
use super::uses::{has_types, in_versions, list};
use super::{file, layout};
use crate::emit::docs::{banner, lines};
use crate::emit::sql::{By, Language, Listed, Migrations};
use crate::ir::{Api, Home, Model, Multiplexer, Name, ObjectId, Origin, SerializerOf, UnionId, Use};

#[derive(Template)]
#[template(path = "rust/lib.rs.j2", escape = "none")]
struct Library {
    docs: Vec<String>,
    banner: String,
    name: String,
    modules: Vec<Contents>,
    /// Whether any names of values are not ASCII.
    unicode: bool,
    consumers: Vec<Served>,
    handlers: Vec<String>,
    /// The calls of the builder for the path of the multiplexer and the subprotocols.
    sockets: String,
    /// The descriptors of models whose tables are not managed.
    unmanaged: Vec<String>,
    /// The descriptors of managed models with columns that are read and written by expressions.
    expressions: Vec<String>,
    /// The descriptors of models whose rows have files.
    files: Vec<String>,
    migrations: Vec<Migration>,
}

struct Contents {
    module: &'static str,
    about: &'static str,
    any: bool,
}

impl Library {
    /// Returns `pub use crate::consumers::{RoomHandler, UserHandler};`.
    fn exports(&self) -> String {
        list("pub use crate::consumers", &self.handlers)
    }

    /// Returns `pub fn service`, in the layout of rustfmt.
    fn service(&self) -> String {
        let bounds = self.handlers.join(" + ");
        let (generics, argument) =
            if bounds.is_empty() { (String::new(), "") } else { (format!("<H: {bounds}>"), "handler: H") };
        let handler = if bounds.is_empty() { "" } else { "let handler = Arc::new(handler);" };
        let consumers = self.consumers.iter().map(|consumer| {
            let new = if consumer.handler { "::new(Arc::clone(&handler))" } else { "" };
            format!(".consumer(consumers::{}{new})", consumer.name)
        });
        let models = |models: &[String]| {
            models.iter().map(|model| format!("&models::{model}")).collect::<Vec<_>>().join(", ")
        };
        let unmanaged =
            (!self.unmanaged.is_empty()).then(|| format!(".unmanaged(&[{}])", models(&self.unmanaged)));
        let expressions =
            (!self.expressions.is_empty()).then(|| format!(".expressions(&[{}])", models(&self.expressions)));
        let files = (!self.files.is_empty()).then(|| format!(".files(&[{}])", models(&self.files)));
        let models = unmanaged.into_iter().chain(expressions).chain(files);
        let calls: String = consumers.chain(models).chain([self.sockets.clone()]).collect();
        let name = &self.name;
        let text = format!(
            "pub fn service{generics}({argument}) -> Service {{ {handler} Service::new(\"{name}\", MIGRATIONS){calls} }}"
        );
        let item = syn::parse_str(&text).expect("invariant: emitted items parse");
        layout::item(&item)
    }
}

struct Served {
    name: String,
    handler: bool,
}

struct Migration {
    version: usize,
    name: String,
    /// Whether the application does the migration.
    rust: bool,
}

/// Returns the text of `src/lib.rs`.
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
    let has_files = |model: &&Model| model.fields.iter().any(|field| field.file.is_some());
    let files = api.models.values().filter(has_files);
    let library = Library {
        docs: lines(&api.docs, &format!("The realtime API `{}`.", api.name.kebab())),
        banner: banner(&Origin(api.origin.0.clone())),
        name: api.name.kebab(),
        modules: modules(api),
        unicode: is_any_unicode(api),
        handlers: handlers
            .map(|consumer| handler_ident(consumer).to_string())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        consumers,
        sockets: sockets(api),
        unmanaged: unmanaged.map(|model| static_of_model(&model.rust).to_string()).collect(),
        expressions: expressions.map(|model| static_of_model(&model.rust).to_string()).collect(),
        files: files.map(|model| static_of_model(&model.rust).to_string()).collect(),
        migrations: applied(migrations),
    };
    file::text(&library)
}

/// Returns the calls for the path of the multiplexer and the subprotocols, where they are not the defaults.
fn sockets(api: &Api) -> String {
    let multiplexer = match &api.multiplexer {
        Multiplexer::Default => String::new(),
        Multiplexer::At(path) => format!(".multiplexed_at({})", string(path)),
        Multiplexer::None => ".multiplexed_at(None)".to_owned(),
    };
    let names: Vec<String> = api.subprotocols.iter().map(|name| string(name)).collect();
    let subprotocols =
        if names.is_empty() { String::new() } else { format!(".subprotocols([{}])", names.join(", ")) };
    multiplexer + &subprotocols
}

/// Returns a literal of a text.
fn string(text: &str) -> String {
    proc_macro2::Literal::string(text).to_string()
}

/// Tells whether any names of values are not ASCII.
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

fn applied(migrations: &Migrations) -> Vec<Migration> {
    let migration = |listed: &Listed| Migration {
        version: listed.number(),
        name: listed.name.clone(),
        rust: listed.by == By::Own(Language::Rust),
    };
    migrations.listed.iter().map(migration).collect()
}

fn modules(api: &Api) -> Vec<Contents> {
    let contents = |module, about, any| Contents { module, about, any };
    vec![
        contents("consumers", "The consumers of the API, in one module for each.", !api.consumers.is_empty()),
        contents("models", "The models of the API, in one module for each.", !api.models.is_empty()),
        contents(
            "serializers",
            "The serializers of the API, in one module for each.",
            !api.serializers.is_empty(),
        ),
        contents("types", "The structured types of the API, in one module for each.", has_types(api)),
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

impl Module {
    /// Returns `pub use self::user::{NewUser, User};`.
    fn line(&self) -> Option<String> {
        (!self.exports.is_empty()).then(|| list(&format!("pub use self::{}", self.name), &self.exports))
    }
}

/// Returns the `mod.rs` of every folder.
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
            modules.sort_by(|one, other| in_versions(&one.name, &other.name));
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

/// Returns the names of the objects, enums and unions in a file.
fn types_of(api: &Api, here: Home) -> Vec<String> {
    let objects = api.objects.iter().filter(|(_, object)| object.home == here);
    let enums = api.enums.values().filter(|item| item.home == here);
    let unions = api.unions.iter().filter(|(_, union)| union.home == here);
    objects
        .flat_map(|(id, _)| names_of_object(api, id))
        .chain(enums.map(|item| names::pascal(&item.rust).to_string()))
        .chain(unions.flat_map(|(id, _)| names_of_union(api, id)))
        .collect()
}

/// Returns the names of an object and of its descriptor, if it has one.
fn names_of_object(api: &Api, id: ObjectId) -> Vec<String> {
    named(&api.objects[id].rust, api.conversions.of_object(id))
}

fn names_of_union(api: &Api, id: UnionId) -> Vec<String> {
    named(&api.unions[id].rust, api.conversions.of_union(id))
}

fn named(name: &Name, by: Use) -> Vec<String> {
    let descriptor = by.is_any().then(|| static_of_model(name).to_string());
    [names::pascal(name).to_string()].into_iter().chain(descriptor).collect()
}

fn module(name: &Name, exports: Vec<String>) -> Module {
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
    let objects = api.objects.iter().filter(|(_, object)| object.home == Home::Types);
    let enums = api.enums.values().filter(|item| item.home == Home::Types);
    let unions = api.unions.iter().filter(|(_, union)| union.home == Home::Types);
    let objects = objects.map(|(id, object)| module(&object.rust, names_of_object(api, id)));
    let unions = unions.map(|(id, union)| module(&union.rust, names_of_union(api, id)));
    let enums = enums.map(|item| module(&item.rust, vec![names::pascal(&item.rust).to_string()]));
    objects.chain(enums).chain(unions).collect()
}
