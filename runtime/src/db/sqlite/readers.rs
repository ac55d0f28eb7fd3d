//! SQLite's readers: connections that run on the calling thread.
//!
//! Most reads take microseconds, and handing one to another thread and being woken by it takes longer than the read
//! itself. So a read begins on the calling thread, with a budget of steps of SQLite's virtual machine. A read that
//! needs more, or that finds the file locked, begins again on a thread that may block, so that the threads that serve
//! sockets continue. It stops there, too, if its future is dropped.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::ErrorCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task;
use tokio::time::timeout;

use super::local::{self, Local, Location};
use crate::db::fair_queue::{FairQueue, QueuePermit, Requester, Shares};
use crate::db::fate::DbResult;
use crate::db::statement::{Class, Outcome, PATIENCE, Statement};

/// The number of blocking reads at once, and of connections that are kept.
const READERS: usize = 8;
/// The number of them for each class. Reads by key that found the file locked always find a thread.
pub(super) const SHARES: Shares = Shares { long: READERS - 2, brief: READERS, lasting: 0, all: READERS };
/// The number of steps between two checks of the budget.
const PERIOD: i32 = 1_000;
/// The number of checks on the calling thread: some 20,000 steps, of 10 to 50 ns each.
const PERIODS: i64 = 20;
/// The bytes of rows that are read on the calling thread.
const BYTES: usize = 256 * 1024;

/// The connections that read.
pub(super) struct Readers {
    location: Location,
    busy_timeout: Duration,
    idle: Arc<Mutex<Vec<Reader>>>,
    /// A permit for each read that blocks.
    blocking: Arc<Semaphore>,
    /// The fair queue for these permits.
    queue: Arc<FairQueue>,
    closed: watch::Sender<bool>,
}

impl Readers {
    /// Creates the readers of a file.
    pub(super) fn new(location: Location, busy_timeout: Duration, queue: Arc<FairQueue>) -> DbResult<Self> {
        let readers = Self {
            location,
            busy_timeout,
            idle: Arc::default(),
            blocking: Arc::new(Semaphore::new(READERS)),
            queue,
            closed: watch::Sender::new(false),
        };
        readers.put_back(readers.take()?);
        Ok(readers)
    }

    /// Runs a statement that reads.
    pub(super) async fn run(&self, statement: Statement, requester: &Requester) -> DbResult<Outcome> {
        // A read is ready at once: a task with many reads has to yield to others.
        task::coop::consume_budget().await;
        if *self.closed.borrow() {
            return Err(sqlx::Error::PoolClosed);
        }
        let reader = self.take()?;
        reader.budget.set(PERIODS);
        let outcome = reader.local.run_up_to(&statement, BYTES);
        self.put_back(reader);
        match outcome {
            Err(error) if may_pass_elsewhere(&error) => self.run_blocking(statement, requester).await,
            outcome => outcome,
        }
    }

    /// Runs it for as long as it takes, on another thread. A statement that waits for a thread holds no connection
    /// meanwhile.
    async fn run_blocking(&self, statement: Statement, requester: &Requester) -> DbResult<Outcome> {
        let turn = self.turn(requester, statement.class().unwrap_or(Class::Brief)).await?;
        let (reader, outcome) = self.take()?.run_elsewhere(statement, self.busy_timeout, turn).await?;
        self.put_back(reader);
        outcome
    }

    /// Waits until one more reader may block.
    async fn turn(&self, requester: &Requester, class: Class) -> DbResult<Turn> {
        let place = self.queue.take(requester, class).await?;
        let permit = timeout(PATIENCE, Arc::clone(&self.blocking).acquire_owned());
        let permit = permit.await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        Ok((place, permit.map_err(|_| sqlx::Error::PoolClosed)?))
    }

    /// Resolves when the readers are closed.
    pub(super) async fn closing(&self) {
        // The sender belongs to the same struct, so it exists.
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Refuses further reads, and waits for those in progress.
    pub(super) async fn close(&self) {
        self.closed.send_replace(true);
        // The semaphore is never closed, so that all permits can be acquired in the end.
        let all = self.blocking.acquire_many(READERS as u32).await;
        self.idle().clear();
        drop(all);
    }

    /// Returns an idle connection, or a new one.
    fn take(&self) -> DbResult<Reader> {
        let idle = self.idle().pop();
        idle.map_or_else(|| Reader::open(&self.location), Ok)
    }

    fn put_back(&self, reader: Reader) {
        let mut idle = self.idle();
        if idle.len() < READERS && !*self.closed.borrow() {
            idle.push(reader);
        }
    }

    /// A thread that panicked with the lock did so between two calls of a vector, which is therefore consistent.
    fn idle(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to block.
type Turn = (Option<QueuePermit>, OwnedSemaphorePermit);

/// A connection that reads.
struct Reader {
    local: Local,
    budget: Arc<Budget>,
}

/// The number of checks that a read has left.
struct Budget(AtomicI64);

impl Budget {
    fn set(&self, periods: i64) {
        self.0.store(periods, Ordering::Relaxed);
    }

    /// Tells whether no checks are left.
    fn is_spent(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) <= 0
    }
}

/// Stops a read when it is dropped.
struct Stop(Arc<Budget>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.set(0);
    }
}

impl Reader {
    fn open(location: &Location) -> DbResult<Self> {
        let local = Local::open(location, Duration::ZERO)?;
        location.check()?;
        let budget = Arc::new(Budget(AtomicI64::new(0)));
        let asked = Arc::clone(&budget);
        let set = || {
            local.connection.pragma_update(None, "query_only", true)?;
            local.connection.progress_handler(PERIOD, Some(move || asked.is_spent()))
        };
        set().map_err(|error| local::failure(&error))?;
        Ok(Self { local, budget })
    }

    /// Runs a statement for as long as it takes, on another thread, which keeps `held` meanwhile. The connection is lost
    /// if the caller goes away.
    async fn run_elsewhere<T: Send + 'static>(
        self,
        statement: Statement,
        busy_timeout: Duration,
        held: T,
    ) -> DbResult<(Self, DbResult<Outcome>)> {
        // Ends the read if its caller has gone.
        let stop = Stop(Arc::clone(&self.budget));
        self.budget.set(i64::MAX);
        let run = task::spawn_blocking(move || {
            let _until_it_is_read = held;
            let outcome = self.run_patiently(&statement, busy_timeout);
            (self, outcome)
        });
        let done = run.await.map_err(|_| sqlx::Error::WorkerCrashed);
        drop(stop);
        done
    }

    /// Runs a statement, and waits while another program has locked the file.
    fn run_patiently(&self, statement: &Statement, busy_timeout: Duration) -> DbResult<Outcome> {
        let waits = |time| self.local.connection.busy_timeout(time).map_err(|error| local::failure(&error));
        waits(busy_timeout)?;
        let outcome = self.local.run(statement);
        waits(Duration::ZERO)?;
        outcome
    }
}

/// Tells whether a read was stopped, or did not begin because the file was locked.
fn may_pass_elsewhere(error: &sqlx::Error) -> bool {
    let code = local::code_of(error);
    code.is_some_and(|code| {
        matches!(code, ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    })
}

mod snapshot;
#[cfg(test)]
mod tests;
