//! Columns of any SQL type (`x-sql`): what reads and writes them in the statements of a migration.

use super::dialect::Dialect;
use crate::evolve::{Column, SqlType};

/// What a column is on a database; none: what it holds says so. So it is in texts for a database that `x-sql` says
/// nothing for, too: these are never applied.
pub fn of(dialect: Dialect, column: &Column) -> Option<&SqlType> {
    let sql = column.sql.as_ref()?;
    match dialect {
        Dialect::Sqlite => sql.sqlite.as_ref(),
        Dialect::Postgres => sql.postgres.as_ref(),
    }
}

/// What reads a column that has this name in the statement.
pub fn read(dialect: Dialect, column: &Column, name: &str) -> String {
    match of(dialect, column) {
        Some(sql) => format!("({})", sql.read.replace("{column}", name)),
        None => name.to_owned(),
    }
}

/// What is stored of a value.
pub fn written(dialect: Dialect, column: &Column, value: &str) -> String {
    match of(dialect, column) {
        Some(sql) => format!("({})", sql.write.replace("{value}", value)),
        None => value.to_owned(),
    }
}
