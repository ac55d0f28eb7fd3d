//! The Rust crate. Each file here emits one kind of item. Items are tokens, which are printed one at a time; files are
//! templates.

mod column;
mod constraints;
mod consumer;
mod docs;
mod file;
mod layout;
mod library;
mod meta;
mod model;
mod names;
mod object;
mod package;
mod readme;
mod record;
mod renamed;
mod scaffold;
mod serializer;
mod tokens;
mod ty;
mod union;
mod uses;

pub use scaffold::scaffold;

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::config::{Config, STACK};
use crate::emit::sql::Migrations;
use crate::ir::{Api, ConsumerId, EnumId, Home, ModelId, ObjectId, SerializerId, UnionId};
use crate::output::Plan;

/// Adds the sources, the manifest and the README of the crate.
pub(super) fn emit(api: &Api, config: &Config, migrations: &Migrations, plan: &mut Plan) {
    plan.add("Cargo.toml", package::manifest(api, config));
    plan.add("rustfmt.toml", package::FORMAT.to_owned());
    plan.add("README.md", readme::readme(api));
    plan.add("src/lib.rs", library::library(api, migrations));
    for (path, text) in render(api, &sources(api)) {
        plan.add(path, text);
    }
    for (path, text) in library::tables_of_contents(api) {
        plan.add(path, text);
    }
}

/// A source file that is made from one node.
#[derive(Debug, Clone, Copy)]
enum Source {
    Model(ModelId),
    Serializer(SerializerId),
    Consumer(ConsumerId),
    Object(ObjectId),
    Enum(EnumId),
    Union(UnionId),
}

fn sources(api: &Api) -> Vec<Source> {
    let objects = api.objects.iter().filter(|(_, object)| object.home == Home::Types);
    let enums = api.enums.iter().filter(|(_, item)| item.home == Home::Types);
    let unions = api.unions.iter().filter(|(_, union)| union.home == Home::Types);
    let models = api.models.iter().map(|(id, _)| Source::Model(id));
    models
        .chain(api.serializers.iter().map(|(id, _)| Source::Serializer(id)))
        .chain(api.consumers.iter().map(|(id, _)| Source::Consumer(id)))
        .chain(objects.map(|(id, _)| Source::Object(id)))
        .chain(enums.map(|(id, _)| Source::Enum(id)))
        .chain(unions.map(|(id, _)| Source::Union(id)))
        .collect()
}

/// Renders the sources on all processors, because printing them takes most of a run. Their order does not matter,
/// because a plan is sorted by path.
fn render(api: &Api, sources: &[Source]) -> Vec<(String, String)> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(sources.len().div_ceil(SMALLEST_SHARE)).max(1);
    // A consumer takes longer than a model, so each thread takes the next source when it has finished one.
    let next = AtomicUsize::new(0);
    let work = || {
        let mine = std::iter::from_fn(|| sources.get(next.fetch_add(1, Ordering::Relaxed)));
        mine.map(|source| source.render(api)).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let start = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let running: Vec<_> = (0..threads).map_while(|number| start(number).ok()).collect();
        // If no thread can be started, this one renders the sources.
        let own = if running.is_empty() { work() } else { Vec::new() };
        let shares = running.into_iter();
        let shares = shares.flat_map(|share| share.join().unwrap_or_else(|panic| resume_unwind(panic)));
        shares.chain(own).collect()
    })
}

/// The number of sources that are not worth a further thread.
const SMALLEST_SHARE: usize = 32;

impl Source {
    /// Returns its path and text.
    fn render(self, api: &Api) -> (String, String) {
        let (folder, name, text) = match self {
            Self::Model(id) => ("models", &api.models[id].rust, model::file(api, id)),
            Self::Serializer(id) => ("serializers", &api.serializers[id].rust, serializer::file(api, id)),
            Self::Consumer(id) => ("consumers", &api.consumers[id].rust, consumer::file(api, id)),
            Self::Object(id) => ("types", &api.objects[id].rust, object::object_file(api, id)),
            Self::Enum(id) => ("types", &api.enums[id].rust, object::enum_file(&api.enums[id])),
            Self::Union(id) => ("types", &api.unions[id].rust, union::union_file(api, id)),
        };
        (format!("src/{folder}/{}.rs", names::module(name)), text)
    }
}
