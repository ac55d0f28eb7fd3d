//! The loop of a connection: it handles events that are ready, and then writes queued frames.

use std::ops::ControlFlow;
use std::task::{Context as TaskContext, Poll, ready};

use axum::Error as SocketError;
use axum::extract::ws::{Message, close_code};
use futures_util::sink::SinkExt;
use futures_util::stream::StreamExt;
use tokio::time::Instant;

use super::event::Event;
use super::state::{Connection, State};
use crate::app::mailbox::MailboxEvent;
use crate::ground::stats::LimitKind;
use crate::ground::stop::Phase;
use crate::socket::close::{come_back_within, violation};
use crate::socket::large::LARGE;
use crate::socket::session::Overflown;

/// The greatest number of frames that are written before the socket is flushed.
const BATCH: usize = 64;

/// The greatest number of events before the task yields to others.
const TURN: usize = 16;

/// The number of events that busy connections handle together before each has had its turn: with this number, a client
/// with few requests waits some milliseconds.
const ROUND: usize = 2048;

/// The number of bytes that count as one event.
const BYTES: usize = 4 * 1024;

impl Connection {
    /// Serves until the socket is closed and the requests in progress are finished.
    pub(crate) async fn run(mut self: Box<Self>) {
        tracing::debug!("opened");
        std::future::poll_fn(|cx| self.poll(cx)).await;
        tracing::debug!("closed");
        let Self { socket, mut session, mut watch, limits, peer, .. } = *self;
        // The rest of a large frame is dropped, too.
        drop((socket, peer));
        session.stop_sending();
        if !session.is_idle() {
            // The client has disconnected, but its requests are finished, as in DCRF.
            let drained = std::future::poll_fn(|cx| match watch.poll_phase(cx, Phase::Aborting) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => session.poll_drained(cx),
            });
            if tokio::time::timeout(limits.linger, drained).await.is_err() {
                watch.stats().cross(LimitKind::Linger);
                tracing::warn!("requests of a disconnected client took too long and were cancelled");
            }
        }
        let Some(left) = session.leave() else { return };
        if tokio::time::timeout(limits.linger, left).await.is_err() {
            tracing::warn!("a hook of the application took too long after a connection had ended");
        }
    }

    fn poll(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        loop {
            // Whether there may be more to do. If no event was ready, a waker is registered.
            let (mut busy, mut full, mut bytes) = (true, false, 0);
            let turn = (ROUND / self.watch.restless().max(1)).clamp(1, TURN);
            for number in 1..=turn {
                let Poll::Ready(event) = self.poll_event(cx) else {
                    busy = false;
                    break;
                };
                bytes += event.bytes();
                full = number == turn || bytes >= turn * BYTES;
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
            // Writing made room: there may be requests to begin, and more to write.
            busy |= self.session.begin() || (self.stuck.is_none() && self.has_output());
            // There may also be a place for the next frame: no waker is registered for a frame that was not polled.
            busy |= !reading && self.is_reading();
            if self.state == State::Open && self.session.is_refused() {
                self.session.stop_sending();
                self.close(close_code::POLICY, "the connection was refused");
                busy = true;
            }
            busy |= !matches!(self.state, State::Closing(_)) && self.session.has_mail();
            if self.state == State::Draining && self.session.is_idle() && !self.has_output() {
                self.finish_draining();
                busy = true;
            }
            if self.ended && !self.has_output() && !self.dirty {
                return Poll::Ready(());
            }
            self.watch.rest(!full);
            if full {
                // A client that sends without end has its next turn after all others.
                cx.waker().wake_by_ref();
            }
            if full || !busy {
                return Poll::Pending;
            }
        }
    }

    fn poll_event(&mut self, cx: &mut TaskContext<'_>) -> Poll<Event> {
        // Revocations come first: another event that is ready may be one that must not be sent any more.
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

    /// Handles an event; `Break` ends the connection at once.
    pub(super) fn handle(&mut self, event: Event) -> ControlFlow<()> {
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
                // Its unread frames are dropped at once: there is no memory for a close frame.
                tracing::warn!("the memory of all connections is used up: the slowest client was dropped");
                return ControlFlow::Break(());
            }
            Event::Shutdown(Phase::Aborting) => return ControlFlow::Break(()),
            Event::Done(sent) => self.check(sent),
            Event::Publish(MailboxEvent::Sent) => {}
            Event::Publish(MailboxEvent::Overflown) => self.check(Err(Overflown)),
            Event::Publish(MailboxEvent::Close(code)) => {
                self.session.stop_serving();
                self.close(code, "");
            }
            Event::Tick => return self.tick(),
            Event::Shutdown(_) if self.state == State::Open => {
                self.closing_reason.1 = come_back_within(self.limits.retry_within);
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
            // The library answers pings.
            Message::Ping(_) | Message::Pong(_) => {}
        }
    }

    /// Ends a connection whose reader is so slow that a frame could not be queued.
    pub(super) fn check(&mut self, sent: Result<(), Overflown>) {
        if sent.is_ok() || matches!(self.state, State::Closing(_)) {
            return;
        }
        self.watch.stats().cross(LimitKind::Outbound);
        tracing::warn!(waiting = self.session.outbound.len(), "a client reads too slowly: closing with 1013");
        self.session.stop_sending();
        self.close(close_code::AGAIN, "you read too slowly");
    }

    /// Handles a breach of the protocol or a broken connection. In the first case the library sends no close frame of
    /// its own.
    fn broken(&mut self, error: SocketError) -> ControlFlow<()> {
        let Some(code) = violation(error) else { return ControlFlow::Break(()) };
        tracing::debug!(code, "a peer broke the protocol");
        match code {
            close_code::SIZE => self.watch.stats().cross(LimitKind::Frame),
            close_code::POLICY => self.watch.stats().cross(LimitKind::Fragments),
            _ => {}
        }
        self.ended = true;
        self.session.stop_sending();
        self.close(code, "");
        ControlFlow::Continue(())
    }

    /// Writes at most a batch of queued frames, and flushes once.
    pub(super) fn poll_write(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), SocketError>> {
        for _ in 0..BATCH {
            if !self.has_output() {
                break;
            }
            let large = self.peer.is_some() && self.session.outbound.next_bytes() >= LARGE;
            if large || self.is_large {
                ready!(self.poll_flush(cx))?;
            }
            ready!(self.socket.poll_ready_unpin(cx))?;
            // Everything before is sent: the reader is at most slow.
            self.stuck = None;
            let text = self.session.outbound.pop();
            self.dirty = true;
            match (text, &self.peer) {
                (Some(text), Some(peer)) if large => {
                    peer.send(text.into());
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

    /// Records the time since when nothing could be written.
    pub(super) fn is_stuck(&mut self) {
        if self.stuck.is_none() {
            let now = Instant::now();
            self.stuck = Some((now, self.written()));
            self.wake_by(now + self.limits.write_timeout);
        }
    }
}
