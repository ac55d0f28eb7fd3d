//! Parses a URL of SQLite, and opens connections.

use std::str::FromStr;
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

use super::local::{self, Local, Location};
use crate::db::fate::{self, DbResult};
use crate::db::reach;
use crate::ground::error::{Error, Result};
use crate::ground::scalar::Uuid;
use crate::ground::url::without_parameter;

/// How long a connection waits for another program that has locked the file.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The content of a URL.
pub(crate) struct Named {
    pub(crate) options: SqliteConnectOptions,
    /// When a commit counts as done.
    pub(super) synchronous: SqliteSynchronous,
    /// The query, without the parameters that are parsed here.
    pub(super) query: String,
}

impl Named {
    /// Parses a URL. With `synchronous=normal` in its query a commit need not be on the disk when it is answered: a
    /// power failure may then lose the last commits, and nothing else (SQLite, "Write-Ahead Logging", 2.1).
    pub(crate) fn parse(url: &str) -> Result<Self> {
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

/// Tells whether the URL is that of a database in memory.
pub(crate) fn is_in_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
}

/// Makes a database in memory visible to both connections of the writer for any URL: with a URI (SQLite, "In-Memory
/// Databases"), and with a unique name if the URL has no URI.
pub(super) fn shared(options: SqliteConnectOptions) -> SqliteConnectOptions {
    let options = options.shared_cache(true);
    if options.get_filename().to_string_lossy().starts_with("file:") {
        return options;
    }
    options.filename(format!("file:dcrf-{}", Uuid::random()))
}

/// Opens the connections of the writer, and opens them again if they are lost.
pub(super) struct Opener {
    pub(super) options: SqliteConnectOptions,
    pub(super) location: Location,
    pub(super) synchronous: SqliteSynchronous,
    pub(super) in_memory: bool,
}

impl Opener {
    /// Ensures that the file is still there.
    pub(super) fn check(&self) -> DbResult<()> {
        self.location.check()
    }

    /// Opens the connection that transactions borrow. The switch to WAL fails at once while another process makes it,
    /// regardless of the busy timeout: it is then tried again.
    pub(super) async fn lent(&self) -> DbResult<SqliteConnection> {
        self.location.check()?;
        let options = self.options.clone();
        let options = if self.in_memory { options } else { options.journal_mode(SqliteJournalMode::Wal) };
        let end = Instant::now() + BUSY_TIMEOUT;
        loop {
            match SqliteConnection::connect_with(&options).await {
                Err(error) if fate::is_locked(&error) && Instant::now() < end => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                result => return result,
            }
        }
    }

    /// Opens the connection for statements that are committed together.
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
