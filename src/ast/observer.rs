//! Subscriptions: to changes of rows, and to signals.

use schemars::JsonSchema;

use super::Schema;
use super::shape::{object, words};
use crate::diag::Reported;
use crate::source::Spanned;
use crate::syntax::{Cursor, Decode, Value};

object! {
    /// A subscription to the changes of a model's rows.
    pub struct Observer {
        /// Whose rows.
        "model" optional model: String,
        /// How a changed row is shown.
        "serializer" optional serializer: String,
        /// Which subscribers are told of a row: by the values of fields; `[]`: all; `"custom"`: the application says.
        "groups" optional groups: Groups,
        /// What the action that subscribes takes, where the application names the groups: an object.
        "input" optional input: Schema,
        /// The name of the action that subscribes; left out: `subscribe_to_` and the name of the observer.
        "subscribe" optional subscribe: String,
        /// The name of the action that ends a subscription; left out: `unsubscribe_from_` and the name of the observer.
        "unsubscribe" optional unsubscribe: String,
        /// Whether a subscription, and its end, is answered; left out: it is. A refusal always is.
        "reply" optional reply: bool,
        /// `"custom"`: the application says what subscribers are sent; left out: an event with the row.
        "message" optional message: CustomGroups,
        /// What happens to a reader who is too slow; left out: `close`.
        "overflow" optional overflow: Overflow,
        /// Which rows of another model than the consumer's are heard of: `"custom"`: those that the application says; the
        /// name of a consumer: those that it lets see; `"all"`: every row, by whoever may subscribe.
        "queryset" optional queryset: String,
        /// Whether changes of many-to-many relations are told too.
        "many_to_many" optional many_to_many: bool,
        /// What it is, in Markdown, for the documentation.
        "description" optional description: String,
    }
}

object! {
    /// A subscription to a signal of the application's own.
    pub struct Signal {
        /// What it carries.
        "payload" optional payload: Schema,
        /// Which subscribers are told: by the values of the payload; `[]`: all; `"custom"`: the application says.
        "groups" optional groups: Groups,
        /// What the action that subscribes takes, where the application names the groups: an object.
        "input" optional input: Schema,
        /// The name of the action that subscribes; left out: `subscribe_to_` and the name of the signal.
        "subscribe" optional subscribe: String,
        /// The name of the action that ends a subscription; left out: `unsubscribe_from_` and the name of the signal.
        "unsubscribe" optional unsubscribe: String,
        /// Whether a subscription, and its end, is answered; left out: it is. A refusal always is.
        "reply" optional reply: bool,
        /// What happens to a reader who is too slow; left out: `close`. Not `coalesce`: a signal is of no row.
        "overflow" optional overflow: Overflow,
        /// What it is, in Markdown, for the documentation.
        "description" optional description: String,
    }
}

object! {
    /// A group of subscribers.
    pub struct Group {
        /// The fields whose values name the group.
        "by" required by: Vec<Spanned<String>>,
    }
}

words! {
    /// What happens to a reader for whom more events wait than may.
    pub enum Overflow {
        /// The connection is closed with 1013.
        Close = "close",
        /// Of the events of one row that wait, one is left, which says what has become of it.
        Coalesce = "coalesce",
        /// Events are left out, and the reader is told how many.
        Drop = "drop",
    }
}

words! {
    /// Who names the groups.
    pub enum CustomGroups {
        /// The application.
        Custom = "custom",
    }
}

/// Which subscribers are told.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Groups {
    /// Those that the application names.
    Custom(CustomGroups),
    /// Those of the same values; an empty list: all.
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
