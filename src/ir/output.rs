//! What an action of the application's own answers.

use super::ids::SerializerId;
use super::ty::Element;

/// What an action gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// A value.
    Value(Element),
    /// A row, shown by a serializer of a model.
    Row {
        /// Which.
        serializer: SerializerId,
        /// Whether `null` may be given.
        nullable: bool,
    },
    /// Rows, shown by a serializer of a model.
    Rows(SerializerId),
}
