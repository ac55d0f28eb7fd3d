//! PostgreSQL's connections: which of them does something, and what becomes of it if that one is lost.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, Postgres};
use sqlx::{AssertSqlSafe, Connection as _, Executor, SqlSafeStr, Transaction};
use tokio::time::{sleep, timeout};

use super::attempts::pause;
use super::fate::{self, DbError};
use super::postgres::{run, run_until};
use super::statement::{PATIENCE, Told, excess};
use super::{Applied, DbResult, Migrator, Outcome, Shape, Statement, migrate, reach};
use crate::error::{Error, Result};
use crate::meta::Isolation;

const CONNECTIONS: u32 = 10;
/// Statements a connection keeps prepared: more than the models of an application have.
const STATEMENTS: usize = 512;

pub(super) async fn connect(url: &str, migrator: Migrator<'_>) -> Result<(PgPool, Vec<Applied>)> {
    let options =
        PgConnectOptions::from_str(url).map_err(|error| Error::Unreachable(reach::reason(&error)))?;
    // The pool would ask for half a minute again what was refused at once.
    reach::postgres(&options).await?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|connection, pooled| {
            Box::pin(async move { Ok(is_there(connection, pooled.idle_for).await) })
        })
        .connect_with(options.statement_cache_capacity(STATEMENTS))
        .await?;
    let applied = migrate::postgres(&pool, migrator).await.map_err(|error| match error {
        Error::Database(error) => Error::Unreachable(reach::reason(&error)),
        own => own,
    })?;
    Ok((pool, applied))
}

/// Runs a statement on any connection. Connections are tried out only after a pause (see [`is_there`]), so that one may
/// be found lost, as after a restart of the server: then the next one is asked, unless the statement writes and the
/// server may have done it.
pub(super) async fn run_pooled(pool: &PgPool, statement: Statement) -> Result<Outcome, DbError> {
    let mut spare = CONNECTIONS;
    let statement = telling(statement);
    loop {
        let mut connection = pool.acquire().await?;
        let mut completed = false;
        let error = match run_until(&mut connection, &statement, &mut completed).await {
            Ok(outcome) => return Ok(outcome),
            Err(error) => error,
        };
        if excess(&error).is_some() {
            // Whoever had it next would have to read the rows that are left.
            connection.close_on_drop();
        }
        drop(connection);
        let undone = !completed && fate::was_ended(&error);
        if statement.once && fate::is_lost(&error) && !undone {
            return Err(DbError::Unknown(error));
        }
        let again = fate::is_lost(&error) || fate::is_conflict(&error);
        if spare == 0 || !again {
            return Err(error.into());
        }
        if fate::is_conflict(&error) {
            sleep(pause(CONNECTIONS - spare + 1)).await;
        }
        spare -= 1;
    }
}

/// How long a connection may be idle until it is asked for a sign of life before it is used.
const IDLE: Duration = Duration::from_secs(1);
/// How long it may take for that.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// Whether a connection that was idle is still there. Servers and what is between them and us end connections that
/// nobody uses, often without a word; a write that finds it out only then may have been done.
async fn is_there(connection: &mut PgConnection, idle: Duration) -> bool {
    idle < IDLE || matches!(timeout(SIGN_OF_LIFE, connection.ping()).await, Ok(Ok(())))
}

/// A statement alone that tells triggers what not to note, until its own transaction ends: they run at its end, when
/// what it gives back is known.
fn telling(mut statement: Statement) -> Statement {
    if let Some(table) = statement.told {
        let (sql, table) = (statement.sql.as_str(), literal(table));
        let joined = if matches!(statement.shape, Shape::Nothing) { " RETURNING" } else { "," };
        statement.sql =
            AssertSqlSafe(format!("{sql}{joined} set_config('dcrf.told', {table}, true)")).into_sql_str();
    }
    statement
}

/// The name of a table as a text.
fn literal(table: &str) -> String {
    format!("'{}'", table.replace('\'', "''"))
}

/// Begins a transaction, if need be on the next connection.
async fn begin(pool: &PgPool, isolation: Isolation) -> DbResult<Transaction<'static, Postgres>> {
    let mut spare = CONNECTIONS;
    loop {
        let begun = match isolation {
            Isolation::Database => pool.begin().await,
            Isolation::Serializable => pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await,
        };
        match begun {
            Err(error) if spare > 0 && fate::is_lost(&error) => spare -= 1,
            result => return result,
        }
    }
}

/// A transaction, and what it tells triggers.
pub(super) struct Held {
    transaction: Transaction<'static, Postgres>,
    /// What they are told. None: nobody knows, as somebody has gone while saying so.
    told: Option<Told>,
}

impl Held {
    pub(super) async fn begin(pool: &PgPool, isolation: Isolation) -> DbResult<Self> {
        Ok(Self { transaction: begin(pool, isolation).await?, told: Some(None) })
    }

    /// Commits.
    pub(super) async fn commit(self) -> DbResult<()> {
        self.transaction.commit().await
    }

    /// Begins a savepoint, and says first whether triggers are to note what is written from now on.
    async fn savepoint(&mut self, told: Told) -> DbResult<()> {
        if self.told == Some(told) {
            return self.transaction.execute("SAVEPOINT dcrf").await.map(drop);
        }
        self.told = None;
        let begin = format!("SET LOCAL dcrf.told = {}; SAVEPOINT dcrf", literal(told.unwrap_or_default()));
        self.transaction.execute(AssertSqlSafe(begin)).await?;
        self.told = Some(told);
        Ok(())
    }
}

/// Runs a statement inside a transaction. An error would end the transaction for good, hence the savepoint.
pub(super) async fn run_in_transaction(held: &mut Held, statement: &Statement) -> DbResult<Outcome> {
    if !statement.writes && !matches!(statement.shape, Shape::Untyped) {
        return run(&mut held.transaction, statement).await;
    }
    held.savepoint(statement.told).await?;
    let connection = &mut held.transaction;
    let outcome = run(connection, statement).await;
    if outcome.as_ref().is_err_and(|error| fate::is_lost(error) || fate::is_conflict(error)) {
        // The transaction is lost: there is nothing to go back to.
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
