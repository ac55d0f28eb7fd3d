//! The events that the application may replace before they are sent: `message: "custom"`.

use super::row_change::ChangeKind;
use crate::ground::error::Result;
use crate::ground::scalar::Json;
use crate::schema::row::{FromRow, Row};

/// What happened to a row, as one group hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventAction {
    /// It is new, or has come into the group.
    Create,
    /// It was changed.
    Update,
    /// It is gone, or has left the group.
    Delete,
}

impl EventAction {
    /// DCRF's name of it, the `action` of the event: `create`, `update`, `delete`.
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

/// An event that is about to be sent to all who hear of it.
#[derive(Debug, Clone)]
pub struct RowEvent<M> {
    /// What happened.
    pub action: EventAction,
    /// The row: as it is, or as it was before it was deleted.
    pub row: M,
    /// The row as the observer shows it.
    pub data: Json,
    /// `response_status`.
    pub status: u16,
}

impl RowEvent<Row> {
    /// The same with the row's own type.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) for a row of another model.
    pub fn typed<M: FromRow>(self) -> Result<RowEvent<M>> {
        let Self { action, row, data, status } = self;
        Ok(RowEvent { action, row: M::from_row(row)?, data, status })
    }
}

/// What subscribers are sent.
///
/// ```
/// use chat::models::Message;
/// use dcrf_runtime::{EventAction, Json, Notice, Result, RowEvent};
///
/// /// What a generated handler is asked for an observer with `message: "custom"`.
/// fn notice(event: RowEvent<Message>) -> Result<Notice> {
///     Ok(match event.action {
///         // As it would be without the application.
///         EventAction::Create => event.into(),
///         EventAction::Update => Notice::Nothing,
///         EventAction::Delete => Notice::Frame(Json::new(&("gone", event.row.id))?),
///     })
/// }
/// ```
#[derive(Debug, Clone)]
pub enum Notice {
    /// An event in the envelope, under the id of each subscription.
    Event {
        /// `action`.
        action: String,
        /// `response_status`.
        status: u16,
        /// `data`.
        data: Json,
    },
    /// A frame of any shape, the same for all (DCRF's `send_json` in an observer).
    Frame(Json),
    /// Nothing.
    Nothing,
}

impl<M> From<RowEvent<M>> for Notice {
    fn from(event: RowEvent<M>) -> Self {
        Self::Event { action: event.action.as_str().to_owned(), status: event.status, data: event.data }
    }
}
