//! A transaction that only reads: one state of the file, beside the writer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task;

use super::{BYTES, PERIODS, READERS, Reader, Readers, Turn, may_pass_elsewhere};
use crate::db::backend::Session;
use crate::db::fair_queue::Requester;
use crate::db::fate::{DbError, DbResult};
use crate::db::statement::{Class, Outcome, Statement};
use crate::ground::future::BoxFuture;

/// A connection in a transaction that only reads. It is given back when this is dropped.
pub(in crate::db::sqlite) struct ReadTransaction {
    /// `None` after the caller of a statement has gone away.
    reader: Option<Reader>,
    idle: Arc<Mutex<Vec<Reader>>>,
    busy_timeout: Duration,
    /// The right to block, for as long as the transaction lasts.
    _turn: Turn,
}

impl Readers {
    /// Begins a transaction. What it reads is the state of the file at its first statement.
    pub(in crate::db::sqlite) async fn begin(&self, requester: &Requester) -> DbResult<ReadTransaction> {
        if *self.closed.borrow() {
            return Err(sqlx::Error::PoolClosed);
        }
        let turn = self.turn(requester, Class::Long).await?;
        let reader = self.take()?;
        reader.budget.set(PERIODS);
        reader.local.execute("BEGIN", None)?;
        let (idle, busy_timeout) = (Arc::clone(&self.idle), self.busy_timeout);
        Ok(ReadTransaction { reader: Some(reader), idle, busy_timeout, _turn: turn })
    }
}

impl ReadTransaction {
    async fn execute(&mut self, statement: &Statement) -> DbResult<Outcome> {
        task::coop::consume_budget().await;
        let reader = self.reader.take().ok_or(sqlx::Error::PoolClosed)?;
        reader.budget.set(PERIODS);
        let outcome = reader.local.run_up_to(statement, BYTES);
        let (reader, outcome) = match outcome {
            // An interrupted read leaves the transaction as it is.
            Err(error) if may_pass_elsewhere(&error) => {
                reader.run_elsewhere(statement.clone(), self.busy_timeout, ()).await?
            }
            outcome => (reader, outcome),
        };
        self.reader = Some(reader);
        outcome
    }
}

impl Session for ReadTransaction {
    fn run<'a>(&'a mut self, statement: &'a Statement) -> BoxFuture<'a, DbResult<Outcome>> {
        Box::pin(self.execute(statement))
    }

    /// There is nothing to commit.
    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Drop for ReadTransaction {
    fn drop(&mut self) {
        let Some(reader) = self.reader.take() else { return };
        reader.budget.set(PERIODS);
        if reader.local.execute("ROLLBACK", None).is_err() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // When the readers are closed, they are cleared once the turn is given back.
        if idle.len() < READERS {
            idle.push(reader);
        }
    }
}
