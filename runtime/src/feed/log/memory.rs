//! The last entries of the log, so that clients that come back cost no query each.

use std::collections::VecDeque;
use std::sync::Arc;

use super::entry::LogEntry;
use crate::change::Position;

/// The number of entries that are kept.
const ENTRIES: usize = 20_000;
/// The bytes of the entries that are kept.
const BYTES: usize = 32 << 20;

/// The last entries, in order.
#[derive(Debug, Default)]
pub(super) struct Memory {
    entries: VecDeque<Arc<LogEntry>>,
    bytes: usize,
    /// Everything after this position is here.
    start: Position,
}

impl Memory {
    /// Forgets everything, and begins after a position.
    pub(super) fn begin(&mut self, start: Position) {
        *self = Self { start, ..Self::default() };
    }

    pub(super) fn push(&mut self, entry: Arc<LogEntry>) {
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
        while self.entries.len() > ENTRIES || self.bytes > BYTES {
            let Some(gone) = self.entries.pop_front() else { return };
            self.bytes -= gone.bytes();
            self.start = gone.position;
        }
    }

    /// Tells whether a position is known to be one of this log.
    pub(super) fn knows(&self, position: Position) -> bool {
        let at = self.entries.binary_search_by_key(&(position.batch, position.place), |entry| {
            (entry.position.batch, entry.position.place)
        });
        match at {
            Ok(at) => self.entries.get(at).is_some_and(|entry| entry.position == position),
            Err(_) => position == self.start,
        }
    }

    /// Returns the entries after a position, if all of them are here.
    pub(super) fn after(&self, position: Position) -> Option<Vec<Arc<LogEntry>>> {
        if !position.reaches(self.start) {
            return None;
        }
        let at = self.entries.partition_point(|entry| position.reaches(entry.position));
        Some(self.entries.range(at..).cloned().collect())
    }
}
