//! The connection of SQLite's writer while a transaction has it.
//!
//! SQLite ends a transaction by itself when the disk is full, for example; what came after that would be stored one by
//! one. So after an error one looks whether it is still there.

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

async fn mark(connection: &mut SqliteConnection, told: SuppressTrigger) -> DbResult<()> {
    let marked = match told {
        Some(table) => sqlx::query(MARK).bind(table).execute(connection).await,
        None => connection.execute(UNMARK).await,
    };
    marked.map(drop)
}

/// The writer's connection, borrowed for a transaction. Dropped, it goes back and what was not committed is undone.
pub(super) struct BorrowedWriter {
    connection: Option<SqliteConnection>,
    back: Option<oneshot::Sender<Returned>>,
    /// What triggers are told. None: nobody knows, as somebody has gone while saying so.
    told: Option<SuppressTrigger>,
    state: State,
    /// Given back with the connection.
    _place: Option<QueuePermit>,
}

/// What is known of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// A statement has failed, or somebody has gone while it ran.
    Doubtful,
    Ended,
}

/// The connection of a lease that has ended.
pub(super) struct Returned {
    pub(super) connection: SqliteConnection,
    /// Whether triggers may still be told not to note something.
    pub(super) told: bool,
}

impl BorrowedWriter {
    /// Of a transaction that has begun; and where the connection comes back to.
    pub(super) fn new(connection: SqliteConnection) -> (Self, oneshot::Receiver<Returned>) {
        let (back, returned) = oneshot::channel();
        let connection = Some(connection);
        (Self { connection, back: Some(back), told: Some(None), state: State::Open, _place: None }, returned)
    }

    /// The same, for as long as somebody has a turn.
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
        }
        let outcome = connection::run(self.connection()?, statement).await?;
        self.state = State::Open;
        Ok(outcome)
    }

    /// Makes sure that the transaction has not ended: a `BEGIN` is refused inside of one.
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

    /// Says whether triggers are to note what is written from now on.
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
        self.connection()?.execute("COMMIT").await.map(drop)
    }
}

impl Session for BorrowedWriter {
    fn run<'a>(&'a mut self, statement: &'a Statement) -> BoxFuture<'a, DbResult<Outcome>> {
        Box::pin(self.execute(statement))
    }

    /// What is written by others comes after the lease is dropped.
    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(async move { self.finish().await.map_err(DbError::of_writer) })
    }
}

impl Drop for BorrowedWriter {
    fn drop(&mut self) {
        if let (Some(connection), Some(back)) = (self.connection.take(), self.back.take()) {
            // If the writer has ended there is nobody to give it back to, and dropping it closes it.
            let _ = back.send(Returned { connection, told: self.told != Some(None) });
        }
    }
}

pub(super) async fn roll_back(connection: &mut SqliteConnection) {
    // Without a transaction it is an error, and that is fine: there is nothing to undo.
    let _ = connection.execute("ROLLBACK").await;
}
