//! Begins and ends transactions, and detects whether they were lost before their end.

use std::sync::{Arc, OnceLock};

use super::backend::Session;
use super::fate::DbError;
use super::handle::{Db, Open};
use super::listener::detached;
use super::named_files::NamedFiles;
use super::transaction::Slot;
use crate::change::Buffer;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::Isolation;

impl Db {
    /// Begins a transaction. On SQLite there is one transaction at a time, and other writers wait until it ends.
    ///
    /// A statement that is aborted because of a deadlock, or whose connection is lost, ends the transaction: all later
    /// statements in it and its commit fail. The caller then has to begin another transaction; the runtime runs the
    /// transactions of `atomic` actions again by itself.
    ///
    /// # Errors
    /// Returns [`Error::Database`] and [`Error::Unavailable`]; [`Error::Internal`] inside a transaction.
    pub fn begin(&self) -> BoxFuture<'_, Result<Transaction>> {
        self.begin_with(Isolation::Database)
    }

    /// Begins a transaction with this isolation from other transactions.
    ///
    /// # Errors
    /// Returns the same errors as [`begin`](Self::begin).
    pub fn begin_with(&self, isolation: Isolation) -> BoxFuture<'_, Result<Transaction>> {
        Box::pin(async move {
            if self.is_transaction() {
                return Err(Error::internal("a transaction cannot be begun inside of another"));
            }
            Ok(self.open_transaction(isolation, true).await?)
        })
    }

    /// Begins a transaction that only reads, and reads everything in one state of the database: that at its first
    /// statement. It ends when it is dropped.
    ///
    /// # Errors
    /// Returns the errors of the database; [`Error::Internal`] inside a transaction.
    pub(crate) async fn snapshot(&self) -> Result<Transaction> {
        if self.is_transaction() {
            return Err(Error::internal("a snapshot cannot be read inside of a transaction"));
        }
        Ok(self.opened(self.backend.snapshot(&self.requester).await?))
    }

    /// Begins a transaction. With `lasting` the application decides how long it is.
    pub(super) async fn open_transaction(
        &self,
        isolation: Isolation,
        lasting: bool,
    ) -> std::result::Result<Transaction, DbError> {
        let session = self.heed_begin(self.backend.begin(isolation, &self.requester, lasting).await)?;
        Ok(self.opened(session))
    }

    fn opened(&self, session: Box<dyn Session>) -> Transaction {
        let open = Open {
            slot: Slot::new(session),
            buffer: Buffer::default(),
            files: NamedFiles::default(),
            outside: self.clone(),
            lost: OnceLock::new(),
        };
        Transaction { db: Self { transaction: Some(Arc::new(open)), ..self.clone() } }
    }
}

/// A transaction. If it is dropped without [`commit`](Self::commit), it is rolled back, and its handles return errors.
#[derive(Debug)]
pub struct Transaction {
    db: Db,
}

impl Transaction {
    /// Returns the handle for statements in the transaction.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Commits the transaction and publishes its changes: when the future is ready, every subscriber of this node has
    /// its events.
    ///
    /// # Errors
    /// Returns [`Error::Database`] and [`Error::Unavailable`] if nothing was stored. Returns [`Error::Unknown`] if the
    /// connection was lost before the answer: subscribers of rows that may have changed are then notified that they may
    /// have missed events.
    pub fn commit(self) -> BoxFuture<'static, Result<()>> {
        Box::pin(async move {
            self.db.check_not_lost()?;
            if self.is_silent() {
                return Ok(self.commit_then(|| ()).await?);
            }
            // A stored change is published even if its caller has gone.
            let told = detached(async move {
                let Some(open) = self.db.transaction.clone() else { return Ok(()) };
                let told = Arc::clone(&open);
                let publish = move || told.outside.listener.publish(&told.outside, told.buffer.take());
                match self.commit_then(publish).await {
                    Ok(given_out) => given_out.await,
                    Err(error) => {
                        if matches!(error, DbError::Unknown(_)) {
                            open.outside.listener.unsure(open.buffer.take()).await;
                        }
                        return Err(error.into());
                    }
                }
                Ok(())
            });
            told.await.unwrap_or_else(|| Err(Error::internal("a commit panicked")))
        })
    }

    /// Tells whether the transaction has nothing to publish.
    fn is_silent(&self) -> bool {
        self.db.transaction.as_ref().is_none_or(|open| open.buffer.is_empty())
    }

    /// Commits and calls `then`: on SQLite before any other write.
    async fn commit_then<T>(&self, then: impl FnOnce() -> T) -> std::result::Result<T, DbError> {
        let outside = self.db.outside_of_transaction();
        // A transaction that only read does not show whether the database can be written.
        let silent = self.is_silent();
        let Some(open) = &self.db.transaction else { return Ok(then()) };
        let mut session = open.slot.close_with().await?;
        let committed = session.commit().await;
        open.files.settle_commit(&committed);
        if committed.is_err() || !silent {
            outside.heed(committed)?;
        }
        // On SQLite the connection is the writer's, and is given back only after this.
        let done = then();
        drop(session);
        Ok(done)
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(open) = &self.db.transaction {
            open.slot.close();
        }
    }
}
