//! How far a node has told the log, and the last entries.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Lock, MutexGuard as Locked, Notify, watch};
use tokio::time::timeout;

use super::entry::LogEntry;
use super::memory::Memory;
use crate::change::Position;
use crate::schema::meta::{Latest, ModelMeta};

/// How long a writer, or a new subscription, waits until everything that is committed is told.
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(1);

/// What a node knows of the log.
#[derive(Debug)]
pub(crate) struct ChangeLog {
    /// The models whose changes are told.
    pub(crate) models: Vec<&'static ModelMeta>,
    /// The longest that an observer asks for.
    pub(crate) kept: Latest,
    /// Wakes the task that reads the log.
    wake: Notify,
    /// The number of requests to read the log, and of those that were fulfilled.
    asked: AtomicU64,
    done: watch::Sender<u64>,
    /// The position up to which everything is told. It is locked while a transaction is told, so that a subscription
    /// that locks it has been told all of it or nothing.
    told: Lock<Position>,
    memory: Mutex<Memory>,
    /// Whether the log was read, so that the position is one of it.
    begun: AtomicBool,
    /// Ends the task.
    pub(crate) stop: Notify,
    /// Whether the task has ended.
    over: AtomicBool,
}

impl ChangeLog {
    /// Creates the state of a log that was not read yet.
    pub(crate) fn new(models: Vec<&'static ModelMeta>, kept: Latest) -> Self {
        Self {
            models,
            kept,
            wake: Notify::new(),
            asked: AtomicU64::new(0),
            done: watch::Sender::new(0),
            told: Lock::default(),
            memory: Mutex::default(),
            begun: AtomicBool::new(false),
            stop: Notify::new(),
            over: AtomicBool::new(false),
        }
    }

    /// Asks for the log to be read. The future resolves when everything that was committed before is told; it returns
    /// `false` if that takes too long, because the database does not answer.
    pub(crate) fn catch_up(self: &Arc<Self>) -> impl Future<Output = bool> + Send + use<> {
        let mut done = self.done.subscribe();
        let wanted = self.asked.fetch_add(1, Ordering::AcqRel) + 1;
        self.wake.notify_one();
        let over = self.over.load(Ordering::Acquire);
        async move {
            let caught_up = done.wait_for(|done| *done >= wanted);
            !over && matches!(timeout(CAUGHT_UP_WITHIN, caught_up).await, Ok(Ok(_)))
        }
    }

    /// Reports that the task has ended, so that nobody waits for it.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// Resolves when the log has to be read.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Returns the number of requests so far, for [`fulfilled`](Self::fulfilled).
    pub(crate) fn requests(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    /// Reports that the log was read after this number of requests.
    pub(crate) fn fulfilled(&self, requests: u64) {
        self.done.send_replace(requests);
    }

    /// Locks the position up to which everything is told.
    pub(crate) async fn told(&self) -> Locked<'_, Position> {
        self.told.lock().await
    }

    /// Forgets the entries, and begins after a position.
    pub(crate) fn begin(&self, position: Position) {
        self.memory().begin(position);
        self.begun.store(true, Ordering::Release);
    }

    /// Tells whether the log was read.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    /// Keeps an entry that is told.
    pub(crate) fn keep(&self, entry: Arc<LogEntry>) {
        self.memory().push(entry);
    }

    /// Tells whether a position is known to be one of this log.
    pub(crate) fn knows(&self, position: Position) -> bool {
        self.memory().knows(position)
    }

    /// Returns the told entries after a position, if this node has all of them in memory.
    pub(crate) fn after(&self, position: Position) -> Option<Vec<Arc<LogEntry>>> {
        self.memory().after(position)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Every edit leaves the memory consistent.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
