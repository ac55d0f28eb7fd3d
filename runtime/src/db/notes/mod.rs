//! What triggers have noted of changes that somebody else made (`x-observe-database`), taken in order and once.
//!
//! What is taken is deleted only when it was told ([`Notes::told`]): a node that ends in between leaves it to the next
//! one, which tells of it again.

mod postgres;
mod rows;
mod sqlite;

use std::time::Duration;

pub(crate) use rows::Noted;

use super::{Db, DbResult, Handle};
use crate::ground::error::{Error, Result};

/// Notes taken at once.
const BATCH: i64 = 500;
/// How long it is waited at most for the word that there is something.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Notes of tables that nobody tells of are deleted when they are so old.
const FORGOTTEN: Duration = Duration::from_secs(24 * 60 * 60);

/// One change of one row.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    /// What it has in common with the other changes of its transaction.
    pub(crate) transaction: i64,
    /// Whose row.
    pub(crate) table: String,
    /// The row before, as JSON; none: it is new.
    pub(crate) before: Option<String>,
    /// The row after, as JSON; none: it is gone.
    pub(crate) after: Option<String>,
}

/// Where notes are taken from.
pub(crate) enum Notes {
    /// SQLite's.
    Sqlite(Box<sqlite::Notes>),
    /// PostgreSQL's.
    Postgres(Box<postgres::Notes>),
}

impl Notes {
    /// The notes of some tables. `poll` is how often SQLite is asked whether there are any.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::Internal`] inside a transaction.
    pub(crate) async fn open(db: &Db, tables: Vec<&'static str>, poll: Duration) -> Result<Self> {
        Ok(match &db.handle {
            Handle::Sqlite(_) => Self::Sqlite(Box::new(sqlite::Notes::open(db, &tables, poll).await?)),
            Handle::Postgres(connections) => {
                Self::Postgres(Box::new(postgres::Notes::open(connections, tables).await?))
            }
            Handle::SqliteTransaction(_) | Handle::PostgresTransaction(_) => {
                return Err(Error::internal("a transaction is not watched"));
            }
        })
    }

    /// The next notes, in order; of one row they are in the order of its changes. None: there are none now.
    pub(crate) async fn take(&mut self) -> DbResult<Vec<Note>> {
        match self {
            Self::Sqlite(notes) => notes.take().await,
            Self::Postgres(notes) => notes.take().await,
        }
    }

    /// Deletes what was taken last.
    pub(crate) async fn told(&mut self) -> DbResult<()> {
        match self {
            Self::Sqlite(notes) => notes.told().await,
            Self::Postgres(notes) => notes.told().await,
        }
    }

    /// Waits until there may be more, for 10 seconds at most.
    pub(crate) async fn wait(&mut self) -> DbResult<()> {
        match self {
            Self::Sqlite(notes) => notes.wait().await,
            Self::Postgres(notes) => notes.wait().await,
        }
    }
}

/// Says that notes were deleted which nobody told of.
fn forgotten(notes: u64) {
    if notes > 0 {
        tracing::warn!(
            notes,
            "changes of tables that nobody observes were noted a day ago, and are forgotten"
        );
    }
}
