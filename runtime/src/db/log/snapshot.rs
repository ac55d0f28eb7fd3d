//! What of the log a snapshot of the database contains.

use crate::change::Position;

/// What of the log a snapshot of the database contains: everything up to a position, and on PostgreSQL also transactions
/// that were committed before it and get their numbers later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogSnapshot {
    pub(crate) head: Position,
    /// The transactions that it contains, where they are numbered afterwards.
    pub(super) visible: Option<VisibleTransactions>,
}

/// The transactions that a snapshot of PostgreSQL contains: those before a number that were not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VisibleTransactions {
    pub(super) before: i64,
    pub(super) open: Vec<i64>,
}

/// The transaction of an entry: its number, and the position of its last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoggedBy {
    pub(crate) transaction: i64,
    pub(crate) end: Position,
}

impl LogSnapshot {
    /// Tells whether what a transaction has done is in the snapshot.
    pub(crate) fn contains(&self, by: LoggedBy) -> bool {
        self.head.reaches(by.end)
            || self.visible.as_ref().is_some_and(|visible| visible.contains(by.transaction))
    }
}

impl VisibleTransactions {
    fn contains(&self, transaction: i64) -> bool {
        transaction < self.before && !self.open.contains(&transaction)
    }
}

#[cfg(test)]
mod tests {
    use super::{LogSnapshot, LoggedBy, VisibleTransactions};
    use crate::change::Position;

    #[test]
    fn a_snapshot_contains_what_was_committed_before_it() {
        let at = |batch, place| Position { batch, place, tag: 0 };
        let visible = Some(VisibleTransactions { before: 20, open: vec![12, 15] });
        let snapshot = LogSnapshot { head: at(5, 3), visible };
        let contains = |end, transaction| snapshot.contains(LoggedBy { transaction, end });
        // Numbered before it, or committed before it and numbered afterwards.
        assert!(contains(at(5, 3), 40) && contains(at(6, 1), 11) && contains(at(6, 1), 19));
        assert!(!contains(at(6, 1), 12) && !contains(at(6, 1), 15) && !contains(at(6, 1), 20));
        let numbered = LogSnapshot { head: at(5, 0), visible: None };
        assert!(numbered.contains(LoggedBy { transaction: 0, end: at(5, 0) }));
        assert!(!numbered.contains(LoggedBy { transaction: 0, end: at(6, 0) }));
    }
}
