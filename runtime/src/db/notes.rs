//! The notes of triggers about changes by other programs (`x-observe-database`), taken in order and once.
//!
//! Notes are deleted only after they were published ([`Notes::told`]): if a node ends in between, the next one takes
//! and publishes them again.

use std::time::Duration;

/// The number of notes that are taken at once.
pub(super) const BATCH: i64 = 500;
/// The longest wait for a notification.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The age after which notes are deleted that no node publishes.
pub(super) const FORGOTTEN: Duration = Duration::from_secs(24 * 60 * 60);

/// Logs that notes were deleted without being published.
pub(super) fn forgotten(notes: u64) {
    if notes > 0 {
        tracing::warn!(notes, "noted changes of tables without observers were a day old and were deleted");
    }
}
