//! Filtered subscriptions: what a change is to who wants certain rows alone.

use crate::change::{Change, ChangeKind};
use crate::condition::Condition;
use crate::schema::row::Row;

/// What a change that is told to a group as `kind` means to a subscriber of it who wants these rows alone. A row that
/// comes to match is new to them, one that does not any more is gone. None: nothing.
pub(crate) fn through(filter: &Condition, change: &Change, kind: ChangeKind) -> Option<ChangeKind> {
    use ChangeKind::{Created, Deleted, Related, Updated};
    if filter.is_all() {
        return Some(kind);
    }
    // Who subscribes with what only a query could tell is refused; it is never taken for a match.
    let matches = |row: &Row| filter.matches(row) == Some(true);
    let after = change.after.as_ref().map(matches);
    let before = change.before.as_ref().map(matches);
    let (is, was) = (after.or(before)?, before.or(after)?);
    match (kind, was, is) {
        (Created, _, true) => Some(Created),
        (Deleted, true, _) => Some(Deleted),
        (Updated | Related, true, true) => Some(kind),
        (Updated | Related, false, true) => Some(Created),
        (Updated | Related, true, false) => Some(Deleted),
        _ => None,
    }
}
