//! The migrations of a program.

use std::fmt;
use std::time::Duration;

/// The migrations of a generated crate, one list a database.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// For SQLite.
    pub sqlite: &'static [Migration],
    /// For PostgreSQL.
    pub postgres: &'static [Migration],
}

/// One migration: applied once, in the order of versions, and never changed afterwards.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number, from 1.
    pub version: i64,
    /// Its name.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

/// The text of a migration in Rust.
const IN_RUST: &str = "-- The application does it.";

impl Migration {
    /// One that the application does itself: see [`Service::migration`](crate::Service::migration).
    pub const fn in_rust(version: i64, name: &'static str) -> Self {
        Self { version, name, sql: IN_RUST }
    }

    /// Whether the application does it itself.
    pub fn is_in_rust(&self) -> bool {
        self.sql == IN_RUST
    }
}

/// Writes `0001_initial`, the name of its file.
impl fmt::Display for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A migration that was just applied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Applied {
    pub(crate) migration: &'static Migration,
    pub(crate) took: Duration,
}

/// A migration that a database has applied.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) checksum: String,
    pub(crate) applied_at: String,
}
