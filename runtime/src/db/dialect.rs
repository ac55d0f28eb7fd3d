//! The differences between databases in composed statements.

use super::sqlite::callbacks::DECIMALS;

/// The columns, by table, that refer to the table `$1`, the referenced column, and the actions on deleting the
/// referenced row and on changing that column.
const REFERRERS_SQLITE: &str = "SELECT m.name, f.\"from\", f.\"to\", f.on_delete, f.on_update, \
     m.sql LIKE '%ON DELETE NO ACTION%' \
     FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f \
     WHERE m.type = 'table' AND lower(f.\"table\") = lower($1) ORDER BY m.name, f.\"from\"";
const REFERRERS_POSTGRES: &str = "SELECT t.relname::text, a.attname::text, b.attname::text, \
     c.confdeltype::text, c.confupdtype::text, \
     (NOT c.condeferrable AND c.conname LIKE '%\\_reference%')::int::bigint FROM pg_constraint AS c \
     JOIN pg_class AS t ON t.oid = c.conrelid \
     JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
     JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1] \
     WHERE c.contype = 'f' AND cardinality(c.conkey) = 1 \
     AND c.confrelid = to_regclass($1) ORDER BY 1, 2";

/// The SQL dialect of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// The differences in composed statements, which a further database has to answer, too.
impl Dialect {
    /// Tells whether a list of values can be one argument, an array.
    pub(super) fn binds_arrays(self) -> bool {
        self == Self::Postgres
    }

    /// Tells whether a list of values is one argument, a JSON array.
    pub(super) fn binds_lists_as_json(self) -> bool {
        self == Self::Sqlite
    }

    /// Tells whether the database has a type of addresses, `inet`, which accepts no other texts.
    pub(super) fn has_addresses(self) -> bool {
        self == Self::Postgres
    }

    /// Tells whether texts can contain U+0000.
    pub(super) fn holds_nul(self) -> bool {
        self == Self::Sqlite
    }

    /// Tells whether `=` compares JSON: otherwise JSON is compared as text.
    pub(super) fn compares_json(self) -> bool {
        self == Self::Sqlite
    }

    /// Returns the collation of code points, if it is not the default of every text.
    pub(super) fn code_points(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(" COLLATE \"C\""),
        }
    }

    /// Returns the collation of decimals of more than 18 digits, if they are stored as texts.
    pub(super) fn long_decimals(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => Some(DECIMALS),
            Self::Postgres => None,
        }
    }

    /// Returns the function that finds the position of a text in another one, from 1; its result is 0 if there is none.
    pub(super) fn position(self) -> &'static str {
        match self {
            Self::Sqlite => "instr(",
            Self::Postgres => "strpos(",
        }
    }

    /// Tells whether the database has the function `starts_with`.
    pub(super) fn has_starts_with(self) -> bool {
        self == Self::Postgres
    }

    /// Returns the operator of patterns with wildcards that ignores the case of ASCII letters.
    pub(super) fn like(self) -> &'static str {
        match self {
            Self::Sqlite => " LIKE ",
            Self::Postgres => " ILIKE ",
        }
    }

    /// Returns the operator of regular expressions.
    pub(super) fn regex(self) -> &'static str {
        match self {
            Self::Sqlite => " REGEXP ",
            Self::Postgres => " ~ ",
        }
    }

    /// Tells whether `null` is greater than every value unless `NULLS FIRST` is given; otherwise it is less.
    pub(super) fn orders_null_last(self) -> bool {
        self == Self::Postgres
    }

    /// Tells whether a statement that has waited for a row reads this row again, but still sees rows of other tables as
    /// they were before.
    pub(crate) fn sees_other_tables_late(self) -> bool {
        self == Self::Postgres
    }

    /// Tells whether an `INSERT` that is refused has used up the next automatic key.
    pub(crate) fn numbers_what_it_refuses(self) -> bool {
        self == Self::Postgres
    }

    /// Tells whether the database adds decimals of more than 18 digits exactly.
    pub(crate) fn adds_long_decimals(self) -> bool {
        self == Self::Postgres
    }

    /// Returns the clause that locks the rows of a query, if writers do not wait for each other anyway.
    pub(super) fn locking(self, lock: Lock) -> &'static str {
        match (self, lock) {
            (Self::Sqlite, _) => "",
            (Self::Postgres, Lock::Row) => " FOR UPDATE",
            (Self::Postgres, Lock::Values) => " FOR NO KEY UPDATE",
        }
    }

    /// Returns the query for the columns that refer to a table, and the name of the table in that query. The last column
    /// is 1 if a migration has created the reference, so that `NO ACTION` is what its model says.
    pub(crate) fn referrers(self, table: &str) -> (&'static str, String) {
        match self {
            Self::Sqlite => (REFERRERS_SQLITE, table.to_owned()),
            Self::Postgres => (REFERRERS_POSTGRES, quote(table)),
        }
    }
}

/// What other transactions cannot do with locked rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// They cannot write or delete the row, nor add references to it.
    Row,
    /// They cannot write or delete the row: the lock of an `UPDATE` that does not change keys.
    Values,
}

/// Quotes a name.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
