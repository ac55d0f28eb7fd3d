//! What is known while a program is resolved.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use super::declarations::{ConsumerDeclaration, ModelDeclaration, ModelFacts, SerializerDeclaration};
use super::documents::Schemas;
use super::merged::Merged;
use super::namespaces::TypeNames;
use super::pending::{PendingUnion, PendingValue};
use super::shape::Shape;
use super::write_only::{FieldPlace, Secrets};
use crate::ast::{self, Program};
use crate::diag::{Code, Diagnostic, Sink, nearest};
use crate::ir::{self, Arena};
use crate::source::{Origin, SourceMap, Span, Spanned};

/// What is known so far. Each file of this folder resolves one thing by it.
pub(super) struct Resolver<'a> {
    pub(super) program: &'a Program,
    pub(super) sources: &'a SourceMap,
    pub(super) sink: &'a Sink,
    /// The files as documents of JSON Schema, once they are needed.
    schemas: OnceCell<Schemas>,
    /// Whether schemas can be forms of unions, by where they are written, as far as that was asked.
    pub(super) forms_of_types: RefCell<HashMap<Span, bool>>,
    /// Schemas that are made of several (`allOf`).
    pub(super) merged: &'a Merged,

    pub(super) type_names: TypeNames,
    pub(super) model_declarations: Vec<ModelDeclaration<'a>>,
    /// Models that are gone (`x-drop`).
    pub(super) dropped_models: Vec<&'a Spanned<String>>,
    pub(super) serializer_declarations: Vec<SerializerDeclaration<'a>>,
    pub(super) consumer_declarations: Vec<ConsumerDeclaration<'a>>,
    /// By position in the arena.
    pub(super) model_facts: Vec<ModelFacts>,
    /// By position in the arena: whether something about the serializer was reported.
    pub(super) serializer_poisoned: Vec<bool>,
    /// Where the fields of serializers are written, by their names on the wire.
    pub(super) field_places: HashMap<(ir::SerializerId, String), FieldPlace>,
    /// What is said to be write-only; known once the fields of serializers are.
    pub(super) secrets: Secrets,

    /// Types that have a name of their own, by the place where they are written.
    pub(super) named: HashMap<Span, Option<Shape>>,
    /// The schemas whose `x-rust-name` is that of a type.
    pub(super) rust_named: HashSet<Span>,
    /// The named types that are being resolved, to find circles.
    pub(super) visiting: Vec<(Span, String)>,
    /// Circles of models' `$ref`s that were reported, each by its first place.
    pub(super) circles: Vec<Span>,
    pub(super) pending_values: Vec<PendingValue<'a>>,
    pub(super) pending_unions: Vec<PendingUnion<'a>>,

    pub(super) models: Arena<ir::Model>,
    pub(super) objects: Arena<ir::Object>,
    pub(super) enums: Arena<ir::Enum>,
    pub(super) unions: Arena<ir::Union>,
    pub(super) serializers: Arena<ir::Serializer>,
    pub(super) consumers: Arena<ir::Consumer>,
}

impl<'a> Resolver<'a> {
    /// One that has resolved nothing yet.
    pub(super) fn new(
        program: &'a Program,
        sources: &'a SourceMap,
        sink: &'a Sink,
        merged: &'a Merged,
    ) -> Self {
        Self {
            program,
            sources,
            sink,
            schemas: OnceCell::new(),
            forms_of_types: RefCell::default(),
            merged,
            type_names: TypeNames::default(),
            rust_named: HashSet::new(),
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
            models: Arena::new(),
            objects: Arena::new(),
            enums: Arena::new(),
            unions: Arena::new(),
            serializers: Arena::new(),
            consumers: Arena::new(),
        }
    }

    /// The documents that were given, in their order.
    pub(super) fn documents(&self) -> impl Iterator<Item = &'a ast::Document> + use<'a> {
        self.program.files.iter().filter(|file| file.given).filter_map(|file| match &file.content {
            Some(ast::Content::Document(document)) => Some(&**document),
            _ => None,
        })
    }

    /// The files as documents of JSON Schema.
    pub(super) fn schemas(&self) -> &Schemas {
        self.schemas.get_or_init(|| Schemas::of(self.program))
    }

    /// Reports an error.
    pub(super) fn error(&self, code: Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(code, span, message));
    }

    /// Reports a finding.
    pub(super) fn report(&self, diagnostic: Diagnostic) {
        self.sink.push(diagnostic);
    }

    /// The nearest of some names; none once so much was found that nobody reads on, as comparing takes its time.
    pub(super) fn nearest<'n>(
        &self,
        name: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<&'n str> {
        const READ: usize = 200;
        if self.sink.count() < READ { nearest(name, names) } else { None }
    }

    /// Where something is written, for generated documentation.
    pub(super) fn origin(&self, span: Span, keys: &[&str]) -> Origin {
        Origin::new(self.sources.file(span.file).name(), keys)
    }
}
