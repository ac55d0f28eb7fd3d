//! The stored form of values, and the order of texts.

/// The form in which a table stores values (`x-storage`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Storage {
    /// The form of the runtime: see [`db`](crate::db).
    #[default]
    Own,
    /// The form of Django's fields: see [`db`](crate::db).
    Django,
}

/// The order of the texts of a column (`x-collation`), in comparisons and in sorted lists. It does not affect whether
/// two texts are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Collation {
    /// The texts are ordered by their code points, on both databases and in memory.
    #[default]
    Codepoint,
    /// The database determines the order, perhaps by the rules of a language: it is known only to the database.
    Database,
}

/// The SQL type of a column in one database, and the expressions that read and write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expressions {
    /// The type of the column, as the database names it: `geometry(Point, 4326)`.
    pub ty: &'static str,
    /// The expression that converts `{column}` to a value of the property's kind.
    pub read: &'static str,
    /// The expression that converts `{value}` to the value that is stored.
    pub write: &'static str,
}

/// The expressions of a column, by database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnSql {
    /// The expressions for SQLite; `None` if the column cannot be used there.
    pub sqlite: Option<Expressions>,
    /// The expressions for PostgreSQL; `None` if the column cannot be used there.
    pub postgres: Option<Expressions>,
}
