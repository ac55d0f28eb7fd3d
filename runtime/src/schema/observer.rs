//! The descriptors of observers and signals that generated code fills in.

use super::consumer::ConsumerMeta;
use super::kind::ObjectMeta;
use super::model::ModelMeta;
use super::serializer::SerializerMeta;

/// The name of the observer of a consumer's live lists, which no observer of a definition can have.
pub(crate) const LIST: &str = "$list";

/// The description of a subscription to changes of a model's rows.
#[derive(Debug)]
pub struct ObserverMeta {
    /// The name in the definition; `instance` for the mixin `observer_instance`, `$list` for live lists.
    pub name: &'static str,
    /// The model whose rows are observed.
    pub model: &'static ModelMeta,
    /// The serializer of rows in events; `None` for `{"pk": …}`.
    pub serializer: Option<&'static SerializerMeta>,
    /// The groups that determine which subscribers get the event of a row.
    pub groups: GroupsMeta,
    /// Whether the application determines the messages to subscribers: see
    /// [`Dispatch::notice`](crate::Dispatch::notice).
    pub custom_message: bool,
    /// Whether there are events for changes of many-to-many relations, too.
    pub many_to_many: bool,
    /// Whether triggers note the writes of other programs to the model's table, so that there are events for these,
    /// too.
    pub database: bool,
    /// The effect of too many events that wait for a slow reader.
    pub overflow: Overflow,
    /// The consumer whose `filter` limits subscriptions, if clients may give one.
    pub filter: Option<&'static ConsumerMeta>,
    /// The observed rows, in addition to the limits that the consumer has for rows of its own model.
    pub rows: ObservedRows,
    /// The subscription that every connection has from its beginning, if the observer declares one.
    pub on_connect: Option<OnConnect>,
    /// What the log of changes keeps for it, if its events come from there.
    pub latest: Option<Latest>,
    /// What the application reads, beside the row, to decide about its events: a change there may change the rights of
    /// users. `None` if the row alone decides.
    pub depends_on: Option<&'static [DependencyMeta]>,
}

/// Rows of a model on which rights depend (`depends_on`).
#[derive(Debug, Clone, Copy)]
pub struct DependencyMeta {
    /// The model.
    pub model: &'static ModelMeta,
    /// The position of the column with the key of the user whom a row concerns. With `None`, and with `null` in the
    /// column, a row concerns everybody.
    pub user: Option<usize>,
}

impl DependencyMeta {
    /// Describes rows that concern everybody.
    pub const fn new(model: &'static ModelMeta) -> Self {
        Self { model, user: None }
    }

    /// Sets the column with the key of the user.
    pub const fn user(mut self, column: usize) -> Self {
        self.user = Some(column);
        self
    }
}

/// What the log of changes keeps (`"delivery": "latest"`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latest {
    /// The age in seconds after which a change is deleted.
    pub age: u64,
    /// The number of changes that are kept.
    pub entries: u64,
    /// The greatest number of rows of which a client that resumes is told.
    pub max_replay: u64,
}

/// A subscription that a connection has from its beginning, without a request id.
#[derive(Debug, Clone, Copy)]
pub struct OnConnect {
    /// The action that subscribes: a connection that may not call it is not subscribed.
    pub action: &'static str,
    /// The sources of the values of the groups ([`GroupsMeta::By`]), by the positions of the columns. A connection
    /// without such a value is not in the group.
    pub values: &'static [(usize, ConnectSource)],
}

