//! Observers and signals: subscriptions to changes of rows, and to messages of the application.

use schemars::JsonSchema;

use super::shape::{object, words};
use super::{Delivery, Dependency, Schema};
use crate::diag::Reported;
use crate::source::Spanned;
use crate::syntax::{Cursor, Decode, Mapping, Value};

object! {
    /// An observer: a subscription to the changes of a model's rows.
    pub struct Observer {
        /// The model whose rows are observed.
        /// The default is the model of `serializer`; one of the two keys is required.
        "model" optional model: String,
        /// The serializer of this model that shows a changed row. Without this key an event contains `{"pk": …}` alone.
        "serializer" optional serializer: String,
        /// The subscribers that receive the event of a row. `[]`, the default, is every subscriber.
        /// `[{"by": ["room"]}]` is those that named the same value of this field as an argument when they subscribed.
        /// `"custom"` means that the application names the groups of a row and those of a subscription.
        "groups" optional groups: Groups,
        /// The arguments of the subscribing action: a JSON Schema object. It requires `"groups": "custom"`.
        /// The default is none.
        "input" optional input: Schema,
        /// The name of the action that subscribes. The default is `subscribe_to_` and the name of the observer.
        /// With `false` clients cannot subscribe and unsubscribe: the application does it for them, or `on_connect`.
        "subscribe" optional subscribe: SubscribeAction,
        /// The name of the action that unsubscribes. The default is `unsubscribe_from_` and the name of the observer.
        "unsubscribe" optional unsubscribe: String,
        /// Whether a subscription and its end are answered; a refusal always is. The default is `true`.
        "reply" optional reply: bool,
        /// With `"custom"` the application determines what subscribers receive,
        /// in the method `<observer>_message` of the handler.
        /// Without this key they receive an event with the row.
        "message" optional message: CustomGroups,
        /// What happens if more events wait for a connection than `Limits::events` allows, by default 1,024.
        /// The default is `close`.
        "overflow" optional overflow: Overflow,
        /// With `"latest"` triggers log the changes of the model, whichever program makes them, and a client that comes
        /// back is told what became of each row meanwhile. The default is that of the document.
        "delivery" optional delivery: Delivery,
        /// What the application reads, beside the row, to decide about the events: in querysets, permissions, groups and
        /// methods of serializers. `[]` is nothing. With `"delivery": "latest"` these require it; a user whom a change of
        /// such a row concerns reads everything anew. The default is that of the consumer.
        "depends_on" optional depends_on: Vec<Dependency>,
        /// The rows of another model than the consumer's whose events are sent.
        /// It is an error to leave this key out where a consumer restricts these rows or the consumer restricts its
        /// own; elsewhere the default is every row.
        /// `"custom"` means the rows that the method `<observer>_queryset` of the handler admits.
        /// The name of a consumer means the rows that its queryset and its permissions admit; `"all"` means every row.
        "queryset" optional queryset: String,
        /// Whether changes of many-to-many relations also cause events:
        /// an `update` of each row that is related to other rows than before.
        /// The default is `false`.
        "many_to_many" optional many_to_many: bool,
        /// Subscribes every connection from its beginning, without a request id: `true`, or an object with the source of
        /// the value of each field in `groups`: `"path"` (the path parameter with the name of the field), `"path.NAME"`,
        /// `"query"`, `"query.NAME"` or `"user"` (the key of the user). With `true`, the source of each field is `"path"`.
        /// A connection without a value is not in the group. The default is `false`.
        "on_connect" optional on_connect: OnConnect,
        /// The description of the observer in Markdown, for the generated documentation.
        "description" optional description: String,
    }
}

/// The subscription of every connection.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum OnConnect {
    /// Whether every connection is subscribed.
    Whether(bool),
    /// The sources of the values of the groups, by the names of the fields.
    From(Mapping<Spanned<String>>),
}

impl Decode for OnConnect {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Boolean(whether) => Ok(Self::Whether(*whether)),
            Value::Object(_) => Decode::decode(cursor).map(Self::From),
            _ => Err(cursor.wrong_type("a boolean or an object")),
        }
    }
}

object! {
    /// A signal: a subscription to messages of the application.
    pub struct Signal {
        /// The payload of the signal: a JSON Schema object. The default is an empty object.
        "payload" optional payload: Schema,
        /// The subscribers that receive a signal. `[]`, the default, is every subscriber.
        /// `[{"by": ["room"]}]` is those that named the same value of this property as an argument when they
        /// subscribed.
        /// `"custom"` means that the application names the groups of a signal and those of a subscription.
        "groups" optional groups: Groups,
        /// The arguments of the subscribing action: a JSON Schema object. It requires `"groups": "custom"`.
        /// The default is none.
        "input" optional input: Schema,
        /// The name of the action that subscribes. The default is `subscribe_to_` and the name of the signal.
        /// With `false` clients cannot subscribe and unsubscribe: the application does it for them.
        "subscribe" optional subscribe: SubscribeAction,
        /// The name of the action that unsubscribes. The default is `unsubscribe_from_` and the name of the signal.
        "unsubscribe" optional unsubscribe: String,
        /// Whether a subscription and its end are answered; a refusal always is. The default is `true`.
        "reply" optional reply: bool,
        /// Whether the signal tells who is present in its groups: the payload of a connection joins and leaves them, and a
        /// subscription is answered with those who are present. It excludes `"groups": "custom"`. The default is `false`.
        "presence" optional presence: bool,
        /// What happens if more events wait for a connection than `Limits::events` allows, by default 1,024.
        /// The default is `close`. `coalesce` is an error: a signal is not about a row.
        "overflow" optional overflow: Overflow,
        /// The description of the signal in Markdown, for the generated documentation.
        "description" optional description: String,
    }
}

/// The action by which clients subscribe.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum SubscribeAction {
    /// The name of the action.
    Named(String),
    /// `false`: there is no such action.
    #[schemars(with = "bool", extend("const" = false))]
    None,
}

impl SubscribeAction {
    /// Returns the name.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::None => None,
        }
    }
}

impl Decode for SubscribeAction {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Text(_) => Decode::decode(cursor).map(Self::Named),
            Value::Boolean(false) => Ok(Self::None),
            _ => Err(cursor.wrong_type("the name of an action or `false`")),
        }
    }
}

object! {
    /// A group of subscribers.
    pub struct Group {
        /// The fields (of a signal, the properties of its payload) whose values determine the group: at least one name.
        "by" required by: Vec<Spanned<String>>,
    }
}

words! {
    /// What happens if more events wait for a connection than the server's limit allows.
    pub enum Overflow {
        /// The server closes the connection with the code 1013.
        Close = "close",
        /// One event is left of those of the same row that wait: it tells the row's last state.
        Coalesce = "coalesce",
        /// The server drops events, and sends an event `dropped` with their number in their place.
        Drop = "drop",
    }
}

words! {
    /// The source of something that the application determines.
    pub enum CustomGroups {
        /// The application determines it, in a method of the handler.
        Custom = "custom",
    }
}

/// The subscribers that receive an event.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Groups {
    /// `"custom"`: the application names the groups.
    Custom(CustomGroups),
    /// The subscribers that named the same values of these fields. An empty list is every subscriber.
    Fields(Vec<Group>),
}

impl Decode for Groups {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Text(_) => Decode::decode(cursor).map(Self::Custom),
            Value::Array(_) => Decode::decode(cursor).map(Self::Fields),
            _ => Err(cursor.wrong_type("`\"custom\"` or an array of groups")),
        }
    }
}
