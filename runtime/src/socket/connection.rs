//! One socket: frames to the session and back, timers, and a proper end.
//!
//! One task owns the connection and all of its state: nothing is locked, and an idle connection costs little. The
//! task polls everything at once, so that a reader who is slow never keeps a request from going on (it may hold a
//! transaction that others wait for). What is queued is written with one flush a wake-up.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use axum::{Error as SocketError, body::Bytes};
use futures_util::sink::SinkExt;
use futures_util::stream::StreamExt;
use tokio::time::{Instant, Sleep, sleep_until};

use super::large::LARGE;
use super::line::{TooManyFragments, Track};
use crate::app::mailbox::Mail;
use crate::app::sessions::Rights;
use crate::ground::limits::Limits;
use crate::ground::stats::Limit;
use crate::ground::stop::{Phase, Watch};
use crate::socket::session::{Overflown, Session};

/// Frames that are written before the socket is flushed.
const BATCH: usize = 64;

/// Things that happen until others have their turn.
const TURN: usize = 16;

/// Bytes that are read until others have their turn.
const STRETCH: usize = 64 * 1024;

/// Close code 1012: the server restarts, come back (IANA's registry of close codes).
pub(crate) const SERVICE_RESTART: u16 = close_code::RESTART;

/// Close code 4401: the rights of the user have ended, or were never proved. 4000 and up are the application's
/// (RFC 6455, 7.4.2); the last digits are those of the status.
pub(crate) const NOT_AUTHENTICATED: u16 = 4401;

/// Close code 1011: the server failed (RFC 6455, 7.4.1).
pub(crate) const SERVER_ERROR: u16 = close_code::ERROR;

/// Close code 4403: a permission refuses the connection of whoever the first frame was from.
pub(crate) const FORBIDDEN: u16 = 4403;

/// What wakes a connection.
enum Event {
    /// Something arrived; none: the stream has ended.
    Frame(Option<Result<Message, SocketError>>),
    /// A request is finished and its answer queued.
    Done(Result<(), Overflown>),
    /// Something came without being asked for.
    Publish(Mail),
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
    fn bytes(&self) -> usize {
        match self {
            Self::Frame(Some(Ok(Message::Text(text)))) => text.len(),
            _ => 0,
        }
    }
}

/// How far the end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Frames come and go.
    Open,
    /// Nothing more is read; what was received is answered, and then the socket is closed.
    Draining,
    /// Nothing is served any more; the peer has until then to close the socket.
    Closing(Instant),
}

/// A connection at work.
pub(crate) struct Connection {
    socket: WebSocket,
    session: Session,
    limits: Arc<Limits>,
    watch: Watch,
    rights: Rights,
    /// Why the connection drains: a code and a reason.
    farewell: (u16, Cow<'static, str>),
    /// When a connection that drains is closed at last, whatever is still in progress.
    drain_by: Option<Instant>,
    state: State,
    /// A ping or close that is to be written when what is queued is.
    control: Option<Message>,
    /// The TCP connection, if it is the service's own.
    line: Option<Arc<Track>>,
    /// Whether nothing more will come from the peer.
    ended: bool,
    /// Whether something was written and not flushed.
    dirty: bool,
    /// Whether that is a large frame, which is to be flushed before anything else is written.
    is_large: bool,
    /// Since when a write is stuck, and how much was written of large frames then.
    stuck: Option<(Instant, u64)>,
    /// When something last came from the peer.
    heard: Instant,
    /// Whether a ping is not answered yet.
    pinged: bool,
    timer: Pin<Box<Sleep>>,
}

impl Connection {
    /// A connection that is open.
    pub(crate) fn new(
        socket: WebSocket,
        session: Session,
        limits: Arc<Limits>,
        watch: Watch,
        rights: Rights,
        line: Option<Arc<Track>>,
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
            farewell: (SERVICE_RESTART, Cow::Borrowed("the server restarts")),
            drain_by: None,
            state: State::Open,
            control: None,
            line,
            ended: false,
            dirty: false,
            is_large: false,
            stuck: None,
            heard: now,
            pinged: false,
            timer,
        }
    }

