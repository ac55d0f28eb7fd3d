//! How values are stored, and how texts are ordered.

/// Whose way of storing values a table follows (`x-storage`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Storage {
    /// That of the runtime: see [`db`](crate::db).
    #[default]
    Own,
    /// That of Django's fields: see [`db`](crate::db).
    Django,
}

/// How the texts of a column are ordered (`x-collation`): what is less, and what comes first. Whether two are equal is
/// no question of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Collation {
    /// By their code points, on both databases and in memory.
    #[default]
    Codepoint,
    /// As the database has it, perhaps by the rules of a language: nobody else knows.
    Database,
}

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
