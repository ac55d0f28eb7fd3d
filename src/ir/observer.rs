//! What a consumer tells without being asked: changes of rows, signals and events.

use super::docs::Docs;
use super::ids::{ConsumerId, ModelId, ObjectId, SerializerId};
use super::name::Name;
use crate::source::Origin;

/// A subscription to the changes of a model's rows.
#[derive(Debug, Clone)]
pub struct Observer {
    /// Its name as words; unique in the consumer, whatever the case.
    pub name: Name,
    /// Its name as written; `instance` for the mixin `observer_instance`.
    pub wire: String,
    /// Whose rows.
    pub model: ModelId,
    /// How a row is shown, always one of the model; none: `{"pk": …}`.
    pub serializer: Option<SerializerId>,
    /// Which subscribers are told of a row.
    pub groups: Groups,
    /// Whether the application says what subscribers are sent (`message: "custom"`).
    pub custom_message: bool,
    /// What happens to a reader who is too slow.
    pub overflow: Overflow,
    /// Whether changes of many-to-many relations are told, too.
    pub many_to_many: bool,
    /// Which rows are heard of, where they are not of the consumer's own model (`queryset`).
    pub rows: Rows,
    /// From `description`.
    pub docs: Docs,
    /// Where it was defined.
    pub origin: Origin,
}

/// Which rows of another model than the consumer's are heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Every row; of the consumer's own model, what the consumer itself lets see.
    All,
    /// Those that the application says.
    Custom,
    /// Those that another consumer, one of the model, lets see.
    Of(ConsumerId),
}

/// What happens to a reader for whom more events wait than may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// The connection is closed.
    Close,
    /// Of the events of one row one is left.
    Coalesce,
    /// Events are left out and counted.
    Drop,
}

/// Which subscribers are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Groups {
    /// All (`[]`).
    All,
    /// Those who subscribed to the row (the mixin `observer_instance`).
    Instance,
    /// Those of the same values: positions in the model's fields, or in the properties of a payload.
    By(Vec<Vec<usize>>),
    /// Those that the application names (`"custom"`).
    Custom,
}

/// A subscription to a signal of the application's own.
#[derive(Debug, Clone)]
pub struct Signal {
    /// Its name as words; unique in the consumer, whatever the case.
    pub name: Name,
    /// Its name as written: the `action` of its frames.
    pub wire: String,
    /// What it carries.
    pub payload: ObjectId,
    /// The name of the type that is sent: that of the payload, or one around it where the payload is a named type.
    pub ty: Name,
    /// Which subscribers are told; never [`Groups::Instance`].
    pub groups: Groups,
    /// What happens to a reader who is too slow; never [`Overflow::Coalesce`].
    pub overflow: Overflow,
    /// From `description`.
    pub docs: Docs,
    /// Where it was defined.
    pub origin: Origin,
}

/// A message that the application sends to a group.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its name as words; unique in the consumer, whatever the case.
    pub name: Name,
    /// Its name as written: the `action` of its frames.
    pub wire: String,
    /// What it carries.
    pub payload: ObjectId,
    /// The name of the type that is sent: that of the payload, or one around it where the payload is a named type.
    pub ty: Name,
    /// From the payload's `title` and `description`.
    pub docs: Docs,
    /// Where it was defined.
    pub origin: Origin,
}

/// What a subscribing or unsubscribing action is about: a position in the consumer's `observers` or `signals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// An observer.
    Observer(usize),
    /// A signal.
    Signal(usize),
}
