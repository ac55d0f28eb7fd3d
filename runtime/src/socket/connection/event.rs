//! The events of a connection.

use axum::Error as SocketError;
use axum::extract::ws::Message;

use crate::app::mailbox::MailboxEvent;
use crate::ground::stop::Phase;
use crate::socket::session::Overflown;

/// An event of a connection.
pub(super) enum Event {
    /// A frame arrived; `None` means that the stream has ended.
    Frame(Option<Result<Message, SocketError>>),
    /// A request is finished and its answer queued.
    Done(Result<(), Overflown>),
    /// The mailbox has an event.
    Publish(MailboxEvent),
    /// A deadline may have passed.
    Tick,
    /// The server stops.
    Shutdown(Phase),
    /// The rights were revoked.
    Revoked,
    /// The rights have expired.
    Expired,
    /// The client leaves more unread than the memory of the process allows.
    Excess,
}

impl Event {
    /// Returns the bytes of the frame, if the event is one.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Frame(Some(Ok(Message::Text(text)))) => text.len(),
            _ => 0,
        }
    }
}
