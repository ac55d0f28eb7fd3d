//! The memory that clients make the process hold: one budget, and everybody's share of it.
//!
//! Counted are the rows and replies of requests while they are made, frames that wait for a reader, requests that wait for
//! their turn, events and subscriptions. What would exceed a share is refused before it is made. What cannot be refused any
//! more, such as the answer to a write that is done, is counted all the same; if the budget is exceeded by it, the
//! connection is ended whose reader leaves most behind (as Redis does by `maxmemory-clients`).

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;

use crate::error::{Detail, Error};
use crate::limits::Limits;
use crate::stats::{Limit, Stats};

mod request;

pub(crate) use request::{RequestMemory, RowBytes};

/// Bytes that a connection may hold however little is left: others who hold much do not keep it from being answered.
const SMALL: usize = 64 * 1024;

/// Between two looks for connections to be ended.
const PAUSE: Duration = Duration::from_millis(5);

/// Whose part of the budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Excess {
    /// One request alone wants more than a connection may hold.
    #[error("a request takes more memory than a connection may hold")]
    Request {
        /// Bytes that a connection may hold.
        most: usize,
    },
    /// The connection's.
    #[error("a connection holds as much memory as it may")]
    Connection,
    /// That of all connections of its address.
    #[error("the connections of an address hold as much memory as they may")]
    Address,
    /// All of it.
    #[error("the connections hold as much memory as they may")]
    Process,
}

impl Excess {
    /// The limit that is crossed.
    pub(crate) fn limit(self) -> Limit {
        match self {
            Self::Request { .. } | Self::Connection => Limit::MemoryPerConnection,
            Self::Address => Limit::MemoryPerAddress,
            Self::Process => Limit::Memory,
        }
    }
}

impl From<Excess> for Error {
    fn from(excess: Excess) -> Self {
        let (status, text) = match excess {
            Excess::Request { most } => (400, format!("This takes more than {}: ask for less.", size(most))),
            Excess::Connection => (
                429,
                "This connection keeps too much memory busy: read what was answered, then try again."
                    .to_owned(),
            ),
            Excess::Address => {
                (429, "Connections of this address keep too much memory busy: try again.".to_owned())
            }
            Excess::Process => (503, "The server has too much to do: try again.".to_owned()),
        };
        Self::Api { status, detail: Detail::Text(text) }
    }
}

/// A number of bytes as limits are written.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        bytes if bytes > 0 && bytes % (1024 * 1024) == 0 => format!("{} MiB", bytes / (1024 * 1024)),
        bytes if bytes > 0 && bytes % 1024 == 0 => format!("{} KiB", bytes / 1024),
        bytes => format!("{bytes} bytes"),
    }
}

/// Bytes of all connections of a process.
pub(crate) struct Budget {
    most: usize,
    most_of_address: usize,
    most_of_connection: usize,
    stats: Arc<Stats>,
    /// Bytes of those that are being ended.
    ending: AtomicUsize,
    /// When somebody last looked for whom to end.
    looked: Mutex<Option<Instant>>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// The number of the share that was made last.
    last: u64,
    shares: HashMap<u64, Weak<Share>>,
    addresses: HashMap<IpAddr, Weak<AtomicUsize>>,
}

impl Budget {
    /// What limits say.
    pub(crate) fn new(limits: &Limits, stats: Arc<Stats>) -> Arc<Self> {
        Arc::new(Self {
            most: limits.memory,
            most_of_address: limits.memory_per_address,
            most_of_connection: limits.memory_per_connection,
            stats,
            ending: AtomicUsize::new(0),
            looked: Mutex::default(),
            known: Mutex::default(),
        })
    }

    /// The share of a connection; `address` is where it comes from, if that is known.
    pub(crate) fn share(self: &Arc<Self>, address: Option<IpAddr>) -> Arc<Share> {
        let mut known = self.known();
        known.last += 1;
        let number = known.last;
        let of_address = address.map(|address| {
            let counted = known.addresses.get(&address).and_then(Weak::upgrade);
            let counted = counted.unwrap_or_default();
            known.addresses.insert(address, Arc::downgrade(&counted));
            (address, counted)
        });
        let share = Arc::new(Share {
            budget: Arc::clone(self),
            number,
            of_address,
            held: AtomicUsize::new(0),
            unread: AtomicUsize::new(0),
            ends: AtomicBool::new(false),
            ending: OnceLock::new(),
            waker: AtomicWaker::new(),
        });
        known.shares.insert(number, Arc::downgrade(&share));
        share
    }

