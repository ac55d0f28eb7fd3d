//! How a database stands: what the last writes said, and whether it can be read and written now.
//!
//! A full disk, a lock or a standby lets everybody read, so that reads alone do not show it. A write that was refused is
//! remembered until one succeeds. Nobody may write any more to a server that says that it is not ready, so that it tries
//! by itself then: SQLite is asked to store something that changes nothing. PostgreSQL says whether it can be written; of
//! other refusals it is not asked, as those may be of one table, and they are forgotten after a while.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Db, DbError, Handle, Shape, Statement};
use crate::ground::error::Result;
use crate::ground::outage::{Outage, Reason};
use crate::schema::value::Value;

/// For how long PostgreSQL's refusal of a write is remembered.
const REMEMBERED: Duration = Duration::from_secs(10);

/// Touches the file, and not only the connection.
const OF_SQLITE: &str = "SELECT 1 FROM sqlite_master LIMIT 1";
/// Whether it can only be read: a standby, or set so.
const OF_POSTGRES: &str = "SELECT current_setting('transaction_read_only')";

/// Why the last write was refused, and when.
#[derive(Debug, Default)]
pub(super) struct Standing {
    last: Mutex<Option<(Outage, Instant)>>,
    /// Statements that were run, of which tests tell how many something takes.
    #[cfg(feature = "test-util")]
    statements: std::sync::atomic::AtomicUsize,
}

impl Standing {
    fn last(&self) -> MutexGuard<'_, Option<(Outage, Instant)>> {
        // One assignment.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, outage: Outage) {
        *self.last() = Some((outage, Instant::now()));
    }

    fn forget(&self) {
        *self.last() = None;
    }

    /// Counts a statement.
    #[cfg(feature = "test-util")]
    pub(super) fn count(&self) {
        self.statements.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    /// Statements that were counted.
    #[cfg(feature = "test-util")]
    pub(super) fn statements(&self) -> usize {
        self.statements.load(std::sync::atomic::Ordering::Relaxed)
    }
}

impl Db {
    /// Notes what came of a write, or of a commit.
    pub(super) fn heed<T>(
        &self,
        outcome: std::result::Result<T, DbError>,
    ) -> std::result::Result<T, DbError> {
        match &outcome {
            Ok(_) if !self.is_transaction() => self.standing.forget(),
            Ok(_) => {}
            Err(error) => {
                if let Some(outage) = error.outage().filter(|outage| self.concerns_all(outage.reason)) {
                    self.standing.remember(outage);
                }
            }
        }
        outcome
    }

    /// The same of the begin of a transaction, which needs a lock and no room.
    pub(super) fn heed_begin<T>(
        &self,
        outcome: std::result::Result<T, DbError>,
    ) -> std::result::Result<T, DbError> {
        if outcome.is_err() {
            return self.heed(outcome);
        }
        let mut last = self.standing.last();
        if last.as_ref().is_some_and(|(outage, _)| outage.reason == Reason::Busy) {
            *last = None;
        }
        drop(last);
        outcome
    }

    /// Whether others could not write either. On PostgreSQL a lock is one of some rows, and whether it is there is seen
    /// otherwise.
    fn concerns_all(&self, reason: Reason) -> bool {
        match &self.handle {
            Handle::Sqlite(_) | Handle::SqliteTransaction(_) => true,
            Handle::Postgres(_) | Handle::PostgresTransaction(_) => {
                !matches!(reason, Reason::Busy | Reason::Unreachable)
            }
        }
    }

    /// Whether it can be read and written now, as far as that can be known without changing anything.
    ///
    /// # Errors
    /// Why not.
    pub(crate) async fn ready(&self) -> Result<()> {
        let read = match &self.handle {
            Handle::Sqlite(_) | Handle::SqliteTransaction(_) => OF_SQLITE,
            Handle::Postgres(_) | Handle::PostgresTransaction(_) => OF_POSTGRES,
        };
        let rows = self.run(Statement::read(read, Vec::new(), Shape::Untyped)).await?.rows;
        match &self.handle {
            Handle::Sqlite(sqlite) => {
                sqlite.check().map_err(DbError::from)?;
                let refused = self.standing.last().as_ref().map(|(outage, _)| outage.reason);
                if let Some(reason) = refused {
                    sqlite.try_to_write(reason == Reason::Full).await.map_err(DbError::from)?;
                    self.standing.forget();
                }
            }
            Handle::Postgres(lender) => {
                let setting = rows.first().and_then(|row| row.values().first());
                if matches!(setting, Some(Value::Text(setting)) if setting == "on") {
                    lender.suspect();
                    let outage = Outage::new(Reason::ReadOnly, "the server says that it can only be read");
                    return Err(crate::Error::Unavailable(outage));
                }
                let refused = self.standing.last().clone();
                if let Some((outage, at)) = refused
                    && outage.reason != Reason::ReadOnly
                    && at.elapsed() < REMEMBERED
                {
                    return Err(crate::Error::Unavailable(outage));
                }
            }
            Handle::SqliteTransaction(_) | Handle::PostgresTransaction(_) => {}
        }
        Ok(())
    }
}
