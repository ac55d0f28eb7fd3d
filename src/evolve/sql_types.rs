//! Columns of any SQL type (`x-sql`) in the history, with the text of the type for each database.

use serde::{Deserialize, Serialize};

use crate::ir;

/// The SQL types of a column, by database; `None` if the column cannot be used there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlTypes {
    /// The type on SQLite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlite: Option<SqlType>,
    /// The type on PostgreSQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<SqlType>,
}

/// The SQL type of a column on one database. The history only keeps the type; the expressions that read and write it do
/// not change a table, and are those of the current definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct SqlType {
    /// The SQL type.
    pub ty: String,
    /// The expression that reads `{column}`.
    pub read: String,
    /// The expression that stores `{value}`.
    pub write: String,
}

impl From<String> for SqlType {
    fn from(ty: String) -> Self {
        Self { ty, read: "{column}".to_owned(), write: "{value}".to_owned() }
    }
}

impl From<SqlType> for String {
    fn from(sql: SqlType) -> Self {
        sql.ty
    }
}

impl SqlTypes {
    /// Returns the SQL types of a definition.
    pub fn of(sql: &ir::ColumnSql) -> Self {
        let of_one = |sql: &ir::Expressions| SqlType {
            ty: sql.ty.clone(),
            read: sql.read.clone(),
            write: sql.write.clone(),
        };
        Self { sqlite: sql.sqlite.as_ref().map(of_one), postgres: sql.postgres.as_ref().map(of_one) }
    }

    /// Tells whether the type stays the same on each database. A database that had no type for it, or does not have one
    /// any more, does not count, because nothing is ever applied to it.
    pub fn keep(&self, old: &Self) -> bool {
        let same = |old: &Option<SqlType>, new: &Option<SqlType>, canonical: fn(&str) -> String| {
            old.as_ref().zip(new.as_ref()).is_none_or(|(old, new)| canonical(&old.ty) == canonical(&new.ty))
        };
        same(&old.sqlite, &self.sqlite, on_sqlite) && same(&old.postgres, &self.postgres, on_postgres)
    }

    /// Tells whether there is a database on which the column cannot be used any more.
    pub fn lose(&self, old: &Self) -> bool {
        (old.sqlite.is_some() && self.sqlite.is_none()) || (old.postgres.is_some() && self.postgres.is_none())
    }

    /// Returns the types as text for messages.
    pub fn told(&self) -> String {
        match (&self.postgres, &self.sqlite) {
            (Some(postgres), Some(sqlite)) => format!("`{}` (on SQLite `{}`)", postgres.ty, sqlite.ty),
            (Some(one), None) | (None, Some(one)) => format!("`{}`", one.ty),
            (None, None) => String::new(),
        }
    }
}

/// Returns a type of SQLite without whitespace and case, which SQLite and the runtime ignore.
fn on_sqlite(ty: &str) -> String {
    ty.to_ascii_lowercase().split_whitespace().collect()
}

/// Returns a type of PostgreSQL in a form that all texts with the same meaning have: letters outside of quotes are
/// lowercase, and each alias becomes one of the names that PostgreSQL has for the type ("Data Types", table "Data
/// Types").
fn on_postgres(ty: &str) -> String {
    let mut words = words(ty);
    for (name, short) in ALIASES {
        let name: Vec<&str> = name.split(' ').collect();
        while let Some(at) = words.windows(name.len()).position(|some| some.iter().eq(name.iter())) {
            words.splice(at..at + name.len(), [(*short).to_owned()]);
        }
    }
    // In `timestamp(3) with time zone` the argument is inside of the name.
    for base in ["timestamp", "time"] {
        let of_zone = |zone: &str| {
            let rest = words.iter().rev().take(3).rev().map(String::as_str);
            words.first().is_some_and(|word| word == base) && rest.eq(zone.split(' '))
        };
        if of_zone("with time zone") {
            words.truncate(words.len() - 3);
            words[0] = format!("{base}tz");
        } else if of_zone("without time zone") {
            words.truncate(words.len() - 3);
        }
    }
    words.join(" ")
}

