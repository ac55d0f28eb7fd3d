//! Detects that a migration has changed since it was applied.

use std::borrow::Cow;

use super::list::Migration;
use crate::ground::digest::sha256;

/// Returns the checksum of a migration's text, independent of its line endings, which a checkout may change. For a
/// migration in Rust it covers only the name. (The generator writes the same checksum into squashed migrations:
/// `src/evolve/history.rs`.)
pub(super) fn checksum(migration: &Migration) -> String {
    if migration.is_in_rust() { sha256(migration.name) } else { sha256(&unix(migration.sql)) }
}

/// Tells whether a checksum is that of a migration. Checksums of an earlier version covered the bytes, line endings
/// included.
pub(super) fn is_checksum(sum: &str, migration: &Migration) -> bool {
    if migration.is_in_rust() {
        return sum == checksum(migration);
    }
    let text = unix(migration.sql);
    sum == sha256(&text) || sum == sha256(&text.replace('\n', "\r\n"))
}

fn unix(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::{checksum, is_checksum};
    use crate::db::Migration;
    use crate::ground::digest::sha256;

    #[test]
    fn line_ends_are_no_part_of_a_migration() {
        let migration = |sql| Migration { version: 1, name: "0001_initial", sql };
        let (unix, windows) = (migration("a;\n\nb;\n"), migration("a;\r\n\r\nb;\r\n"));
        assert_eq!(checksum(&unix), sha256(unix.sql), "what was applied before stays applied");
        assert_eq!(checksum(&windows), checksum(&unix));
        for migration in [&unix, &windows] {
            for sum in [sha256(unix.sql), sha256(windows.sql)] {
                assert!(is_checksum(&sum, migration));
            }
            for other in ["a;\n\nb;", "a;\n\nc;\n", "a;\n\r\nb;\n"] {
                assert!(!is_checksum(&sha256(other), migration), "{other:?}");
            }
        }
    }
}
