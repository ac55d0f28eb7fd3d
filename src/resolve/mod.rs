//! Resolves definitions: turns the syntax tree (`ast`) into the resolved program (`ir`).
//!
//! It takes two passes. The first declares all names, so that everything can refer to everything; the second resolves
//! the bodies.
//! What could not be resolved was reported; what depends on it is skipped without another diagnostic.

mod access;
mod actions;
mod all_of;
mod backfills;
mod collations;
mod composition;
mod constraints;
mod consumers;
mod cycles;
mod declarations;
mod declare;
mod deliveries;
mod dependencies;
mod depth;
mod documents;
mod enumerations;
mod exposure;
mod expressions;
mod extent;
mod fields;
mod files;
mod filters;
mod formats;
mod former;
mod guards;
mod hidden;
mod judged;
mod keys;
mod keywords;
mod links;
mod literals;
mod live_lists;
mod merge;
mod merged;
mod models;
mod names;
mod namespaces;
mod nested;
mod numbers;
mod objects;
mod observers;
mod on_connect;
mod orderings;
mod packages;
mod paths;
mod payload_fields;
mod pending;
mod performs;
mod places;
mod predicates;
mod reach;
mod references;
mod relations;
mod reserved;
mod resolver;
mod rules;
mod scalars;
mod secrets;
mod sent;
mod serializer_fields;
mod serializers;
mod shape;
mod skeletons;
mod sql_types;
mod stands;
mod tables;
mod throttles;
mod trees;
mod tuples;
mod types;
mod union_checks;
mod unions;
mod value_names;
mod views;
mod write_only;

use crate::ast::Program;
use crate::diag::Sink;
use crate::ir;
use crate::source::{Origin, SourceMap};

use merged::Merged;
use resolver::Resolver;

pub use places::Places;

/// Resolves a program, and returns the places of its tables, too. It returns `None` if something was reported, here or
/// before.
pub fn resolve(program: &Program, sources: &SourceMap, sink: &Sink) -> Option<(ir::Api, Places)> {
    let merged = Merged::default();
    let mut resolver = Resolver::new(program, sources, sink, &merged);
    let head = resolver.declare();
    resolver.resolve_defs();
    resolver.resolve_models();
    resolver.resolve_serializers();
    resolver.spread_time_zone();
    resolver.resolve_consumers();
    resolver.resolve_guards();
    resolver.resolve_deliveries();
    resolver.resolve_links();
    resolver.check_unions();
    resolver.check_pending_values();
    cycles::box_cycles(&mut resolver.objects, &mut resolver.unions);
    let (multiplexer, subprotocols) = resolver.sockets();
    if sink.count() > 0 {
        return None;
    }
    let head = head?;
    let places = resolver.places();
    let mut api = ir::Api {
        name: head.name,
        docs: head.docs,
        models: resolver.models,
        dropped: resolver.dropped_models.iter().map(|name| name.value.clone()).collect(),
        objects: resolver.objects,
        enums: resolver.enums,
        unions: resolver.unions,
        takers: ir::Takers::of(&resolver.serializers, &resolver.consumers),
        serializers: resolver.serializers,
        consumers: resolver.consumers,
        conversions: ir::Conversions::default(),
        multiplexer,
        subprotocols,
        package: head.package,
        runtime: head.runtime,
        client: head.client,
        origin: Origin(document(sources)),
    };
    api.conversions = ir::conversions(&api);
    Some((api, places))
}

/// Returns the name of the first file without its directories, which is the place of the document in generated text.
fn document(sources: &SourceMap) -> String {
    let name = sources.files().next().map_or("", |file| file.name());
    name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}
