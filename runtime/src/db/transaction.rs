//! The connection of a transaction: used by one statement at a time, and given back when the transaction ends.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::fate::DbResult;

/// Holds the connection between statements. Closing it gives the connection back, even if a statement has it at that
/// moment.
pub(super) struct Slot<C> {
    turn: Semaphore,
    state: Mutex<State<C>>,
}

struct State<C> {
    connection: Option<C>,
    closed: bool,
}

/// The connection during one statement; put back on drop, also if the statement was cancelled.
pub(super) struct Taken<'a, C> {
    slot: &'a Slot<C>,
    connection: Option<C>,
    _turn: SemaphorePermit<'a>,
}

impl<C> Slot<C> {
    pub(super) fn new(connection: C) -> Self {
        let state = State { connection: Some(connection), closed: false };
        Self { turn: Semaphore::new(1), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State<C>> {
        // The state is set by two assignments that cannot panic in between.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the previous statement and takes the connection.
    pub(super) async fn take(&self) -> DbResult<Taken<'_, C>> {
        let turn = self.turn.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let connection = self.state().connection.take().ok_or(sqlx::Error::PoolClosed)?;
        Ok(Taken { slot: self, connection: Some(connection), _turn: turn })
    }

    /// Ends the transaction: the connection is dropped, at once or by the statement that uses it.
    pub(super) fn close(&self) {
        let connection = {
            let mut state = self.state();
            state.closed = true;
            state.connection.take()
        };
        drop(connection);
    }

    /// Ends the transaction and returns the connection, to commit.
    pub(super) async fn close_with(&self) -> DbResult<C> {
        let mut taken = self.take().await?;
        self.state().closed = true;
        taken.connection.take().ok_or(sqlx::Error::PoolClosed)
    }
}

impl<C> Taken<'_, C> {
    pub(super) fn get(&mut self) -> DbResult<&mut C> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }
}

impl<C> Drop for Taken<'_, C> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let mut state = self.slot.state();
        if state.closed {
            drop(state);
            drop(connection);
        } else {
            state.connection = Some(connection);
        }
    }
}