/// The types for which PostgreSQL has two names.
const ALIASES: &[(&str, &str)] = &[
    ("character varying", "varchar"),
    ("character", "char"),
    ("bit varying", "varbit"),
    ("double precision", "float8"),
    ("integer", "int4"),
    ("int", "int4"),
    ("bigint", "int8"),
    ("smallint", "int2"),
    ("real", "float4"),
    ("boolean", "bool"),
    ("decimal", "numeric"),
];

/// Splits a type into words, numbers, quoted names and signs.
fn words(ty: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut quote = None;
    let mut open = false;
    for c in ty.chars() {
        match quote {
            Some(end) => {
                words.last_mut().expect("invariant: a quote has begun a word").push(c);
                quote = quote.filter(|_| c != end);
            }
            None if c == '"' || c == '\'' => {
                // A doubled quote continues its word.
                match words.last_mut().filter(|word| word.ends_with(c) && word.len() > 1) {
                    Some(word) => word.push(c),
                    None => words.push(c.to_string()),
                }
                quote = Some(c);
            }
            None if c.is_alphanumeric() || c == '_' || c == '$' => {
                let c = c.to_ascii_lowercase();
                match words.last_mut().filter(|_| open) {
                    Some(word) => word.push(c),
                    None => words.push(c.to_string()),
                }
                open = true;
                continue;
            }
            None if c.is_whitespace() => {}
            None => words.push(c.to_string()),
        }
        open = false;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{SqlType, SqlTypes, on_postgres, on_sqlite};

    #[test]
    fn texts_that_mean_the_same_type_are_the_same() {
        for (one, other) in [
            ("varchar(40)", "CHARACTER  VARYING ( 40 )"),
            ("timestamptz", "timestamp with time zone"),
            ("timestamptz(3)", "timestamp(3) with time zone"),
            ("timestamp", "timestamp without time zone"),
            ("decimal(10,2)", "numeric(10, 2)"),
            ("int[]", "integer[]"),
            ("Geometry(Polygon, 4326)", "geometry(polygon,4326)"),
            ("public.mood", "public . MOOD"),
            ("bit varying(3)", "varbit(3)"),
        ] {
            assert_eq!(on_postgres(one), on_postgres(other), "{one}");
        }
        for (one, other) in [
            ("varchar(40)", "varchar(20)"),
            ("\"Mood\"", "Mood"),
            ("\"Mood\"", "\"mood\""),
            ("citext", "text"),
            ("timestamp", "timestamptz"),
            ("timestamp(3)", "timestamp"),
            ("int8", "int"),
            ("int", "int[]"),
            ("char(4)", "varchar(4)"),
        ] {
            assert_ne!(on_postgres(one), on_postgres(other), "{one}");
        }
        assert_eq!(on_sqlite("TEXT"), on_sqlite(" text"));
        assert_ne!(on_sqlite("INT"), on_sqlite("INTEGER"), "the server compares what was declared");
    }

    #[test]
    fn a_database_without_a_type_has_nothing_to_change() {
        let types = |sqlite: Option<&str>, postgres: Option<&str>| {
            let ty = |ty: Option<&str>| ty.map(|ty| SqlType::from(ty.to_owned()));
            SqlTypes { sqlite: ty(sqlite), postgres: ty(postgres) }
        };
        let (one, both) = (types(None, Some("mood")), types(Some("TEXT"), Some("Mood")));
        assert!(both.keep(&one) && one.keep(&both) && one.lose(&both) && !both.lose(&one));
        assert!(!types(Some("BLOB"), Some("mood")).keep(&both) && !types(None, Some("text")).keep(&one));
        assert_eq!(both.told(), "`Mood` (on SQLite `TEXT`)");
    }
}
