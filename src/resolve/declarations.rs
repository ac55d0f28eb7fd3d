//! The results of the first pass: the head of the document, and everything that has a name.

use crate::ast;
use crate::ir;
use crate::source::Span;

/// The keys of a document about the whole definition.
pub(super) struct Head {
    pub(super) name: ir::Name,
    pub(super) docs: ir::Docs,
    pub(super) package: ir::Package,
    pub(super) runtime: Option<ir::Runtime>,
    pub(super) client: Option<ir::Client>,
}

/// A model with its name.
#[derive(Clone)]
pub(super) struct ModelDeclaration<'a> {
    pub(super) wire: &'a str,
    pub(super) span: Span,
    /// The schema. It is `None` if it could not be read, or if the target of its `$ref` does not exist; that was
    /// reported.
    pub(super) schema: Option<&'a ast::Schema>,
    pub(super) id: ir::ModelId,
}

/// A serializer with its name.
#[derive(Clone)]
pub(super) struct SerializerDeclaration<'a> {
    pub(super) wire: &'a str,
    pub(super) span: Span,
    pub(super) definition: Option<&'a ast::Serializer>,
    pub(super) id: ir::SerializerId,
}

/// A consumer with its name.
#[derive(Clone)]
pub(super) struct ConsumerDeclaration<'a> {
    pub(super) wire: &'a str,
    pub(super) span: Span,
    pub(super) definition: Option<&'a ast::Consumer>,
    pub(super) id: ir::ConsumerId,
}

/// Facts about a model's fields that the `ir` does not have.
#[derive(Default, Clone)]
pub(super) struct ModelFacts {
    /// Whether some of its fields are unknown, because something about it was reported.
    pub(super) poisoned: bool,
    /// Properties that were reported or are not supported. A reference to one of them is not an error.
    pub(super) broken: Vec<String>,
}
