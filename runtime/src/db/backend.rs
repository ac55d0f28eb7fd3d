//! The interface of a database to the rest of the runtime: docs/architecture.md lists what a further database has to
//! implement.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::dialect::Dialect;
use super::fair_queue::Requester;
use super::fate::{DbError, DbResult};
use super::statement::{Outcome, Statement};
use crate::ground::future::BoxFuture;
use crate::ground::outage::{Outage, Reason};
use crate::schema::meta::Isolation;

/// How long a database may take to store one row, or to commit: longer than an action may take, and shorter than TCP
/// waits for an answer on a connection that was cut off.
pub(super) const STORED_WITHIN: Duration = Duration::from_secs(60);

/// The error for a database that does not answer within this time.
pub(super) fn unanswered() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "the database does not answer"))
}

/// A callback that runs when a statement is stored, before anything else is stored after it, where the database can
/// tell.
pub(crate) type Committed = Box<dyn FnOnce(&Outcome) + Send + Sync>;

/// The outcome of a statement.
pub(crate) type Run<'a> = BoxFuture<'a, Result<Outcome, DbError>>;

/// The result of beginning a transaction.
pub(crate) type Begin<'a> = BoxFuture<'a, Result<Box<dyn Session>, DbError>>;

/// A database.
pub(crate) trait Backend: Send + Sync {
    /// Returns the SQL dialect of the database.
    fn dialect(&self) -> Dialect;

    /// Runs one statement when it is the requester's turn.
    fn run<'a>(&'a self, statement: Statement, requester: &'a Requester) -> Run<'a>;

    /// Runs a statement that writes, and calls `committed` as soon as it is stored.
    fn run_then<'a>(
        &'a self,
        statement: Statement,
        requester: &'a Requester,
        committed: Committed,
    ) -> Run<'a>;

    /// Begins a transaction. With `lasting` the application decides how long it is.
    fn begin<'a>(&'a self, isolation: Isolation, requester: &'a Requester, lasting: bool) -> Begin<'a>;

    /// Begins a transaction that only reads, and reads everything in one state of the database: that at its first
    /// statement.
    fn snapshot<'a>(&'a self, requester: &'a Requester) -> Begin<'a>;

    /// Tells whether a transaction begins only if it can write.
    fn begin_shows_that_it_can_be_written(&self) -> bool;

    /// Tells whether a write that was refused for this reason shows that other writes would be refused, too.
    fn concerns_all(&self, reason: Reason) -> bool;

    /// Tests whether the database can be read, and whether it can be written as far as that can be known without a
    /// change. `refused` is the last refusal of a write.
    ///
    /// # Errors
    /// Returns the reason why it cannot be read.
    fn probe<'a>(&'a self, refused: Option<&'a Refusal>) -> BoxFuture<'a, Result<Probe, DbError>>;

    /// Returns the notes of triggers on some tables. `poll` is the interval of polling, for a database that does not
    /// notify.
    ///
    /// # Errors
    /// Returns the error of the database.
    fn notes(
        self: Arc<Self>,
        tables: Vec<&'static str>,
        poll: Duration,
    ) -> BoxFuture<'static, DbResult<Box<dyn Notes>>>;

    /// Resolves when the database is closed, or about to be closed.
    fn closing(&self) -> BoxFuture<'_, ()>;

    /// Closes the database after the statements in progress.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// A transaction. It is rolled back if it is dropped before it is committed.
pub(crate) trait Session: Send {
    /// Runs a statement. If it is refused, only this statement is undone.
    ///
    /// # Errors
    /// Returns the error of the database.
    fn run<'a>(&'a mut self, statement: &'a Statement) -> BoxFuture<'a, DbResult<Outcome>>;

    /// Commits the transaction.
    ///
    /// # Errors
    /// Returns the error of the commit. Nothing is stored then, except with [`DbError::Unknown`].
    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>>;
}

/// The reason and the time of a refused write.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(super) outage: Outage,
    pub(super) since: Instant,
}

/// The result of a probe of a database.
#[derive(Debug)]
pub(crate) enum Probe {
    /// The probe does not show whether the database can be written.
    AsItWas,
    /// The probe has written to the database.
    CanBeWritten,
    /// The database cannot be written.
    CannotBeWritten(Outage),
}

/// One change of one row.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    /// The transaction; all changes of one transaction have the same number.
    pub(crate) transaction: i64,
    /// The table of the row.
    pub(crate) table: String,
    /// The row before the change, as JSON; `None` if the row is new.
    pub(crate) before: Option<String>,
    /// The row after the change, as JSON; `None` if the row was deleted.
    pub(crate) after: Option<String>,
}

/// A source of notes.
pub(crate) trait Notes: Send {
    /// Returns the next notes, in order; the notes of one row are in the order of its changes. `None` means that there
    /// are none now.
    fn take(&mut self) -> BoxFuture<'_, DbResult<Vec<Note>>>;

    /// Deletes the notes that were taken last.
    fn told(&mut self) -> BoxFuture<'_, DbResult<()>>;

    /// Waits until there may be more notes, for 10 seconds at most.
    fn wait(&mut self) -> BoxFuture<'_, DbResult<()>>;
}
