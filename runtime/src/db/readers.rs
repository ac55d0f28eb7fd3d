//! SQLite's readers: connections that answer where they are asked.
//!
//! Most reads take microseconds, and handing one to another thread and being woken by it takes longer than the read
//! itself. So a read begins on the thread that asks, with a budget of steps of SQLite's virtual machine. One that
//! needs more, or that finds the file locked, is begun again on a thread that may block, and the threads that serve
//! sockets go on. A reader that is dropped stops there, too.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Statement as Prepared};
use tokio::sync::{Semaphore, watch};
use tokio::task;
use tokio::time::timeout;

use super::statement::PATIENCE;
use super::stored::{self, Stored, StoredRow};
use super::{DbResult, Outcome, Shape, Statement};

/// Reads that block at once, and connections that are kept.
const READERS: usize = 8;
/// Steps between two looks at the budget.
const PERIOD: i32 = 1_000;
/// How often that may be on the thread that asks: some 20,000 steps, of 10 to 50 ns each.
const PERIODS: i64 = 20;
/// Statements a connection keeps prepared: more than the models of an application have.
const STATEMENTS: usize = 512;
/// What a path may not hold in a URI (SQLite, "Uniform Resource Identifiers").
const IN_PATH: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#');

/// The connections that read.
pub(super) struct Readers {
    uri: String,
    busy_timeout: Duration,
    idle: Mutex<Vec<Reader>>,
    /// A permit for each read that blocks.
    blocking: Arc<Semaphore>,
    closed: watch::Sender<bool>,
}

impl Readers {
    /// Readers of a file. `query` is that of its URL.
    pub(super) fn new(path: &Path, query: &str, busy_timeout: Duration) -> DbResult<Self> {
        let readers = Self {
            uri: uri(path, query),
            busy_timeout,
            idle: Mutex::default(),
            blocking: Arc::new(Semaphore::new(READERS)),
            closed: watch::Sender::new(false),
        };
        readers.put_back(readers.open()?);
        Ok(readers)
    }

    /// Runs a statement that reads.
    pub(super) async fn run(&self, statement: Statement) -> DbResult<Outcome> {
        // A read is ready at once: whoever makes many of them lets others have a turn.
        task::coop::consume_budget().await;
        if *self.closed.borrow() {
            return Err(sqlx::Error::PoolClosed);
        }
        let reader = match self.take() {
            Some(reader) => reader,
            None => self.open()?,
        };
        reader.budget.set(PERIODS);
        match reader.run(&statement) {
            Err(error) if may_pass_elsewhere(&error) => self.run_blocking(reader, statement).await,
            outcome => {
                self.put_back(reader);
                outcome
            }
        }
    }

    /// Runs it for as long as it takes, on another thread.
    async fn run_blocking(&self, reader: Reader, statement: Statement) -> DbResult<Outcome> {
        let permit = timeout(PATIENCE, Arc::clone(&self.blocking).acquire_owned());
        let permit = permit.await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        let busy_timeout = self.busy_timeout;
        // Ends the read if nobody waits for it any more.
        let stop = Stop(Arc::clone(&reader.budget));
        reader.budget.set(i64::MAX);
        let run = task::spawn_blocking(move || {
            let _until_it_is_read = permit;
            let outcome = reader.run_patiently(&statement, busy_timeout);
            (reader, outcome)
        });
        let (reader, outcome) = run.await.map_err(|_| sqlx::Error::WorkerCrashed)?;
        drop(stop);
        self.put_back(reader);
        outcome
    }

    /// Ready when it is closed.
    pub(super) async fn closing(&self) {
        // The sender is our own, so that it cannot have gone.
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Lets nothing be read any more, and waits for what is being read.
    pub(super) async fn close(&self) {
        self.closed.send_replace(true);
        // It is never closed, so that there is always a permit in the end.
        let all = self.blocking.acquire_many(READERS as u32).await;
        self.idle().clear();
        drop(all);
    }

    fn open(&self) -> DbResult<Reader> {
        Reader::open(&self.uri).map_err(|error| failure(&error))
    }

    fn take(&self) -> Option<Reader> {
        self.idle().pop()
    }

    fn put_back(&self, reader: Reader) {
        let mut idle = self.idle();
        if idle.len() < READERS && !*self.closed.borrow() {
            idle.push(reader);
        }
    }

    /// Whoever had it panicked between two calls of a vector: it is whole.
    fn idle(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file as a URI. What opens it otherwise stays (`vfs`, `immutable`, `cache`), but for the mode: it is there, and the
/// shared memory of the log has to be written even by those who read.
fn uri(path: &Path, query: &str) -> String {
    let mut uri = format!("file:{}?mode=rw", utf8_percent_encode(&path.to_string_lossy(), IN_PATH));
    for pair in query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("mode=")) {
        uri.push('&');
        uri.push_str(pair);
    }
    uri
}

/// A connection that reads.
struct Reader {
    connection: Connection,
    budget: Arc<Budget>,
}

/// How often a read may still be asked whether it is to go on.
struct Budget(AtomicI64);

impl Budget {
    fn set(&self, periods: i64) {
        self.0.store(periods, Ordering::Relaxed);
    }

    /// Whether there is nothing left.
    fn is_spent(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) <= 0
    }
}

/// Stops a read when it is dropped.
struct Stop(Arc<Budget>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.set(0);
    }
}

