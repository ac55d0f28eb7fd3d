//! Values and unions that are checked once every type is known.

use crate::ast::Discriminator;
use crate::ir::{Rule, Type, UnionId};
use crate::source::Span;
use crate::syntax::{Key, Node};

/// A value that is checked once all types are known.
pub(super) struct PendingValue<'a> {
    pub(super) node: &'a Node,
    pub(super) ty: Type,
    pub(super) nullable: bool,
    pub(super) rules: Vec<Rule>,
}

/// A union whose forms are known, but not yet their contents.
pub(super) struct PendingUnion<'a> {
    pub(super) id: UnionId,
    /// The place of each form.
    pub(super) spans: Vec<Span>,
    pub(super) discriminator: Option<&'a Key<Discriminator>>,
}
