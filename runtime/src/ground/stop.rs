//! The shutdown of a server: its phases, and the connections that are still open.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use crate::ground::stats::Stats;

/// The phase of the shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// It has not begun.
    Serving,
    /// Connections finish what they received and close.
    Draining,
    /// Connections end at once.
    Aborting,
}

/// Tells every connection that the server stops.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    phase: AtomicU8,
    changed: Arc<Notify>,
}

impl Stop {
    /// Advances to a phase.
    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.fetch_max(phase as u8, Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    /// Tells whether a phase has begun.
    pub(crate) fn has_begun(&self, phase: Phase) -> bool {
        self.phase() >= phase
    }

    fn phase(&self) -> Phase {
        match self.phase.load(Ordering::SeqCst) {
            0 => Phase::Serving,
            1 => Phase::Draining,
            _ => Phase::Aborting,
        }
    }
}

/// A connection's view of the [`Stop`]. While it exists, the connection counts as open.
#[derive(Debug)]
pub(crate) struct Watch {
    stop: Arc<Stop>,
    stats: Arc<Stats>,
    changed: Pin<Box<OwnedNotified>>,
    seen: Phase,
    registered: bool,
    restless: bool,
}

impl Watch {
    /// Counts a connection and watches for the shutdown.
    pub(crate) fn new(stop: Arc<Stop>, stats: Arc<Stats>) -> Self {
        stats.open();
        let changed = Box::pin(Arc::clone(&stop.changed).notified_owned());
        Self { stop, stats, changed, seen: Phase::Serving, registered: false, restless: false }
    }

    /// Returns the counters.
    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Returns the number of connections that have more to do than one turn takes.
    pub(crate) fn restless(&self) -> usize {
        self.stats.restless.load(Ordering::Relaxed)
    }

    /// Records whether the connection has nothing to do at the moment.
    pub(crate) fn rest(&mut self, rests: bool) {
        if self.restless != rests {
            return;
        }
        self.restless = !rests;
        if rests {
            self.stats.restless.fetch_sub(1, Ordering::Relaxed);
        } else {
            self.stats.restless.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Resolves once for every new phase.
    pub(crate) fn poll_change(&mut self, cx: &mut Context<'_>) -> Poll<Phase> {
        // Registering takes a lock that all connections share. Once is enough: a connection is always polled by its own
        // task, whose waker stays the same.
        if !self.registered {
            self.registered = true;
            if self.changed.as_mut().poll(cx).is_ready() {
                self.renew(cx);
            }
        }
        let phase = self.stop.phase();
        if phase <= self.seen {
            return Poll::Pending;
        }
        self.seen = phase;
        self.renew(cx);
        Poll::Ready(phase)
    }

    /// Resolves when the phase has begun.
    pub(crate) fn poll_phase(&mut self, cx: &mut Context<'_>, phase: Phase) -> Poll<()> {
        while self.seen < phase {
            ready!(self.poll_change(cx));
        }
        Poll::Ready(())
    }

    fn renew(&mut self, cx: &mut Context<'_>) {
        self.changed = Box::pin(Arc::clone(&self.stop.changed).notified_owned());
        if self.changed.as_mut().poll(cx).is_ready() {
            self.registered = false;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.rest(true);
        self.stats.close();
    }
}
