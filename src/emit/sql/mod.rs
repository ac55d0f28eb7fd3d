//! Tables: the constant statements of the runtime, and migrations, one text a database.
//!
//! An applied migration is never changed: what the tables were is kept in `migrations/schema.json`, and a definition
//! that wants them otherwise gets one migration more, with what is different.

mod diff;
mod name;
mod observed;
mod postgres;
mod schema;
mod sqlite;
mod statements;

use std::collections::BTreeMap;
use std::fmt;

pub use statements::Statements;

use crate::ir::Api;
use crate::output::Plan;
use diff::{Change, diff};
use schema::Schema;

/// Where the tables of the last migration are described.
const SNAPSHOT: &str = "migrations/schema.json";

/// What an output folder already holds of migrations.
#[derive(Debug, Clone, Default)]
pub struct Previous {
    schema: Schema,
    /// Without dialect and ending, in order: `0001_initial`.
    names: Vec<String>,
    /// `migrations/sqlite/0001_initial.sql` and the like, as they are.
    files: BTreeMap<String, String>,
}

impl Previous {
    /// Reads what is there of an earlier run, by paths relative to the output folder.
    ///
    /// # Errors
    /// [`PreviousError`] if the description of the tables is there but cannot be read, or a migration that it
    /// counts on is missing.
    pub fn read(read: &dyn Fn(&str) -> Option<String>) -> Result<Self, PreviousError> {
        let Some(text) = read(SNAPSHOT) else { return Ok(Self::default()) };
        let snapshot: schema::Snapshot =
            serde_json::from_str(&text).map_err(|error| PreviousError::Snapshot(error.to_string()))?;
        let mut files = BTreeMap::new();
        for name in &snapshot.migrations {
            for dialect in Dialect::ALL {
                let path = dialect.path(name);
                match read(&path) {
                    Some(text) => files.insert(path, text),
                    None => return Err(PreviousError::Missing(path)),
                };
            }
        }
        Ok(Self { schema: snapshot.schema, names: snapshot.migrations, files })
    }
}

/// Why the migrations of an earlier run cannot be gone on with.
#[derive(Debug)]
pub enum PreviousError {
    /// `migrations/schema.json` cannot be read.
    Snapshot(String),
    /// A migration is gone.
    Missing(String),
}

impl fmt::Display for PreviousError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Snapshot(error) => write!(f, "{SNAPSHOT} cannot be read: {error}"),
            Self::Missing(path) => write!(f, "{path} is missing, but {SNAPSHOT} counts on it"),
        }
    }
}

impl std::error::Error for PreviousError {}

/// The migrations of the crate, in order.
#[derive(Debug)]
pub struct Migrations {
    /// Without dialect and ending: `0001_initial`.
    pub names: Vec<String>,
}

/// A database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    fn path(self, migration: &str) -> String {
        let folder = match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        };
        format!("migrations/{folder}/{migration}.sql")
    }

    fn script(self, changes: &[Change<'_>], old: &Schema, new: &Schema) -> String {
        match self {
            Self::Sqlite => sqlite::script(changes, old, new),
            Self::Postgres => postgres::script(changes, old, new),
        }
    }
}

/// Adds the migrations so far and, if the tables differ from theirs, one more.
pub(super) fn emit(api: &Api, previous: &Previous, plan: &mut Plan) -> Migrations {
    let schema = Schema::of(api);
    let mut names = previous.names.clone();
    for (path, text) in &previous.files {
        plan.add(path.clone(), text.clone());
    }
    let changes = diff(&previous.schema, &schema);
    if !changes.is_empty() {
        let name = name::migration(names.len() + 1, &changes);
        for dialect in Dialect::ALL {
            let text = dialect.script(&changes, &previous.schema, &schema);
            let text = format!("-- {}\n\n{text}", crate::emit::docs::banner(&api.origin));
            plan.add(dialect.path(&name), text);
        }
        names.push(name);
    }
    plan.add(SNAPSHOT, schema::Snapshot { migrations: names.clone(), schema }.to_json());
    Migrations { names }
}
