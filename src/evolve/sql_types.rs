//! Columns of any SQL type (`x-sql`), as the history has them: by the texts of their types, one a database.

use serde::{Deserialize, Serialize};

use crate::ir;

/// What a column is, by database; none: it cannot be used there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlTypes {
    /// On SQLite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlite: Option<SqlType>,
    /// On PostgreSQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<SqlType>,
}

/// What a column is on one database. The history keeps its type alone: what reads and writes it changes no table, and
/// is that of the definition at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct SqlType {
    /// Its type.
    pub ty: String,
    /// What reads it, of `{column}`.
    pub read: String,
    /// What is stored, of `{value}`.
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
    /// What a definition says.
    pub fn of(sql: &ir::ColumnSql) -> Self {
        let of_one = |sql: &ir::Expressions| SqlType {
            ty: sql.ty.clone(),
            read: sql.read.clone(),
            write: sql.write.clone(),
        };
        Self { sqlite: sql.sqlite.as_ref().map(of_one), postgres: sql.postgres.as_ref().map(of_one) }
    }

    /// Whether no database would have to give the column another type. On one that had no type for it, or has none any
    /// more, nothing is ever applied.
    pub fn keep(&self, old: &Self) -> bool {
        let same = |old: &Option<SqlType>, new: &Option<SqlType>, canonical: fn(&str) -> String| {
            old.as_ref().zip(new.as_ref()).is_none_or(|(old, new)| canonical(&old.ty) == canonical(&new.ty))
        };
        same(&old.sqlite, &self.sqlite, on_sqlite) && same(&old.postgres, &self.postgres, on_postgres)
    }

    /// Whether there is a database that the column cannot be used on any more.
    pub fn lose(&self, old: &Self) -> bool {
        (old.sqlite.is_some() && self.sqlite.is_none()) || (old.postgres.is_some() && self.postgres.is_none())
    }

    /// For messages.
    pub fn told(&self) -> String {
        match (&self.postgres, &self.sqlite) {
            (Some(postgres), Some(sqlite)) => format!("`{}` (on SQLite `{}`)", postgres.ty, sqlite.ty),
            (Some(one), None) | (None, Some(one)) => format!("`{}`", one.ty),
            (None, None) => String::new(),
        }
    }
}

/// SQLite compares nothing of a type but its letters, whatever their case; so does the runtime.
fn on_sqlite(ty: &str) -> String {
    ty.to_ascii_lowercase().split_whitespace().collect()
}

/// A type of PostgreSQL as one text of all that mean it: letters outside of quotes are small, and of the names that
/// PostgreSQL itself has two of one is taken ("Data Types", table "Data Types").
fn on_postgres(ty: &str) -> String {
    let mut words = words(ty);
    for (name, short) in ALIASES {
        let name: Vec<&str> = name.split(' ').collect();
        while let Some(at) = words.windows(name.len()).position(|some| some.iter().eq(name.iter())) {
            words.splice(at..at + name.len(), [(*short).to_owned()]);
        }
    }
    // `timestamp(3) with time zone`: the argument stands in the name.
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

/// What PostgreSQL has two names of.
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

/// Words, numbers, quoted names and signs.
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
                // A quote that stands twice goes on with its word.
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