    /// Bytes that are held now.
    pub(crate) fn used(&self) -> usize {
        self.stats.memory()
    }

    /// Counts what belongs to no connection alone.
    pub(crate) fn hold(self: &Arc<Self>, bytes: usize) -> Common {
        self.stats.memory.fetch_add(bytes, Relaxed);
        self.relieve();
        Common { budget: Arc::clone(self), bytes }
    }

    /// Ends connections whose readers leave most behind, for as long as more is held than may be.
    fn relieve(&self) {
        let exceeded = || self.used().saturating_sub(self.ending.load(Relaxed)) > self.most;
        if !exceeded() {
            return;
        }
        // One looks, and not all the time: everybody who is served comes by here.
        let Ok(mut last) = self.looked.try_lock() else { return };
        if last.is_some_and(|last| last.elapsed() < PAUSE) {
            return;
        }
        let shares: Vec<Arc<Share>> = self.known().shares.values().filter_map(Weak::upgrade).collect();
        let mut slow: Vec<&Arc<Share>> =
            shares.iter().filter(|share| !share.ends.load(Relaxed) && share.unread() > SMALL).collect();
        slow.sort_by_key(|share| share.unread());
        while exceeded()
            && let Some(slowest) = slow.pop()
        {
            self.stats.cross(Limit::Memory);
            slowest.end();
        }
        *last = Some(Instant::now());
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Every edit leaves it whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("used", &self.used()).field("most", &self.most).finish_non_exhaustive()
    }
}

/// What one connection makes the process hold.
pub(crate) struct Share {
    budget: Arc<Budget>,
    number: u64,
    of_address: Option<(IpAddr, Arc<AtomicUsize>)>,
    held: AtomicUsize,
    /// Bytes that wait for the connection's reader: a part of what is held, and the events that it shares with others.
    unread: AtomicUsize,
    /// Whether it is to be ended.
    ends: AtomicBool,
    /// What was unread when that was decided.
    ending: OnceLock<usize>,
    waker: AtomicWaker,
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
        self.unread.fetch_add(more, Relaxed);
        self.unread.fetch_sub(less, Relaxed);
    }

    /// Ready when the connection has to end, as it keeps others from being answered.
    pub(crate) fn poll_end(&self, cx: &Context<'_>) -> Poll<()> {
        self.waker.register(cx.waker());
        if self.ends.load(Relaxed) { Poll::Ready(()) } else { Poll::Pending }
    }

    fn unread(&self) -> usize {
        self.unread.load(Relaxed)
    }

    fn end(&self) {
        let unread = *self.ending.get_or_init(|| self.unread());
        self.budget.ending.fetch_add(unread, Relaxed);
        self.ends.store(true, Relaxed);
        self.waker.wake();
    }

    fn count(&self, bytes: usize) -> Option<Excess> {
        let held = self.held.fetch_add(bytes, Relaxed) + bytes;
        let of_address =
            self.of_address.as_ref().map(|(_, counted)| counted.fetch_add(bytes, Relaxed) + bytes);
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
        if let Some((_, counted)) = &self.of_address {
            counted.fetch_sub(bytes, Relaxed);
        }
        self.budget.stats.memory.fetch_sub(bytes, Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut known = self.budget.known();
        known.shares.remove(&self.number);
        if let Some((address, counted)) = &self.of_address
            && Arc::strong_count(counted) == 1
        {
            known.addresses.remove(address);
        }
        drop(known);
        if let Some(unread) = self.ending.get() {
            self.budget.ending.fetch_sub(*unread, Relaxed);
        }
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (held, unread) = (self.held.load(Relaxed), self.unread());
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
    fn sibling(&self) -> Self {
        Self::none(&self.share)
    }

    /// Takes all of them.
    fn split(&mut self) -> Self {
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

/// Bytes that belong to no connection alone.
pub(crate) struct Common {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Drop for Common {
    fn drop(&mut self) {
        self.budget.stats.memory.fetch_sub(self.bytes, Relaxed);
    }
}

impl fmt::Debug for Common {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Common").field(&self.bytes).finish()
    }
}

#[cfg(test)]
mod tests;
