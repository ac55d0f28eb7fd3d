//! Columns of any SQL type (`x-sql`): the expressions that read and write them in the statements of a migration.

use super::dialect::Dialect;
use crate::evolve::{Column, SqlType};

/// Returns the SQL type of a column on a database; `None` if the type of its values decides. It is also `None` in the
/// text for a database that `x-sql` has no type for, because that text is never applied.
pub fn of(dialect: Dialect, column: &Column) -> Option<&SqlType> {
    let sql = column.sql.as_ref()?;
    match dialect {
        Dialect::Sqlite => sql.sqlite.as_ref(),
        Dialect::Postgres => sql.postgres.as_ref(),
    }
}

/// Returns the expression that reads a column with this name in the statement.
pub fn read(dialect: Dialect, column: &Column, name: &str) -> String {
    match of(dialect, column) {
        Some(sql) => format!("({})", sql.read.replace("{column}", name)),
        None => name.to_owned(),
    }
}

/// Returns the expression that stores a value.
pub fn written(dialect: Dialect, column: &Column, value: &str) -> String {
    match of(dialect, column) {
        Some(sql) => format!("({})", sql.write.replace("{value}", value)),
        None => value.to_owned(),
    }
}
