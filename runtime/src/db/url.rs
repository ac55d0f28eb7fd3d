//! Determines the database that a URL names.

use super::dialect::Dialect;
use crate::ground::error::{Error, Result};

/// Returns the database that a URL names.
///
/// # Errors
/// Returns [`Error::Internal`] if the URL names another database.
pub(super) fn dialect_of(url: &str) -> Result<Dialect> {
    match url.split_once(':').map_or("", |(scheme, _)| scheme) {
        "sqlite" => Ok(Dialect::Sqlite),
        "postgres" | "postgresql" => Ok(Dialect::Postgres),
        _ => Err(Error::internal("a database URL begins with sqlite: or postgres:")),
    }
}
