//! Positions in lists.

use std::fmt;

use crate::schema::value::Value;

/// A position in the order of a list, beside a row that is or was in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Position {
    /// The values of the row by which the list is ordered.
    pub(super) values: Vec<Value>,
    /// Whether it selects the rows before it, nearest first, instead of those after it.
    pub(super) backward: bool,
    /// Whether it includes the row itself.
    pub(super) inclusive: bool,
}

/// A position in a list, as a client sent it.
#[derive(Clone, PartialEq)]
pub struct Cursor(pub(super) Position);

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cursor").field(&self.0).finish()
    }
}