/// The source of a value that names a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectSource {
    /// The parameter of the path with this name, which has the type of the column.
    Path(&'static str),
    /// The parameter of the query with this name.
    Query(&'static str),
    /// The key of the user.
    User,
}

impl ObserverMeta {
    /// Describes an observer of all rows, whose events contain only the keys.
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
            on_connect: None,
            latest: None,
            depends_on: None,
        }
    }

    /// Describes the observer of single rows (DCRF's `ObserverModelInstanceMixin`).
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
            on_connect: None,
            latest: None,
            depends_on: None,
        }
    }

    /// Describes the observer of a consumer's live lists, whose rows this serializer shows.
    pub const fn list(serializer: &'static SerializerMeta) -> Self {
        Self::new(LIST, serializer.model).serializer(serializer)
    }

    /// Tells whether it is the observer of live lists.
    pub(crate) fn is_list(&self) -> bool {
        self.name == LIST
    }

    /// Sets the serializer of rows in events.
    pub const fn serializer(mut self, serializer: &'static SerializerMeta) -> Self {
        self.serializer = Some(serializer);
        self
    }

    /// Sets the groups.
    pub const fn groups(mut self, groups: GroupsMeta) -> Self {
        self.groups = groups;
        self
    }

    /// Subscribes every connection from its beginning.
    pub const fn on_connect(mut self, subscription: OnConnect) -> Self {
        self.on_connect = Some(subscription);
        self
    }

    /// Sets the effect of too many events that wait for a slow reader.
    pub const fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Allows subscriptions to have a `filter`, by the rules of the consumer for its lists.
    pub const fn filter(mut self, consumer: &'static ConsumerMeta) -> Self {
        self.filter = Some(consumer);
        self
    }

    /// Limits the rows to those of the queryset that the application returns for the observer.
    pub const fn queryset(mut self) -> Self {
        self.rows = ObservedRows::Custom;
        self
    }

    /// Limits the rows to those that the consumer of this stream, which has the same model, admits.
    pub const fn within(mut self, stream: &'static str) -> Self {
        self.rows = ObservedRows::Within(stream);
        self
    }

    /// Lets the application determine the messages.
    pub const fn custom_message(mut self) -> Self {
        self.custom_message = true;
        self
    }

    /// Adds events for writes of other programs, for which migrations create triggers on the model's table.
    pub const fn database(mut self) -> Self {
        self.database = true;
        self
    }

    /// Lets the events come from the log of changes, so that clients can resume.
    pub const fn latest(mut self, kept: Latest) -> Self {
        self.latest = Some(kept);
        self
    }

    /// Sets the rows, beside those of the model, on which the rights to its events depend.
    pub const fn depends_on(mut self, dependencies: &'static [DependencyMeta]) -> Self {
        self.depends_on = Some(dependencies);
        self
    }

    /// Adds events for changes of many-to-many relations.
    pub const fn many_to_many(mut self) -> Self {
        self.many_to_many = true;
        self
    }
}

/// The rows of the model for which an observer sends events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObservedRows {
    /// All rows; if the model is that of the observer's consumer, only those that this consumer admits.
    All,
    /// The rows that the application determines: see
    /// [`Dispatch::observer_queryset`](crate::Dispatch::observer_queryset).
    Custom,
    /// The rows that the consumer of this stream admits: its queryset and its permissions are evaluated.
    Within(&'static str),
}

/// The subscribers that get an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupsMeta {
    /// All subscribers.
    All,
    /// The subscribers of the row.
    Instance,
    /// The subscribers that named the same values: of the model's columns, or of a payload's properties.
    By(&'static [&'static [usize]]),
    /// The subscribers in groups that the application names: see [`Dispatch::row_groups`](crate::Dispatch::row_groups).
    Custom,
}

/// The effect on a reader who is too slow, when [`Limits::events`](crate::Limits::events) wait for a connection and
/// there is another event. No event is dropped without notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overflow {
    /// The connection is closed with 1013 (try again later).
    #[default]
    Close,
    /// The events of one row that wait are merged into one event of the subscription, with the current state of the
    /// row. If events of too many rows wait, the connection is closed.
    Coalesce,
    /// Events are dropped, and an event `dropped` in their place contains their number: `{"count": …}`.
    Drop,
}

/// The description of a signal of the application.
#[derive(Debug)]
pub struct SignalMeta {
    /// The name: the `action` of its frames.
    pub name: &'static str,
    /// The stream of its consumer.
    pub stream: &'static str,
    /// The type of its payload.
    pub payload: &'static ObjectMeta,
    /// The subscribers that get it; never [`GroupsMeta::Instance`].
    pub groups: GroupsMeta,
    /// The effect of too many signals that wait for a slow reader; never [`Overflow::Coalesce`].
    pub overflow: Overflow,
}
