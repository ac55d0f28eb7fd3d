//! The members that are connected to this node, and the changes of them that are not stored yet.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};

use crate::change::MemberChange;
use crate::ground::error::Result;
use crate::ground::memory::Held;

/// A connection in a group.
#[derive(Debug)]
pub(crate) struct Joined {
    /// The connection, by its number on this node.
    pub(crate) connection: u64,
    /// The group, which is unique in an application.
    pub(crate) channel: Arc<str>,
    /// The `action` of events about it: JSON text.
    pub(crate) action: String,
    /// The user, or the connection of an anonymous client: all connections with the same key are one member.
    pub(crate) key: String,
    /// The payload of the signal: a JSON object.
    pub(crate) payload: String,
    /// Its memory.
    pub(super) _held: Option<Held>,
}

/// A change that is not stored yet.
#[derive(Debug)]
pub(super) enum Change {
    /// It joins, or has another payload. The sender is notified when this is stored, or of the error.
    Join(Arc<Joined>, Option<oneshot::Sender<Result<()>>>),
    /// It leaves.
    Leave(Arc<Joined>),
    /// A member of a group has changed, on this node or another: the subscribers of this node are told what it is now.
    Look(Arc<str>, MemberChange),
}

/// The members of this node.
#[derive(Default)]
pub(crate) struct Members {
    state: Mutex<State>,
    /// Wakes the keeper.
    pub(super) changed: Notify,
    /// Notified when every change is stored.
    settled: Notify,
}

#[derive(Default)]
struct State {
    of: HashMap<u64, Vec<Arc<Joined>>>,
    changes: VecDeque<Change>,
    /// The groups and keys of each [`Change::Look`] that waits, with what has become of the member since then.
    looks: HashMap<(Arc<str>, String), Option<MemberChange>>,
    /// Whether a keeper runs; and whether it is storing a change.
    kept: bool,
    storing: bool,
    /// Whether there is no hub any more; and whether the keeper has ended, so that nothing is stored.
    ended: bool,
    stopped: bool,
    /// Whether the tables are known to exist.
    has_table: bool,
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Members").field("connections", &self.state().of.len()).finish_non_exhaustive()
    }
}

impl Members {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every edit leaves it consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether the caller has to start the keeper, which is so once.
    pub(super) fn needs_keeper(&self) -> bool {
        !std::mem::replace(&mut self.state().kept, true)
    }

    /// Tells whether the tables are known to exist.
    pub(super) fn has_table(&self) -> bool {
        self.state().has_table
    }

    /// Notes that the tables exist.
    pub(super) fn found_table(&self) {
        self.state().has_table = true;
    }

