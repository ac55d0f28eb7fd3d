//! The migrations of a program.

use std::fmt;
use std::time::Duration;

/// The migrations of a generated crate, with one list for each database.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// The migrations for SQLite.
    pub sqlite: &'static [Migration],
    /// The migrations for PostgreSQL.
    pub postgres: &'static [Migration],
}

/// A migration, which is applied once, in the order of versions, and not changed afterwards.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The number of the migration, at least 1.
    pub version: i64,
    /// The name of the migration.
    pub name: &'static str,
    /// The statements of the migration.
    pub sql: &'static str,
}

/// The text of a migration in Rust.
const IN_RUST: &str = "-- The application does it.";

impl Migration {
    /// Describes a migration that the application runs itself: see [`Service::migration`](crate::Service::migration).
    pub const fn in_rust(version: i64, name: &'static str) -> Self {
        Self { version, name, sql: IN_RUST }
    }

    /// Tells whether the application runs the migration itself.
    pub fn is_in_rust(&self) -> bool {
        self.sql == IN_RUST
    }
}

/// Writes the version and the name, `0001_initial`, which is the name of its file.
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
