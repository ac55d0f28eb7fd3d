//! The end of a connection, from either side.

use std::borrow::Cow;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message};
use tokio::time::Instant;

use super::state::{Connection, State};
use crate::socket::close::NOT_AUTHENTICATED;

impl Connection {
    /// Ends a connection whose user has no rights any more: waiting requests are refused, those in progress (one may be
    /// the logout itself) are finished within the time of a close, and then the socket is closed.
    pub(super) fn revoke(&mut self, reason: &'static str) {
        if matches!(self.state, State::Closing(_)) {
            return;
        }
        tracing::debug!(reason, "the rights of a connection have ended");
        self.closing_reason = (NOT_AUTHENTICATED, Cow::Borrowed(reason));
        self.state = State::Draining;
        let deadline = Instant::now() + self.limits.close_within;
        self.drain_by = Some(deadline);
        self.wake_by(deadline);
        if self.session.revoke().is_err() {
            // There is no place for the refusals: the close code has the same meaning.
            self.session.stop_sending();
        }
    }

    /// Closes a connection that has drained.
    pub(super) fn finish_draining(&mut self) {
        let (code, reason) = self.closing_reason.clone();
        self.close(code, reason);
    }

    /// Begins the closing handshake.
    pub(super) fn close(&mut self, code: u16, reason: impl Into<Cow<'static, str>>) {
        let reason: Cow<'static, str> = reason.into();
        self.control = Some(Message::Close(Some(CloseFrame { code, reason: reason.as_ref().into() })));
        self.give_up_within(self.limits.close_within);
    }

    /// Handles the end of the stream: at most a close frame of the server is still being sent.
    pub(super) fn end(&mut self) {
        self.ended = true;
        if self.state == State::Open {
            self.give_up();
        }
    }

    /// Handles a close by the peer.
    pub(super) fn give_up(&mut self) {
        self.control = None;
        self.session.stop_sending();
        self.give_up_within(self.limits.close_within);
    }

    fn give_up_within(&mut self, time: Duration) {
        self.state = State::Closing(Instant::now() + time);
        self.wake_by(Instant::now() + time);
    }
}