    /// Adds a connection to a group, in the place of what it was there before.
    pub(super) fn join(&self, joined: Arc<Joined>, stored: Option<oneshot::Sender<Result<()>>>) {
        let mut state = self.state();
        let own = state.of.entry(joined.connection).or_default();
        own.retain(|other| other.channel != joined.channel);
        own.push(Arc::clone(&joined));
        // If nothing is stored any more, whoever waits is notified by the end of the sender.
        if !state.stopped {
            state.changes.push_back(Change::Join(joined, stored));
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Removes a connection from a group.
    pub(super) fn leave(&self, connection: u64, channel: &str) {
        self.remove(connection, |joined| *joined.channel == *channel);
    }

    /// Removes a connection that has ended.
    pub(crate) fn end(&self, connection: u64) {
        self.remove(connection, |_| true);
    }

    fn remove(&self, connection: u64, meant: impl Fn(&Joined) -> bool) {
        let mut state = self.state();
        let Some(own) = state.of.get_mut(&connection) else { return };
        let (gone, left): (Vec<_>, Vec<_>) =
            std::mem::take(own).into_iter().partition(|joined| meant(joined));
        *own = left;
        if own.is_empty() {
            state.of.remove(&connection);
        }
        let was = !gone.is_empty();
        state.changes.extend(gone.into_iter().map(Change::Leave));
        drop(state);
        if was {
            self.changed.notify_one();
        }
    }

    /// Removes a member that could not be stored, and what was stored of it before.
    pub(super) fn forget(&self, joined: &Joined) {
        self.leave(joined.connection, &joined.channel);
    }

    /// Refuses everybody who waits to be stored, because the database cannot store anything at the moment.
    pub(super) fn refuse_waiting(&self) {
        let mut refused = Vec::new();
        self.state().changes.retain_mut(|change| match change {
            Change::Join(joined, waiting) if waiting.is_some() => {
                refused.push((Arc::clone(joined), waiting.take()));
                false
            }
            _ => true,
        });
        for (joined, waiting) in refused {
            self.forget(&joined);
            drop(waiting);
        }
    }

    /// Notes that the keeper has ended.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        state.changes.clear();
        state.looks.clear();
        drop(state);
        self.settled.notify_waiters();
    }

    /// Asks the keeper to tell the subscribers of this node what a member is now. Returns `false` if there is no keeper.
    pub(crate) fn look(&self, channel: &Arc<str>, change: &MemberChange) -> bool {
        let mut state = self.state();
        let kept = state.kept && !state.stopped;
        if !kept {
            return false;
        }
        // Many changes of one member wait as one: only what it is now is told.
        match state.looks.entry((Arc::clone(channel), change.key.clone())) {
            Entry::Occupied(mut waiting) => drop(waiting.insert(Some(change.clone()))),
            Entry::Vacant(free) => {
                free.insert(None);
                state.changes.push_back(Change::Look(Arc::clone(channel), change.clone()));
                drop(state);
                self.changed.notify_one();
            }
        }
        true
    }

    /// Returns the number of groups of a connection.
    pub(super) fn count(&self, connection: u64) -> usize {
        self.state().of.get(&connection).map_or(0, Vec::len)
    }

    /// Returns the members, so that all are stored again.
    pub(super) fn all(&self) -> Vec<Arc<Joined>> {
        self.state().of.values().flatten().cloned().collect()
    }

    /// Tells whether a member is still there.
    pub(super) fn has(&self, joined: &Arc<Joined>) -> bool {
        let state = self.state();
        state.of.get(&joined.connection).is_some_and(|own| own.iter().any(|other| Arc::ptr_eq(other, joined)))
    }

    /// Takes the next change that is to be stored.
    pub(super) fn next(&self) -> Option<Change> {
        let mut state = self.state();
        let mut next = state.changes.pop_front();
        if let Some(Change::Look(channel, change)) = &mut next
            && let Some(Some(later)) = state.looks.remove(&(Arc::clone(channel), change.key.clone()))
        {
            *change = later;
        }
        state.storing = next.is_some();
        if next.is_none() {
            drop(state);
            self.settled.notify_waiters();
        }
        next
    }

    /// Puts back a change that could not be stored. It stays the first.
    pub(super) fn put_back(&self, change: Change) {
        let mut state = self.state();
        state.storing = false;
        state.changes.push_front(change);
    }

    /// Stores members again, after everything else.
    pub(super) fn again(&self, all: Vec<Arc<Joined>>) {
        self.state().changes.extend(all.into_iter().map(|joined| Change::Join(joined, None)));
        self.changed.notify_one();
    }

    /// Resolves when every change is stored, if a keeper runs.
    pub(crate) async fn settled(&self) {
        loop {
            let settled = self.settled.notified();
            {
                let state = self.state();
                if !state.kept || state.stopped || (state.changes.is_empty() && !state.storing) {
                    return;
                }
            }
            settled.await;
        }
    }

    /// Ends the keeper, because the hub ends.
    pub(crate) fn close(&self) {
        self.state().ended = true;
        self.changed.notify_one();
    }

    /// Tells whether the hub has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.state().ended
    }
}
