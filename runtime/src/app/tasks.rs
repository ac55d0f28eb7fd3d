//! The work of a connection beside its requests, which ends with the connection.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use tokio::task::JoinSet;

/// The tasks of a connection.
#[derive(Default)]
pub(crate) struct Tasks(Mutex<Running>);

#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    has_ended: bool,
}

impl Tasks {
    /// Starts a task, unless the connection has ended. Returns false if as many run already as there may be.
    pub(super) fn start(&self, most: usize, task: impl Future<Output = ()> + Send + 'static) -> bool {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if running.has_ended {
            return true;
        }
        while running.tasks.try_join_next().is_some() {}
        if running.tasks.len() >= most {
            return false;
        }
        running.tasks.spawn(task);
        true
    }

    /// Ends all tasks. Later ones are not started.
    pub(crate) fn end(&self) {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.has_ended = true;
        running.tasks.abort_all();
        // A task holds the connection, and the connection holds its tasks.
        running.tasks = JoinSet::new();
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").finish_non_exhaustive()
    }
}
