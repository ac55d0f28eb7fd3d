//! From what is written to what is meant: ast → ir.
//!
//! Two passes: names are declared first, so that everything can name everything; bodies are resolved then.
//! What could not be resolved was reported; what depends on it is left out in silence.

mod access;
mod actions;
mod all_of;
mod backfills;
mod collations;
mod consumers;
mod cycles;
mod declare;
mod depth;
mod enumerations;
mod exposure;
mod expressions;
mod fields;
mod filters;
mod former;
mod guards;
mod keywords;
mod links;
mod literals;
mod merge;
mod models;
mod names;
mod nested;
mod net;
mod objects;
mod observers;
mod places;
mod reach;
mod references;
mod relations;
mod reserved;
mod rules;
mod scalars;
mod secrets;
mod serializer_fields;
mod serializers;
mod shape;
mod sql_types;
mod tables;
mod times;
mod types;
mod union_checks;
mod unions;
mod views;

use std::collections::HashMap;

use crate::ast::{self, Program};
use crate::diag::{Code, Diagnostic, Sink, nearest};
use crate::ir::{self, Arena};
use crate::source::{Origin, SourceMap, Span, Spanned};
use crate::syntax::Node;

use merge::Merged;
use names::TypeNames;
use secrets::{FieldPlace, Secrets};
use shape::Shape;
use union_checks::PendingUnion;

pub use places::Places;

/// Resolves a program, and says where its tables are written. None: something was reported, be it here or before.
pub fn resolve(program: &Program, sources: &SourceMap, sink: &Sink) -> Option<(ir::Api, Places)> {
    let merged = Merged::default();
    let mut resolver = Resolver::new(program, sources, sink, &merged);
    let head = resolver.declare();
    resolver.resolve_defs();
    resolver.resolve_models();
    resolver.resolve_serializers();
    resolver.resolve_consumers();
    resolver.resolve_guards();
    resolver.resolve_links();
    resolver.check_unions();
    resolver.check_pending_values();
    cycles::box_cycles(&mut resolver.objects, &resolver.unions);
    if sink.count() > 0 {
        return None;
    }
    let head = head?;
    let places = resolver.places();
    let api = ir::Api {
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
        runtime: head.runtime,
        client: head.client,
        origin: Origin(document(sources)),
    };
    Some((api, places))
}

/// The name of the first file, without its folders: the document's place in generated text.
fn document(sources: &SourceMap) -> String {
    let name = sources.files().next().map_or("", |file| file.name());
    name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

/// What a document says of itself.
struct Head {
    name: ir::Name,
    docs: ir::Docs,
    runtime: Option<ir::Runtime>,
    client: Option<ir::Client>,
}

/// A model that has a name.
#[derive(Clone)]
struct ModelDeclaration<'a> {
    wire: &'a str,
    span: Span,
    /// None: it could not be read, or its `$ref` leads nowhere; that was reported.
    schema: Option<&'a ast::Schema>,
    id: ir::ModelId,
}

/// A serializer that has a name.
#[derive(Clone)]
struct SerializerDeclaration<'a> {
    wire: &'a str,
    span: Span,
    definition: Option<&'a ast::Serializer>,
    id: ir::SerializerId,
}

/// A consumer that has a name.
#[derive(Clone)]
struct ConsumerDeclaration<'a> {
    wire: &'a str,
    span: Span,
    definition: Option<&'a ast::Consumer>,
    id: ir::ConsumerId,
}

/// What is known of a model's fields beside the ir.
#[derive(Default, Clone)]
struct ModelFacts {
    /// Its fields are not all known, as something about it was reported.
    poisoned: bool,
    /// Properties that were reported or are not supported: whoever names one is not to be blamed.
    broken: Vec<String>,
}

/// A value to be checked once all types are known.
struct PendingValue<'a> {
    node: &'a Node,
    ty: ir::Type,
    nullable: bool,
    rules: Vec<ir::Rule>,
}

