//! The meaning of a failed statement: whether it may be sent again, and whether it is known that nothing was stored.
//!
//! PostgreSQL stores the effect of a single statement when it is told that no more follows (`Sync`), after it has
//! answered that the statement is complete. So an error instead of that answer means that nothing is stored, including
//! the error that an administrator has ended the idle connection (`57P01`). If the connection ends without an answer,
//! the outcome is unknown.

use std::io;

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

use super::statement::{excess, too_many_bytes};
use crate::ground::error::Error;
use crate::ground::memory::Excess;
use crate::ground::outage::{Outage, Reason};

/// The answer of the database, before its meaning to the client is known.
pub(crate) type DbResult<T> = Result<T, sqlx::Error>;

/// The reason why a statement failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DbError {
    /// It was refused, or is wrong.
    #[error(transparent)]
    Refused(sqlx::Error),
    /// Its rows need more memory than is available.
    #[error(transparent)]
    TooMuch(Excess),
    /// Others were in its way, or the database cannot execute it now: nothing is stored, and another attempt may
    /// succeed.
    #[error(transparent)]
    Undone(sqlx::Error),
    /// The connection was lost meanwhile: it is unknown whether the effect is stored.
    #[error(transparent)]
    Unknown(sqlx::Error),
}

impl DbError {
    /// Returns the error of the database, if the database sent one.
    pub(crate) fn as_database_error(&self) -> Option<&dyn DatabaseError> {
        match self {
            Self::Refused(error) | Self::Undone(error) | Self::Unknown(error) => error.as_database_error(),
            Self::TooMuch(_) => None,
        }
    }

    /// Returns why the database could not execute the statement, if that was not the fault of the statement.
    pub(super) fn outage(&self) -> Option<Outage> {
        match self {
            Self::Refused(_) | Self::TooMuch(_) => None,
            Self::Undone(error) | Self::Unknown(error) => Some(outage(error)),
        }
    }

    /// Returns the fate of a statement that may have been stored when this error happened.
    pub(super) fn of_store(error: sqlx::Error) -> Self {
        if is_lost(&error) { Self::Unknown(error) } else { Self::from(error) }
    }

    /// Returns the fate of a statement that waited for SQLite's writer: from then on the writer has it, and it does not
    /// wait any more. A commit that could not be synced to the disk is undone, but is in the log, and would be found
    /// there after a crash.
    pub(super) fn of_writer(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => Self::Unknown(error),
            error if sqlite(&error) == Some(IOERR_FSYNC) => Self::Unknown(error),
            error => Self::from(error),
        }
    }
}

impl From<sqlx::Error> for DbError {
    /// Converts an error after which nothing is stored.
    fn from(error: sqlx::Error) -> Self {
        if let Some(excess) = excess(&error) {
            Self::TooMuch(excess)
        } else if reason(&error).is_some() {
            Self::Undone(error)
        } else {
            Self::Refused(error)
        }
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Refused(error) => Self::from(error),
            DbError::TooMuch(excess) => excess.into(),
            DbError::Undone(error) => Self::Unavailable(outage(&error)),
            DbError::Unknown(error) => Self::Unknown(told(&error)),
        }
    }
}

/// Converts an error that is only logged.
impl From<DbError> for sqlx::Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Refused(error) | DbError::Undone(error) | DbError::Unknown(error) => error,
            DbError::TooMuch(excess) => too_many_bytes(excess),
        }
    }
}

/// Returns the text of an error for the log: its code says more than its message.
fn told(error: &sqlx::Error) -> String {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.map_or_else(|| error.to_string(), |code| format!("{error} ({code})"))
}

/// Wraps a detected outage as an error of the database.
pub(super) fn of_outage(outage: Outage) -> sqlx::Error {
    sqlx::Error::Io(io::Error::other(outage))
}

/// The reverse of [`of_outage`].
fn found_out(error: &sqlx::Error) -> Option<&Outage> {
    match error {
        sqlx::Error::Io(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// Returns the outage of an error that is not the fault of a statement.
pub(super) fn outage(error: &sqlx::Error) -> Outage {
    if let Some(outage) = found_out(error) {
        return outage.clone();
    }
    let reason = reason(error).unwrap_or(Reason::Unreachable);
    // A statement that was ended because it took too long would take too long again.
    let passes = match reason {
        Reason::Busy => {
            !matches!(error, sqlx::Error::PoolTimedOut) && !postgres(error, |code| code == "57014")
        }
        reason => reason == Reason::Unreachable && is_lost(error),
    };
    Outage { reason, cause: told(error), passes }
}

/// Tells whether the connection is lost: broken, or ended by an administrator, a shutdown or a time-out.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_))
        || is_lost_before_tls(error)
        || was_ended(error)
        || postgres(error, |code| code.starts_with("08"))
}

/// Tells whether PostgreSQL did not answer whether it has TLS: the connection ended before, which `sqlx` reads as the
/// byte 0, or the server could not serve it, and answered with an error (`E`).
fn is_lost_before_tls(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Protocol(text) if text.starts_with("unexpected response from SSLRequest"))
}

/// Tells whether the database itself reports that it has ended the connection.
pub(super) fn was_ended(error: &sqlx::Error) -> bool {
    postgres(error, |code| code.starts_with("57P") || matches!(code, "25P03" | "25P04"))
}

/// Tells whether the database aborted the transaction to end a deadlock, or because of a serialization failure.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    postgres(error, |code| matches!(code, "40001" | "40P01"))
}

