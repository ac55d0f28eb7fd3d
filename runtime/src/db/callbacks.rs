//! What SQLite calls of ours, whichever driver asks: the order of decimals that are stored as texts.
//!
//! It stands in statements alone and never in a table, so that other programs can open the file.

use rusqlite::Connection;
use sqlx::sqlite::SqliteConnectOptions;

use crate::scalar;

/// The collation of columns with decimals of many digits.
pub(super) const DECIMALS: &str = "dcrf_decimal";

/// For connections of `sqlx`.
pub(super) fn of_options(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.collation(DECIMALS, scalar::compare_digits)
}

/// For a connection of `rusqlite`.
pub(super) fn of_connection(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_collation(DECIMALS, scalar::compare_digits)
}
