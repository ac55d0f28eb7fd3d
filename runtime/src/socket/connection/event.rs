//! What wakes a connection.

use axum::Error as SocketError;
use axum::extract::ws::Message;

use crate::app::mailbox::MailboxEvent;
use crate::ground::stop::Phase;
use crate::socket::session::Overflown;

/// What wakes a connection.
pub(super) enum Event {
    /// Something arrived; none: the stream has ended.
    Frame(Option<Result<Message, SocketError>>),
    /// A request is finished and its answer queued.
    Done(Result<(), Overflown>),
    /// Something came without being asked for.
    Publish(MailboxEvent),
    /// A deadline may have passed.
    Tick,
    /// The server stops.
    Shutdown(Phase),
    /// The rights were taken away.
    Revoked,
    /// The rights are over.
    Expired,
    /// Its reader leaves more behind than the process can hold.
    Excess,
}

impl Event {
    /// Bytes of the frame that came, if one came.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Frame(Some(Ok(Message::Text(text)))) => text.len(),
            _ => 0,
        }
    }
}
