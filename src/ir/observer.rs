//! The messages of a consumer to its subscribers: changes of rows, signals and events.

use super::docs::Docs;
use super::ids::{ConsumerId, ModelId, ObjectId, SerializerId};
use super::name::Name;
use crate::source::Origin;

/// An observer: a subscription to the changes of a model's rows.
#[derive(Debug, Clone)]
pub struct Observer {
    /// The name of the observer as words, which is unique in the consumer regardless of case.
    pub name: Name,
    /// The name as written. It is `instance` for the mixin `observer_instance`.
    pub wire: String,
    /// The model whose rows are observed.
    pub model: ModelId,
    /// The serializer of this model that shows a row. It is `None` if an event contains `{"pk": …}` alone.
    pub serializer: Option<SerializerId>,
    /// The subscribers that receive the event of a row.
    pub groups: Groups,
    /// Whether the application determines what subscribers receive (`message: "custom"`).
    pub custom_message: bool,
    /// What happens if too many events wait for a connection.
    pub overflow: Overflow,
    /// Whether changes of many-to-many relations also cause events.
    pub many_to_many: bool,
    /// The rows whose events are sent, if they are not of the consumer's own model (`queryset`).
    pub rows: Rows,
    /// The subscription that every connection has from its beginning (`on_connect`).
    pub on_connect: Option<OnConnect>,
    /// What the log keeps for it (`delivery: latest`).
    pub latest: Option<Latest>,
    /// What the application reads, beside the row, to decide about its events (`depends_on`). It is `None` without
    /// `latest`, and if nothing is said: then the row alone decides.
    pub depends_on: Option<Vec<Dependency>>,
    /// The documentation from `description`.
    pub docs: Docs,
    /// The place of its definition.
    pub origin: Origin,
}

/// What the log of changes keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latest {
    /// The age in seconds after which a change is deleted.
    pub age: u64,
    /// The number of changes that are kept.
    pub entries: u64,
    /// The greatest number of rows of which a client that resumes is told.
    pub max_replay: u64,
}

/// Rows of a model on which rights depend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependency {
    /// The model.
    pub model: ModelId,
    /// The position of the field with the key of the user whom a row concerns. With `None` a row concerns everybody.
    pub user: Option<usize>,
}

/// A subscription that every connection has from its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnConnect {
    /// The action that subscribes, by its name on the wire: its permissions apply.
    pub action: String,
    /// The sources of the values of the groups, by positions in the model's fields.
    pub values: Vec<(usize, ConnectSource)>,
}

/// The source of a value that names a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectSource {
    /// A parameter of the path.
    Path(String),
    /// A parameter of the query.
    Query(String),
    /// The key of the user.
    User,
}

/// The rows of another model than the consumer's whose events are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Every row. Of the consumer's own model it is the rows that the consumer admits.
    All,
    /// The rows that the application admits.
    Custom,
    /// The rows that another consumer of the model admits.
    Of(ConsumerId),
}

/// What happens if more events wait for a connection than the server's limit allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// The server closes the connection.
    Close,
    /// One event is left of those of the same row.
    Coalesce,
    /// The server drops events and counts them.
    Drop,
}

/// The subscribers that receive an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Groups {
    /// All subscribers (`[]`).
    All,
    /// The subscribers of the row (the mixin `observer_instance`).
    Instance,
    /// The subscribers with the same values: sets of positions in the model's fields, or in the properties of a
    /// payload.
    By(Vec<Vec<usize>>),
    /// The subscribers in groups that the application names (`"custom"`).
    Custom,
}

/// A signal: a subscription to messages of the application.
#[derive(Debug, Clone)]
pub struct Signal {
    /// The name of the signal as words, which is unique in the consumer regardless of case.
    pub name: Name,
    /// The name as written, which is the `action` of its frames.
    pub wire: String,
    /// The payload.
    pub payload: ObjectId,
    /// The JSON Schema of the payload, if its type says less.
    pub schema: Option<String>,
    /// The name of the type that is sent: that of the payload, or one around it if the payload is a named type.
    pub ty: Name,
    /// The subscribers that receive the signal; never [`Groups::Instance`].
    pub groups: Groups,
    /// What happens if too many events wait for a connection; never [`Overflow::Coalesce`].
    pub overflow: Overflow,
    /// Whether it tells who is present in its groups, which are not [`Groups::Custom`] then.
    pub presence: bool,
    /// The documentation from `description`.
    pub docs: Docs,
    /// The place of its definition.
    pub origin: Origin,
}

/// An event: a message that the application sends to a group.
#[derive(Debug, Clone)]
pub struct Event {
    /// The name of the event as words, which is unique in the consumer regardless of case.
    pub name: Name,
    /// The name as written, which is the `action` of its frames.
    pub wire: String,
    /// The payload.
    pub payload: ObjectId,
    /// The JSON Schema of the payload, if its type says less.
    pub schema: Option<String>,
    /// The name of the type that is sent: that of the payload, or one around it if the payload is a named type.
    pub ty: Name,
    /// The documentation from the payload's `title` and `description`.
    pub docs: Docs,
    /// The place of its definition.
    pub origin: Origin,
}

/// The source of a subscription: a position in the consumer's `observers` or `signals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// An observer.
    Observer(usize),
    /// A signal.
    Signal(usize),
}
