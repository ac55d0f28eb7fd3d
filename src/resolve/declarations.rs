//! What the first pass finds: what a document says of itself, and what has a name.

use crate::ast;
use crate::ir;
use crate::source::Span;

/// What a document says of itself.
pub(super) struct Head {
    pub(super) name: ir::Name,
    pub(super) docs: ir::Docs,
    pub(super) package: ir::Package,
    pub(super) runtime: Option<ir::Runtime>,
    pub(super) client: Option<ir::Client>,
}

/// A model that has a name.
#[derive(Clone)]
pub(super) struct ModelDeclaration<'a> {
    pub(super) wire: &'a str,
    pub(super) span: Span,
    /// None: it could not be read, or its `$ref` leads nowhere; that was reported.
    pub(super) schema: Option<&'a ast::Schema>,
    pub(super) id: ir::ModelId,
}

/// A serializer that has a name.
#[derive(Clone)]
pub(super) struct SerializerDeclaration<'a> {
    pub(super) wire: &'a str,
    pub(super) span: Span,
    pub(super) definition: Option<&'a ast::Serializer>,
    pub(super) id: ir::SerializerId,
}

/// A consumer that has a name.
#[derive(Clone)]
pub(super) struct ConsumerDeclaration<'a> {
    pub(super) wire: &'a str,
    pub(super) span: Span,
    pub(super) definition: Option<&'a ast::Consumer>,
    pub(super) id: ir::ConsumerId,
}

/// What is known of a model's fields beside the ir.
#[derive(Default, Clone)]
pub(super) struct ModelFacts {
    /// Its fields are not all known, as something about it was reported.
    pub(super) poisoned: bool,
    /// Properties that were reported or are not supported: whoever names one is not to be blamed.
    pub(super) broken: Vec<String>,
}
