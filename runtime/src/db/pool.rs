//! PostgreSQL's connections: which of them does something, and what becomes of it if that one is lost.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};
use tokio::time::sleep;

use super::attempts::pause;
use super::fate::{self, DbError};
use super::lender::{Lender, Lent, Suspicion};
use super::postgres::{run, run_until};
use super::statement::{PATIENCE, Told, excess};
use super::{Applied, DbResult, Migrator, Outcome, Shape, Statement, migrate, reach};
use crate::error::{Error, Result};
use crate::meta::Isolation;

const CONNECTIONS: u32 = 10;
/// Statements a connection keeps prepared: more than the models of an application have.
const STATEMENTS: usize = 512;

pub(super) async fn connect(url: &str, migrator: Migrator<'_>) -> Result<(Lender, Vec<Applied>)> {
    let options =
        PgConnectOptions::from_str(url).map_err(|error| Error::Unreachable(reach::reason(&error)))?;
    // The pool would ask for half a minute again what was refused at once.
    reach::postgres(&options).await?;
    let suspicion = Suspicion::default();
    let asked = suspicion.clone();
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(move |connection, pooled| {
            let asked = asked.clone();
            Box::pin(async move { Ok(asked.allows(connection, pooled).await) })
        })
        .connect_with(options.statement_cache_capacity(STATEMENTS))
        .await?;
    let applied = migrate::postgres(&pool, migrator).await.map_err(|error| match error {
        Error::Database(error) => Error::Unreachable(reach::reason(&error)),
        Error::Unavailable(outage) => Error::Unreachable(outage.cause),
        own => own,
    })?;
    Ok((Lender::new(pool, suspicion), applied))
}

/// Runs a statement on any connection. Connections are tried out only after a pause (see [`Suspicion::allows`]), so that one may
/// be found lost, as after a restart of the server: then the next one is asked, unless the statement writes and the
/// server may have done it.
pub(super) async fn run_pooled(lender: &Lender, statement: Statement) -> Result<Outcome, DbError> {
    let mut spare = CONNECTIONS;
    let statement = telling(statement);
    loop {
        let mut connection = lender.lend().await?;
        let mut completed = false;
        let error = match lender.listen(run_until(&mut connection, &statement, &mut completed)).await {
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
async fn begin(lender: &Lender, isolation: Isolation) -> DbResult<Lent> {
    let begin = match isolation {
        Isolation::Database => "BEGIN",
        Isolation::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE",
    };
    let mut spare = CONNECTIONS;
    loop {
        let mut lent = lender.lend().await?;
        lent.open = true;
        match lender.listen(lent.execute(begin)).await {
            Ok(_) => return Ok(lent),
            Err(error) if spare > 0 && fate::is_lost(&error) => spare -= 1,
            Err(error) => return Err(error),
        }
    }
}

/// A transaction, and what it tells triggers.
pub(super) struct Held {
    lender: Lender,
    transaction: Lent,
    /// What they are told. None: nobody knows, as somebody has gone while saying so.
    told: Option<Told>,
    /// A read was refused, and with it the transaction: its `COMMIT` would roll back without an error.
    refused: bool,
}

impl Held {
    pub(super) async fn begin(lender: &Lender, isolation: Isolation) -> DbResult<Self> {
        Ok(Self {
            lender: lender.clone(),
            transaction: begin(lender, isolation).await?,
            told: Some(None),
            refused: false,
        })
    }

    /// Commits.
    pub(super) async fn commit(mut self) -> DbResult<()> {
        if self.refused {
            return Err(sqlx::Error::Protocol("a query was refused, and with it the transaction".to_owned()));
        }
        self.lender.listen(self.transaction.execute("COMMIT")).await?;
        self.transaction.open = false;
        Ok(())
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

/// Runs a statement inside a transaction.
pub(super) async fn run_in_transaction(held: &mut Held, statement: &Statement) -> DbResult<Outcome> {
    let lender = held.lender.clone();
    lender.listen(run_by_itself(held, statement)).await
}

/// An error would end the transaction for good, hence the savepoint.
async fn run_by_itself(held: &mut Held, statement: &Statement) -> DbResult<Outcome> {
    if !statement.writes && !matches!(statement.shape, Shape::Untyped) {
        let outcome = run(&mut held.transaction, statement).await;
        held.refused |= outcome.as_ref().is_err_and(|error| error.as_database_error().is_some());
        return outcome;
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
