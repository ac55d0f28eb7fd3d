//! The unread bytes of a connection, and the decision to end the connection because of them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

/// The bytes that a connection may always hold: connections that hold much do not keep it from being answered.
pub(super) const SMALL: usize = 64 * 1024;

/// The bytes that wait for the reader of one connection.
pub(super) struct Backlog {
    unread: AtomicUsize,
    /// Whether the connection has to end.
    ends: AtomicBool,
    /// The unread bytes when that was decided.
    ending: OnceLock<usize>,
    /// The bytes of all connections that are being ended.
    ending_of_all: Arc<AtomicUsize>,
    waker: AtomicWaker,
}

impl Backlog {
    /// Creates it without unread bytes. Once the connection has to end, its unread bytes are counted in `ending_of_all`
    /// until it has ended.
    pub(super) fn new(ending_of_all: Arc<AtomicUsize>) -> Self {
        Self {
            unread: AtomicUsize::new(0),
            ends: AtomicBool::new(false),
            ending: OnceLock::new(),
            ending_of_all,
            waker: AtomicWaker::new(),
        }
    }

    /// Records that more, or fewer, bytes wait for the reader.
    pub(super) fn change(&self, more: usize, less: usize) {
        self.unread.fetch_add(more, Relaxed);
        self.unread.fetch_sub(less, Relaxed);
    }

    /// Returns the bytes that wait for the reader.
    pub(super) fn unread(&self) -> usize {
        self.unread.load(Relaxed)
    }

    /// Tells whether the connection has to end.
    pub(super) fn ends(&self) -> bool {
        self.ends.load(Relaxed)
    }

    /// Ends the connection.
    pub(super) fn end(&self) {
        let unread = *self.ending.get_or_init(|| self.unread());
        self.ending_of_all.fetch_add(unread, Relaxed);
        self.ends.store(true, Relaxed);
        self.waker.wake();
    }

    /// Resolves when the connection has to end.
    pub(super) fn poll_end(&self, cx: &Context<'_>) -> Poll<()> {
        self.waker.register(cx.waker());
        if self.ends() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Backlog {
    fn drop(&mut self) {
        if let Some(unread) = self.ending.get() {
            self.ending_of_all.fetch_sub(*unread, Relaxed);
        }
    }
}
