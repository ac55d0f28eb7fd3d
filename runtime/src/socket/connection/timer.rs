//! The deadlines of a connection.

use std::ops::ControlFlow;

use axum::body::Bytes;
use axum::extract::ws::Message;
use tokio::time::Instant;

use super::state::{Connection, State};
use crate::ground::stats::LimitKind;

impl Connection {
    /// Checks every deadline and sets the timer to the next one.
    pub(super) fn tick(&mut self) -> ControlFlow<()> {
        let now = Instant::now();
        let mut next = now + self.limits.ping_after;
        if let Some((since, written)) = self.stuck {
            // A reader that takes a part of a large frame is slow, but not stuck.
            let since = if self.written() > written { now } else { since };
            self.stuck = Some((since, self.written()));
            let deadline = since + self.limits.write_timeout;
            if now >= deadline {
                self.watch.stats().cross(LimitKind::WriteTimeout);
                tracing::warn!("a client did not read for too long: it was dropped");
                return ControlFlow::Break(());
            }
            next = next.min(deadline);
        }
        if let Some(end) = self.rights.expires {
            next = next.min(end);
        }
        if let Some(deadline) = self.drain_by.filter(|_| self.state == State::Draining) {
            if now >= deadline {
                self.session.stop_sending();
                self.finish_draining();
            } else {
                next = next.min(deadline);
            }
        }
        match self.state {
            State::Closing(deadline) if now >= deadline => {
                self.watch.stats().cross(LimitKind::CloseWithin);
                return ControlFlow::Break(());
            }
            State::Closing(deadline) => next = next.min(deadline),
            State::Draining => {}
            State::Open => next = next.min(self.keep_alive(now)?),
        }
        self.timer.as_mut().reset(next);
        ControlFlow::Continue(())
    }

    /// Pings a silent peer, or drops it if it did not answer. Returns the time of the next check.
    fn keep_alive(&mut self, now: Instant) -> ControlFlow<(), Instant> {
        if !self.is_reading() {
            // The server itself does not read now.
            self.heard = now;
            self.pinged = false;
        }
        let ping_at = self.heard + self.limits.ping_after;
        let drop_at = ping_at + self.limits.pong_within;
        if now >= drop_at {
            self.watch.stats().cross(LimitKind::PongWithin);
            tracing::debug!("a client did not answer a ping: it was dropped");
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
