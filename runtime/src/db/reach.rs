//! The first connection to a database: it is there soon, or it is said why not.

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

/// How long each part of it may take.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// PostgreSQL, to let somebody in who has reached it.
    greeting: Duration,
    /// A server that says that it is about to be there.
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

/// Makes sure that a database of PostgreSQL can be used. One that is starting is waited for, which the log says.
///
/// # Errors
/// [`Error::Unreachable`].
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
                // What it has to say to that does not concern anybody.
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

/// Looks at a server before it is used. What stands before it, such as a pooler, may answer nothing that is asked.
///
/// # Errors
/// [`Error::Unreachable`] if it does not store all texts that there are.
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

/// Whether nobody between reads what goes over a connection, as far as the server says.
async fn is_encrypted(connection: &mut PgConnection) -> bool {
    let asked = sqlx::query_scalar("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    asked.fetch_optional(connection).await.ok().flatten().unwrap_or(false)
}

/// What comes of one attempt.
type Attempt = std::result::Result<PgConnection, sqlx::Error>;

/// Connects once; gives what the server says.
async fn connect(options: &PgConnectOptions, greeting: Duration) -> Result<Attempt> {
    let host = options.get_host();
    if options.get_socket().is_none() && !host.starts_with('/') {
        listens(host, options.get_port()).await.map_err(Error::Unreachable)?;
    }
    let greeted = timeout(greeting, options.connect()).await;
    greeted.map_err(|_| Error::Unreachable(silent(greeting)))
}

/// Whether a database of PostgreSQL lets anybody in now.
///
/// # Errors
/// Why not.
pub(super) async fn is_there(options: &PgConnectOptions) -> std::result::Result<(), Outage> {
    match connect(options, PATIENCE.greeting).await {
        Ok(Ok(connection)) => {
            // What it has to say to that does not concern anybody.
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

/// Why a file cannot be used as a database, where SQLite does not say it.
pub(super) fn sqlite(options: &SqliteConnectOptions, error: sqlx::Error) -> Error {
    let path = options.get_filename();
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    // The low byte; the rest says more than anybody needs.
    Error::Unreachable(match code.map(|code| code & 0xff) {
        Some(5 | 6) => "another program has locked it".to_owned(),
        Some(8) => "it may not be written to".to_owned(),
        Some(14) => not_opened(path),
        Some(26) => "it is no database of SQLite".to_owned(),
        _ => reason(&error),
    })
}

/// Whether a file of SQLite, whose name may be a URI, is there; it is not opened.
///
/// # Errors
/// [`Error::Unreachable`] if it could not be made either.
pub(super) fn is_file(name: &Path) -> Result<bool> {
    let path = path_of(name);
    match no_place(path) {
        Some(reason) => Err(Error::Unreachable(reason)),
        None => Ok(path.exists()),
    }
}

/// Where a file of SQLite is, whose name may be a URI.
pub(super) fn path_of(name: &Path) -> &Path {
    let path = name.to_str().and_then(|text| text.strip_prefix("file:"));
    path.map_or(name, |path| Path::new(path.split('?').next().unwrap_or(path)))
}

/// Why no file can be in a place.
fn no_place(path: &Path) -> Option<String> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    if path.is_dir() {
        return Some("it is a directory".to_owned());
    }
    match directory {
        Some(directory) if !directory.exists() => {
            Some(format!("the directory {} does not exist", directory.display()))
        }
        Some(directory) if !directory.is_dir() => Some(format!("{} is no directory", directory.display())),
        _ => None,
    }
}

/// What the system says to whoever opens the file.
fn not_opened(path: &Path) -> String {
    match no_place(path) {
        Some(reason) => reason,
        None => match OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path) {
            Ok(_) => "SQLite cannot open it".to_owned(),
            Err(error) => format!("it cannot be opened: {error}"),
        },
    }
}

/// What a driver says, without what it says of itself.
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