    /// Serves until the socket is gone and the requests in flight are finished.
    pub(crate) async fn run(mut self: Box<Self>) {
        tracing::debug!("opened");
        std::future::poll_fn(|cx| self.poll(cx)).await;
        tracing::debug!("closed");
        let Self { socket, mut session, mut watch, limits, line, .. } = *self;
        // With what was not written of a large frame.
        drop((socket, line));
        session.deafen();
        if !session.is_idle() {
            // The client has gone, but what it asked for is done, as by DCRF.
            let drained = std::future::poll_fn(|cx| match watch.poll_phase(cx, Phase::Aborting) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => session.poll_drained(cx),
            });
            if tokio::time::timeout(limits.linger, drained).await.is_err() {
                watch.stats().cross(Limit::Linger);
                tracing::warn!("requests of a client that has gone took too long and were cancelled");
            }
        }
        let Some(left) = session.leave() else { return };
        if tokio::time::timeout(limits.linger, left).await.is_err() {
            tracing::warn!("an application took too long when it was told that a connection ended");
        }
    }

    fn poll(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        loop {
            // Whether there may be more to do. When nothing was ready after the last event, somebody wakes us.
            let (mut busy, mut full, mut bytes) = (true, false, 0);
            for number in 1..=TURN {
                let Poll::Ready(event) = self.poll_event(cx) else {
                    busy = false;
                    break;
                };
                bytes += event.bytes();
                full = number == TURN || bytes >= STRETCH;
                if self.handle(event).is_break() {
                    return Poll::Ready(());
                }
                if full {
                    break;
                }
            }
            let reading = self.is_reading();
            match self.poll_write(cx) {
                Poll::Ready(Ok(())) => self.stuck = None,
                Poll::Ready(Err(error)) => {
                    tracing::debug!(%error, "a connection broke while it was written to");
                    return Poll::Ready(());
                }
                Poll::Pending => self.is_stuck(),
            }
            // What was written made room: there may be requests to begin, and more to write.
            busy |= self.session.begin() || (self.stuck.is_none() && self.has_output());
            // And there may be a place for the next frame: nobody wakes whoever has not looked for one.
            busy |= !reading && self.is_reading();
            if self.state == State::Open && self.session.is_refused() {
                self.session.deafen();
                self.close(close_code::POLICY, "the connection was refused");
                busy = true;
            }
            busy |= !matches!(self.state, State::Closing(_)) && self.session.has_mail();
            if self.state == State::Draining && self.session.is_idle() && !self.has_output() {
                self.part();
                busy = true;
            }
            if self.ended && !self.has_output() && !self.dirty {
                return Poll::Ready(());
            }
            if full {
                // Whoever sends without end comes again after all others.
                cx.waker().wake_by_ref();
            }
            if full || !busy {
                return Poll::Pending;
            }
        }
    }

    fn poll_event(&mut self, cx: &mut TaskContext<'_>) -> Poll<Event> {
        // The rights come first: what is ready else may be an event that must not be sent any more.
        if self.rights.poll_revoked(cx).is_ready() {
            return Poll::Ready(Event::Revoked);
        }
        if self.rights.expires.is_some_and(|end| Instant::now() >= end) {
            return Poll::Ready(Event::Expired);
        }
        if self.session.poll_excess(cx).is_ready() {
            return Poll::Ready(Event::Excess);
        }
        if let Poll::Ready(sent) = self.session.poll_done(cx) {
            return Poll::Ready(Event::Done(sent));
        }
        if !matches!(self.state, State::Closing(_))
            && let Poll::Ready(mail) = self.session.poll_mail(cx)
        {
            return Poll::Ready(Event::Publish(mail));
        }
        if let Poll::Ready(phase) = self.watch.poll_change(cx) {
            return Poll::Ready(Event::Shutdown(phase));
        }
        if self.is_reading()
            && let Poll::Ready(frame) = self.socket.poll_next_unpin(cx)
        {
            return Poll::Ready(Event::Frame(frame));
        }
        self.timer.as_mut().poll(cx).map(|()| Event::Tick)
    }

    fn handle(&mut self, event: Event) -> ControlFlow<()> {
        match event {
            Event::Frame(Some(Ok(message))) => {
                self.heard = Instant::now();
                self.pinged = false;
                self.receive(message);
            }
            Event::Frame(Some(Err(error))) => return self.broken(error),
            Event::Frame(None) => self.end(),
            Event::Revoked => self.revoke("revoked"),
            Event::Expired => {
                self.rights.expires = None;
                self.revoke("expired");
            }
            Event::Excess => {
                // What it has not read is forgotten at once: there is no place for a farewell.
                tracing::warn!("the memory of all connections is used up: the slowest reader was dropped");
                return ControlFlow::Break(());
            }
            Event::Shutdown(Phase::Aborting) => return ControlFlow::Break(()),
            Event::Done(sent) => self.check(sent),
            Event::Publish(Mail::Sent) => {}
            Event::Publish(Mail::Overflown) => self.check(Err(Overflown)),
            Event::Publish(Mail::Close(code)) => {
                self.session.hush();
                self.close(code, "");
            }
            Event::Tick => return self.tick(),
            Event::Shutdown(_) if self.state == State::Open => {
                self.farewell.1 = come_back_within(self.limits.retry_within);
                self.state = State::Draining;
            }
            Event::Shutdown(_) => {}
        }
        ControlFlow::Continue(())
    }

    fn receive(&mut self, message: Message) {
        match message {
            // The library has queued its answer: reading on sends it and ends the stream.
            Message::Close(_) => self.give_up(),
            _ if self.state != State::Open => {}
            Message::Text(text) => {
                let sent = self.session.text(&text);
                self.check(sent);
            }
            Message::Binary(_) => {
                let sent = self.session.binary();
                self.check(sent);
            }
            // Pings are answered by the library.
            Message::Ping(_) | Message::Pong(_) => {}
        }
    }

    fn check(&mut self, sent: Result<(), Overflown>) {
        if sent.is_ok() || matches!(self.state, State::Closing(_)) {
            return;
        }
        self.watch.stats().cross(Limit::Outbound);
        tracing::warn!(waiting = self.session.outbound.len(), "a reader is too slow: closed with 1013");
        self.session.deafen();
        self.close(close_code::AGAIN, "you read too slowly");
    }

    /// The user has no rights any more: what waits is refused, what is in progress (it may be the logout itself) is
    /// finished within the time of a close, and then the socket is closed.
    fn revoke(&mut self, reason: &'static str) {
        if matches!(self.state, State::Closing(_)) {
            return;
        }
        tracing::debug!(reason, "the rights of a connection have ended");
        self.farewell = (NOT_AUTHENTICATED, Cow::Borrowed(reason));
        self.state = State::Draining;
        let deadline = Instant::now() + self.limits.close_within;
        self.drain_by = Some(deadline);
        self.wake_by(deadline);
        if self.session.revoke().is_err() {
            // There is no place for the refusals: the code of the close says the same.
            self.session.deafen();
        }
    }

    /// The peer broke the protocol or the line. The library sends nothing of its own in the first case.
    fn broken(&mut self, error: SocketError) -> ControlFlow<()> {
        let Some(code) = violation(error) else { return ControlFlow::Break(()) };
        tracing::debug!(code, "a peer broke the protocol");
        match code {
            close_code::SIZE => self.watch.stats().cross(Limit::Frame),
            close_code::POLICY => self.watch.stats().cross(Limit::Fragments),
            _ => {}
        }
        self.ended = true;
        self.session.deafen();
        self.close(code, "");
        ControlFlow::Continue(())
    }

    /// Closes a connection that has drained.
    fn part(&mut self) {
        let (code, reason) = self.farewell.clone();
        self.close(code, reason);
    }

    /// Begins the closing handshake.
    fn close(&mut self, code: u16, reason: impl Into<Cow<'static, str>>) {
        let reason: Cow<'static, str> = reason.into();
        self.control = Some(Message::Close(Some(CloseFrame { code, reason: reason.as_ref().into() })));
        self.give_up_within(self.limits.close_within);
    }

    /// The stream has ended: at most a close frame of ours is still on its way.
    fn end(&mut self) {
        self.ended = true;
        if self.state == State::Open {
            self.give_up();
        }
    }

    /// The peer has closed.
    fn give_up(&mut self) {
        self.control = None;
        self.session.deafen();
        self.give_up_within(self.limits.close_within);
    }

    fn give_up_within(&mut self, time: Duration) {
        self.state = State::Closing(Instant::now() + time);
        self.wake_by(Instant::now() + time);
    }

    /// Whether the socket is read. Not while there is no place for what may come: that is the back pressure.
    fn is_reading(&self) -> bool {
        match self.state {
            _ if self.ended => false,
            State::Open => self.session.can_read(),
            State::Draining => false,
            State::Closing(_) => true,
        }
    }

    fn has_output(&self) -> bool {
        self.control.is_some() || !self.session.outbound.is_empty()
    }

    /// Writes what is queued, at most a batch, and flushes once.
    fn poll_write(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), SocketError>> {
        for _ in 0..BATCH {
            if !self.has_output() {
                break;
            }
            let large = self.line.is_some() && self.session.outbound.next_bytes() >= LARGE;
            if large || self.is_large {
                ready!(self.poll_flush(cx))?;
            }
            ready!(self.socket.poll_ready_unpin(cx))?;
            // All before it is on its way: the reader is slow at worst.
            self.stuck = None;
            let text = self.session.outbound.pop();
            self.dirty = true;
            match (text, &self.line) {
                (Some(text), Some(line)) if large => {
                    line.send(text.into());
                    self.is_large = true;
                }
                (Some(text), _) => self.socket.start_send_unpin(Message::Text(text))?,
                (None, _) => {
                    let Some(control) = self.control.take() else { break };
                    self.socket.start_send_unpin(control)?;
                }
            }
        }
        self.poll_flush(cx)
    }

    fn poll_flush(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), SocketError>> {
        if self.dirty {
            ready!(self.socket.poll_flush_unpin(cx))?;
            (self.dirty, self.is_large) = (false, false);
        }
        self.session.outbound.written();
        Poll::Ready(Ok(()))
    }

    /// How much was written of large frames.
    fn written(&self) -> u64 {
        self.line.as_ref().map_or(0, |line| line.written())
    }

    fn is_stuck(&mut self) {
        if self.stuck.is_none() {
            let now = Instant::now();
            self.stuck = Some((now, self.written()));
            self.wake_by(now + self.limits.write_timeout);
        }
    }

    /// Moves the timer forward, never back: a tick that comes too early does no harm.
    fn wake_by(&mut self, deadline: Instant) {
        if deadline < self.timer.deadline() {
            self.timer.as_mut().reset(deadline);
        }
    }

    /// Looks at every deadline and sets the timer to the next.
    fn tick(&mut self) -> ControlFlow<()> {
        let now = Instant::now();
        let mut next = now + self.limits.ping_after;
        if let Some((since, written)) = self.stuck {
            // A reader who takes a part of a large frame is slow at worst.
            let since = if self.written() > written { now } else { since };
            self.stuck = Some((since, self.written()));
            let deadline = since + self.limits.write_timeout;
            if now >= deadline {
                self.watch.stats().cross(Limit::WriteTimeout);
                tracing::warn!("a reader took nothing for too long: dropped");
                return ControlFlow::Break(());
            }
            next = next.min(deadline);
        }
        if let Some(end) = self.rights.expires {
            next = next.min(end);
        }
        if let Some(deadline) = self.drain_by.filter(|_| self.state == State::Draining) {
            if now >= deadline {
                self.session.deafen();
                self.part();
            } else {
                next = next.min(deadline);
            }
        }
        match self.state {
            State::Closing(deadline) if now >= deadline => {
                self.watch.stats().cross(Limit::CloseWithin);
                return ControlFlow::Break(());
            }
            State::Closing(deadline) => next = next.min(deadline),
            State::Draining => {}
            State::Open => next = next.min(self.keep_alive(now)?),
        }
        self.timer.as_mut().reset(next);
        ControlFlow::Continue(())
    }

    /// Pings a silent peer, or drops it if it did not answer; gives the time to look again.
    fn keep_alive(&mut self, now: Instant) -> ControlFlow<(), Instant> {
        if !self.is_reading() {
            // The silence is ours.
            self.heard = now;
            self.pinged = false;
        }
        let ping_at = self.heard + self.limits.ping_after;
        let drop_at = ping_at + self.limits.pong_within;
        if now >= drop_at {
            self.watch.stats().cross(Limit::PongWithin);
            tracing::debug!("a peer gave no sign of life: dropped");
            return ControlFlow::Break(());
        }
        if now < ping_at {
            return ControlFlow::Continue(ping_at);
        }
        if !self.pinged {
            self.pinged = true;
            self.control = Some(Message::Ping(Bytes::new()));
        }
        ControlFlow::Continue(drop_at)
    }
}

/// What a client is told when the server shuts down: when to come back, each at another moment, so that not all of
/// them come at once. The clients that `dcrf` generates read the number.
pub(crate) fn come_back_within(time: Duration) -> Cow<'static, str> {
    // Keyed by the operating system's randomness; nobody has to be kept from guessing it.
    let random = RandomState::new().hash_one(());
    let milliseconds = (u128::from(random) * time.as_millis()) >> 64;
    Cow::Owned(format!("the server restarts; retry in {milliseconds} ms"))
}

/// The close code for a breach of the protocol (RFC 6455, 7.4.1); none if the line itself broke.
pub(crate) fn violation(error: SocketError) -> Option<u16> {
    use tungstenite::error::{Error, ProtocolError};
    let error = error.into_inner();
    match error.downcast_ref::<Error>()? {
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some(close_code::PROTOCOL),
        Error::Utf8(_) => Some(close_code::INVALID),
        Error::Capacity(_) => Some(close_code::SIZE),
        Error::Io(error) if error.get_ref()?.is::<TooManyFragments>() => Some(close_code::POLICY),
        _ => None,
    }
}

#[cfg(all(test, feature = "test-util"))]
mod tests;
