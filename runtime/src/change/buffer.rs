//! The entries that a transaction publishes when it is committed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::message::{Entry, Message};
use super::row_change::Change;
use crate::schema::key::Key;

/// The entries that a transaction publishes when it is committed.
#[derive(Default)]
pub(crate) struct Buffer {
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    /// The entries; `None` in the place of a row that has come and gone.
    all: Vec<Option<Entry>>,
    /// The positions of the changes, by the model and the key of the row.
    changes: HashMap<(usize, Key<'static>), usize>,
}

impl Buffer {
    /// Adds a change: the same row has one change, at the position of its first.
    pub(crate) fn change(&self, change: Change) {
        let mut entries = self.entries();
        let row = (change.model.number(), Key::of(change.key()).into_owned());
        let earlier = entries.changes.get(&row).copied();
        let earlier = earlier.and_then(|position| Some((position, entries.all[position].take()?)));
        match earlier {
            Some((position, Entry::Change(earlier))) => {
                entries.all[position] = earlier.and(change).map(|both| Entry::Change(Box::new(both)));
            }
            _ => {
                let position = entries.all.len();
                entries.changes.insert(row, position);
                entries.all.push(Some(Entry::Change(Box::new(change))));
            }
        }
    }

    /// Adds a message.
    pub(crate) fn message(&self, message: Message) {
        self.entries().all.push(Some(Entry::Message(message)));
    }

    /// Adds something to do after the commit.
    pub(crate) fn then(&self, done: Box<dyn FnOnce() + Send + Sync>) {
        self.entries().all.push(Some(Entry::Then(done)));
    }

    /// Takes everything.
    pub(crate) fn take(&self) -> Vec<Entry> {
        let entries = std::mem::take(&mut *self.entries());
        entries.all.into_iter().flatten().collect()
    }

    /// Tells whether there are no entries.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries().all.iter().all(Option::is_none)
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // Every edit leaves the entries consistent.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
