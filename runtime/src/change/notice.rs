//! The events that the application may replace before they are sent: `message: "custom"`.

use super::row_change::ChangeKind;
use crate::ground::error::Result;
use crate::ground::scalar::Json;
use crate::schema::row::{FromRow, Row};

/// The event of a row's change for one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventAction {
    /// The row is new, or now belongs to the group.
    Create,
    /// The row was changed.
    Update,
    /// The row was deleted, or does not belong to the group any more.
    Delete,
}

impl EventAction {
    /// Returns DCRF's name for it, which is the `action` of the event: `create`, `update`, `delete`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

impl From<ChangeKind> for EventAction {
    fn from(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Created => Self::Create,
            ChangeKind::Updated | ChangeKind::Related => Self::Update,
            ChangeKind::Deleted => Self::Delete,
        }
    }
}

/// An event that is about to be sent to the subscribers of a group.
#[derive(Debug, Clone)]
pub struct RowEvent<M> {
    /// The kind of event.
    pub action: EventAction,
    /// The current row, or its last state before it was deleted.
    pub row: M,
    /// The row as the observer shows it.
    pub data: Json,
    /// The `response_status` of the event.
    pub status: u16,
}

impl RowEvent<Row> {
    /// Converts the row to its own type.
    ///
    /// # Errors
    /// Returns [`Error::Internal`](crate::Error::Internal) for a row of another model.
    pub fn typed<M: FromRow>(self) -> Result<RowEvent<M>> {
        let Self { action, row, data, status } = self;
        Ok(RowEvent { action, row: M::from_row(row)?, data, status })
    }
}

/// The message that subscribers get.
///
/// ```
/// use chat::models::Message;
/// use dcrf_runtime::{EventAction, Json, Notice, Result, RowEvent};
///
/// /// The method of a generated handler for an observer with `message: "custom"`.
/// fn notice(event: RowEvent<Message>) -> Result<Notice> {
///     Ok(match event.action {
///         // The default message.
///         EventAction::Create => event.into(),
///         EventAction::Update => Notice::Nothing,
///         EventAction::Delete => Notice::Frame(Json::new(&("gone", event.row.id))?),
///     })
/// }
/// ```
#[derive(Debug, Clone)]
pub enum Notice {
    /// An event in the envelope, with the request id of each subscription.
    Event {
        /// The `action` of the event.
        action: String,
        /// The `response_status` of the event.
        status: u16,
        /// The `data` of the event.
        data: Json,
    },
    /// A frame of any form, the same for all subscribers (DCRF's `send_json` in an observer).
    Frame(Json),
    /// An object of any form. Each connection receives it with a member `request_ids`, which contains the ids under
    /// which it has subscribed (DCRF's `subscribing_request_ids`).
    Addressed(Json),
    /// Subscribers get no message.
    Nothing,
}

impl<M> From<RowEvent<M>> for Notice {
    fn from(event: RowEvent<M>) -> Self {
        Self::Event { action: event.action.as_str().to_owned(), status: event.status, data: event.data }
    }
}
