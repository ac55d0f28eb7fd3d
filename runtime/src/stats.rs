//! What a server counts.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counters of a [`Service`](crate::Service), for its metrics.
#[derive(Debug, Default)]
pub struct Stats {
    connections: AtomicUsize,
    overflows: AtomicU64,
    closed: Notify,
}

impl Stats {
    /// Connections that are open, and closed ones whose requests are not finished.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Connections that were closed since the start because their reader was too slow: see
    /// [`Overflow`](crate::Overflow).
    pub fn overflows(&self) -> u64 {
        self.overflows.load(Ordering::Relaxed)
    }

    /// Waits until no connection is open.
    pub async fn none_open(&self) {
        loop {
            let closed = self.closed.notified();
            if self.connections() == 0 {
                return;
            }
            closed.await;
        }
    }

    pub(crate) fn open(&self) {
        self.connections.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn close(&self) {
        if self.connections.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.closed.notify_waiters();
        }
    }

    pub(crate) fn count_overflow(&self) {
        self.overflows.fetch_add(1, Ordering::Relaxed);
    }
}
