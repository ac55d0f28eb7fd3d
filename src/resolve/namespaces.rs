//! Names that are taken, and by what.

use std::collections::HashMap;

use crate::source::Span;

/// The one namespace of the crate's types.
#[derive(Debug, Default)]
pub(super) struct TypeNames {
    /// By the name in PascalCase: where it was taken, and what by.
    pub(super) taken: HashMap<String, (Span, String)>,
}

/// Names that must differ after case conversion: the fields of a model, the actions of a consumer.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) taken: HashMap<String, (Span, String)>,
}