struct Resolver<'a> {
    program: &'a Program,
    sources: &'a SourceMap,
    sink: &'a Sink,
    /// Schemas that are made of several (`allOf`).
    merged: &'a Merged,

    type_names: TypeNames,
    model_declarations: Vec<ModelDeclaration<'a>>,
    /// Models that are gone (`x-drop`).
    dropped_models: Vec<&'a Spanned<String>>,
    serializer_declarations: Vec<SerializerDeclaration<'a>>,
    consumer_declarations: Vec<ConsumerDeclaration<'a>>,
    /// By position in the arena.
    model_facts: Vec<ModelFacts>,
    /// By position in the arena: whether something about the serializer was reported.
    serializer_poisoned: Vec<bool>,
    /// Where the fields of serializers are written, by their names on the wire.
    field_places: HashMap<(ir::SerializerId, String), FieldPlace>,
    /// What is said to be write-only; known once the fields of serializers are.
    secrets: Secrets,

    /// Types that have a name of their own, by the place where they are written.
    named: HashMap<Span, Option<Shape>>,
    /// The named types that are being resolved, to find circles.
    visiting: Vec<(Span, String)>,
    /// Circles of models' `$ref`s that were reported, each by its first place.
    circles: Vec<Span>,
    pending_values: Vec<PendingValue<'a>>,
    pending_unions: Vec<PendingUnion<'a>>,
    /// The schemas whose parts are being put together, to find circles.
    merging: Vec<Span>,

    models: Arena<ir::Model>,
    objects: Arena<ir::Object>,
    enums: Arena<ir::Enum>,
    unions: Arena<ir::Union>,
    serializers: Arena<ir::Serializer>,
    consumers: Arena<ir::Consumer>,
}

impl<'a> Resolver<'a> {
    fn new(program: &'a Program, sources: &'a SourceMap, sink: &'a Sink, merged: &'a Merged) -> Self {
        Self {
            program,
            sources,
            sink,
            merged,
            type_names: TypeNames::default(),
            model_declarations: Vec::new(),
            dropped_models: Vec::new(),
            serializer_declarations: Vec::new(),
            consumer_declarations: Vec::new(),
            model_facts: Vec::new(),
            serializer_poisoned: Vec::new(),
            field_places: HashMap::new(),
            secrets: Secrets::new(),
            named: HashMap::new(),
            visiting: Vec::new(),
            circles: Vec::new(),
            pending_values: Vec::new(),
            pending_unions: Vec::new(),
            merging: Vec::new(),
            models: Arena::new(),
            objects: Arena::new(),
            enums: Arena::new(),
            unions: Arena::new(),
            serializers: Arena::new(),
            consumers: Arena::new(),
        }
    }

    /// The documents that were given, in their order.
    fn documents(&self) -> impl Iterator<Item = &'a ast::Document> + use<'a> {
        self.program.files.iter().filter(|file| file.given).filter_map(|file| match &file.content {
            Some(ast::Content::Document(document)) => Some(&**document),
            _ => None,
        })
    }

    fn error(&self, code: Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(code, span, message));
    }

    fn report(&self, diagnostic: Diagnostic) {
        self.sink.push(diagnostic);
    }

    /// The nearest of some names; none once so much was found that nobody reads on, as comparing takes its time.
    fn nearest<'n>(&self, name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        const READ: usize = 200;
        if self.sink.count() < READ { nearest(name, names) } else { None }
    }

    fn origin(&self, span: Span, keys: &[&str]) -> Origin {
        Origin::new(self.sources.file(span.file).name(), keys)
    }
}

/// The documentation of something: its title, then its description.
fn docs(
    title: &Option<crate::syntax::Key<String>>,
    description: &Option<crate::syntax::Key<String>>,
    deprecated: &Option<crate::syntax::Key<bool>>,
) -> ir::Docs {
    let paragraphs: Vec<&str> = [title, description]
        .into_iter()
        .flatten()
        .map(|key| key.value.trim())
        .filter(|text| !text.is_empty())
        .collect();
    ir::Docs {
        text: paragraphs.join("\n\n"),
        deprecated: deprecated.as_ref().is_some_and(|deprecated| deprecated.value),
    }
}
