//! The changes of a column in a write.

use crate::schema::value::Value;

/// The change of a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Assigned {
    /// The column gets this value.
    Set(Value),
    /// This value is added to the column.
    Add(Value),
}
