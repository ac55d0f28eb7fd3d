//! SQLite's one writer: a task that commits what is queued together.
//!
//! A write alone is a statement of its own and waits for nothing. Those that queue up meanwhile share one commit (see
//! `group`), on a thread that may block. Interactive transactions borrow a connection of their own; while they have it
//! nothing else is written.

use metrics::counter;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Executor};
use tokio::sync::{mpsc, oneshot};
use tokio::task;
use tokio::time::timeout;

use super::group::{self, MARK, UNMARK};
use super::local::Local;
use super::sqlite::Opener;
use super::statement::{PATIENCE, Told};
use super::turns::Place;
use super::{DbResult, Outcome, Statement, sqlite};

/// Statements waiting; beyond that their senders wait.
const QUEUE: usize = 256;
/// Statements of one commit.
const GROUP: usize = 64;

async fn mark(connection: &mut SqliteConnection, told: Told) -> DbResult<()> {
    let marked = match told {
        Some(table) => sqlx::query(MARK).bind(table).execute(connection).await,
        None => connection.execute(UNMARK).await,
    };
    marked.map(drop)
}

/// The way to the writer.
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

enum Job {
    Run(Run),
    Lease(oneshot::Sender<DbResult<Lease>>),
    Close(oneshot::Sender<()>),
}

/// Called when a statement is stored, before anything is stored after it.
pub(super) type Committed = Box<dyn FnOnce(&Outcome) + Send + Sync>;

struct Run {
    statement: Statement,
    committed: Option<Committed>,
    reply: oneshot::Sender<DbResult<Outcome>>,
}

impl Run {
    /// Says what came of it.
    fn answer(self, outcome: DbResult<Outcome>) {
        if let (Ok(outcome), Some(committed)) = (&outcome, self.committed) {
            committed(outcome);
        }
        // A caller that has gone does not want to know.
        let _ = self.reply.send(outcome);
    }
}

impl Writer {
    /// Starts it with a connection for transactions and one for groups.
    pub(super) fn start(lent: SqliteConnection, local: Local, opener: Opener) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(serve(lent, local, queue, opener));
        Self { jobs }
    }

    /// Runs a statement. One whose caller has gone before its turn is not run.
    pub(super) async fn run(&self, statement: Statement, committed: Option<Committed>) -> DbResult<Outcome> {
        let (reply, outcome) = oneshot::channel();
        self.ask(Job::Run(Run { statement, committed, reply }), outcome).await
    }

    /// Borrows the connection, in a transaction that has begun.
    pub(super) async fn lease(&self) -> DbResult<Lease> {
        let (reply, lease) = oneshot::channel();
        self.ask(Job::Lease(reply), lease).await
    }

    async fn ask<T>(&self, job: Job, answer: oneshot::Receiver<DbResult<T>>) -> DbResult<T> {
        let asked = async {
            self.jobs.send(job).await.map_err(|_| sqlx::Error::PoolClosed)?;
            answer.await.map_err(|_| sqlx::Error::WorkerCrashed)?
        };
        timeout(PATIENCE, asked).await.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    /// Ready when it has ended.
    pub(super) async fn closed(&self) {
        self.jobs.closed().await;
    }

    /// Runs what is queued, and ends.
    pub(super) async fn close(&self) {
        let (reply, done) = oneshot::channel();
        if self.jobs.send(Job::Close(reply)).await.is_ok() {
            // It answers, or has ended already: both is what was asked for.
            let _ = done.await;
        }
    }
}

/// The writer's connection, borrowed for a transaction. Dropped, it goes back and what was not committed is undone.
pub(super) struct Lease {
    connection: Option<SqliteConnection>,
    back: Option<oneshot::Sender<Returned>>,
    /// What triggers are told. None: nobody knows, as somebody has gone while saying so.
    told: Option<Told>,
    /// Given back with the connection.
    _place: Option<Place>,
}

/// The connection of a lease that has ended.
struct Returned {
    connection: SqliteConnection,
    /// Whether triggers may still be told not to note something.
    told: bool,
}

impl Lease {
    /// The same, for as long as somebody has a turn.
    pub(super) fn with(mut self, place: Option<Place>) -> Self {
        self._place = place;
        self
    }

