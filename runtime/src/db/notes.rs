//! What triggers have noted of changes that somebody else made (`x-observe-database`), taken in order and once.
//!
//! What is taken is deleted only when it was told ([`Notes::told`]): a node that ends in between leaves it to the next
//! one, which tells of it again.

use std::time::Duration;

/// Notes taken at once.
pub(super) const BATCH: i64 = 500;
/// How long it is waited at most for the word that there is something.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Notes of tables that nobody tells of are deleted when they are so old.
pub(super) const FORGOTTEN: Duration = Duration::from_secs(24 * 60 * 60);

/// Says that notes were deleted which nobody told of.
pub(super) fn forgotten(notes: u64) {
    if notes > 0 {
        tracing::warn!(
            notes,
            "changes of tables that nobody observes were noted a day ago, and are forgotten"
        );
    }
}
