//! Turns at the database: who may use how many of its connections, and who is next.
//!
//! What may take long (lists, counts, queries of the application, transactions that it keeps open) has a part of the
//! connections only, and so has everything that writes: a look-up by key, or of who is asking, always finds one. Those
//! who wait have their turns round by round: one of each address, and of an address one of each connection. Whoever
//! has fifty lists waiting does not go before one who has a single one.
//!
//! Reads never wait for anything while they have their place, and inside a transaction nothing waits for a place at
//! all: it has the connection that it needs. So nobody waits in a circle.

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

/// Whose statements a handle runs.
#[derive(Clone, Default)]
pub(crate) enum Requester {
    /// The application's own, outside of every connection: in line with the others, as one more.
    #[default]
    Application,
    /// Whoever has to be answered before anybody can be served, or that the server is well: never in line.
    Handshake,
    /// A connection.
    Connection(Arc<RequestingConnection>),
}

/// A connection, as those who wait know it.
#[derive(Debug)]
pub(crate) struct RequestingConnection {
    /// Its number.
    pub(crate) id: u64,
    /// Where it is from, if that is known.
    pub(crate) address: Option<IpAddr>,
    /// How long it waits, and where it is counted that this was too long.
    pub(crate) bounds: Arc<Bounds>,
}

impl Requester {
    /// Among whom turns go round: addresses, and connections of one.
    fn position(&self) -> (Option<IpAddr>, u64) {
        match self {
            Self::Connection(party) => (party.address, party.id),
            Self::Application | Self::Handshake => (None, 0),
        }
    }
}

const CLASSES: [Class; 3] = [Class::Long, Class::Brief, Class::Lasting];

/// How many there may be at once: of each class, and in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shares {
    pub(super) long: usize,
    pub(super) brief: usize,
    pub(super) lasting: usize,
    pub(super) all: usize,
}

impl Shares {
    /// Of so many connections, four at least. A fifth is left to look-ups, and of the others at least one to what
    /// writes and is done with that.
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

/// Who has a place and who waits for one.
pub(super) struct FairQueue {
    shares: Shares,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Places that are taken, by class.
    taken: [usize; CLASSES.len()],
    lines: [Line; CLASSES.len()],
    /// The class that is asked first when there is a place again.
    first: usize,
    /// The number of the last who has waited.
    last: u64,
}

struct Waiter {
    number: u64,
    turn: oneshot::Sender<QueuePermit>,
}

/// A place; it is free again when this is dropped.
pub(super) struct QueuePermit {
    queue: Arc<FairQueue>,
    class: Class,
}

impl FairQueue {
    pub(super) fn new(shares: Shares) -> Arc<Self> {
        Arc::new(Self { shares, state: Mutex::default() })
    }

    /// Waits for a place. How many wait is bounded by those who ask: each does so in a request of its connection. None:
    /// this one needs no place.
    ///
    /// # Errors
    /// [`sqlx::Error::PoolTimedOut`] if it takes longer than the limit `database_wait`, which is counted.
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
        // If it does not get its turn, it is not there any more when that comes.
        let _leaves = Leaves { queue: self, class, line, number };
        let bounds = match requester {
            Requester::Connection(party) => Some(&*party.bounds),
            Requester::Application | Requester::Handshake => None,
        };
        let patience = bounds.map_or(PATIENCE, |bounds| bounds.limits.database_wait);
        match timeout(patience, turn).await {
            Ok(Ok(permit)) => Ok(Some(permit)),
            // The sender is dropped by whoever has waited alone.
            Ok(Err(_)) | Err(_) => {
                if let Some(bounds) = bounds {
                    bounds.stats.cross(LimitKind::DatabaseWait);
                }
                Err(sqlx::Error::PoolTimedOut)
            }
        }
    }

    /// Gives back a place, and gives out what can be.
    fn release(self: &Arc<Self>, class: Class) {
        let mut given = Vec::new();
        let mut state = self.state();
        state.taken[class as usize] -= 1;
        while let Some((class, waiter)) = state.next(&self.shares) {
            given.push((QueuePermit { queue: Arc::clone(self), class }, waiter));
        }
        drop(state);
        for (permit, waiter) in given {
            // Whoever has gone meanwhile gives it back: that comes here again, so that nobody may hold the state.
            drop(waiter.turn.send(permit));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every edit leaves it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_room(&self, shares: &Shares, class: Class) -> bool {
        self.taken[class as usize] < shares.of(class) && self.taken.iter().sum::<usize>() < shares.all
    }

    /// Takes a place for whoever is next, if there is one.
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

/// Takes one who waits out of the line, if it is still in it.
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

/// Queues that have their turns one after the other. None of them is empty.
struct Round<K, Q> {
    order: VecDeque<K>,
    queues: HashMap<K, Q>,
}

impl<K, Q> Default for Round<K, Q> {
    fn default() -> Self {
        Self { order: VecDeque::new(), queues: HashMap::new() }
    }
}

/// What a round is of.
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
    /// Changes a queue; one that is new has its turn last.
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

/// Those who wait, by address and by connection.
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