    pub(super) fn connection(&mut self) -> DbResult<&mut SqliteConnection> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// Runs a statement.
    pub(super) async fn run(&mut self, statement: &Statement) -> DbResult<Outcome> {
        if statement.writes {
            self.tell(statement.told).await?;
        }
        sqlite::run(self.connection()?, statement).await
    }

    /// Says whether triggers are to note what is written from now on.
    async fn tell(&mut self, told: Told) -> DbResult<()> {
        if self.told == Some(told) {
            return Ok(());
        }
        self.told = None;
        mark(self.connection()?, told).await?;
        self.told = Some(told);
        Ok(())
    }

    /// Commits; what is written by others comes after the lease is dropped.
    pub(super) async fn commit(&mut self) -> DbResult<()> {
        self.tell(None).await?;
        self.connection()?.execute("COMMIT").await.map(drop)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let (Some(connection), Some(back)) = (self.connection.take(), self.back.take()) {
            // If the writer has ended there is nobody to give it back to, and dropping it closes it.
            let _ = back.send(Returned { connection, told: self.told != Some(None) });
        }
    }
}

async fn serve(mut lent: SqliteConnection, mut local: Local, mut queue: mpsc::Receiver<Job>, opener: Opener) {
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
                match run_group(local, group, &opener).await {
                    Some(back) => local = back,
                    None => return,
                }
            }
            Job::Lease(reply) => match lend(lent, reply, &opener).await {
                Some(back) => lent = back,
                None => return,
            },
            Job::Close(reply) => {
                drop(local);
                close(lent).await;
                let _ = reply.send(());
                return;
            }
        }
    }
    drop(local);
    close(lent).await;
}

async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "closing the database");
    }
}

/// Runs a group and tells each of its callers what came of it. None: the connection is lost and cannot be opened again.
async fn run_group(local: Local, mut group: Vec<Run>, opener: &Opener) -> Option<Local> {
    group.retain(|run| !run.reply.is_closed());
    if group.is_empty() {
        return Some(local);
    }
    let ran = task::spawn_blocking(move || {
        let statements: Vec<&Statement> = group.iter().map(|run| &run.statement).collect();
        let (outcomes, commits) = group::run(&local, &statements);
        (local, group, outcomes, commits)
    });
    let Ok((local, group, outcomes, commits)) = ran.await else {
        // It panicked, and those who waited know.
        return opener.local().inspect_err(lost).ok();
    };
    count(commits, group.len());
    for (run, outcome) in group.into_iter().zip(outcomes) {
        run.answer(outcome);
    }
    Some(local)
}

fn lost(error: &sqlx::Error) {
    tracing::error!(%error, "the connection that writes is lost");
}

/// How many writes share a commit is the first that is asked of a slow database.
fn count(commits: u64, writes: usize) {
    counter!("dcrf_commits_total").increment(commits);
    counter!("dcrf_commit_writes_total").increment(writes as u64);
}

async fn roll_back(connection: &mut SqliteConnection) {
    // Without a transaction it is an error, and that is fine: there is nothing to undo.
    let _ = connection.execute("ROLLBACK").await;
}

/// Lends the connection and waits for it. None: it is lost and cannot be opened again.
async fn lend(
    mut connection: SqliteConnection,
    reply: oneshot::Sender<DbResult<Lease>>,
    opener: &Opener,
) -> Option<SqliteConnection> {
    if reply.is_closed() {
        return Some(connection);
    }
    if let Err(error) = connection.execute("BEGIN IMMEDIATE").await {
        let _ = reply.send(Err(error));
        return Some(connection);
    }
    let (back, returned) = oneshot::channel();
    let lease = Lease { connection: Some(connection), back: Some(back), told: Some(None), _place: None };
    // If the borrower has gone the lease is dropped here, and comes back like any other.
    drop(reply.send(Ok(lease)));
    match returned.await {
        Ok(Returned { mut connection, told }) => {
            roll_back(&mut connection).await;
            if told {
                // Undone with the transaction, unless an error had ended that before.
                let _ = connection.execute(UNMARK).await;
            }
            Some(connection)
        }
        Err(_) => opener.lent().await.inspect_err(lost).ok(),
    }
}