impl Reader {
    fn open(uri: &str) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let connection = Connection::open_with_flags(uri, flags)?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "query_only", true)?;
        let budget = Arc::new(Budget(AtomicI64::new(0)));
        let asked = Arc::clone(&budget);
        connection.progress_handler(PERIOD, Some(move || asked.is_spent()))?;
        Ok(Self { connection, budget })
    }

    /// Runs a statement, waiting for whoever has locked the file.
    fn run_patiently(&self, statement: &Statement, busy_timeout: Duration) -> DbResult<Outcome> {
        let waits = |time| self.connection.busy_timeout(time).map_err(|error| failure(&error));
        waits(busy_timeout)?;
        let outcome = self.run(statement);
        waits(Duration::ZERO)?;
        outcome
    }

    fn run(&self, statement: &Statement) -> DbResult<Outcome> {
        let failed = |error| failure(&error);
        let mut prepared = self.connection.prepare_cached(statement.sql.as_str()).map_err(failed)?;
        bind(&mut prepared, statement)?;
        let mut found = prepared.raw_query();
        let mut rows = Vec::new();
        let mut affected = 0;
        while let Some(row) = found.next().map_err(failed)? {
            affected += 1;
            if !matches!(statement.shape, Shape::Nothing) {
                rows.push(stored::decode(row, &statement.shape)?);
            }
        }
        Ok(Outcome { rows, affected })
    }
}

/// Binds the arguments. `$2` is the second one wherever it stands, as on PostgreSQL; to SQLite it is but a name.
fn bind(prepared: &mut Prepared<'_>, statement: &Statement) -> DbResult<()> {
    for position in 1..=prepared.parameter_count() {
        let number = match prepared.parameter_name(position) {
            Some(name) => name.get(1..).and_then(|number| number.parse::<usize>().ok()),
            None => Some(position),
        };
        let arg = number.and_then(|number| statement.args.get(number.checked_sub(1)?));
        let arg = arg.ok_or_else(|| sqlx::Error::Encode("a parameter has no argument".into()))?;
        let stored = stored::of_arg(arg)?;
        let value = match &stored {
            Stored::Null => ValueRef::Null,
            Stored::Integer(number) => ValueRef::Integer(*number),
            Stored::Real(number) => ValueRef::Real(*number),
            Stored::Text(text) => ValueRef::Text(text.as_bytes()),
            Stored::Blob(bytes) => ValueRef::Blob(bytes),
        };
        prepared
            .raw_bind_parameter(position, ToSqlOutput::Borrowed(value))
            .map_err(|error| failure(&error))?;
    }
    Ok(())
}

impl StoredRow for Row<'_> {
    fn len(&self) -> usize {
        self.as_ref().column_count()
    }

    fn stored(&self, index: usize) -> DbResult<Stored<'_>> {
        Ok(match self.get_ref(index).map_err(|error| failure(&error))? {
            ValueRef::Null => Stored::Null,
            ValueRef::Integer(number) => Stored::Integer(number),
            ValueRef::Real(number) => Stored::Real(number),
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text).map_err(|error| sqlx::Error::Decode(error.into()))?;
                Stored::Text(text.into())
            }
            ValueRef::Blob(bytes) => Stored::Blob(bytes.into()),
        })
    }
}

/// What SQLite refused, as the driver of the connections that write says it.
#[derive(Debug, thiserror::Error)]
#[error("(code: {code}) {message}")]
struct Refused {
    code: i32,
    message: String,
}

impl sqlx::error::DatabaseError for Refused {
    fn message(&self) -> &str {
        &self.message
    }

    /// The extended result code.
    fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    /// What reads breaks no constraint.
    fn kind(&self) -> sqlx::error::ErrorKind {
        sqlx::error::ErrorKind::Other
    }
}

fn failure(error: &rusqlite::Error) -> sqlx::Error {
    match error.sqlite_error() {
        Some(code) => {
            sqlx::Error::Database(Box::new(Refused { code: code.extended_code, message: error.to_string() }))
        }
        None => sqlx::Error::Protocol(error.to_string()),
    }
}

/// Whether a read was stopped, or did not begin as somebody has locked the file.
fn may_pass_elsewhere(error: &sqlx::Error) -> bool {
    let Some(code) = error.as_database_error().and_then(|error| error.try_downcast_ref::<Refused>()) else {
        return false;
    };
    matches!(
        rusqlite::ffi::Error::new(code.code).code,
        ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked
    )
}

#[cfg(test)]
mod tests;
