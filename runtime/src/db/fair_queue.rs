//! The fair queue of the database: how many connections each class of statements may use, and who is next.
//!
//! Statements that may take long (lists, counts, queries of the application, transactions that it keeps open) may use
//! only a part of the connections, and so may writes: a look-up by key, or of an identity, always finds a connection.
//! Waiting requesters have turns round-robin: one turn for each address, and within an address one for each connection.
//! A client with fifty waiting lists does not go before a client with one.
//!
//! A read that has a permit waits for nothing else, and inside a transaction a statement needs no permit: the
//! transaction has its connection. So there is no circular wait.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::fate::DbResult;
use super::statement::{Class, PATIENCE};
use crate::ground::bounds::Bounds;
use crate::ground::stats::LimitKind;

/// The party for which a handle runs statements.
#[derive(Clone, Default)]
pub(crate) enum Requester {
    /// The application itself, outside of every connection: it waits like one more connection.
    #[default]
    Application,
    /// Handshakes and health probes, which others depend on: they never wait.
    Handshake,
    /// A connection.
    Connection(Arc<RequestingConnection>),
}

/// A connection as the queue knows it.
#[derive(Debug)]
pub(crate) struct RequestingConnection {
    /// The number of the connection.
    pub(crate) id: u64,
    /// The client's address, if it is known.
    pub(crate) address: Option<IpAddr>,
    /// How long the connection waits, and the counter of waits that took too long.
    pub(crate) bounds: Arc<Bounds>,
}

impl Requester {
    /// Returns the keys of the rounds: the address, and the connection within it.
    fn position(&self) -> (Option<IpAddr>, u64) {
        match self {
            Self::Connection(party) => (party.address, party.id),
            Self::Application | Self::Handshake => (None, 0),
        }
    }
}

const CLASSES: [Class; 3] = [Class::Long, Class::Brief, Class::Lasting];

/// How many permits there are: for each class, and in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shares {
    pub(super) long: usize,
    pub(super) brief: usize,
    pub(super) lasting: usize,
    pub(super) all: usize,
}

impl Shares {
    /// Divides this many connections, four at least. A fifth is left to look-ups, and at least one of the others to
    /// short writes.
    pub(super) fn of_pool(connections: usize) -> Self {
        let all = connections - (connections / 5).max(1);
        Self { long: (connections * 2 / 5).max(1), brief: all, lasting: (connections * 3 / 10).max(1), all }
    }

    fn of(&self, class: Class) -> usize {
        match class {
            Class::Long => self.long,
            Class::Brief => self.brief,
            Class::Lasting => self.lasting,
        }
    }
}

/// The permits in use and the requesters that wait.
pub(super) struct FairQueue {
    shares: Shares,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The permits in use, by class.
    taken: [usize; CLASSES.len()],
    lines: [Line; CLASSES.len()],
    /// The class that is served first when a permit is free again.
    first: usize,
    /// The number of the last waiting requester.
    last: u64,
}

struct Waiter {
    number: u64,
    turn: oneshot::Sender<QueuePermit>,
}

/// A permit; it is free again when this is dropped.
pub(super) struct QueuePermit {
    queue: Arc<FairQueue>,
    class: Class,
}

impl FairQueue {
    pub(super) fn new(shares: Shares) -> Arc<Self> {
        Arc::new(Self { shares, state: Mutex::default() })
    }

    /// Waits for a permit. The callers bound how many wait: each waits in a request of its connection. `None` means
    /// that this requester needs no permit.
    ///
    /// # Errors
    /// Returns [`sqlx::Error::PoolTimedOut`] if it takes longer than the limit `database_wait`, which is counted.
    pub(super) async fn take(
        self: &Arc<Self>,
        requester: &Requester,
        class: Class,
    ) -> DbResult<Option<QueuePermit>> {
        if matches!(requester, Requester::Handshake) {
            return Ok(None);
        }
        let line = requester.position();
        let (number, turn) = {
            let mut state = self.state();
            if state.lines[class as usize].is_empty() && state.has_room(&self.shares, class) {
                state.taken[class as usize] += 1;
                drop(state);
                return Ok(Some(QueuePermit { queue: Arc::clone(self), class }));
            }
            state.last += 1;
            let (number, (sender, turn)) = (state.last, oneshot::channel());
            state.lines[class as usize].join(line, Waiter { number, turn: sender });
            (number, turn)
        };
        // A caller that stops waiting leaves the queue before its turn comes.
        let _leaves = Leaves { queue: self, class, line, number };
        let bounds = match requester {
            Requester::Connection(party) => Some(&*party.bounds),
            Requester::Application | Requester::Handshake => None,
        };
        let patience = bounds.map_or(PATIENCE, |bounds| bounds.limits.database_wait);
        match timeout(patience, turn).await {
            Ok(Ok(permit)) => Ok(Some(permit)),
            // The sender is dropped only by a caller that has stopped waiting.
            Ok(Err(_)) | Err(_) => {
                if let Some(bounds) = bounds {
                    bounds.stats.cross(LimitKind::DatabaseWait);
                }
                Err(sqlx::Error::PoolTimedOut)
            }
        }
    }

