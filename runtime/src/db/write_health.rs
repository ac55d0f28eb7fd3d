//! The health of a database: the outcome of the last writes, and whether it can be read and written now.
//!
//! With a full disk, a lock or a standby reads still succeed, so that reads alone do not show the fault. A refused
//! write is remembered until a write succeeds. A server that is not ready gets no more writes, so that it has to try by
//! itself: on SQLite it writes a value that changes nothing. PostgreSQL reports whether it can be written; other
//! refusals may concern a single table, so they are not tried again, and are forgotten after a while.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::backend::Refusal;
use crate::ground::outage::{Outage, Reason};

/// The reason and the time of the last refused write.
#[derive(Debug, Default)]
pub(super) struct WriteHealth {
    last: Mutex<Option<Refusal>>,
    /// The number of statements that were run, for tests.
    #[cfg(feature = "test-util")]
    statements: std::sync::atomic::AtomicUsize,
}

impl WriteHealth {
    fn last(&self) -> MutexGuard<'_, Option<Refusal>> {
        // The state is set by one assignment.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn remember(&self, outage: Outage) {
        *self.last() = Some(Refusal { outage, since: Instant::now() });
    }

    pub(super) fn forget(&self) {
        *self.last() = None;
    }

    /// Forgets that another program had locked the file.
    pub(super) fn forget_lock(&self) {
        self.last().take_if(|refusal| refusal.outage.reason == Reason::Busy);
    }

    /// Returns the refusal of the last write, if it was refused.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.last().clone()
    }

    /// Counts a statement.
    #[cfg(feature = "test-util")]
    pub(super) fn count(&self) {
        self.statements.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    /// Returns the number of statements.
    #[cfg(feature = "test-util")]
    pub(super) fn statements(&self) -> usize {
        self.statements.load(std::sync::atomic::Ordering::Relaxed)
    }
}
