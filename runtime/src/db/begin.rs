//! Transactions: their begin, their end, and whether they are lost before that.

use std::sync::{Arc, OnceLock};

use tokio::time::timeout;

use super::listener::detached;
use super::transaction::Slot;
use super::{Db, DbError, DbResult, Handle, STORED_WITHIN, fate, unanswered};
use crate::change::Buffer;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::ground::outage::Outage;
use crate::schema::meta::Isolation;

/// What belongs to a transaction beside its connection.
pub(super) struct Pending {
    pub(super) buffer: Buffer,
    /// The database outside of it.
    pub(super) outside: Db,
    /// Why the transaction is lost, with all that was done in it.
    lost: OnceLock<Outage>,
}

impl Db {
    /// Begins a transaction. On SQLite there is one at a time, and writers wait for it.
    ///
    /// A statement that ends a deadlock, or that loses its connection, loses the transaction: whatever else is done in
    /// it fails, and so does its commit. It is for the caller to begin another one; those of `atomic` actions are run
    /// again by themselves.
    ///
    /// # Errors
    /// [`Error::Database`] and [`Error::Unavailable`]; [`Error::Internal`] inside a transaction.
    pub fn begin(&self) -> BoxFuture<'_, Result<Transaction>> {
        self.begin_with(Isolation::Database)
    }

    /// The same, kept apart from other transactions like this.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub fn begin_with(&self, isolation: Isolation) -> BoxFuture<'_, Result<Transaction>> {
        Box::pin(async move {
            if self.is_transaction() {
                return Err(Error::internal("a transaction cannot be begun inside of another"));
            }
            Ok(self.open_transaction(isolation, true).await?)
        })
    }

    /// `lasting`: it is as long as the application likes.
    pub(super) async fn open_transaction(
        &self,
        isolation: Isolation,
        lasting: bool,
    ) -> std::result::Result<Transaction, DbError> {
        let handle = match &self.handle {
            // `BEGIN IMMEDIATE`: there is no other that writes, and what it reads is the last that was written.
            Handle::Sqlite(sqlite) => {
                let lease = sqlite.lease(&self.asker, lasting).await.map_err(DbError::from);
                let lease = self.heed_begin(lease)?;
                Handle::SqliteTransaction(Arc::new(Slot::new(lease)))
            }
            Handle::Postgres(connections) => {
                let held = connections.begin(isolation, &self.asker, lasting).await?;
                Handle::PostgresTransaction(Arc::new(Slot::new(held)))
            }
            Handle::SqliteTransaction(_) | Handle::PostgresTransaction(_) => self.handle.clone(),
        };
        let pending = Pending { buffer: Buffer::default(), outside: self.clone(), lost: OnceLock::new() };
        let (listener, standing) = (Arc::clone(&self.listener), Arc::clone(&self.standing));
        let (pending, memory, asker) = (Some(Arc::new(pending)), self.memory.clone(), self.asker.clone());
        Ok(Transaction { db: Self { handle, listener, standing, asker, pending, memory } })
    }

    /// Why the transaction is lost, if it is.
    pub(super) fn lost(&self) -> Option<&Outage> {
        self.pending.as_ref()?.lost.get()
    }

    /// What is left to be done in the transaction.
    pub(super) fn check_not_lost(&self) -> std::result::Result<(), DbError> {
        match self.lost() {
            Some(outage) => {
                let cause = format!("an earlier statement has lost the transaction: {outage}");
                Err(DbError::Undone(fate::of_outage(Outage { cause, ..outage.clone() })))
            }
            None => Ok(()),
        }
    }

    /// What came of a statement of the transaction. Savepoints undo it alone; but what it waited for, or had read, is
    /// such that the transaction cannot go on.
    pub(super) fn settled<T>(&self, writes: bool, outcome: DbResult<T>) -> std::result::Result<T, DbError> {
        let outcome = outcome.map_err(DbError::from);
        if let (Err(error @ DbError::Undone(_)), Some(pending)) = (&outcome, &self.pending)
            && let Some(outage) = error.outage()
        {
            // The first reason is the one that counts.
            let _ = pending.lost.set(outage);
        }
        if writes { self.heed(outcome) } else { outcome }
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

    /// Makes the writes stay, and tells of them: when it is ready, every subscriber of this node has been told.
    ///
    /// # Errors
    /// [`Error::Database`] and [`Error::Unavailable`]; nothing was stored then. [`Error::Unknown`] if the connection was
    /// lost before the answer: subscribers of what may have changed are told that they may have missed something.
    pub fn commit(self) -> BoxFuture<'static, Result<()>> {
        Box::pin(async move {
            self.db.check_not_lost()?;
            if self.is_silent() {
                return Ok(self.commit_then(|| ()).await?);
            }
            // What is stored is told, even if nobody waits for it any more.
            let told = detached(async move {
                let Some(pending) = self.db.pending.clone() else { return Ok(()) };
                let told = Arc::clone(&pending);
                let publish = move || told.outside.listener.publish(&told.outside, told.buffer.take());
                match self.commit_then(publish).await {
                    Ok(given_out) => given_out.await,
                    Err(error) => {
                        if matches!(error, DbError::Unknown(_)) {
                            pending.outside.listener.unsure(pending.buffer.take()).await;
                        }
                        return Err(error.into());
                    }
                }
                Ok(())
            });
            told.await.unwrap_or_else(|| Err(Error::internal("a commit panicked")))
        })
    }

    /// Whether it has nothing to tell.
    fn is_silent(&self) -> bool {
        self.db.pending.as_ref().is_none_or(|pending| pending.buffer.is_empty())
    }

    /// Commits and calls `then`: on SQLite before anybody else writes.
    async fn commit_then<T>(&self, then: impl FnOnce() -> T) -> std::result::Result<T, DbError> {
        let outside = self.db.outside_of_transaction();
        // What was read only says nothing of whether it can be written.
        let silent = self.is_silent();
        match &self.db.handle {
            Handle::SqliteTransaction(slot) => {
                let mut lease = slot.close_with().await?;
                let committed = lease.commit().await.map_err(DbError::of_writer);
                if committed.is_err() || !silent {
                    outside.heed(committed)?
                } else {
                    committed?
                }
                return Ok(then());
            }
            Handle::PostgresTransaction(slot) => {
                let held = slot.close_with().await?;
                let committed =
                    timeout(STORED_WITHIN, held.commit()).await.unwrap_or_else(|_| Err(unanswered()));
                let committed = committed.map_err(DbError::of_store);
                if committed.is_err() || !silent { outside.heed(committed)? } else { committed? }
            }
            Handle::Sqlite(_) | Handle::Postgres(_) => {}
        }
        Ok(then())
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
