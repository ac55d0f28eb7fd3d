//! Progress reports of migrations, and errors with the details of the database.

use std::time::Duration;

use sqlx::postgres::PgDatabaseError;

use super::list::Migration;

/// A receiver of progress reports.
pub(crate) trait Progress: Sync {
    /// A step of a migration begins; `step` describes it, if a description is known.
    fn begins(&self, _migration: &Migration, _step: Option<&str>) {}

    /// The step has ended.
    fn ended(&self, _took: Duration) {}

    /// Another program migrates the database, or has locked it.
    fn waits(&self, reason: &str) {
        tracing::warn!(reason, "waiting to migrate the database");
    }
}

/// Logs that the program waits for the database, and reports nothing else.
pub(crate) struct Quiet;

impl Progress for Quiet {}

/// Returns an error of the database, with PostgreSQL's details: which view or row it concerns.
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