/// Tells whether a connection to PostgreSQL is read-only.
pub(super) fn is_read_only(error: &sqlx::Error) -> bool {
    postgres(error, |code| code == "25006")
}

/// Tells whether another program has locked the SQLite file.
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    // SQLITE_BUSY and SQLITE_LOCKED, by the low byte of the extended code.
    sqlite(error).is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

/// Returns why the statement cannot be executed now; `None` if the statement is wrong.
fn reason(error: &sqlx::Error) -> Option<Reason> {
    if let Some(outage) = found_out(error) {
        return Some(outage.reason);
    }
    if let Some(code) = sqlite(error) {
        return of_sqlite(code);
    }
    match error {
        sqlx::Error::PoolTimedOut => Some(Reason::Busy),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Some(Reason::Unreachable),
        error if is_lost_before_tls(error) => Some(Reason::Unreachable),
        error => of_postgres(of_server(error)?),
    }
}

/// SQLITE_IOERR_FSYNC.
const IOERR_FSYNC: u32 = 1034;

/// Maps the low byte of a code (SQLite, "Result and Error Codes").
fn of_sqlite(code: u32) -> Option<Reason> {
    Some(match code & 0xff {
        // BUSY, LOCKED, NOMEM, PROTOCOL (an error of the locking protocol)
        5 | 6 | 7 | 15 => Reason::Busy,
        // READONLY
        8 => Reason::ReadOnly,
        // IOERR, CORRUPT, NOTADB
        10 | 11 | 26 => Reason::Storage,
        // FULL
        13 => Reason::Full,
        // CANTOPEN
        14 => Reason::Unreachable,
        _ => return None,
    })
}

fn of_postgres(error: &PgDatabaseError) -> Option<Reason> {
    Some(match error.code() {
        // disk_full
        "53100" => Reason::Full,
        // insufficient_resources: connections, memory; lock_not_available, query_canceled, deadlock, serialization_failure
        code if code.starts_with("53") || matches!(code, "55P03" | "57014" | "40P01" | "40001") => {
            Reason::Busy
        }
        // read_only_sql_transaction
        "25006" => Reason::ReadOnly,
        // system_error and its class; data_corrupted, index_corrupted
        code if code.starts_with("58") || matches!(code, "XX001" | "XX002") => Reason::Storage,
        code if code.starts_with("08") || code.starts_with("57P") => Reason::Unreachable,
        // Any other error that ends the connection, or refuses a new one.
        _ if matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic) => Reason::Unreachable,
        _ => return None,
    })
}

/// Returns the code of SQLite's error.
fn sqlite(error: &sqlx::Error) -> Option<u32> {
    let error = error.as_database_error()?;
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        return None;
    }
    error.code()?.parse().ok()
}

fn of_server(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()
}

fn postgres(error: &sqlx::Error, is: impl Fn(&str) -> bool) -> bool {
    of_server(error).is_some_and(|error| is(error.code()))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use sqlx::Connection as _;

    use super::{is_lost, of_sqlite, reason};
    use crate::ground::outage::Reason;

    #[tokio::test]
    async fn a_connection_that_ends_before_tls_is_an_outage() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url =
            format!("postgres://dcrf@{}/dcrf?sslmode=prefer", listener.local_addr().expect("an address"));
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept()?;
            std::io::Read::read_exact(&mut stream, &mut [0; 8])
        });
        let error = sqlx::PgConnection::connect(&url).await.expect_err("nobody answers");
        assert_eq!(reason(&error), Some(Reason::Unreachable), "{error}");
        assert!(is_lost(&error), "{error}");
        server.join().expect("no panic").expect("a request for TLS");
    }

    #[test]
    fn errors_of_sqlite_have_a_reason_unless_they_are_the_statements_own() {
        for (code, reason) in [
            (1, None),
            (5, Some(Reason::Busy)),
            (261, Some(Reason::Busy)),
            (6, Some(Reason::Busy)),
            (7, Some(Reason::Busy)),
            (8, Some(Reason::ReadOnly)),
            (1032, Some(Reason::ReadOnly)),
            (10, Some(Reason::Storage)),
            (522, Some(Reason::Storage)),
            (778, Some(Reason::Storage)),
            (11, Some(Reason::Storage)),
            (26, Some(Reason::Storage)),
            (13, Some(Reason::Full)),
            (14, Some(Reason::Unreachable)),
            (19, None),
            (2067, None),
        ] {
            assert_eq!(of_sqlite(code), reason, "{code}");
        }
    }
}
