//! The descriptors of observers and signals that generated code fills in.

use super::consumer::ConsumerMeta;
use super::kind::ObjectMeta;
use super::model::ModelMeta;
use super::serializer::SerializerMeta;

/// A subscription to the changes of a model's rows.
#[derive(Debug)]
pub struct ObserverMeta {
    /// Its name in the definition; `instance` for the mixin `observer_instance`.
    pub name: &'static str,
    /// Whose rows.
    pub model: &'static ModelMeta,
    /// How a row is shown; none: `{"pk": …}`.
    pub serializer: Option<&'static SerializerMeta>,
    /// Which subscribers are told of a row.
    pub groups: GroupsMeta,
    /// Whether the application says what subscribers are sent: see [`Dispatch::notice`](crate::Dispatch::notice).
    pub custom_message: bool,
    /// Whether changes of many-to-many relations are told, too.
    pub many_to_many: bool,
    /// Whether triggers note what somebody else writes to the model's table, to be told, too.
    pub database: bool,
    /// What happens when more events wait for a slow reader than may.
    pub overflow: Overflow,
    /// The consumer by whose `filter` subscriptions may be narrowed.
    pub filter: Option<&'static ConsumerMeta>,
    /// Which rows are heard of, beside what the consumer itself says of its own.
    pub rows: ObservedRows,
}

impl ObserverMeta {
    /// An observer of all rows, which shows them by their keys.
    pub const fn new(name: &'static str, model: &'static ModelMeta) -> Self {
        Self {
            name,
            model,
            serializer: None,
            groups: GroupsMeta::All,
            custom_message: false,
            many_to_many: false,
            database: false,
            overflow: Overflow::Close,
            filter: None,
            rows: ObservedRows::All,
        }
    }

    /// The observer of single rows (DCRF's `ObserverModelInstanceMixin`).
    pub const fn instance(serializer: &'static SerializerMeta) -> Self {
        Self {
            name: "instance",
            model: serializer.model,
            serializer: Some(serializer),
            groups: GroupsMeta::Instance,
            custom_message: false,
            many_to_many: false,
            database: false,
            overflow: Overflow::Close,
            filter: None,
            rows: ObservedRows::All,
        }
    }

    /// With rows as a serializer shows them.
    pub const fn serializer(mut self, serializer: &'static SerializerMeta) -> Self {
        self.serializer = Some(serializer);
        self
    }

    /// With groups.
    pub const fn groups(mut self, groups: GroupsMeta) -> Self {
        self.groups = groups;
        self
    }

    /// For readers who may be too slow.
    pub const fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// With subscriptions that a frame's `filter` may narrow, by what the consumer allows for its lists.
    pub const fn filter(mut self, consumer: &'static ConsumerMeta) -> Self {
        self.filter = Some(consumer);
        self
    }

    /// Of the rows of the queryset that the application gives for it.
    pub const fn queryset(mut self) -> Self {
        self.rows = ObservedRows::Custom;
        self
    }

    /// Of the rows that the consumer of this stream, one of the same model, lets see.
    pub const fn within(mut self, stream: &'static str) -> Self {
        self.rows = ObservedRows::Within(stream);
        self
    }

    /// With messages that the application makes.
    pub const fn custom_message(mut self) -> Self {
        self.custom_message = true;
        self
    }

    /// With what somebody else writes: the migrations have triggers on the model's table.
    pub const fn database(mut self) -> Self {
        self.database = true;
        self
    }

    /// With changes of many-to-many relations.
    pub const fn many_to_many(mut self) -> Self {
        self.many_to_many = true;
        self
    }
}

/// Which rows of its model an observer tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObservedRows {
    /// All; if they are those of its consumer, the ones that this lets see.
    All,
    /// Those that the application says: see
    /// [`Dispatch::observer_queryset`](crate::Dispatch::observer_queryset).
    Custom,
    /// Those that the consumer of this stream lets see: its queryset and its permissions are asked.
    Within(&'static str),
}

/// Which subscribers are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupsMeta {
    /// All.
    All,
    /// Those who subscribed to the row.
    Instance,
    /// Those who named the same values: of the model's columns, or of a payload's properties.
    By(&'static [&'static [usize]]),
    /// Those in groups that the application names: see
    /// [`Dispatch::row_groups`](crate::Dispatch::row_groups).
    Custom,
}

/// What happens to a reader who is too slow: when [`Limits::events`](crate::Limits::events) wait for a connection and
/// there is another. Nothing is left out in silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overflow {
    /// The connection is closed with 1013 (try again later).
    #[default]
    Close,
    /// Of the events of one row that wait, the subscription gets one, which says what has become of it: the row as it
    /// is now. If events of too many rows wait, the connection is closed.
    Coalesce,
    /// Events are left out, and an event `dropped` in their place says how many: `{"count": …}`.
    Drop,
}

/// A signal of the application's own.
#[derive(Debug)]
pub struct SignalMeta {
    /// Its name: the `action` of its frames.
    pub name: &'static str,
    /// The stream of its consumer.
    pub stream: &'static str,
    /// What it carries.
    pub payload: &'static ObjectMeta,
    /// Which subscribers are told; never [`GroupsMeta::Instance`].
    pub groups: GroupsMeta,
    /// What happens when more wait for a slow reader than may; never [`Overflow::Coalesce`].
    pub overflow: Overflow,
}
