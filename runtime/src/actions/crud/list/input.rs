//! The arguments of a list request.

use super::position::Cursor;
use crate::condition::Condition;
use crate::schema::meta::FieldPath;

/// What a client wants of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListInput {
    /// Rows of the page, if it was asked for.
    pub limit: Option<u64>,
    /// Rows before the page.
    pub offset: u64,
    /// The offset as it was sent, if it is beyond 64 bits: pages repeat it.
    pub(crate) beyond: Option<Box<str>>,
    /// What rows must have.
    pub filter: Condition,
    /// Words that rows must mention, all of them, each in one of the columns to search.
    pub search: Vec<String>,
    /// Columns and whether descending; empty: the consumer's order.
    pub order_by: Vec<(&'static FieldPath, bool)>,
    /// From where on, or up to where, if the consumer has cursors.
    pub cursor: Option<Cursor>,
}
