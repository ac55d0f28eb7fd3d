//! The loop of a connection: what is ready is handled, and then what is queued is written.

use std::task::{Context as TaskContext, Poll};

use axum::extract::ws::close_code;
use futures_util::stream::StreamExt;
use tokio::time::Instant;

use super::event::Event;
use super::state::{Connection, State};
use crate::ground::stats::Limit;
use crate::ground::stop::Phase;

/// Things that happen until others have their turn.
const TURN: usize = 16;

/// Bytes that are read until others have their turn.
const STRETCH: usize = 64 * 1024;

impl Connection {
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
}
