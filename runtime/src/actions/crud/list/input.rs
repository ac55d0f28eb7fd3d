//! The arguments of a list request.

use super::position::Cursor;
use crate::condition::Condition;
use crate::schema::meta::FieldPath;

/// The arguments of a list request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListInput {
    /// The number of rows of the page, if it was requested.
    pub limit: Option<u64>,
    /// The number of rows before the page.
    pub offset: u64,
    /// The offset as it was sent, if it is beyond 64 bits: pages repeat it.
    pub(crate) beyond: Option<Box<str>>,
    /// The condition on rows.
    pub filter: Condition,
    /// The words of the search. A row must contain all of them, each in one of the columns that are searched.
    pub search: Vec<String>,
    /// The columns of the order, each with whether it is descending. If there are none, the order of the consumer
    /// applies.
    pub order_by: Vec<(&'static FieldPath, bool)>,
    /// The position from which, or up to which, rows are read, if the consumer has cursors.
    pub cursor: Option<Cursor>,
}
