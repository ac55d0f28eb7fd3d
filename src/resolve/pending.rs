//! What is checked once every type is known.

use crate::ast::Discriminator;
use crate::ir::{Rule, Type, UnionId};
use crate::source::Span;
use crate::syntax::{Key, Node};

/// A value to be checked once all types are known.
pub(super) struct PendingValue<'a> {
    pub(super) node: &'a Node,
    pub(super) ty: Type,
    pub(super) nullable: bool,
    pub(super) rules: Vec<Rule>,
}

/// A union whose forms are known, but not yet what is in them.
pub(super) struct PendingUnion<'a> {
    pub(super) id: UnionId,
    /// Where each form is written.
    pub(super) spans: Vec<Span>,
    pub(super) discriminator: Option<&'a Key<Discriminator>>,
}
