//! The database: one handle over SQLite or PostgreSQL, on its own or inside a transaction.
//!
//! Nothing outside of this module knows which of the two it is, but for the dialect of composed statements.
//! Futures are boxed at the border, so that crates which await them do not compile them again.

mod compose;
mod migrate;
mod postgres;
mod sqlite;
mod statement;
mod transaction;
mod writer;

use std::fmt;
use std::sync::Arc;

use sqlx::postgres::PgPool;
use sqlx::{Postgres, Transaction as PostgresTransaction};

use crate::dispatch::BoxFuture;
use crate::error::{Error, Result};
use crate::model::Row;
use crate::value::Value;

pub(crate) use compose::{Compare, Composer, quote};
pub(crate) use statement::{Arg, Outcome, Shape, Statement};
use transaction::Slot;
use writer::Lease;

/// What the database answers, before it is known what it means to the client.
pub(crate) type DbResult<T> = std::result::Result<T, sqlx::Error>;

/// A handle to the database. Clones share it; inside a transaction, clones share the transaction.
#[derive(Clone)]
pub struct Db {
    handle: Handle,
}

#[derive(Clone)]
enum Handle {
    Sqlite(Arc<sqlite::Sqlite>),
    Postgres(PgPool),
    SqliteTransaction(Arc<Slot<Lease>>),
    PostgresTransaction(Arc<Slot<PostgresTransaction<'static, Postgres>>>),
}

/// Which SQL a database speaks, where the two differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transaction =
            matches!(self.handle, Handle::SqliteTransaction(_) | Handle::PostgresTransaction(_));
        f.debug_struct("Db").field("dialect", &self.dialect()).field("transaction", &transaction).finish()
    }
}

impl Db {
    /// Connects and migrates. `url` is `sqlite:path`, `sqlite::memory:` or `postgres://user@host/name`.
    ///
    /// A database in memory has one connection: there, reads outside of a transaction wait for its end.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be reached; [`Error::Internal`] if the URL is of another database or a
    /// migration that was applied has changed since.
    pub fn connect<'a>(url: &'a str, migrations: &'a Migrations) -> BoxFuture<'a, Result<Self>> {
        Box::pin(async move {
            let handle = if url.starts_with("sqlite:") {
                Handle::Sqlite(Arc::new(sqlite::Sqlite::connect(url, migrations.sqlite).await?))
            } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
                Handle::Postgres(postgres::connect(url, migrations.postgres).await?)
            } else {
                return Err(Error::internal("a database URL begins with sqlite: or postgres:"));
            };
            Ok(Self { handle })
        })
    }

    /// Begins a transaction. On SQLite there is one at a time, and writers wait for it.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::Internal`] inside a transaction.
    pub fn begin(&self) -> BoxFuture<'_, Result<Transaction>> {
        Box::pin(async move {
            let handle = match &self.handle {
                Handle::Sqlite(sqlite) => {
                    Handle::SqliteTransaction(Arc::new(Slot::new(sqlite.lease().await?)))
                }
                Handle::Postgres(pool) => {
                    Handle::PostgresTransaction(Arc::new(Slot::new(postgres::begin(pool).await?)))
                }
                Handle::SqliteTransaction(_) | Handle::PostgresTransaction(_) => {
                    return Err(Error::internal("a transaction cannot be begun inside of another"));
                }
            };
            Ok(Transaction { db: Self { handle } })
        })
    }

    /// Closes it: waits for what is under way. Handles that are left get errors.
    pub fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            match &self.handle {
                Handle::Sqlite(sqlite) => sqlite.close().await,
                Handle::Postgres(pool) => pool.close().await,
                Handle::SqliteTransaction(_) | Handle::PostgresTransaction(_) => {}
            }
        })
    }

    /// Which SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        match self.handle {
            Handle::Sqlite(_) | Handle::SqliteTransaction(_) => Dialect::Sqlite,
            Handle::Postgres(_) | Handle::PostgresTransaction(_) => Dialect::Postgres,
        }
    }

    /// Runs a query of the application's own and gives its rows. Parameters are `$1`, `$2`, … on both databases.
    ///
    /// On SQLite values come as they are stored: moments and durations as integers of microseconds, decimals of up
    /// to 18 digits as integers; [`Row::take`] converts all of them but decimals back.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::Internal`] for statements that begin or end transactions.
    pub fn query(&self, sql: &'static str, args: Vec<Value>) -> BoxFuture<'_, Result<Vec<Row>>> {
        Box::pin(async move {
            let statement = Statement::of_application(sql, args, Shape::Untyped)?;
            Ok(self.run(statement).await?.rows)
        })
    }

    /// Runs a statement of the application's own and gives the number of rows it changed.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub fn execute(&self, sql: &'static str, args: Vec<Value>) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move {
            let statement = Statement::of_application(sql, args, Shape::Nothing)?;
            Ok(self.run(statement).await?.affected)
        })
    }

    /// Runs one statement.
    pub(crate) fn run(&self, statement: Statement) -> BoxFuture<'_, DbResult<Outcome>> {
        match &self.handle {
            Handle::Sqlite(sqlite) => Box::pin(sqlite.run(statement)),
            Handle::Postgres(pool) => Box::pin(postgres::run_pooled(pool, statement)),
            Handle::SqliteTransaction(slot) => Box::pin(async move {
                let mut lease = slot.take().await?;
                sqlite::run(lease.get()?.connection()?, &statement).await
            }),
            Handle::PostgresTransaction(slot) => Box::pin(async move {
                let mut transaction = slot.take().await?;
                postgres::run_in_transaction(transaction.get()?, &statement).await
            }),
        }
    }
}

/// A transaction. Dropped without [`commit`](Self::commit) it rolls back, and handles to it get errors.
#[derive(Debug)]
pub struct Transaction {
    db: Db,
}

impl Transaction {
    /// The handle to work with.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Makes the writes stay.
    ///
    /// # Errors
    /// [`Error::Database`]; nothing was stored then.
    pub fn commit(self) -> BoxFuture<'static, Result<()>> {
        Box::pin(async move {
            match &self.db.handle {
                Handle::SqliteTransaction(slot) => slot.close_with().await?.commit().await?,
                Handle::PostgresTransaction(slot) => slot.close_with().await?.commit().await?,
                Handle::Sqlite(_) | Handle::Postgres(_) => {}
            }
            Ok(())
        })
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        match &self.db.handle {
            Handle::SqliteTransaction(slot) => slot.close(),
            Handle::PostgresTransaction(slot) => slot.close(),
            Handle::Sqlite(_) | Handle::Postgres(_) => {}
        }
    }
}

/// The migrations of a generated crate, one list a database.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// For SQLite.
    pub sqlite: &'static [Migration],
    /// For PostgreSQL.
    pub postgres: &'static [Migration],
}

/// One migration: applied once, in the order of versions, and never changed afterwards.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number, from 1.
    pub version: i64,
    /// Its name.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}
