//! SQLite's one writer: a task that commits queued statements together.
//!
//! A single write is a statement of its own and waits for nothing. Writes that queue up meanwhile share one commit (see
//! `group`), on a thread that may block. Interactive transactions borrow a connection of their own; no other write runs
//! meanwhile. A connection that is lost is opened again when it is needed next.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use metrics::counter;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use tokio::sync::{mpsc, oneshot};
use tokio::task;
use tokio::time::timeout;

use super::borrowed_writer::{BorrowedWriter, Returned, roll_back};
use super::group::{self, UNMARK};
use super::local::{self, Local};
use super::open::{BUSY_TIMEOUT, Opener};
use crate::db::backend::Committed;
use crate::db::fate::{self, DbResult};
use crate::db::statement::{Outcome, PATIENCE, Statement};

/// The number of waiting statements; beyond that their senders wait.
const QUEUE: usize = 256;
/// The number of statements of one commit.
const GROUP: usize = 64;
/// How long a statement waits for a lock if the one before has waited in vain: statements in the queue would otherwise
/// wait longer and longer.
const STILL_LOCKED: Duration = Duration::from_millis(500);
/// How long a probe waits for a lock.
const PROBE: Duration = Duration::from_millis(100);

/// The sender to the writer.
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

enum Job {
    Run(Run),
    BorrowedWriter(oneshot::Sender<DbResult<BorrowedWriter>>),
    /// Tests whether the writer can write; and whether there is room, if the flag is set.
    Probe(bool, oneshot::Sender<DbResult<()>>),
    Close(oneshot::Sender<()>),
}

struct Run {
    statement: Statement,
    committed: Option<Committed>,
    reply: oneshot::Sender<DbResult<Outcome>>,
}

impl Run {
    /// Sends the outcome to the caller.
    fn answer(self, outcome: DbResult<Outcome>) {
        if let (Ok(outcome), Some(committed)) = (&outcome, self.committed) {
            committed(outcome);
        }
        // The caller may have gone.
        let _ = self.reply.send(outcome);
    }
}

impl Writer {
    /// Starts the writer with a connection for transactions and one for groups.
    pub(super) fn start(lent: SqliteConnection, local: Local, opener: Opener) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let logged = has_log(&local);
        let task = Task {
            lent: Some(lent),
            lent_waits: BUSY_TIMEOUT,
            local: Some(local),
            opener,
            locked: false,
            logged,
        };
        tokio::spawn(task.serve(queue));
        Self { jobs }
    }

    /// Runs a statement, unless its caller goes away before its turn.
    pub(super) async fn run(&self, statement: Statement, committed: Option<Committed>) -> DbResult<Outcome> {
        let (reply, outcome) = oneshot::channel();
        self.ask(Job::Run(Run { statement, committed, reply }), outcome).await
    }

    /// Borrows the connection, in a transaction that has begun.
    pub(super) async fn lease(&self) -> DbResult<BorrowedWriter> {
        let (reply, lease) = oneshot::channel();
        self.ask(Job::BorrowedWriter(reply), lease).await
    }

    /// Writes a value that changes nothing, and checks whether there is room if `room` is set.
    pub(super) async fn try_to_write(&self, room: bool) -> DbResult<()> {
        let (reply, written) = oneshot::channel();
        self.ask(Job::Probe(room, reply), written).await
    }

    async fn ask<T>(&self, job: Job, answer: oneshot::Receiver<DbResult<T>>) -> DbResult<T> {
        let asked = async {
            self.jobs.send(job).await.map_err(|_| sqlx::Error::PoolClosed)?;
            answer.await.map_err(|_| sqlx::Error::WorkerCrashed)?
        };
        timeout(PATIENCE, asked).await.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    /// Resolves when the writer has ended.
    pub(super) async fn closed(&self) {
        self.jobs.closed().await;
    }

    /// Runs the queued statements, and ends.
    pub(super) async fn close(&self) {
        let (reply, done) = oneshot::channel();
        if self.jobs.send(Job::Close(reply)).await.is_ok() {
            // The writer answers, or has ended already: both mean that it is closed.
            let _ = done.await;
        }
    }
}

/// The task of the writer.
struct Task {
    /// `None` if it is lost.
    lent: Option<SqliteConnection>,
    /// How long this connection waits while another program has locked the file.
    lent_waits: Duration,
    /// `None` if it is lost.
    local: Option<Local>,
    opener: Opener,
    /// Whether a statement has just waited in vain for a lock.
    locked: bool,
    /// Whether the database has a log of changes.
    logged: bool,
}

/// Tells whether migrations have made a log of changes.
fn has_log(local: &Local) -> bool {
    let found = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '_dcrf_log')";
    local.connection.query_row(found, [], |row| row.get(0)).unwrap_or(false)
}

