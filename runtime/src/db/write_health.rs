//! How a database stands: what the last writes said, and whether it can be read and written now.
//!
//! A full disk, a lock or a standby lets everybody read, so that reads alone do not show it. A write that was refused is
//! remembered until one succeeds. Nobody may write any more to a server that says that it is not ready, so that it tries
//! by itself then: SQLite is asked to store something that changes nothing. PostgreSQL says whether it can be written; of
//! other refusals it is not asked, as those may be of one table, and they are forgotten after a while.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::backend::Refusal;
use crate::ground::outage::{Outage, Reason};

/// Why the last write was refused, and when.
#[derive(Debug, Default)]
pub(super) struct WriteHealth {
    last: Mutex<Option<Refusal>>,
    /// Statements that were run, of which tests tell how many something takes.
    #[cfg(feature = "test-util")]
    statements: std::sync::atomic::AtomicUsize,
}

impl WriteHealth {
    fn last(&self) -> MutexGuard<'_, Option<Refusal>> {
        // One assignment.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn remember(&self, outage: Outage) {
        *self.last() = Some(Refusal { outage, since: Instant::now() });
    }

    pub(super) fn forget(&self) {
        *self.last() = None;
    }

    /// Forgets that somebody else had locked it.
    pub(super) fn forget_lock(&self) {
        self.last().take_if(|refusal| refusal.outage.reason == Reason::Busy);
    }

    /// Why the last write was refused, if it was.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.last().clone()
    }

    /// Counts a statement.
    #[cfg(feature = "test-util")]
    pub(super) fn count(&self) {
        self.statements.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    /// Statements that were counted.
    #[cfg(feature = "test-util")]
    pub(super) fn statements(&self) -> usize {
        self.statements.load(std::sync::atomic::Ordering::Relaxed)
    }
}
