//! Filtered subscriptions: the meaning of a change for a subscriber with a filter.

use crate::change::{Change, ChangeKind};
use crate::condition::Condition;
use crate::schema::row::Row;

/// Returns the meaning of a change, which has the meaning `kind` for a group, for a subscriber with a filter. A row
/// that begins to match is created for the subscriber, and one that stops to match is deleted. `None` means that there
/// is no event.
pub(crate) fn through(filter: &Condition, change: &Change, kind: ChangeKind) -> Option<ChangeKind> {
    use ChangeKind::{Created, Deleted, Related, Updated};
    if filter.is_all() {
        return Some(kind);
    }
    // A subscription whose filter cannot be evaluated in memory is refused; an unknown result never counts as a match.
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
