//! The state of a connection.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::app::sessions::Rights;
use crate::ground::limits::Limits;
use crate::ground::stop::Watch;
use crate::socket::close::SERVICE_RESTART;
use crate::socket::counting_stream::PeerState;
use crate::socket::session::Session;

/// The phase of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Frames are read and written.
    Open,
    /// Nothing more is read; received requests are answered, and then the socket is closed.
    Draining,
    /// Nothing is served any more; the peer has until this time to close the socket.
    Closing(Instant),
}

/// A running connection.
pub(crate) struct Connection {
    pub(super) socket: WebSocket,
    pub(super) session: Session,
    pub(super) limits: Arc<Limits>,
    pub(super) watch: Watch,
    pub(super) rights: Rights,
    /// The reason why the connection drains: a code and a text.
    pub(super) closing_reason: (u16, Cow<'static, str>),
    /// The time at which a draining connection is closed, even if requests are in progress.
    pub(super) drain_by: Option<Instant>,
    pub(super) state: State,
    /// A ping or close that is written after the queued frames.
    pub(super) control: Option<Message>,
    /// The TCP connection, if the service owns it.
    pub(super) peer: Option<Arc<PeerState>>,
    /// Whether nothing more will come from the peer.
    pub(super) ended: bool,
    /// Whether something was written and not flushed.
    pub(super) dirty: bool,
    /// Whether that is a large frame, which has to be flushed before anything else is written.
    pub(super) is_large: bool,
    /// The time since when a write is stuck, and the bytes of large frames that were written then.
    pub(super) stuck: Option<(Instant, u64)>,
    /// The time when data last came from the peer.
    pub(super) heard: Instant,
    /// Whether a ping is unanswered.
    pub(super) pinged: bool,
    pub(super) timer: Pin<Box<Sleep>>,
}

impl Connection {
    /// Creates an open connection.
    pub(crate) fn new(
        socket: WebSocket,
        session: Session,
        limits: Arc<Limits>,
        watch: Watch,
        rights: Rights,
        peer: Option<Arc<PeerState>>,
    ) -> Self {
        let now = Instant::now();
        let first = now + limits.ping_after;
        let timer = Box::pin(sleep_until(rights.expires.map_or(first, |end| end.min(first))));
        Self {
            socket,
            session,
            limits,
            watch,
            rights,
            closing_reason: (SERVICE_RESTART, Cow::Borrowed("the server restarts")),
            drain_by: None,
            state: State::Open,
            control: None,
            peer,
            ended: false,
            dirty: false,
            is_large: false,
            stuck: None,
            heard: now,
            pinged: false,
            timer,
        }
    }

    /// Tells whether the socket is read. It is not read while there is no place for another request, so that the client
    /// has to wait (back pressure).
    pub(super) fn is_reading(&self) -> bool {
        match self.state {
            _ if self.ended => false,
            State::Open => self.session.can_read(),
            State::Draining => false,
            State::Closing(_) => true,
        }
    }

    /// Tells whether there is something to write.
    pub(super) fn has_output(&self) -> bool {
        self.control.is_some() || !self.session.outbound.is_empty()
    }

    /// Returns the bytes of large frames that were written.
    pub(super) fn written(&self) -> u64 {
        self.peer.as_ref().map_or(0, |peer| peer.written())
    }

    /// Makes the timer fire earlier if necessary, never later: a tick that comes too early does no harm.
    pub(super) fn wake_by(&mut self, deadline: Instant) {
        if deadline < self.timer.deadline() {
            self.timer.as_mut().reset(deadline);
        }
    }
}
