//! SQLite: one writer, with readers beside it.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::borrowed_writer::BorrowedWriter;
use super::callbacks;
use super::local::Location;
use super::notes::FileNotes;
use super::open::{BUSY_TIMEOUT, Named, Opener, is_in_memory, shared};
use super::readers::{self, Readers};
use super::writer::Writer;
use crate::db::backend::{Backend, Begin, Committed, Notes, Probe, Refusal, Run, Session};
use crate::db::dialect::Dialect;
use crate::db::fair_queue::{FairQueue, Requester, Shares};
use crate::db::fate::{DbError, DbResult};
use crate::db::migrate::{self, Applied, Migrator};
use crate::db::reach;
use crate::db::statement::{Class, Outcome, Shape, Statement};
use crate::ground::error::{self, Error};
use crate::ground::future::BoxFuture;
use crate::ground::outage::Reason;
use crate::schema::meta::Isolation;

/// The number of prepared statements of a connection: more than the models of an application need.
const STATEMENTS: usize = 512;
/// Reads the file, and not only the connection.
const PROBE: &str = "SELECT 1 FROM sqlite_master LIMIT 1";

/// A SQLite database.
pub(crate) struct Sqlite {
    writer: Writer,
    /// `None` for a database in memory, which the writer reads in its turn.
    readers: Option<Readers>,
    /// The options of all other connections.
    options: SqliteConnectOptions,
    location: Location,
    queue: Arc<FairQueue>,
}

impl Sqlite {
    pub(crate) async fn connect(url: &str, migrator: Migrator<'_>) -> error::Result<(Self, Vec<Applied>)> {
        let Named { options, synchronous, query } = Named::parse(url)?;
        let options = callbacks::of_options(options)
            .create_if_missing(true)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .synchronous(synchronous)
            .statement_cache_capacity(STATEMENTS);
        let in_memory = is_in_memory(url);
        let options = if in_memory { shared(options) } else { options };
        let location = if in_memory {
            Location::memory(options.get_filename())
        } else {
            Location::file(options.get_filename(), &query)
        };
        let opener = Opener { options: options.clone(), location: location.clone(), synchronous, in_memory };
        let unusable = |error| reach::sqlite(&options, error);
        let mut lent = opener.lent().await.map_err(unusable)?;
        let applied = migrate::sqlite(&mut lent, migrator).await.map_err(|error| match error {
            Error::Database(error) => unusable(error.into_driver()),
            Error::Unavailable(outage) => Error::Unreachable(outage.cause),
            own => own,
        })?;
        location.remember();
        let local = opener.local().map_err(unusable)?;
        // Only one transaction of the application at a time, so that a write waits for one, and not for all.
        let queue = FairQueue::new(Shares { lasting: 1, all: readers::SHARES.all + 1, ..readers::SHARES });
        let readers = || Readers::new(location.clone(), BUSY_TIMEOUT, Arc::clone(&queue)).map_err(unusable);
        let readers = if in_memory { None } else { Some(readers()?) };
        Ok((Self { writer: Writer::start(lent, local, opener), readers, options, location, queue }, applied))
    }

    /// Returns the options of a further connection that reads; `None` for a database in memory, which has no others.
    fn reading(&self) -> Option<SqliteConnectOptions> {
        self.readers.as_ref().map(|_| self.options.clone().pragma("query_only", "ON"))
    }

    async fn execute(&self, statement: Statement, requester: &Requester) -> Result<Outcome, DbError> {
        let writes = statement.writes;
        let outcome = match &self.readers {
            Some(readers) if !writes => readers.run(statement, requester).await,
            _ => self.writer.run(statement, None).await,
        };
        outcome.map_err(if writes { DbError::of_writer } else { DbError::from })
    }

    /// Borrows the connection that writes, in a transaction. A transaction that may last waits for its turn.
    async fn lease(&self, requester: &Requester, lasting: bool) -> Result<BorrowedWriter, DbError> {
        let permit = if lasting { self.queue.take(requester, Class::Lasting).await? } else { None };
        Ok(self.writer.lease().await?.with(permit))
    }
}

impl Backend for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn run<'a>(&'a self, statement: Statement, requester: &'a Requester) -> Run<'a> {
        Box::pin(self.execute(statement, requester))
    }

    fn run_then<'a>(&'a self, statement: Statement, _: &'a Requester, committed: Committed) -> Run<'a> {
        Box::pin(async move { self.writer.run(statement, Some(committed)).await.map_err(DbError::of_writer) })
    }

    /// With `BEGIN IMMEDIATE` there is no other writer, and the transaction reads the last committed state.
    fn begin<'a>(&'a self, _: Isolation, requester: &'a Requester, lasting: bool) -> Begin<'a> {
        Box::pin(async move { Ok(Box::new(self.lease(requester, lasting).await?) as Box<dyn Session>) })
    }

    /// A database in memory is read by the connection that writes.
    fn snapshot<'a>(&'a self, requester: &'a Requester) -> Begin<'a> {
        Box::pin(async move {
            Ok(match &self.readers {
                Some(readers) => Box::new(readers.begin(requester).await?) as Box<dyn Session>,
                None => Box::new(self.lease(requester, false).await?),
            })
        })
    }

    fn begin_shows_that_it_can_be_written(&self) -> bool {
        true
    }

    fn concerns_all(&self, _: Reason) -> bool {
        true
    }

    fn probe<'a>(&'a self, refused: Option<&'a Refusal>) -> BoxFuture<'a, Result<Probe, DbError>> {
        Box::pin(async move {
            self.execute(Statement::read(PROBE, Vec::new(), Shape::Untyped), &Requester::default()).await?;
            self.location.check()?;
            let Some(refused) = refused else { return Ok(Probe::AsItWas) };
            // It writes a value that changes nothing, and if need be checks whether there is room.
            self.writer.try_to_write(refused.outage.reason == Reason::Full).await?;
            Ok(Probe::CanBeWritten)
        })
    }

    fn notes(
        self: Arc<Self>,
        tables: Vec<&'static str>,
        poll: Duration,
    ) -> BoxFuture<'static, DbResult<Box<dyn Notes>>> {
        Box::pin(async move {
            let reading = self.reading();
            Ok(Box::new(FileNotes::open(self, reading, &tables, poll).await?) as Box<dyn Notes>)
        })
    }

    fn closing(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            match &self.readers {
                Some(readers) => readers.closing().await,
                None => self.writer.closed().await,
            }
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if let Some(readers) = &self.readers {
                readers.close().await;
            }
            self.writer.close().await;
        })
    }
}

/// Applies pending migrations and undoes them, in memory if there is no file; the file is not even switched to WAL.
pub(crate) async fn rehearse(url: &str, migrator: Migrator<'_>) -> error::Result<Vec<Applied>> {
    let mut options = Named::parse(url)?.options;
    if is_in_memory(url) || !reach::is_file(options.get_filename())? {
        options = SqliteConnectOptions::new().in_memory(true);
    } else {
        options = options.create_if_missing(false);
    }
    let options = callbacks::of_options(options).busy_timeout(BUSY_TIMEOUT).foreign_keys(true);
    let unusable = |error| reach::sqlite(&options, error);
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(unusable)?;
    let applied = migrate::sqlite(&mut connection, migrator).await.map_err(|error| match error {
        Error::Database(error) => unusable(error.into_driver()),
        own => own,
    })?;
    connection.close().await.map_err(unusable)?;
    Ok(applied)
}
