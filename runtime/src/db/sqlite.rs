//! SQLite: one writer, readers beside it, and their connections.

use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration as StdDuration, Instant};

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous,
};
use sqlx::{Arguments, Connection, Row as _, TypeInfo, ValueRef};

use super::lease::Lease;
use super::local::{self, Local, Location};
use super::readers::{self, Readers};
use super::statement::too_many_bytes;
use super::stored::{self, Stored, StoredRow};
use super::turns::{Asker, Class, Shares, Turns};
use super::writer::{Committed, Writer};
use super::{Applied, DbResult, Migrator, Outcome, Shape, Statement, callbacks, fate, migrate, reach};
use crate::ground::error::{Error, Result};
use crate::ground::scalar::Uuid;
use crate::ground::url::without_parameter;

/// How long one waits for whoever has locked the file.
pub(super) const BUSY_TIMEOUT: StdDuration = StdDuration::from_secs(5);
/// Statements a connection keeps prepared: more than the models of an application have.
const STATEMENTS: usize = 512;

/// A SQLite database.
pub(super) struct Sqlite {
    writer: Writer,
    /// None: what is in memory is read by the writer, in its turn.
    readers: Option<Readers>,
    /// How all others connect.
    options: SqliteConnectOptions,
    location: Location,
    turns: Arc<Turns>,
}

impl Sqlite {
    pub(super) async fn connect(url: &str, migrator: Migrator<'_>) -> Result<(Self, Vec<Applied>)> {
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
            Error::Database(error) => unusable(error),
            Error::Unavailable(outage) => Error::Unreachable(outage.cause),
            own => own,
        })?;
        location.remember();
        let local = opener.local().map_err(unusable)?;
        // One transaction of an application's at a time, so that whoever writes waits for one, and not for all.
        let turns = Turns::new(Shares { lasting: 1, all: readers::SHARES.all + 1, ..readers::SHARES });
        let readers = || Readers::new(location.clone(), BUSY_TIMEOUT, Arc::clone(&turns)).map_err(unusable);
        let readers = if in_memory { None } else { Some(readers()?) };
        Ok((Self { writer: Writer::start(lent, local, opener), readers, options, location, turns }, applied))
    }

    /// Makes sure that its file is still there.
    pub(super) fn check(&self) -> DbResult<()> {
        self.location.check()
    }

    /// Asks the writer to store something that changes nothing, and if need be whether there is room.
    pub(super) async fn try_to_write(&self, room: bool) -> DbResult<()> {
        self.writer.try_to_write(room).await
    }

    pub(super) async fn run(&self, statement: Statement, asker: &Asker) -> DbResult<Outcome> {
        match &self.readers {
            Some(readers) if !statement.writes => readers.run(statement, asker).await,
            _ => self.writer.run(statement, None).await,
        }
    }

    /// Runs a statement that writes, and calls `committed` in the order of commits.
    pub(super) async fn run_then(&self, statement: Statement, committed: Committed) -> DbResult<Outcome> {
        self.writer.run(statement, Some(committed)).await
    }

    /// Borrows the connection that writes, in a transaction. One that may last waits for its turn among those.
    pub(super) async fn lease(&self, asker: &Asker, lasting: bool) -> DbResult<Lease> {
        let place = if lasting { self.turns.take(asker, Class::Lasting).await? } else { None };
        Ok(self.writer.lease().await?.with(place))
    }

    /// How a further connection that reads is made; none: a database in memory has no others.
    pub(super) fn reading(&self) -> Option<SqliteConnectOptions> {
        self.readers.as_ref().map(|_| self.options.clone().pragma("query_only", "ON"))
    }

    /// Ready when it is closed, or about to be.
    pub(super) async fn closing(&self) {
        match &self.readers {
            Some(readers) => readers.closing().await,
            None => self.writer.closed().await,
        }
    }

    pub(super) async fn close(&self) {
        if let Some(readers) = &self.readers {
            readers.close().await;
        }
        self.writer.close().await;
    }
}

/// What a URL says.
pub(super) struct Named {
    pub(super) options: SqliteConnectOptions,
    /// When a commit is done.
    synchronous: SqliteSynchronous,
    /// The query, but for what is read here.
    query: String,
}

impl Named {
    /// Reads a URL. `synchronous=normal` in its query says that a commit need not be on the disk when it is answered: when
    /// the power fails, the last ones may be lost then, and nothing else is (SQLite, "Write-Ahead Logging", 2.1).
    pub(super) fn parse(url: &str) -> Result<Self> {
        let (url, value) = without_parameter(url, "synchronous");
        let synchronous = value.map_or(Ok(SqliteSynchronous::Full), durability)?;
        let query = url.split_once('?').map_or("", |(_, query)| query).to_owned();
        let options = SqliteConnectOptions::from_str(&url);
        let options = options.map_err(|error| Error::Unreachable(reach::reason(&error)))?;
        Ok(Self { options, synchronous, query })
    }
}

fn durability(value: &str) -> Result<SqliteSynchronous> {
    match value {
        "full" => Ok(SqliteSynchronous::Full),
        "normal" => Ok(SqliteSynchronous::Normal),
        other => Err(Error::Unreachable(format!(
            "`synchronous` in the URL of a database is `full` or `normal`, not `{other}`"
        ))),
    }
}

/// Whether the URL is that of a database in memory.
pub(super) fn is_in_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
}

