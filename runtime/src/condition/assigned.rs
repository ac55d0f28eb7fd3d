//! What a write makes of a column.

use crate::schema::value::Value;

/// What becomes of a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Assigned {
    /// It gets this value.
    Set(Value),
    /// This is added to it.
    Add(Value),
}
