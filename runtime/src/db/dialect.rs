//! What is otherwise from database to database in the statements that are composed for all of them.

use super::sqlite::callbacks::DECIMALS;

/// Columns, by table, that refer to the table `$1`, the column of it that they hold, and what becomes of them when that
/// row is deleted and when that column changes.
const REFERRERS_SQLITE: &str = "SELECT m.name, f.\"from\", f.\"to\", f.on_delete, f.on_update \
     FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f \
     WHERE m.type = 'table' AND lower(f.\"table\") = lower($1) ORDER BY m.name, f.\"from\"";
const REFERRERS_POSTGRES: &str = "SELECT t.relname::text, a.attname::text, b.attname::text, \
     c.confdeltype::text, c.confupdtype::text FROM pg_constraint AS c \
     JOIN pg_class AS t ON t.oid = c.conrelid \
     JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
     JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1] \
     WHERE c.contype = 'f' AND cardinality(c.conkey) = 1 \
     AND c.confrelid = to_regclass($1) ORDER BY 1, 2";

/// Which SQL a database speaks, where the two differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// What is otherwise in composed statements: a further database answers each of these.
impl Dialect {
    /// Whether a list of values can be one argument, an array.
    pub(super) fn binds_arrays(self) -> bool {
        self == Self::Postgres
    }

    /// Whether a list of values is one argument, a JSON array.
    pub(super) fn binds_lists_as_json(self) -> bool {
        self == Self::Sqlite
    }

    /// Whether it has a type of addresses, `inet`, which takes no other texts.
    pub(super) fn has_addresses(self) -> bool {
        self == Self::Postgres
    }

    /// Whether its texts can hold U+0000.
    pub(super) fn holds_nul(self) -> bool {
        self == Self::Sqlite
    }

    /// Whether `=` compares JSON: otherwise it is compared as text.
    pub(super) fn compares_json(self) -> bool {
        self == Self::Sqlite
    }

    /// The collation of code points, where it is not that of every text.
    pub(super) fn code_points(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(" COLLATE \"C\""),
        }
    }

    /// The collation of decimals of more than 18 digits, where they are stored as texts.
    pub(super) fn long_decimals(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => Some(DECIMALS),
            Self::Postgres => None,
        }
    }

    /// The function that tells where a text is in another: from 1; 0 if it is not.
    pub(super) fn position(self) -> &'static str {
        match self {
            Self::Sqlite => "instr(",
            Self::Postgres => "strpos(",
        }
    }

    /// Whether it has the function `starts_with`.
    pub(super) fn has_starts_with(self) -> bool {
        self == Self::Postgres
    }

    /// The operator of patterns with wildcards in which ASCII letters have no case.
    pub(super) fn like(self) -> &'static str {
        match self {
            Self::Sqlite => " LIKE ",
            Self::Postgres => " ILIKE ",
        }
    }

    /// The operator of regular expressions.
    pub(super) fn regex(self) -> &'static str {
        match self {
            Self::Sqlite => " REGEXP ",
            Self::Postgres => " ~ ",
        }
    }

    /// Whether `null` is the greatest of all unless `NULLS FIRST` says otherwise; else it is the least.
    pub(super) fn orders_null_last(self) -> bool {
        self == Self::Postgres
    }

    /// Whether it looks anew at a row that it has waited for, but at rows of other tables as they were before.
    pub(crate) fn sees_other_tables_late(self) -> bool {
        self == Self::Postgres
    }

    /// Whether an `INSERT` that is refused has taken the next number of the key.
    pub(crate) fn numbers_what_it_refuses(self) -> bool {
        self == Self::Postgres
    }

    /// Whether it adds decimals of more than 18 digits exactly.
    pub(crate) fn adds_long_decimals(self) -> bool {
        self == Self::Postgres
    }

    /// What locks the rows that a query gives, where writers do not wait for each other anyway.
    pub(super) fn locking(self, lock: Lock) -> &'static str {
        match (self, lock) {
            (Self::Sqlite, _) => "",
            (Self::Postgres, Lock::Row) => " FOR UPDATE",
            (Self::Postgres, Lock::Values) => " FOR NO KEY UPDATE",
        }
    }

    /// What lists the columns that refer to a table, and how that table is called there.
    pub(crate) fn referrers(self, table: &str) -> (&'static str, String) {
        match self {
            Self::Sqlite => (REFERRERS_SQLITE, table.to_owned()),
            Self::Postgres => (REFERRERS_POSTGRES, quote(table)),
        }
    }
}

/// From what others are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// From writing and deleting a row, and from new references to it.
    Row,
    /// From writing and deleting a row: what an `UPDATE` that leaves keys alone locks by itself.
    Values,
}

/// A name, quoted.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