impl Task {
    async fn serve(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut next = None;
        loop {
            let job = match next.take() {
                Some(job) => job,
                None => match queue.recv().await {
                    Some(job) => job,
                    None => break,
                },
            };
            match job {
                Job::Run(first) => {
                    let mut group = vec![first];
                    while group.len() < GROUP {
                        match queue.try_recv() {
                            Ok(Job::Run(run)) => group.push(run),
                            other => {
                                next = other.ok();
                                break;
                            }
                        }
                    }
                    self.run_group(group).await;
                }
                Job::BorrowedWriter(reply) => self.lend(reply).await,
                Job::Probe(room, reply) => {
                    let tried = self.with_local(PROBE, move |local| group::try_to_write(local, room)).await;
                    // The caller may have gone.
                    let _ = reply.send(tried.and_then(|tried| tried));
                }
                Job::Close(reply) => {
                    self.close().await;
                    let _ = reply.send(());
                    return;
                }
            }
        }
        self.close().await;
    }

    async fn close(self) {
        drop(self.local);
        if let Some(lent) = self.lent {
            close(lent).await;
        }
    }

    /// Returns how long it waits while another program has locked the file.
    fn patience(&self) -> Duration {
        if self.locked { STILL_LOCKED } else { BUSY_TIMEOUT }
    }

    /// Uses the connection of groups, on a thread that may block.
    async fn with_local<T: Send + 'static>(
        &mut self,
        patience: Duration,
        work: impl FnOnce(&Local) -> T + Send + 'static,
    ) -> DbResult<T> {
        let local = match self.local.take() {
            Some(local) => local,
            None => self.opener.local()?,
        };
        let worked = task::spawn_blocking(move || {
            let set = local.connection.busy_timeout(patience).map_err(|error| local::failure(&error));
            let worked = set.map(|()| work(&local));
            (local, worked)
        });
        // The work panicked, and the connection is lost.
        let (local, worked) = worked.await.map_err(|_| sqlx::Error::WorkerCrashed)?;
        self.local = Some(local);
        worked
    }

    /// Runs a group and sends the outcomes to its callers.
    async fn run_group(&mut self, mut group: Vec<Run>) {
        group.retain(|run| !run.reply.is_closed());
        if group.is_empty() {
            return;
        }
        // If the work panics, dropping the group tells the callers that the outcome is unknown.
        let group = Arc::new(Mutex::new(group));
        let shared = Arc::clone(&group);
        let ran = self.with_local(self.patience(), move |local| {
            let group = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let statements: Vec<&Statement> = group.iter().map(|run| &run.statement).collect();
            group::run(local, &statements)
        });
        let ran = ran.await;
        let group = std::mem::take(&mut *group.lock().unwrap_or_else(PoisonError::into_inner));
        let outcomes = match ran {
            Ok((outcomes, commits)) => {
                count(commits, group.len());
                outcomes
            }
            Err(sqlx::Error::WorkerCrashed) => return,
            Err(error) => group.iter().map(|_| Err(local::again(&error))).collect(),
        };
        self.locked = outcomes.iter().any(|outcome| outcome.as_ref().is_err_and(fate::is_locked));
        for (run, outcome) in group.into_iter().zip(outcomes) {
            run.answer(outcome);
        }
    }

    /// Lends the connection and waits until it comes back.
    async fn lend(&mut self, reply: oneshot::Sender<DbResult<BorrowedWriter>>) {
        if reply.is_closed() {
            return;
        }
        let connection = match self.begin().await {
            Ok(connection) => connection,
            Err(error) => {
                let _ = reply.send(Err(error));
                return;
            }
        };
        let (lease, returned) = BorrowedWriter::new(connection, self.logged);
        // If the borrower has gone, the lease is dropped here, and comes back like any other.
        drop(reply.send(Ok(lease)));
        if let Ok(Returned { mut connection, told }) = returned.await {
            roll_back(&mut connection).await;
            if told {
                // The mark is undone with the transaction, unless an error had ended that before.
                let _ = connection.execute(UNMARK).await;
            }
            self.lent = Some(connection);
        }
    }

    /// Begins a transaction on the connection that is lent. If this fails, the connection is opened again the next
    /// time, unless the file was locked, which is not the fault of the connection.
    async fn begin(&mut self) -> DbResult<SqliteConnection> {
        let mut connection = match self.lent.take() {
            Some(connection) => connection,
            None => {
                self.lent_waits = BUSY_TIMEOUT;
                self.opener.lent().await?
            }
        };
        if let Err(error) = self.opener.check() {
            self.lent = Some(connection);
            return Err(error);
        }
        let patience = self.patience();
        let begun = async {
            if patience != self.lent_waits {
                let set = format!("PRAGMA busy_timeout = {}", patience.as_millis());
                connection.execute(AssertSqlSafe(set)).await?;
                self.lent_waits = patience;
            }
            connection.execute("BEGIN IMMEDIATE").await.map(drop)
        };
        let begun = begun.await;
        self.locked = begun.as_ref().is_err_and(fate::is_locked);
        match begun {
            Ok(()) => Ok(connection),
            Err(error) if self.locked => {
                self.lent = Some(connection);
                Err(error)
            }
            Err(error) => {
                tracing::warn!(error = %error, "the connection that writes is opened again");
                Err(error)
            }
        }
    }
}

async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the database could not be closed");
    }
}

/// Counts commits and writes: the number of writes that share a commit is the first thing to know about a slow
/// database.
fn count(commits: u64, writes: usize) {
    counter!("dcrf_commits_total").increment(commits);
    counter!("dcrf_commit_writes_total").increment(writes as u64);
}
