//! The log of changes (`"delivery": "latest"`): numbering, reading and shortening it.
//!
//! Triggers fill the log: see `src/emit/sql/logged.rs` of the generator. All access is by single statements outside of
//! transactions, so that a node that is stopped holds nothing.

mod entry;
mod postgres;
mod snapshot;
mod sqlite;

pub(crate) use entry::{Held, LogPage, Logged, MANY, Numbered, What};
pub(crate) use snapshot::{LogSnapshot, LoggedBy};

use std::time::Duration;

use super::dialect::Dialect;
use super::fate::DbError;
use super::handle::Db;
use super::statement::{Arg, Shape, Statement};
use crate::change::Position;

/// The table that entries name which were not made by a trigger: no table has this name.
pub(crate) const BY_HAND: &str = "";

impl Db {
    /// Gives numbers to everything that is committed, and tells whether there is something after a position.
    ///
    /// # Errors
    /// Returns the error of the database.
    pub(crate) async fn number_log(&self, head: Position) -> Result<Numbered, DbError> {
        match self.dialect() {
            Dialect::Postgres => postgres::number(self, head).await,
            Dialect::Sqlite => sqlite::look(self, head).await,
        }
    }

    /// Returns the last position.
    ///
    /// # Errors
    /// Returns the error of the database.
    pub(crate) async fn log_head(&self) -> Result<Position, DbError> {
        match self.dialect() {
            Dialect::Postgres => postgres::head(self).await,
            Dialect::Sqlite => sqlite::head(self).await,
        }
    }

    /// Returns what of the log the snapshot contains in which the handle reads: see [`Db::snapshot`].
    ///
    /// # Errors
    /// Returns the error of the database.
    pub(crate) async fn log_snapshot(&self) -> Result<LogSnapshot, DbError> {
        match self.dialect() {
            Dialect::Postgres => postgres::snapshot(self).await,
            Dialect::Sqlite => Ok(LogSnapshot { head: sqlite::head(self).await?, visible: None }),
        }
    }

    /// Adds the entry that the rights of a user have changed.
    ///
    /// # Errors
    /// Returns the error of the database.
    pub(crate) async fn log_rights(&self, user: &str) -> Result<(), DbError> {
        let sql = match self.dialect() {
            Dialect::Postgres => postgres::RIGHTS,
            Dialect::Sqlite => sqlite::RIGHTS,
        };
        let image = serde_json::Value::from(user).to_string();
        self.run(Statement::write(sql, vec![Arg::plain(image)], Shape::Untyped)).await.map(drop)
    }

    /// Returns the entries after a position.
    ///
    /// # Errors
    /// Returns the error of the database.
    pub(crate) async fn log_after(&self, position: Position) -> Result<LogPage, DbError> {
        match self.dialect() {
            Dialect::Postgres => postgres::after(self, position).await,
            Dialect::Sqlite => sqlite::after(self, position).await,
        }
    }

    /// Tells whether a position is one of the log.
    ///
    /// # Errors
    /// Returns the error of the database.
    pub(crate) async fn log_holds(&self, position: Position) -> Result<Held, DbError> {
        match self.dialect() {
            Dialect::Postgres => postgres::holds(self, position).await,
            Dialect::Sqlite => sqlite::holds(self, position).await,
        }
    }

    /// Deletes entries that are older, and those beyond the number, from the old end of the log. Tells whether there may
    /// be more of them.
    ///
    /// # Errors
    /// Returns the error of the database.
    pub(crate) async fn forget_log(&self, age: Duration, entries: u64) -> Result<bool, DbError> {
        let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        let entries = i64::try_from(entries).unwrap_or(i64::MAX);
        match self.dialect() {
            Dialect::Postgres => postgres::forget(self, age, entries).await,
            Dialect::Sqlite => sqlite::forget(self, age, entries).await,
        }
    }
}

#[cfg(test)]
mod tests;
