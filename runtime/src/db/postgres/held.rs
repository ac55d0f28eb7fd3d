//! A transaction of PostgreSQL.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};
use tokio::time::timeout;

use super::connection::run;
use super::pool::{FairPool, PooledConnection};
use crate::db::backend::{STORED_WITHIN, Session, unanswered};
use crate::db::fate::{self, DbError, DbResult};
use crate::db::statement::{Outcome, Shape, Statement, SuppressTrigger, excess};
use crate::ground::future::BoxFuture;

/// A transaction, and the table whose triggers are suppressed.
pub(super) struct Held {
    pool: FairPool,
    transaction: PooledConnection,
    /// The suppressed table. `None` means that it is unknown, because the caller went away while it was being set.
    told: Option<SuppressTrigger>,
    /// Whether a read was refused, and with it the transaction: its `COMMIT` would roll back without an error.
    refused: bool,
}

impl Held {
    /// Creates it for a transaction that has begun.
    pub(super) fn new(pool: FairPool, transaction: PooledConnection) -> Self {
        Self { pool, transaction, told: Some(None), refused: false }
    }

    async fn finish(&mut self) -> DbResult<()> {
        if self.refused {
            return Err(sqlx::Error::Protocol("a query was refused, and with it the transaction".to_owned()));
        }
        let committed = self.transaction.doing(async |connection| connection.execute("COMMIT").await);
        self.pool.listen(committed).await?;
        self.transaction.open = false;
        Ok(())
    }

    /// Runs a statement.
    async fn execute(&mut self, statement: &Statement) -> DbResult<Outcome> {
        let Self { pool, transaction, told, refused } = self;
        let run = transaction
            .doing(async |connection| run_in_transaction(connection, told, refused, statement).await);
        let outcome = pool.listen(run).await;
        transaction.leaves_rows(outcome.as_ref().is_err_and(|error| excess(error).is_some()));
        outcome
    }
}

impl Session for Held {
    fn run<'a>(&'a mut self, statement: &'a Statement) -> BoxFuture<'a, DbResult<Outcome>> {
        Box::pin(self.execute(statement))
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(async move {
            let committed = timeout(STORED_WITHIN, self.finish()).await.unwrap_or_else(|_| Err(unanswered()));
            committed.map_err(DbError::of_store)
        })
    }
}

/// Begins a savepoint, and first sets whether triggers note the writes from now on.
async fn savepoint(
    connection: &mut PgConnection,
    known: &mut Option<SuppressTrigger>,
    told: SuppressTrigger,
) -> DbResult<()> {
    if *known == Some(told) {
        return connection.execute("SAVEPOINT dcrf").await.map(drop);
    }
    *known = None;
    let begin = format!("SET LOCAL dcrf.told = {}; SAVEPOINT dcrf", literal(told.unwrap_or_default()));
    connection.execute(AssertSqlSafe(begin)).await?;
    *known = Some(told);
    Ok(())
}

/// Runs a statement inside a transaction. The savepoint is needed because an error would end the transaction.
async fn run_in_transaction(
    connection: &mut PgConnection,
    told: &mut Option<SuppressTrigger>,
    refused: &mut bool,
    statement: &Statement,
) -> DbResult<Outcome> {
    if !statement.writes && !matches!(statement.shape, Shape::Untyped) {
        let outcome = run(connection, statement).await;
        *refused |= outcome.as_ref().is_err_and(|error| error.as_database_error().is_some());
        return outcome;
    }
    savepoint(connection, told, statement.told).await?;
    let outcome = run(connection, statement).await;
    if outcome.as_ref().is_err_and(|error| fate::is_lost(error) || fate::is_conflict(error)) {
        // The transaction is lost: there is no savepoint to return to.
        return outcome;
    }
    let end = if outcome.is_ok() {
        "RELEASE SAVEPOINT dcrf"
    } else {
        "ROLLBACK TO SAVEPOINT dcrf; RELEASE SAVEPOINT dcrf"
    };
    connection.execute(end).await?;
    outcome
}

/// Returns the name of a table as a text literal.
pub(super) fn literal(table: &str) -> String {
    format!("'{}'", table.replace('\'', "''"))
}
