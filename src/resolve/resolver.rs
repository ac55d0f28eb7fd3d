//! The state while a program is resolved.

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

/// The state so far. Each file of this folder resolves one kind of thing with it.
pub(super) struct Resolver<'a> {
    pub(super) program: &'a Program,
    pub(super) sources: &'a SourceMap,
    pub(super) sink: &'a Sink,
    /// The files as documents of JSON Schema. They are read at their first use.
    schemas: OnceCell<Schemas>,
    /// Whether schemas can be forms of unions, by the places of the schemas, as far as it is known.
    pub(super) forms_of_types: RefCell<HashMap<Span, bool>>,
    /// Schemas that are merged from several (`allOf`).
    pub(super) merged: &'a Merged,

    pub(super) type_names: TypeNames,
    pub(super) model_declarations: Vec<ModelDeclaration<'a>>,
    /// Models that are deleted from the definition (`x-drop`).
    pub(super) dropped_models: Vec<&'a Spanned<String>>,
    pub(super) serializer_declarations: Vec<SerializerDeclaration<'a>>,
    pub(super) consumer_declarations: Vec<ConsumerDeclaration<'a>>,
    /// Facts about the models, by position in the arena.
    pub(super) model_facts: Vec<ModelFacts>,
    /// Whether something about a serializer was reported, by position in the arena.
    pub(super) serializer_poisoned: Vec<bool>,
    /// The places of the fields of serializers, by their names on the wire.
    pub(super) field_places: HashMap<(ir::SerializerId, String), FieldPlace>,
    /// What is declared as write-only. It is known once the fields of all serializers are.
    pub(super) secrets: Secrets,

    /// Named types, by the places where they are written.
    pub(super) named: HashMap<Span, Option<Shape>>,
    /// The places of `x-rust-name` keys that name a type.
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
    /// Returns a resolver that has resolved nothing yet.
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

    /// Returns the given documents, in their order.
    pub(super) fn documents(&self) -> impl Iterator<Item = &'a ast::Document> + use<'a> {
        self.program.files.iter().filter(|file| file.given).filter_map(|file| match &file.content {
            Some(ast::Content::Document(document)) => Some(&**document),
            _ => None,
        })
    }

    /// Returns the files as documents of JSON Schema.
    pub(super) fn schemas(&self) -> &Schemas {
        self.schemas.get_or_init(|| Schemas::of(self.program))
    }

    /// Reports an error.
    pub(super) fn error(&self, code: Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(code, span, message));
    }

    /// Reports a diagnostic.
    pub(super) fn report(&self, diagnostic: Diagnostic) {
        self.sink.push(diagnostic);
    }

    /// Returns the most similar of some names. With 200 errors or more it returns `None`, because the comparison takes
    /// time.
    pub(super) fn nearest<'n>(
        &self,
        name: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<&'n str> {
        const READ: usize = 200;
        if self.sink.count() < READ { nearest(name, names) } else { None }
    }

    /// Returns the place where something is written, for generated documentation.
    pub(super) fn origin(&self, span: Span, keys: &[&str]) -> Origin {
        Origin::new(self.sources.file(span.file).name(), keys)
    }
}
