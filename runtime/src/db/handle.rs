//! The handle to a database, on its own or in a transaction, and the listener of its commits.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::backend::{Backend, Committed, Notes, Probe, Session};
use super::dialect::Dialect;
use super::fair_queue::Requester;
use super::fate::{self, DbError, DbResult};
use super::named_files::NamedFiles;
use super::statement::{Outcome, Shape, Statement};
use super::transaction::Slot;
use super::write_health::WriteHealth;
use crate::change::{Buffer, Change, Entry, Message, Topic, Watched, entries};
use crate::files::Files;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::ground::memory::RequestMemory;
use crate::ground::outage::Outage;
use crate::schema::meta::ModelMeta;
use crate::schema::row::{FromRow, Row};
use crate::schema::value::Value;

/// A handle to the database. Clones share it; inside a transaction, clones share the transaction.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> dcrf_runtime::Result<()> {
/// use dcrf_runtime::{Db, Model};
/// use things::models::{NewThing, Thing};
///
/// let db = Db::connect("sqlite::memory:", &things::MIGRATIONS).await?;
/// // The rows of a generated model.
/// Thing::objects(&db).create(NewThing { name: "pen".to_owned(), counter: None }).await?;
///
/// // The application's own statements. Parameters are `$1`, `$2`, … on both databases.
/// let changed = db.execute("UPDATE thing SET counter = counter + $1", vec![2_i64.into()]).await?;
/// assert_eq!(changed, 1);
/// let rows = db.query_as::<(String, i64)>("SELECT name, counter FROM thing", vec![]).await?;
/// assert_eq!(rows, [("pen".to_owned(), 2)]);
///
/// // A transaction that is dropped without `commit` is rolled back.
/// let transaction = db.begin().await?;
/// Thing::objects(transaction.db()).delete(1).await?;
/// drop(transaction);
/// assert_eq!(Thing::objects(&db).list().await?.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Db {
    pub(super) backend: Arc<dyn Backend>,
    /// The open transaction; `None` if each statement is on its own.
    pub(super) transaction: Option<Arc<Open>>,
    /// The listener of changes.
    pub(super) listener: Arc<dyn Listener>,
    /// What the last writes have shown about the database.
    pub(super) standing: Arc<WriteHealth>,
    /// The files of columns.
    pub(super) files: Arc<Files>,
    /// The party that waits in the fair queue.
    pub(super) requester: Requester,
    /// The memory of the request for which the handle is used.
    pub(super) memory: Option<Arc<RequestMemory>>,
}

/// An open transaction.
pub(super) struct Open {
    /// The connection of the transaction.
    pub(super) slot: Slot<Box<dyn Session>>,
    /// The changes to publish after the commit.
    pub(super) buffer: Buffer,
    /// The files whose names it has written.
    pub(super) files: NamedFiles,
    /// A handle to the database outside of the transaction.
    pub(super) outside: Db,
    /// The reason why the transaction is lost, with everything that was done in it.
    pub(super) lost: OnceLock<Outage>,
}

/// A listener of what is committed through a database, which publishes it. The hub of the runtime is one; the database
/// does not know the hub.
pub(crate) trait Listener: Any + Send + Sync {
    /// Returns what observers watch.
    fn watched(&self) -> Arc<Watched>;

    /// Tells whether an observer has a subscriber, on any node.
    fn is_heard(&self, topic: Topic) -> bool;

    /// Takes what was committed, at once, in the order of the calls. The future resolves when it is published.
    fn publish(&self, db: &Db, entries: Vec<Entry>) -> BoxFuture<'static, ()>;

    /// Reports entries of which it is unknown whether they were stored.
    fn unsure(&self, entries: Vec<Entry>) -> BoxFuture<'_, ()>;

    /// Reports a model of which it is unknown whether its rows were changed.
    fn unsure_of(&self, model: &'static ModelMeta) -> BoxFuture<'_, ()>;

    /// The database is about to be closed.
    fn close(&self) -> BoxFuture<'_, ()>;
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dialect, transaction) = (self.dialect(), self.is_transaction());
        f.debug_struct("Db")
            .field("dialect", &dialect)
            .field("transaction", &transaction)
            .finish_non_exhaustive()
    }
}

impl Db {
    /// Returns a handle for another requester.
    pub(crate) fn requested_by(&self, requester: Requester) -> Self {
        Self { requester, ..self.clone() }
    }

