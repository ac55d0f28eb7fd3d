//! What each connection makes the process hold.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use super::backlog::SMALL;
use super::budget::{Budget, Entered};
use super::excess::Excess;

/// What one connection makes the process hold.
pub(crate) struct Share {
    budget: Arc<Budget>,
    /// How the budget knows it; the backlog is a part of what is held, and the events that it shares with others.
    entered: Entered,
    held: AtomicUsize,
}

impl Budget {
    /// The share of a connection that holds nothing yet; `address` is where it comes from, if that is known.
    pub(crate) fn share(self: &Arc<Self>, address: Option<IpAddr>) -> Arc<Share> {
        let (budget, entered) = (Arc::clone(self), self.enter(address));
        Arc::new(Share { budget, entered, held: AtomicUsize::new(0) })
    }
}

impl Share {
    /// Counts bytes, unless that are too many.
    pub(crate) fn take(self: &Arc<Self>, bytes: usize) -> Result<Held, Excess> {
        let mut held = Held::none(self);
        held.grow(bytes)?;
        Ok(held)
    }

    /// Counts bytes that wait for the reader.
    pub(crate) fn left(self: &Arc<Self>, bytes: usize) -> Held {
        let mut held = Held::none(self);
        held.leave(bytes);
        held
    }

    /// Says how much more, or less, waits for the reader.
    pub(crate) fn leaves(&self, more: usize, less: usize) {
        self.entered.backlog.change(more, less);
    }

    /// Ready when the connection has to end, as it keeps others from being answered.
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

/// Bytes of a share that are in use for as long as this is there.
#[derive(Debug)]
pub(crate) struct Held {
    share: Arc<Share>,
    bytes: usize,
    /// How many of them wait for the reader.
    unread: usize,
}

impl Held {
    /// No bytes.
    pub(crate) fn none(share: &Arc<Share>) -> Self {
        Self { share: Arc::clone(share), bytes: 0, unread: 0 }
    }

    /// How many.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// No bytes of the same share.
    pub(super) fn sibling(&self) -> Self {
        Self::none(&self.share)
    }

    /// Takes all of them.
    pub(super) fn split(&mut self) -> Self {
        let bytes = std::mem::take(&mut self.bytes);
        Self { share: Arc::clone(&self.share), bytes, unread: 0 }
    }

    /// Counts more, unless that are too many.
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

    /// Counts more, whatever there is left.
    pub(crate) fn add(&mut self, more: usize) {
        if self.share.count(more).is_some() {
            self.share.budget.relieve();
        }
        self.bytes += more;
    }

    /// Counts so many from now on, all of which wait for the reader.
    pub(crate) fn leave(&mut self, bytes: usize) {
        self.share.leaves(bytes, self.unread);
        self.unread = bytes;
        self.set(bytes);
    }

    /// Takes over what others of the same share count.
    pub(crate) fn absorb(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
    }

    /// Counts so many from now on.
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
