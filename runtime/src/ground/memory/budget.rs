//! The bytes of all connections, and the choice of connections to end, by their unread bytes.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::backlog::{Backlog, SMALL};
use crate::ground::limits::Limits;
use crate::ground::stats::{LimitKind, Stats};

/// The pause between two searches for connections to end.
const PAUSE: Duration = Duration::from_millis(5);

/// The bytes of all connections of a process.
pub(crate) struct Budget {
    pub(super) most: usize,
    pub(super) most_of_address: usize,
    pub(super) most_of_connection: usize,
    pub(super) stats: Arc<Stats>,
    /// The bytes of connections that are being ended.
    pub(super) ending: Arc<AtomicUsize>,
    /// The time of the last search.
    looked: Mutex<Option<Instant>>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// The number of the newest connection.
    last: u64,
    backlogs: HashMap<u64, Weak<Backlog>>,
    addresses: HashMap<IpAddr, Weak<AtomicUsize>>,
}

impl Budget {
    /// Creates a budget with these limits.
    pub(crate) fn new(limits: &Limits, stats: Arc<Stats>) -> Arc<Self> {
        Arc::new(Self {
            most: limits.memory,
            most_of_address: limits.memory_per_address,
            most_of_connection: limits.memory_per_connection,
            stats,
            ending: Arc::default(),
            looked: Mutex::default(),
            known: Mutex::default(),
        })
    }

    /// Counts a connection from now on; `address` is the client's, if it is known.
    pub(super) fn enter(&self, address: Option<IpAddr>) -> Entered {
        let mut known = self.known();
        known.last += 1;
        let number = known.last;
        let of_address = address.map(|address| {
            let counted = known.addresses.get(&address).and_then(Weak::upgrade);
            let counted = counted.unwrap_or_default();
            known.addresses.insert(address, Arc::downgrade(&counted));
            (address, counted)
        });
        let backlog = Arc::new(Backlog::new(Arc::clone(&self.ending)));
        known.backlogs.insert(number, Arc::downgrade(&backlog));
        Entered { number, of_address, backlog }
    }

    /// Returns the bytes that are held now.
    pub(crate) fn used(&self) -> usize {
        self.stats.memory()
    }

    /// Counts bytes that several connections share.
    pub(crate) fn hold(self: &Arc<Self>, bytes: usize) -> Common {
        self.stats.memory.fetch_add(bytes, Relaxed);
        self.relieve();
        Common { budget: Arc::clone(self), bytes }
    }

    /// Ends the connections with the most unread bytes, as long as the budget is exceeded.
    pub(super) fn relieve(&self) {
        let exceeded = || self.used().saturating_sub(self.ending.load(Relaxed)) > self.most;
        if !exceeded() {
            return;
        }
        // One task searches at a time, and not too often, because every served request calls this.
        let Ok(mut last) = self.looked.try_lock() else { return };
        if last.is_some_and(|last| last.elapsed() < PAUSE) {
            return;
        }
        let backlogs: Vec<Arc<Backlog>> = self.known().backlogs.values().filter_map(Weak::upgrade).collect();
        let mut slow: Vec<&Arc<Backlog>> =
            backlogs.iter().filter(|backlog| !backlog.ends() && backlog.unread() > SMALL).collect();
        slow.sort_by_key(|backlog| backlog.unread());
        while exceeded()
            && let Some(slowest) = slow.pop()
        {
            slowest.end();
            self.stats.cross(LimitKind::Memory);
        }
        *last = Some(Instant::now());
    }

    /// Removes a connection and, if it was the last one of its address, the address.
    pub(super) fn forget(&self, entered: &Entered) {
        let mut known = self.known();
        known.backlogs.remove(&entered.number);
        if let Some((address, counted)) = &entered.of_address
            && Arc::strong_count(counted) == 1
        {
            known.addresses.remove(address);
        }
    }

    /// Tells whether no connection is counted.
    #[cfg(test)]
    pub(super) fn is_left_by_all(&self) -> bool {
        let known = self.known();
        known.backlogs.is_empty() && known.addresses.is_empty()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Every edit leaves the state consistent.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("used", &self.used()).field("most", &self.most).finish_non_exhaustive()
    }
}

/// A connection as the budget knows it.
pub(super) struct Entered {
    number: u64,
    /// Its address, and the bytes of all connections of this address.
    pub(super) of_address: Option<(IpAddr, Arc<AtomicUsize>)>,
    pub(super) backlog: Arc<Backlog>,
}

/// The bytes that several connections share.
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
