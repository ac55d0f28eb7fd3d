//! The memory of each connection.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use super::backlog::SMALL;
use super::budget::{Budget, Entered};
use super::excess::Excess;

/// The memory of one connection.
pub(crate) struct Share {
    budget: Arc<Budget>,
    /// Its entry in the budget. The unread bytes are a part of the held ones, except for events that it shares with
    /// others.
    entered: Entered,
    held: AtomicUsize,
}

impl Budget {
    /// Creates the share of a new connection; `address` is the client's, if it is known.
    pub(crate) fn share(self: &Arc<Self>, address: Option<IpAddr>) -> Arc<Share> {
        let (budget, entered) = (Arc::clone(self), self.enter(address));
        Arc::new(Share { budget, entered, held: AtomicUsize::new(0) })
    }
}

impl Share {
    /// Counts bytes, unless they are too many.
    pub(crate) fn take(self: &Arc<Self>, bytes: usize) -> Result<Held, Excess> {
        let mut held = Held::none(self);
        held.grow(bytes)?;
        Ok(held)
    }

    /// Counts bytes that cannot be refused any more.
    pub(crate) fn held(self: &Arc<Self>, bytes: usize) -> Held {
        let mut held = Held::none(self);
        held.add(bytes);
        held
    }

    /// Counts bytes that wait for the reader.
    pub(crate) fn left(self: &Arc<Self>, bytes: usize) -> Held {
        let mut held = Held::none(self);
        held.leave(bytes);
        held
    }

    /// Records that more, or fewer, bytes wait for the reader.
    pub(crate) fn leaves(&self, more: usize, less: usize) {
        self.entered.backlog.change(more, less);
    }

    /// Resolves when the connection has to end, because it keeps others from being answered.
    pub(crate) fn poll_end(&self, cx: &Context<'_>) -> Poll<()> {
        self.entered.backlog.poll_end(cx)
    }

    fn count(&self, bytes: usize) -> Option<Excess> {
        let held = self.held.fetch_add(bytes, Relaxed) + bytes;
        let of_address =
            self.entered.of_address.as_ref().map(|(_, counted)| counted.fetch_add(bytes, Relaxed) + bytes);
        let used = self.budget.stats.memory.fetch_add(bytes, Relaxed) + bytes;
        if held <= SMALL {
            self.budget.relieve();
            None
        } else if held > self.budget.most_of_connection {
            Some(Excess::Connection)
        } else if of_address.is_some_and(|held| held > self.budget.most_of_address) {
            Some(Excess::Address)
        } else {
            (used > self.budget.most).then_some(Excess::Process)
        }
    }

    fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Relaxed);
        if let Some((_, counted)) = &self.entered.of_address {
            counted.fetch_sub(bytes, Relaxed);
        }
        self.budget.stats.memory.fetch_sub(bytes, Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.forget(&self.entered);
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (held, unread) = (self.held.load(Relaxed), self.entered.backlog.unread());
        f.debug_struct("Share").field("held", &held).field("unread", &unread).finish_non_exhaustive()
    }
}

/// Bytes of a share, counted for as long as this exists.
#[derive(Debug)]
pub(crate) struct Held {
    share: Arc<Share>,
    bytes: usize,
    /// The number of them that wait for the reader.
    unread: usize,
}

impl Held {
    /// Creates it without bytes.
    pub(crate) fn none(share: &Arc<Share>) -> Self {
        Self { share: Arc::clone(share), bytes: 0, unread: 0 }
    }

    /// Returns the number of bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Creates another one of the same share, without bytes.
    pub(super) fn sibling(&self) -> Self {
        Self::none(&self.share)
    }

    /// Moves all bytes into another one.
    pub(super) fn split(&mut self) -> Self {
        let bytes = std::mem::take(&mut self.bytes);
        Self { share: Arc::clone(&self.share), bytes, unread: 0 }
    }

    /// Counts more bytes, unless they are too many.
    pub(crate) fn grow(&mut self, more: usize) -> Result<(), Excess> {
        match self.share.count(more) {
            None => {
                self.bytes += more;
                Ok(())
            }
            Some(excess) => {
                self.share.give_back(more);
                let most = self.share.budget.most_of_connection;
                let excess = if self.bytes + more > most { Excess::Request { most } } else { excess };
                self.share.budget.stats.cross(excess.limit());
                Err(excess)
            }
        }
    }

    /// Counts more bytes, even beyond the limits.
    pub(crate) fn add(&mut self, more: usize) {
        if self.share.count(more).is_some() {
            self.share.budget.relieve();
        }
        self.bytes += more;
    }

    /// Counts this many bytes from now on, all of which wait for the reader.
    pub(crate) fn leave(&mut self, bytes: usize) {
        self.share.leaves(bytes, self.unread);
        self.unread = bytes;
        self.set(bytes);
    }

    /// Takes over the bytes of another one of the same share.
    pub(crate) fn absorb(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
    }

    /// Counts this many bytes from now on.
    pub(crate) fn set(&mut self, bytes: usize) {
        if bytes > self.bytes {
            self.add(bytes - self.bytes);
        } else {
            self.share.give_back(self.bytes - bytes);
            self.bytes = bytes;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.share.leaves(0, self.unread);
        self.share.give_back(self.bytes);
    }
}
