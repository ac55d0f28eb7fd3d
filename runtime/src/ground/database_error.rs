//! What a database said when it refused a statement.

use std::borrow::Cow;
use std::fmt;

/// The error of a database driver: the reason why the database refused a statement.
///
/// The driver is not part of this crate's public interface: this type stays the same with another version of the
/// driver. An application can read the code of the database; everything else is for the log.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> dcrf_runtime::Result<()> {
/// use dcrf_runtime::{Db, Error};
///
/// let db = Db::connect("sqlite::memory:", &chat::MIGRATIONS).await?;
/// match db.query("SELECT 1 FROM nowhere", vec![]).await {
///     Err(Error::Database(error)) => {
///         assert_eq!(error.code().as_deref(), Some("1")); // SQLITE_ERROR
///         assert!(error.to_string().contains("no such table: nowhere"));
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct DatabaseError(sqlx::Error);

impl DatabaseError {
    /// Creates it from an error of the driver.
    pub(crate) fn new(error: sqlx::Error) -> Self {
        Self(error)
    }

    /// Returns the error of the driver itself.
    pub(crate) fn into_driver(self) -> sqlx::Error {
        self.0
    }

    /// Returns a reference to the error of the driver.
    pub(crate) fn driver(&self) -> &sqlx::Error {
        &self.0
    }

    /// Returns the code of the database: five characters for PostgreSQL (SQLSTATE), a number for SQLite (its extended
    /// result code). Returns `None` if the driver itself failed, so that there is no code.
    pub fn code(&self) -> Option<Cow<'_, str>> {
        self.0.as_database_error()?.code()
    }

    /// Returns the constraint that the statement would have violated, if the database names it: only PostgreSQL does.
    pub fn constraint(&self) -> Option<&str> {
        self.0.as_database_error()?.constraint()
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for DatabaseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0)
    }
}