    /// Gives back a permit, and hands out those that are free.
    fn release(self: &Arc<Self>, class: Class) {
        let mut given = Vec::new();
        let mut state = self.state();
        state.taken[class as usize] -= 1;
        while let Some((class, waiter)) = state.next(&self.shares) {
            given.push((QueuePermit { queue: Arc::clone(self), class }, waiter));
        }
        drop(state);
        for (permit, waiter) in given {
            // A caller that has gone meanwhile gives its permit back, which enters this function again, so that the
            // state must not be locked.
            drop(waiter.turn.send(permit));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every edit leaves the state consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_room(&self, shares: &Shares, class: Class) -> bool {
        self.taken[class as usize] < shares.of(class) && self.taken.iter().sum::<usize>() < shares.all
    }

    /// Takes a permit for the next waiting requester, if there is one.
    fn next(&mut self, shares: &Shares) -> Option<(Class, Waiter)> {
        for step in 0..CLASSES.len() {
            let class = CLASSES[(self.first + step) % CLASSES.len()];
            if self.has_room(shares, class)
                && let Some(waiter) = self.lines[class as usize].pop()
            {
                self.taken[class as usize] += 1;
                self.first = class as usize + 1;
                return Some((class, waiter));
            }
        }
        None
    }
}

impl Drop for QueuePermit {
    fn drop(&mut self) {
        self.queue.release(self.class);
    }
}

impl fmt::Debug for QueuePermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueuePermit").field("class", &self.class).finish_non_exhaustive()
    }
}

/// Removes a waiting requester from the queue, if it is still in it.
struct Leaves<'a> {
    queue: &'a FairQueue,
    class: Class,
    line: (Option<IpAddr>, u64),
    number: u64,
}

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.queue.state().lines[self.class as usize].leave(self.line, self.number);
    }
}

/// Queues that have their turns one after the other. No queue in it is empty.
struct Round<K, Q> {
    order: VecDeque<K>,
    queues: HashMap<K, Q>,
}

impl<K, Q> Default for Round<K, Q> {
    fn default() -> Self {
        Self { order: VecDeque::new(), queues: HashMap::new() }
    }
}

/// A queue that takes part in a round.
trait Queue: Default {
    fn is_empty(&self) -> bool;
    fn pop(&mut self) -> Option<Waiter>;
}

impl Queue for VecDeque<Waiter> {
    fn is_empty(&self) -> bool {
        Self::is_empty(self)
    }

    fn pop(&mut self) -> Option<Waiter> {
        self.pop_front()
    }
}

impl<K: Copy + Eq + Hash, Q: Queue> Queue for Round<K, Q> {
    fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    fn pop(&mut self) -> Option<Waiter> {
        let key = self.order.pop_front()?;
        let queue = self.queues.get_mut(&key)?;
        let waiter = queue.pop();
        if queue.is_empty() {
            self.queues.remove(&key);
        } else {
            self.order.push_back(key);
        }
        waiter
    }
}

impl<K: Copy + Eq + Hash, Q: Queue> Round<K, Q> {
    /// Changes a queue; a new queue has its turn last.
    fn edit(&mut self, key: K, edit: impl FnOnce(&mut Q)) {
        let queue = match self.queues.entry(key) {
            Entry::Occupied(queue) => queue.into_mut(),
            Entry::Vacant(permit) => {
                self.order.push_back(key);
                permit.insert(Q::default())
            }
        };
        edit(queue);
        if queue.is_empty() {
            self.queues.remove(&key);
            self.order.retain(|other| *other != key);
        }
    }
}

/// The waiting requesters, by address and by connection.
type Line = Round<Option<IpAddr>, Round<u64, VecDeque<Waiter>>>;

impl Line {
    fn join(&mut self, (address, connection): (Option<IpAddr>, u64), waiter: Waiter) {
        self.edit(address, |of_address| of_address.edit(connection, |own| own.push_back(waiter)));
    }

    fn leave(&mut self, (address, connection): (Option<IpAddr>, u64), number: u64) {
        let has_own = self.queues.get(&address).is_some_and(|all| all.queues.contains_key(&connection));
        if has_own {
            let leave = |own: &mut VecDeque<Waiter>| own.retain(|waiter| waiter.number != number);
            self.edit(address, |of_address| of_address.edit(connection, leave));
        }
    }
}

#[cfg(test)]
mod tests;
