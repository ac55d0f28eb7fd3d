//! The entries that a transaction publishes when it is committed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::message::{Entry, Message};
use super::row_change::Change;

/// The entries that a transaction publishes when it is committed.
#[derive(Default)]
pub(crate) struct Buffer {
    entries: Mutex<Vec<Entry>>,
}

impl Buffer {
    /// Adds a change: the same row has one change, at the position of its first.
    pub(crate) fn change(&self, change: Change) {
        let mut entries = self.entries();
        let position = entries.iter().position(|entry| match entry {
            Entry::Change(earlier) => earlier.is_of_same_row(&change),
            Entry::Message(_) | Entry::Then(_) => false,
        });
        let Some(position) = position else {
            entries.push(Entry::Change(Box::new(change)));
            return;
        };
        let Entry::Change(earlier) = entries.remove(position) else { return };
        if let Some(both) = earlier.and(change) {
            entries.insert(position, Entry::Change(Box::new(both)));
        }
    }

    /// Adds a message.
    pub(crate) fn message(&self, message: Message) {
        self.entries().push(Entry::Message(message));
    }

    /// Adds something to do after the commit.
    pub(crate) fn then(&self, done: Box<dyn FnOnce() + Send + Sync>) {
        self.entries().push(Entry::Then(done));
    }

    /// Takes everything.
    pub(crate) fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.entries())
    }

    /// Tells whether there are no entries.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        // Every edit leaves the list consistent.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
