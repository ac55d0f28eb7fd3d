//! The first connection to a database: it succeeds soon, or the reason is reported.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tokio::time::{Instant, sleep, timeout};

use super::fate;
use crate::ground::error::{Error, Result};
use crate::ground::outage::{Outage, Reason};
use crate::ground::reach::listens;
use crate::ground::tls;

/// The time limits of its parts.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// For PostgreSQL to accept a connection that has reached it.
    greeting: Duration,
    /// For a server that reports that it is starting.
    starting: Duration,
    /// Between two attempts.
    pause: Duration,
}

const PATIENCE: Patience = Patience {
    greeting: Duration::from_secs(5),
    starting: Duration::from_secs(30),
    pause: Duration::from_millis(200),
};

/// PostgreSQL starts, or recovers ("cannot connect now").
const NOT_YET: &str = "57P03";

/// Ensures that a database of PostgreSQL can be used. It waits for a server that is starting, and logs that it waits.
///
/// # Errors
/// Returns [`Error::Unreachable`] if it cannot be used.
pub(crate) async fn postgres(options: &PgConnectOptions) -> Result<()> {
    let needs_tls =
        !matches!(options.get_ssl_mode(), PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer);
    if needs_tls && !cfg!(feature = "tls") {
        return Err(Error::Unreachable(tls::MISSING.to_owned()));
    }
    patiently(options, PATIENCE).await
}

async fn patiently(options: &PgConnectOptions, patience: Patience) -> Result<()> {
    let (end, mut told) = (Instant::now() + patience.starting, false);
    loop {
        let error = match connect(options, patience.greeting).await? {
            Ok(mut connection) => {
                let looked = timeout(patience.greeting, look(options, &mut connection)).await;
                looked.map_err(|_| Error::Unreachable(silent(patience.greeting)))??;
                // An error of closing has no consequence.
                let _ = connection.close().await;
                return Ok(());
            }
            Err(error) => error,
        };
        let code = error.as_database_error().and_then(|error| error.code());
        let (not_yet, reason) = (code.as_deref() == Some(NOT_YET), reason(&error));
        if !not_yet || Instant::now() >= end {
            return Err(Error::Unreachable(reason));
        }
        if !told {
            tracing::warn!(reason, within = ?patience.starting, "waiting for the database");
            told = true;
        }
        sleep(patience.pause).await;
    }
}

/// Checks a server before it is used. A proxy before it, such as a pooler, may not answer these queries.
///
/// # Errors
/// Returns [`Error::Unreachable`] if it cannot store all Unicode texts.
async fn look(options: &PgConnectOptions, connection: &mut PgConnection) -> Result<()> {
    let asked = sqlx::query_scalar("SHOW server_encoding").fetch_optional(&mut *connection).await;
    let encoding: Option<String> = asked.ok().flatten();
    if let Some(encoding) = encoding.filter(|encoding| encoding != "UTF8") {
        let text = format!("its encoding is {encoding}, which does not hold every text: it has to be UTF8");
        return Err(Error::Unreachable(text));
    }
    if options.get_socket().is_none() && !is_encrypted(connection).await {
        tls::warn_of_plain_text("PostgreSQL", options.get_host());
    }
    Ok(())
}

/// Tells whether the connection is encrypted, as far as the server knows.
async fn is_encrypted(connection: &mut PgConnection) -> bool {
    let asked = sqlx::query_scalar("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    asked.fetch_optional(connection).await.ok().flatten().unwrap_or(false)
}

/// The result of one attempt.
type Attempt = std::result::Result<PgConnection, sqlx::Error>;

/// Connects once; returns the server's answer.
async fn connect(options: &PgConnectOptions, greeting: Duration) -> Result<Attempt> {
    let host = options.get_host();
    if options.get_socket().is_none() && !host.starts_with('/') {
        listens(host, options.get_port()).await.map_err(Error::Unreachable)?;
    }
    let greeted = timeout(greeting, options.connect()).await;
    greeted.map_err(|_| Error::Unreachable(silent(greeting)))
}

/// Tests whether a database of PostgreSQL accepts connections now.
///
/// # Errors
/// Returns the reason why it does not.
pub(super) async fn is_there(options: &PgConnectOptions) -> std::result::Result<(), Outage> {
    match connect(options, PATIENCE.greeting).await {
        Ok(Ok(connection)) => {
            // An error of closing has no consequence.
            let _ = timeout(PATIENCE.pause, connection.close()).await;
            Ok(())
        }
        Ok(Err(error)) => Err(fate::outage(&error)),
        Err(error) => Err(Outage::new(Reason::Unreachable, error.to_string())),
    }
}

fn silent(within: Duration) -> String {
    format!("the server takes connections, but does not answer within {within:?}")
}

/// Returns why a file cannot be used as a database, if SQLite does not say it.
pub(super) fn sqlite(options: &SqliteConnectOptions, error: sqlx::Error) -> Error {
    let path = options.get_filename();
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    // The low byte; the rest of the code is too detailed.
    Error::Unreachable(match code.map(|code| code & 0xff) {
        Some(5 | 6) => "another program has locked it".to_owned(),
        Some(8) => "it may not be written to".to_owned(),
        Some(14) => not_opened(path),
        Some(26) => "it is not an SQLite database".to_owned(),
        _ => reason(&error),
    })
}

/// Tells whether an SQLite file, whose name may be a URI, exists; it does not open the file.
///
/// # Errors
/// Returns [`Error::Unreachable`] if the file could not be created, either.
pub(super) fn is_file(name: &Path) -> Result<bool> {
    let path = path_of(name);
    match no_place(path) {
        Some(reason) => Err(Error::Unreachable(reason)),
        None => Ok(path.exists()),
    }
}

/// Returns the path of an SQLite file, whose name may be a URI.
pub(super) fn path_of(name: &Path) -> &Path {
    let path = name.to_str().and_then(|text| text.strip_prefix("file:"));
    path.map_or(name, |path| Path::new(path.split('?').next().unwrap_or(path)))
}

/// Returns why no file can exist at a path.
fn no_place(path: &Path) -> Option<String> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    if path.is_dir() {
        return Some("it is a directory".to_owned());
    }
    match directory {
        Some(directory) if !directory.exists() => {
            Some(format!("the directory {} does not exist", directory.display()))
        }
        Some(directory) if !directory.is_dir() => Some(format!("{} is not a directory", directory.display())),
        _ => None,
    }
}

/// Returns the error of the system when the file is opened.
fn not_opened(path: &Path) -> String {
    match no_place(path) {
        Some(reason) => reason,
        None => match OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path) {
            Ok(_) => "SQLite cannot open it".to_owned(),
            Err(error) => format!("it cannot be opened: {error}"),
        },
    }
}

/// Returns the message of a driver without the driver's prefix.
pub(crate) fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refused) => match refused.code() {
            Some(code) => format!("{} ({code})", refused.message()),
            None => refused.message().to_owned(),
        },
        sqlx::Error::Io(error) if error.kind() == io::ErrorKind::NotFound => {
            format!("there is no such socket: {error}")
        }
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Configuration(error) | sqlx::Error::Tls(error) => error.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
