//! The connection of SQLite's writer while a transaction uses it.
//!
//! SQLite itself ends a transaction when the disk is full, for example; later statements would be stored one by one. So
//! after an error it is checked whether the transaction is still open.

use sqlx::Executor;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::oneshot;

use super::connection;
use super::group::{MARK, UNMARK};
use crate::db::backend::Session;
use crate::db::fair_queue::QueuePermit;
use crate::db::fate::{self, DbError, DbResult};
use crate::db::statement::{Outcome, Statement, SuppressTrigger};
use crate::ground::future::BoxFuture;
use crate::ground::outage::{Outage, Reason};

const LOG_END: &str = "SELECT coalesce((SELECT \"seq\" FROM sqlite_sequence WHERE name = '_dcrf_log'), 0)";
const NUMBER_LOG: &str = "UPDATE \"_dcrf_log\" SET \"transaction\" = ?1 + 1 WHERE \"seq\" > ?1 AND EXISTS (SELECT 1 \
                          FROM \"_dcrf_log\" WHERE \"seq\" > ?1 + 1)";

async fn mark(connection: &mut SqliteConnection, told: SuppressTrigger) -> DbResult<()> {
    let marked = match told {
        Some(table) => sqlx::query(MARK).bind(table).execute(connection).await,
        None => connection.execute(UNMARK).await,
    };
    marked.map(drop)
}

/// The writer's connection, borrowed for a transaction. When dropped, it returns to the writer, and uncommitted changes
/// are rolled back.
pub(super) struct BorrowedWriter {
    connection: Option<SqliteConnection>,
    back: Option<oneshot::Sender<Returned>>,
    /// The suppressed table. `None` means that it is unknown, because the caller went away while it was being set.
    told: Option<SuppressTrigger>,
    state: State,
    /// Whether the database has a log of changes.
    logged: bool,
    /// The last entry of the log before the transaction, once it has written.
    since: Option<i64>,
    /// The permit, which is given back with the connection.
    _place: Option<QueuePermit>,
}

/// The state of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// A statement has failed, or the caller went away while it ran.
    Doubtful,
    Ended,
}

/// The connection, given back after the transaction.
pub(super) struct Returned {
    pub(super) connection: SqliteConnection,
    /// Whether triggers may still be suppressed.
    pub(super) told: bool,
}

impl BorrowedWriter {
    /// Creates it for a transaction that has begun, with the channel on which the connection comes back.
    pub(super) fn new(connection: SqliteConnection, logged: bool) -> (Self, oneshot::Receiver<Returned>) {
        let (back, returned) = oneshot::channel();
        let borrowed = Self {
            connection: Some(connection),
            back: Some(back),
            told: Some(None),
            state: State::Open,
            logged,
            since: None,
            _place: None,
        };
        (borrowed, returned)
    }

    /// Keeps a permit for as long as the connection is borrowed.
    pub(super) fn with(mut self, permit: Option<QueuePermit>) -> Self {
        self._place = permit;
        self
    }

    fn connection(&mut self) -> DbResult<&mut SqliteConnection> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    async fn execute(&mut self, statement: &Statement) -> DbResult<Outcome> {
        self.make_sure().await?;
        self.state = State::Doubtful;
        if statement.writes {
            self.tell(statement.told).await?;
            self.look_at_log().await?;
        }
        let outcome = connection::run(self.connection()?, statement).await?;
        self.state = State::Open;
        Ok(outcome)
    }

    /// Reads where the log of changes ends before the first write.
    async fn look_at_log(&mut self) -> DbResult<()> {
        if self.logged && self.since.is_none() {
            self.since = Some(sqlx::query_scalar(LOG_END).fetch_one(self.connection()?).await?);
        }
        Ok(())
    }

    /// Gives the entries of the log the number of this transaction: SQLite has none.
    async fn number_log(&mut self) -> DbResult<()> {
        if let Some(since) = self.since {
            sqlx::query(NUMBER_LOG).bind(since).execute(self.connection()?).await?;
        }
        Ok(())
    }

    /// Ensures that the transaction has not ended: a `BEGIN` is refused inside of one.
    async fn make_sure(&mut self) -> DbResult<()> {
        if self.state == State::Doubtful {
            let begun = self.connection()?.execute("BEGIN").await.is_ok();
            if begun {
                roll_back(self.connection()?).await;
            }
            self.state = if begun { State::Ended } else { State::Open };
        }
        if self.state == State::Ended {
            let cause = "an earlier statement failed, and the database has undone the transaction";
            return Err(fate::of_outage(Outage::new(Reason::Storage, cause)));
        }
        Ok(())
    }

    /// Sets whether triggers note the writes from now on.
    async fn tell(&mut self, told: SuppressTrigger) -> DbResult<()> {
        if self.told == Some(told) {
            return Ok(());
        }
        self.told = None;
        mark(self.connection()?, told).await?;
        self.told = Some(told);
        Ok(())
    }

    async fn finish(&mut self) -> DbResult<()> {
        self.make_sure().await?;
        self.tell(None).await?;
        self.number_log().await?;
        self.connection()?.execute("COMMIT").await.map(drop)
    }
}

impl Session for BorrowedWriter {
    fn run<'a>(&'a mut self, statement: &'a Statement) -> BoxFuture<'a, DbResult<Outcome>> {
        Box::pin(self.execute(statement))
    }

    /// Other writes come after this is dropped.
    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(async move { self.finish().await.map_err(DbError::of_writer) })
    }
}

impl Drop for BorrowedWriter {
    fn drop(&mut self) {
        if let (Some(connection), Some(back)) = (self.connection.take(), self.back.take()) {
            // If the writer has ended, the connection cannot be given back, and dropping it closes it.
            let _ = back.send(Returned { connection, told: self.told != Some(None) });
        }
    }
}

pub(super) async fn roll_back(connection: &mut SqliteConnection) {
    // Without a transaction this is an error without consequence: there is nothing to roll back.
    let _ = connection.execute("ROLLBACK").await;
}