    /// Tells whether this is the handle of a transaction.
    pub fn is_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    /// Closes the database after the messages of its broker are sent and statements in progress have ended. Other
    /// handles return errors from then on.
    pub fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if !self.is_transaction() {
                self.listener.close().await;
                self.backend.close().await;
            }
        })
    }

    /// Resolves when the database is closed, or about to be closed.
    pub(crate) async fn closing(&self) {
        match &self.transaction {
            None => self.backend.closing().await,
            Some(_) => std::future::pending().await,
        }
    }

    /// Returns the SQL dialect of the database.
    pub fn dialect(&self) -> Dialect {
        self.backend.dialect()
    }

    /// Runs a query of the application and returns its rows. Parameters are `$1`, `$2`, … on both databases.
    ///
    /// On SQLite values have their stored form: date-times and durations are integers of microseconds, and decimals of
    /// up to 18 digits are scaled integers. [`Row::take`] converts all of them back except decimals.
    ///
    /// # Errors
    /// Returns [`Error::Database`]; [`Error::Internal`] for statements that begin or end transactions.
    pub fn query(&self, sql: &'static str, args: Vec<Value>) -> BoxFuture<'_, Result<Vec<Row>>> {
        Box::pin(async move {
            let statement = Statement::of_application(sql, args, Shape::Untyped)?;
            Ok(self.run(statement).await?.rows)
        })
    }

    /// Runs a query of the application and returns its rows as tuples, or as another type that a row can be converted to:
    /// `db.query_as::<(String, i64)>("SELECT name, counter FROM thing", vec![])`. A value that may be `null` is an
    /// `Option`.
    ///
    /// # Errors
    /// Returns the errors of [`query`](Self::query); [`Error::Internal`] if a value is of another type.
    pub async fn query_as<T: FromRow>(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<T>> {
        self.query(sql, args).await?.into_iter().map(T::from_row).collect()
    }

    /// Runs a statement of the application and returns the number of rows that it changed.
    ///
    /// # Errors
    /// Returns the same errors as [`query`](Self::query).
    pub fn execute(&self, sql: &'static str, args: Vec<Value>) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move {
            let statement = Statement::of_application(sql, args, Shape::Nothing)?;
            Ok(self.run(statement).await?.affected)
        })
    }

    /// Returns the files of columns.
    pub(crate) fn files(&self) -> &Arc<Files> {
        &self.files
    }

    /// Returns the listener of commits.
    pub(crate) fn listener(&self) -> &Arc<dyn Listener> {
        &self.listener
    }

    /// Returns a handle to the same database with another listener.
    pub(crate) fn heard_by(self, listener: Arc<dyn Listener>) -> Self {
        Self { listener, ..self }
    }

    /// Returns a handle to the same database for a request.
    pub(crate) fn counted(self, memory: Arc<RequestMemory>) -> Self {
        Self { memory: Some(memory), ..self }
    }

    /// Returns a handle to the same database for no request.
    pub(crate) fn uncounted(self) -> Self {
        Self { memory: None, ..self }
    }

    /// Marks the rest of the request as part of a write: what it still reads is never refused for its memory, because
    /// something is stored by then.
    pub(crate) fn for_write(&self) -> &Self {
        if let Some(memory) = &self.memory {
            memory.refuse_nothing();
        }
        self
    }

    /// Counts the rows that are read for the request until it is answered, because they are its answer.
    pub(crate) fn keep_rows(&self) {
        if let Some(memory) = &self.memory {
            memory.keep_rows();
        }
    }

    /// Returns the memory of the request for which the handle is used.
    pub(crate) fn memory(&self) -> Option<&Arc<RequestMemory>> {
        self.memory.as_ref()
    }

    /// Returns a handle to the database outside of the transaction.
    pub(crate) fn outside_of_transaction(&self) -> Self {
        self.transaction.as_ref().map_or_else(|| self.clone(), |open| open.outside.clone())
    }

    /// Records a change, which is published when the transaction is committed.
    pub(crate) fn remember(&self, change: Change) {
        if let Some(open) = &self.transaction {
            open.buffer.change(change);
        }
    }

    /// Publishes changes that the store does not make, for example of through tables. Inside a transaction they are
    /// published when it is committed.
    pub async fn changed(&self, changes: Vec<Change>) {
        match &self.transaction {
            Some(open) => changes.into_iter().for_each(|change| open.buffer.change(change)),
            None => self.listener.publish(self, entries(changes)).await,
        }
    }

    /// Sends a message; inside a transaction, when it is committed.
    pub(crate) async fn send(&self, message: Message) {
        match &self.transaction {
            Some(open) => open.buffer.message(message),
            None => self.listener.publish(self, vec![Entry::Message(message)]).await,
        }
    }

    /// Does something when the transaction is committed; outside of a transaction at once.
    pub(crate) fn after_commit(&self, done: Box<dyn FnOnce() + Send + Sync>) {
        match &self.transaction {
            Some(open) => open.buffer.then(done),
            None => done(),
        }
    }

    /// Runs a statement that writes, and calls `committed` as soon as it is stored: on SQLite in the order of commits.
    pub(crate) fn run_then(
        &self,
        statement: Statement,
        committed: Committed,
    ) -> BoxFuture<'_, std::result::Result<Outcome, DbError>> {
        if self.is_transaction() {
            return Box::pin(async move {
                let outcome = self.run(statement).await?;
                committed(&outcome);
                Ok(outcome)
            });
        }
        self.count();
        let files = NamedFiles::of(&self.files, &statement);
        Box::pin(async move {
            let outcome = self.backend.run_then(statement, &self.requester, committed).await;
            files.settle(&outcome);
            self.heed(outcome)
        })
    }

    /// Returns the number of statements since the database was connected, including those of transactions, for tests.
    #[cfg(feature = "test-util")]
    pub fn statements(&self) -> usize {
        self.standing.statements()
    }

    fn count(&self) {
        #[cfg(feature = "test-util")]
        self.standing.count();
    }

    /// Runs one statement.
    pub(crate) fn run(&self, statement: Statement) -> BoxFuture<'_, std::result::Result<Outcome, DbError>> {
        self.count();
        let statement = statement.of(self.memory.as_ref());
        let writes = statement.writes;
        let files = NamedFiles::of(&self.files, &statement);
        let Some(open) = &self.transaction else {
            let run = self.backend.run(statement, &self.requester);
            if !writes {
                return run;
            }
            return Box::pin(async move {
                let outcome = run.await;
                files.settle(&outcome);
                self.heed(outcome)
            });
        };
        Box::pin(async move {
            let mut session = open.slot.take().await?;
            // Another statement may have lost the transaction meanwhile.
            self.check_not_lost()?;
            let outcome = self.settled(writes, session.get()?.run(&statement).await);
            if outcome.as_ref().is_ok_and(Outcome::is_write) {
                open.files.extend(files);
            }
            outcome
        })
    }

    /// Returns why the transaction is lost, if it is.
    pub(super) fn lost(&self) -> Option<&Outage> {
        self.transaction.as_ref()?.lost.get()
    }

    /// Returns an error if the transaction is lost, so that nothing more can be done in it.
    pub(super) fn check_not_lost(&self) -> std::result::Result<(), DbError> {
        match self.lost() {
            Some(outage) => {
                let cause = format!("an earlier statement has lost the transaction: {outage}");
                Err(DbError::Undone(fate::of_outage(Outage { cause, ..outage.clone() })))
            }
            None => Ok(()),
        }
    }

    /// Handles the outcome of a statement in the transaction. Savepoints undo the statement alone; but after a
    /// deadlock, a serialization failure or a lost connection the transaction cannot continue.
    pub(super) fn settled<T>(&self, writes: bool, outcome: DbResult<T>) -> std::result::Result<T, DbError> {
        let outcome = outcome.map_err(DbError::from);
        if let (Err(error @ DbError::Undone(_)), Some(open)) = (&outcome, &self.transaction)
            && let Some(outage) = error.outage()
        {
            // Only the first reason counts.
            let _ = open.lost.set(outage);
        }
        if writes { self.heed(outcome) } else { outcome }
    }

    /// Records the outcome of a write, or of a commit.
    pub(super) fn heed<T>(
        &self,
        outcome: std::result::Result<T, DbError>,
    ) -> std::result::Result<T, DbError> {
        match &outcome {
            Ok(_) if !self.is_transaction() => self.standing.forget(),
            Ok(_) => {}
            Err(error) => {
                if let Some(outage) = error.outage().filter(|outage| self.backend.concerns_all(outage.reason))
                {
                    self.standing.remember(outage);
                }
            }
        }
        outcome
    }

    /// Does the same for the begin of a transaction, which needs a lock and no room on the disk.
    pub(super) fn heed_begin<T>(
        &self,
        outcome: std::result::Result<T, DbError>,
    ) -> std::result::Result<T, DbError> {
        if !self.backend.begin_shows_that_it_can_be_written() {
            return outcome;
        }
        if outcome.is_err() {
            return self.heed(outcome);
        }
        self.standing.forget_lock();
        outcome
    }

    /// Tests whether the database can be read and written now, as far as that can be known without a change.
    ///
    /// # Errors
    /// Returns the reason why it cannot.
    pub(crate) async fn ready(&self) -> Result<()> {
        let refused = self.standing.refusal();
        match self.backend.probe(refused.as_ref()).await? {
            Probe::AsItWas => Ok(()),
            Probe::CanBeWritten => {
                self.standing.forget();
                Ok(())
            }
            Probe::CannotBeWritten(outage) => Err(Error::Unavailable(outage)),
        }
    }

    /// Returns the notes of triggers on some tables: see [`Backend::notes`].
    ///
    /// # Errors
    /// Returns [`Error::Database`]; [`Error::Internal`] inside a transaction.
    pub(crate) async fn notes(&self, tables: Vec<&'static str>, poll: Duration) -> Result<Box<dyn Notes>> {
        if self.is_transaction() {
            return Err(Error::internal("a transaction is not watched"));
        }
        Ok(Arc::clone(&self.backend).notes(tables, poll).await?)
    }
}
