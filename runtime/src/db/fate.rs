//! What it means that a statement was not done: whether it may be done again, and whether it is known that it was not.
//!
//! PostgreSQL stores what a statement alone does when it is told that no more comes (`Sync`), after it has said that
//! the statement is complete. So an error in the place of that word says that nothing is stored, be it that somebody
//! has ended the connection (`57P01`) while it was idle. An end of the connection without a word says nothing.

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

use super::statement::{excess, too_many_bytes};
use crate::error::Error;
use crate::memory::Excess;

/// Why a statement was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DbError {
    /// It was refused, or something is wrong with it.
    #[error(transparent)]
    Refused(sqlx::Error),
    /// Its rows take more memory than there is for them.
    #[error(transparent)]
    TooMuch(Excess),
    /// Others were in its way, or the connection was lost: nothing is stored, and another try may succeed.
    #[error(transparent)]
    Undone(sqlx::Error),
    /// The connection was lost on the way: nobody knows whether it is stored.
    #[error(transparent)]
    Unknown(sqlx::Error),
}

impl DbError {
    /// What the database said, if it did.
    pub(crate) fn as_database_error(&self) -> Option<&dyn DatabaseError> {
        match self {
            Self::Refused(error) | Self::Undone(error) | Self::Unknown(error) => error.as_database_error(),
            Self::TooMuch(_) => None,
        }
    }

    /// The fate of what may have been stored when this happened.
    pub(super) fn of_store(error: sqlx::Error) -> Self {
        if is_lost(&error) { Self::Unknown(error) } else { Self::from(error) }
    }

    /// The fate of what waited for SQLite's writer: after that it is with the writer, and nobody waits any more.
    pub(super) fn of_writer(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => Self::Unknown(error),
            error => Self::from(error),
        }
    }
}

impl From<sqlx::Error> for DbError {
    /// Where nothing is stored.
    fn from(error: sqlx::Error) -> Self {
        if let Some(excess) = excess(&error) {
            Self::TooMuch(excess)
        } else if is_lost(&error) || is_in_the_way(&error) {
            Self::Undone(error)
        } else {
            Self::Refused(error)
        }
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Refused(error) => Self::Database(error),
            DbError::TooMuch(excess) => excess.into(),
            DbError::Undone(error) => Self::Unavailable(told(&error)),
            DbError::Unknown(error) => Self::Unknown(told(&error)),
        }
    }
}

/// For what tells nobody but the log.
impl From<DbError> for sqlx::Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Refused(error) | DbError::Undone(error) | DbError::Unknown(error) => error,
            DbError::TooMuch(excess) => too_many_bytes(excess),
        }
    }
}

/// An error as the log tells it: its code says more than its words.
fn told(error: &sqlx::Error) -> String {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.map_or_else(|| error.to_string(), |code| format!("{error} ({code})"))
}

/// Whether the connection is gone: broken, or ended by an administrator, a shutdown or a time-out.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_)) || was_ended(error) || postgres(error, |code| code.starts_with("08"))
}

/// Whether the database itself says that it has ended the connection.
pub(super) fn was_ended(error: &sqlx::Error) -> bool {
    postgres(error, |code| code.starts_with("57P") || matches!(code, "25P03" | "25P04"))
}

/// Whether the database chose this to end a deadlock, or as others had changed what it depends on.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    postgres(error, |code| matches!(code, "40001" | "40P01"))
}

/// Whether it cannot be done now: others are in the way, or there is no room.
fn is_in_the_way(error: &sqlx::Error) -> bool {
    // SQLITE_BUSY, SQLITE_LOCKED and SQLITE_FULL, by the low byte of what they are in detail.
    let sqlite = |code: &str| code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 13));
    match error {
        sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(own) if own.try_downcast_ref::<PgDatabaseError>().is_none() => {
            own.code().is_some_and(|code| sqlite(&code))
        }
        // lock_not_available; insufficient_resources: connections, memory, disk
        error => is_conflict(error) || postgres(error, |code| code == "55P03" || code.starts_with("53")),
    }
}

fn postgres(error: &sqlx::Error, is: impl Fn(&str) -> bool) -> bool {
    let error = error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    error.is_some_and(|error| is(error.code()))
}
