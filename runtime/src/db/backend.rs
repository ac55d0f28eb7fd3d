//! What a database is to the rest of the runtime: docs/architecture.md lists what a further one has to write.

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

/// How long a database may take to store one row, or to commit: longer than an action may take, and not as long as TCP
/// waits for an answer on a connection that was cut off.
pub(super) const STORED_WITHIN: Duration = Duration::from_secs(60);

/// What is said of it after that.
pub(super) fn unanswered() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "the database does not answer"))
}

/// Called when a statement is stored, before anything is stored after it where the database can tell.
pub(crate) type Committed = Box<dyn FnOnce(&Outcome) + Send + Sync>;

/// What becomes of a statement.
pub(crate) type Run<'a> = BoxFuture<'a, Result<Outcome, DbError>>;

/// What becomes of the begin of a transaction.
pub(crate) type Begin<'a> = BoxFuture<'a, Result<Box<dyn Session>, DbError>>;

/// A database.
pub(crate) trait Backend: Send + Sync {
    /// Which SQL it speaks.
    fn dialect(&self) -> Dialect;

    /// Runs one statement, when it is the turn of whoever asks.
    fn run<'a>(&'a self, statement: Statement, requester: &'a Requester) -> Run<'a>;

    /// Runs a statement that writes, and calls `committed` as soon as it is stored.
    fn run_then<'a>(
        &'a self,
        statement: Statement,
        requester: &'a Requester,
        committed: Committed,
    ) -> Run<'a>;

    /// Begins a transaction. `lasting`: it is as long as the application likes.
    fn begin<'a>(&'a self, isolation: Isolation, requester: &'a Requester, lasting: bool) -> Begin<'a>;

    /// Whether a transaction begins only if it can write.
    fn begin_shows_that_it_can_be_written(&self) -> bool;

    /// Whether a write that was refused for this reason says that others would be refused, too.
    fn concerns_all(&self, reason: Reason) -> bool;

    /// Whether it can be read, and written as far as that can be known without changing anything. `refused` is what the
    /// last write said.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn probe<'a>(&'a self, refused: Option<&'a Refusal>) -> BoxFuture<'a, Result<Probe, DbError>>;

    /// What triggers note of some tables. `poll` is how often it is asked whether there is anything, where it does not say
    /// so by itself.
    ///
    /// # Errors
    /// What the database answers.
    fn notes(
        self: Arc<Self>,
        tables: Vec<&'static str>,
        poll: Duration,
    ) -> BoxFuture<'static, DbResult<Box<dyn Notes>>>;

    /// Ready when it is closed, or about to be.
    fn closing(&self) -> BoxFuture<'_, ()>;

    /// Closes it, when what is under way is done.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// A transaction. Dropped before it is committed, it is undone.
pub(crate) trait Session: Send {
    /// Runs a statement. If it is refused, it alone is undone.
    ///
    /// # Errors
    /// What the database answers.
    fn run<'a>(&'a mut self, statement: &'a Statement) -> BoxFuture<'a, DbResult<Outcome>>;

    /// Commits.
    ///
    /// # Errors
    /// Nothing is stored then, but for [`DbError::Unknown`].
    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>>;
}

/// Why a write was refused, and when.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(super) outage: Outage,
    pub(super) since: Instant,
}

/// What a database says of itself.
#[derive(Debug)]
pub(crate) enum Probe {
    /// Of writes it says nothing that was not known.
    AsItWas,
    /// It has written.
    CanBeWritten,
    /// It cannot be written.
    CannotBeWritten(Outage),
}

/// One change of one row.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    /// What it has in common with the other changes of its transaction.
    pub(crate) transaction: i64,
    /// Whose row.
    pub(crate) table: String,
    /// The row before, as JSON; none: it is new.
    pub(crate) before: Option<String>,
    /// The row after, as JSON; none: it is gone.
    pub(crate) after: Option<String>,
}

/// Where notes are taken from.
pub(crate) trait Notes: Send {
    /// The next notes, in order; of one row they are in the order of its changes. None: there are none now.
    fn take(&mut self) -> BoxFuture<'_, DbResult<Vec<Note>>>;

    /// Deletes what was taken last.
    fn told(&mut self) -> BoxFuture<'_, DbResult<()>>;

    /// Waits until there may be more, for 10 seconds at most.
    fn wait(&mut self) -> BoxFuture<'_, DbResult<()>>;
}