/// Applies what is pending and undoes it, in memory where there is no file; the file is not even switched to WAL.
pub(super) async fn rehearse(url: &str, migrator: Migrator<'_>) -> Result<Vec<Applied>> {
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
        Error::Database(error) => unusable(error),
        own => own,
    })?;
    connection.close().await.map_err(unusable)?;
    Ok(applied)
}

/// A database in memory that both connections of the writer see, whatever its URL says: by a URI (SQLite, "In-Memory
/// Databases"), of a name that nobody else has if it is none yet.
fn shared(options: SqliteConnectOptions) -> SqliteConnectOptions {
    let options = options.shared_cache(true);
    if options.get_filename().to_string_lossy().starts_with("file:") {
        return options;
    }
    options.filename(format!("file:dcrf-{}", Uuid::random()))
}

/// Opens the connections of the writer, and opens them again, should they be lost.
pub(super) struct Opener {
    options: SqliteConnectOptions,
    location: Location,
    synchronous: SqliteSynchronous,
    in_memory: bool,
}

impl Opener {
    /// Makes sure that the file is still there.
    pub(super) fn check(&self) -> DbResult<()> {
        self.location.check()
    }

    /// The one that transactions borrow. The switch to WAL fails at once while another process makes it, busy timeout or
    /// not: then it is tried again.
    pub(super) async fn lent(&self) -> DbResult<SqliteConnection> {
        self.location.check()?;
        let options = self.options.clone();
        let options = if self.in_memory { options } else { options.journal_mode(SqliteJournalMode::Wal) };
        let end = Instant::now() + BUSY_TIMEOUT;
        loop {
            match SqliteConnection::connect_with(&options).await {
                Err(error) if fate::is_locked(&error) && Instant::now() < end => {
                    tokio::time::sleep(StdDuration::from_millis(20)).await;
                }
                result => return result,
            }
        }
    }

    /// The one for statements that are committed together.
    pub(super) fn local(&self) -> DbResult<Local> {
        self.location.check()?;
        let local = Local::open(&self.location, BUSY_TIMEOUT)?;
        let set = || {
            local.connection.pragma_update(None, "foreign_keys", true)?;
            let synchronous =
                if matches!(self.synchronous, SqliteSynchronous::Full) { "FULL" } else { "NORMAL" };
            local.connection.pragma_update(None, "synchronous", synchronous)
        };
        set().map_err(|error| local::failure(&error))?;
        Ok(local)
    }
}

/// Runs a statement on a connection.
pub(super) async fn run(connection: &mut SqliteConnection, statement: &Statement) -> DbResult<Outcome> {
    let mut args = SqliteArguments::default();
    for arg in &statement.args {
        let added = match stored::of_arg(arg)? {
            Stored::Null => args.add(None::<i64>),
            Stored::Integer(number) => args.add(number),
            Stored::Real(number) => args.add(number),
            Stored::Text(text) => args.add(text.into_owned()),
            Stored::Blob(bytes) => args.add(bytes.into_owned()),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    let query = sqlx::query_with(statement.sql.clone(), args);
    if matches!(statement.shape, Shape::Nothing) {
        let done = query.execute(connection).await?;
        return Ok(Outcome { rows: Vec::new(), affected: done.rows_affected() });
    }
    let (mut rows, mut bytes) = (Vec::new(), statement.row_bytes());
    let mut found = query.fetch(connection);
    while let Some(row) = found.try_next().await? {
        let row = stored::decode(&row, &statement.shape)?;
        bytes.add(row.bytes()).map_err(too_many_bytes)?;
        rows.push(row);
    }
    drop(found);
    bytes.finish().map_err(too_many_bytes)?;
    let affected = rows.len() as u64;
    Ok(Outcome { rows, affected })
}

impl StoredRow for SqliteRow {
    fn len(&self) -> usize {
        sqlx::Row::len(self)
    }

    fn stored(&self, index: usize) -> DbResult<Stored<'_>> {
        let raw = self.try_get_raw(index)?;
        if raw.is_null() {
            return Ok(Stored::Null);
        }
        Ok(match raw.type_info().name() {
            "REAL" => Stored::Real(self.try_get_unchecked(index)?),
            "TEXT" => Stored::Text(self.try_get_unchecked::<&str, _>(index)?.into()),
            "BLOB" => Stored::Blob(self.try_get_unchecked::<&[u8], _>(index)?.into()),
            // There is but one storage class left; `BOOLEAN` is a name for it.
            _ => Stored::Integer(self.try_get_unchecked(index)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Named;

    #[test]
    fn a_url_says_when_a_commit_is_done() {
        let parsed = |url: &str| {
            let named = Named::parse(url).map_err(|error| error.to_string())?;
            Ok::<_, String>((format!("{:?}", named.synchronous), named.query))
        };
        let of = |synchronous: &str, query: &str| Ok((synchronous.to_owned(), query.to_owned()));
        assert_eq!(parsed("sqlite://a.sqlite3"), of("Full", ""));
        assert_eq!(parsed("sqlite://a.sqlite3?synchronous=normal"), of("Normal", ""));
        let mixed = "sqlite://a.sqlite3?mode=rwc&synchronous=full&vfs=unix";
        assert_eq!(parsed(mixed), of("Full", "mode=rwc&vfs=unix"));
        let refused = parsed("sqlite://a.sqlite3?synchronous=off").expect_err("it is not safe");
        assert!(refused.contains("`full` or `normal`, not `off`"), "{refused}");
    }
}
