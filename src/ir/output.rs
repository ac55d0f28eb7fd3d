//! The output of an action of the application.

use super::ids::SerializerId;
use super::ty::Element;

/// What an action or a method field returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// A value.
    Value(Element),
    /// A row, shown by a serializer of a model.
    Row {
        /// The serializer.
        serializer: SerializerId,
        /// Whether the application may return `null`.
        nullable: bool,
    },
    /// Rows, shown by a serializer of a model.
    Rows(SerializerId),
}
