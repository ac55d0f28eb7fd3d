//! The memory that clients make the process hold: one budget, and everybody's share of it.
//!
//! Counted are the rows and replies of requests while they are made, frames that wait for a reader, requests that wait for
//! their turn, events and subscriptions. What would exceed a share is refused before it is made. What cannot be refused any
//! more, such as the answer to a write that is done, is counted all the same; if the budget is exceeded by it, the
//! connection is ended whose reader leaves most behind (as Redis does by `maxmemory-clients`).

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::ground::error::{Detail, Error};
use crate::ground::limits::Limits;
use crate::ground::stats::{Limit, Stats};

mod request;
mod share;

pub(crate) use request::{RequestMemory, RowBytes};
pub(crate) use share::{Held, Share};

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
    /// One statement of the application's own reads more than that.
    #[error("a statement takes more memory than a connection may hold")]
    Statement {
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
            Self::Request { .. } | Self::Statement { .. } | Self::Connection => Limit::MemoryPerConnection,
            Self::Address => Limit::MemoryPerAddress,
            Self::Process => Limit::Memory,
        }
    }
}

impl From<Excess> for Error {
    fn from(excess: Excess) -> Self {
        let (status, text) = match excess {
            Excess::Statement { most } => {
                let most = size(most);
                return Self::internal(format!(
                    "the rows of a statement take more than {most}, the limit `memory_per_connection`"
                ));
            }
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
        let share = Arc::new(Share::new(Arc::clone(self), number, of_address));
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
            shares.iter().filter(|share| !share.ends() && share.unread() > SMALL).collect();
        slow.sort_by_key(|share| share.unread());
        while exceeded()
            && let Some(slowest) = slow.pop()
        {
            self.stats.cross(Limit::Memory);
            slowest.end();
        }
        *last = Some(Instant::now());
    }

    /// Forgets a share and, if it was the last of its address, that.
    fn forget(&self, number: u64, of_address: Option<&(IpAddr, Arc<AtomicUsize>)>) {
        let mut known = self.known();
        known.shares.remove(&number);
        if let Some((address, counted)) = of_address
            && Arc::strong_count(counted) == 1
        {
            known.addresses.remove(address);
        }
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
