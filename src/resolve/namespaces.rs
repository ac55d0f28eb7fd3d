//! The names that are taken, and by what.

use std::collections::HashMap;

use crate::source::Span;

/// The single namespace of the crate's types.
#[derive(Debug, Default)]
pub(super) struct TypeNames {
    /// For each name in PascalCase, the place where it was taken and what took it.
    pub(super) taken: HashMap<String, (Span, String)>,
}

/// Names that must differ after case conversion, such as the fields of a model or the actions of a consumer.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) taken: HashMap<String, (Span, String)>,
}
