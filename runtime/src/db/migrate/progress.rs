//! Who is told of migrations while they are applied, and what a database says of them.

use std::time::Duration;

use sqlx::postgres::PgDatabaseError;

use super::list::Migration;

/// Who is told of migrations while they are applied.
pub(crate) trait Progress: Sync {
    /// A step of a migration begins: what it does, in words, if that is known.
    fn begins(&self, _migration: &Migration, _step: Option<&str>) {}

    /// It has ended.
    fn ended(&self, _took: Duration) {}

    /// Somebody else migrates the database, or has locked it.
    fn waits(&self, reason: &str) {
        tracing::warn!(reason, "waiting to migrate the database");
    }
}

/// Says that the database is waited for in the log, and nothing else.
pub(crate) struct Quiet;

impl Progress for Quiet {}

/// What a database says, with what PostgreSQL says of it in detail: which view or row it is.
pub(super) fn told(error: &sqlx::Error) -> String {
    let refusal = error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    match refusal {
        Some(refusal) => match refusal.detail() {
            Some(detail) => format!("{}: {detail}", refusal.message()),
            None => refusal.message().to_owned(),
        },
        None => error.to_string(),
    }
}
