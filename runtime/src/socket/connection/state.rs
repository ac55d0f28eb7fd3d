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

/// How far the end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Frames come and go.
    Open,
    /// Nothing more is read; what was received is answered, and then the socket is closed.
    Draining,
    /// Nothing is served any more; the peer has until then to close the socket.
    Closing(Instant),
}

/// A connection at work.
pub(crate) struct Connection {
    pub(super) socket: WebSocket,
    pub(super) session: Session,
    pub(super) limits: Arc<Limits>,
    pub(super) watch: Watch,
    pub(super) rights: Rights,
    /// Why the connection drains: a code and a reason.
    pub(super) closing_reason: (u16, Cow<'static, str>),
    /// When a connection that drains is closed at last, whatever is still in progress.
    pub(super) drain_by: Option<Instant>,
    pub(super) state: State,
    /// A ping or close that is to be written when what is queued is.
    pub(super) control: Option<Message>,
    /// The TCP connection, if it is the service's own.
    pub(super) peer: Option<Arc<PeerState>>,
    /// Whether nothing more will come from the peer.
    pub(super) ended: bool,
    /// Whether something was written and not flushed.
    pub(super) dirty: bool,
    /// Whether that is a large frame, which is to be flushed before anything else is written.
    pub(super) is_large: bool,
    /// Since when a write is stuck, and how much was written of large frames then.
    pub(super) stuck: Option<(Instant, u64)>,
    /// When something last came from the peer.
    pub(super) heard: Instant,
    /// Whether a ping is not answered yet.
    pub(super) pinged: bool,
    pub(super) timer: Pin<Box<Sleep>>,
}

impl Connection {
    /// A connection that is open.
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

    /// Whether the socket is read. Not while there is no place for what may come: that is the back pressure.
    pub(super) fn is_reading(&self) -> bool {
        match self.state {
            _ if self.ended => false,
            State::Open => self.session.can_read(),
            State::Draining => false,
            State::Closing(_) => true,
        }
    }

    /// Whether something is to be written.
    pub(super) fn has_output(&self) -> bool {
        self.control.is_some() || !self.session.outbound.is_empty()
    }

    /// How much was written of large frames.
    pub(super) fn written(&self) -> u64 {
        self.peer.as_ref().map_or(0, |peer| peer.written())
    }

    /// Moves the timer forward, never back: a tick that comes too early does no harm.
    pub(super) fn wake_by(&mut self, deadline: Instant) {
        if deadline < self.timer.deadline() {
            self.timer.as_mut().reset(deadline);
        }
    }
}
