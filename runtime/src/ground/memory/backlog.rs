//! What the reader of a connection leaves behind, and that the connection is to be ended for it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

/// Bytes that a connection may hold however little is left: others who hold much do not keep it from being answered.
pub(super) const SMALL: usize = 64 * 1024;

/// Bytes that wait for the reader of one connection.
pub(super) struct Backlog {
    unread: AtomicUsize,
    /// Whether the connection is to be ended.
    ends: AtomicBool,
    /// What was unread when that was decided.
    ending: OnceLock<usize>,
    /// Bytes of all connections that are being ended.
    ending_of_all: Arc<AtomicUsize>,
    waker: AtomicWaker,
}

impl Backlog {
    /// Nothing is unread; what is, once the connection is to be ended, is counted in `ending_of_all` until it has ended.
    pub(super) fn new(ending_of_all: Arc<AtomicUsize>) -> Self {
        Self {
            unread: AtomicUsize::new(0),
            ends: AtomicBool::new(false),
            ending: OnceLock::new(),
            ending_of_all,
            waker: AtomicWaker::new(),
        }
    }

    /// Says how much more, or less, waits for the reader.
    pub(super) fn change(&self, more: usize, less: usize) {
        self.unread.fetch_add(more, Relaxed);
        self.unread.fetch_sub(less, Relaxed);
    }

    /// Bytes that wait for the reader.
    pub(super) fn unread(&self) -> usize {
        self.unread.load(Relaxed)
    }

    /// Whether the connection is to be ended.
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

    /// Ready when the connection has to end.
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
