//! Columns of any SQL type, by what turns their values into those of a property and back (`x-sql`).

use super::ColumnMeta;

/// How one database reads and writes a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expressions {
    /// The type of the column, as the database is asked for it: `geometry(Point, 4326)`.
    pub ty: &'static str,
    /// What gives a value of the property's kind, of `{column}`.
    pub read: &'static str,
    /// What is stored, of `{value}`.
    pub write: &'static str,
}

/// A column's expressions, by database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnSql {
    /// SQLite's; none: the column cannot be used there.
    pub sqlite: Option<Expressions>,
    /// PostgreSQL's.
    pub postgres: Option<Expressions>,
}

impl ColumnMeta {
    /// Read and written by expressions on SQLite.
    pub const fn sqlite(mut self, ty: &'static str, read: &'static str, write: &'static str) -> Self {
        let postgres = self.other_sql().postgres;
        self.sql = Some(ColumnSql { sqlite: Some(Expressions { ty, read, write }), postgres });
        self
    }

    /// Read and written by expressions on PostgreSQL.
    pub const fn postgres(mut self, ty: &'static str, read: &'static str, write: &'static str) -> Self {
        let sqlite = self.other_sql().sqlite;
        self.sql = Some(ColumnSql { sqlite, postgres: Some(Expressions { ty, read, write }) });
        self
    }

    const fn other_sql(&self) -> ColumnSql {
        match self.sql {
            Some(sql) => sql,
            None => ColumnSql { sqlite: None, postgres: None },
        }
    }
}
