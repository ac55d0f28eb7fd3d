//! PostgreSQL's connections: which of them does something, and what becomes of it if that one is lost.

use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};
use tokio::time::sleep;

use super::attempts::pause;
use super::fate::{self, DbError};
use super::lender::{Lender, Lent, Suspicion};
use super::postgres::{run, run_until};
use super::statement::{PATIENCE, Told, excess};
use super::turns::{Asker, Class, Shares, Turns};
use super::{Applied, DbResult, Migrator, Outcome, Shape, Statement, migrate, reach};
use crate::ground::error::{Error, Result};
use crate::ground::url::without_parameter;
use crate::schema::meta::Isolation;

/// Connections, unless the URL says how many.
const CONNECTIONS: usize = 10;
/// With fewer, there is not one for each class of [`Shares`].
const FEWEST: usize = 4;
/// PostgreSQL itself takes no more.
const MOST: usize = 262_143;
/// Statements a connection keeps prepared: more than the models of an application have.
const STATEMENTS: usize = 512;
/// Has the server look now and then, while it works, whether anybody waits for that still: otherwise it finds out when
/// it is done. It is left as it is where somebody has set it, and unknown before PostgreSQL 14.
const LOOK_FOR_CLIENT: &str = "SELECT set_config('client_connection_check_interval', '1s', false) WHERE \
                               current_setting('client_connection_check_interval', true) = '0'";

/// What a URL says.
pub(crate) struct Named {
    pub(crate) options: PgConnectOptions,
    connections: usize,
}

impl Named {
    /// Reads a URL. `pool=20` in its query is the number of connections.
    ///
    /// # Errors
    /// [`Error::Unreachable`].
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let (url, pool) = without_parameter(url, "pool");
        let connections = pool.map_or(Ok(CONNECTIONS), size)?;
        let options = PgConnectOptions::from_str(&url);
        let options = options.map_err(|error| Error::Unreachable(reach::reason(&error)))?;
        Ok(Self { options, connections })
    }
}

fn size(value: &str) -> Result<usize> {
    let size = value.parse().ok().filter(|size| (FEWEST..=MOST).contains(size));
    size.ok_or_else(|| {
        Error::Unreachable(format!(
            "`pool` in the URL of a database is a number of connections, {FEWEST} or more, not `{value}`"
        ))
    })
}

/// The connections to a server, and who is next to have one.
#[derive(Clone)]
pub(super) struct Connections {
    lender: Lender,
    turns: Arc<Turns>,
}

impl Deref for Connections {
    type Target = Lender;

    fn deref(&self) -> &Lender {
        &self.lender
    }
}

pub(super) async fn connect(url: &str, migrator: Migrator<'_>) -> Result<(Connections, Vec<Applied>)> {
    let Named { options, connections } = Named::parse(url)?;
    // The pool would ask for half a minute again what was refused at once.
    reach::postgres(&options).await?;
    let suspicion = Suspicion::default();
    let asked = suspicion.clone();
    let pool = PgPoolOptions::new()
        .max_connections(u32::try_from(connections).unwrap_or(u32::MAX))
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                if let Err(error) = connection.execute(LOOK_FOR_CLIENT).await {
                    tracing::debug!(%error, "the database does not look whether its clients are there");
                }
                Ok(())
            })
        })
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
    let turns = Turns::new(Shares::of_pool(connections));
    Ok((Connections { lender: Lender::new(pool, suspicion), turns }, applied))
}

impl Connections {
    /// How many there may be.
    fn number(&self) -> u32 {
        self.options().get_max_connections()
    }

    /// Runs a statement on any connection, when it is its turn. Connections are tried out only after a pause (see
    /// [`Suspicion::allows`]), so that one may be found lost, as after a restart of the server: then the next one is
    /// asked, unless the statement writes and the server may have done it.
    pub(super) async fn run(&self, statement: Statement, asker: &Asker) -> Result<Outcome, DbError> {
        let _place = match statement.class() {
            Some(class) => self.turns.take(asker, class).await?,
            None => None,
        };
        let mut spare = self.number();
        let statement = telling(statement);
        loop {
            let mut lent = self.lend().await?;
            let mut completed = false;
            let run = lent.doing(async |connection| run_until(connection, &statement, &mut completed).await);
            let error = match self.listen(run).await {
                Ok(outcome) => return Ok(outcome),
                Err(error) => error,
            };
            lent.leaves_rows(excess(&error).is_some());
            drop(lent);
            let undone = !completed && fate::was_ended(&error);
            if statement.once && fate::is_lost(&error) && !undone {
                return Err(DbError::Unknown(error));
            }
            let again = fate::is_lost(&error) || fate::is_conflict(&error);
            if spare == 0 || !again {
                return Err(error.into());
            }
            if fate::is_conflict(&error) {
                sleep(pause(self.number() - spare + 1)).await;
            }
            spare -= 1;
        }
    }

    /// Begins a transaction, if need be on the next connection. One that may last waits for its turn.
    pub(super) async fn begin(&self, isolation: Isolation, asker: &Asker, lasting: bool) -> DbResult<Held> {
        let class = if lasting { Class::Lasting } else { Class::Brief };
        let mut place = self.turns.take(asker, class).await?;
        let begin = match isolation {
            Isolation::Database => "BEGIN",
            Isolation::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        };
        let mut spare = self.number();
        loop {
            let mut lent = self.lend().await?;
            lent.open = true;
            let begun = lent.doing(async |connection| connection.execute(begin).await);
            match self.listen(begun).await {
                Ok(_) => {
                    lent.place = place.take();
                    let lender = self.lender.clone();
                    return Ok(Held { lender, transaction: lent, told: Some(None), refused: false });
                }
                Err(error) if spare > 0 && fate::is_lost(&error) => spare -= 1,
                Err(error) => return Err(error),
            }
        }
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
    /// Commits.
    pub(super) async fn commit(mut self) -> DbResult<()> {
        if self.refused {
            return Err(sqlx::Error::Protocol("a query was refused, and with it the transaction".to_owned()));
        }
        let committed = self.transaction.doing(async |connection| connection.execute("COMMIT").await);
        self.lender.listen(committed).await?;
        self.transaction.open = false;
        Ok(())
    }

    /// Runs a statement.
    pub(super) async fn run(&mut self, statement: &Statement) -> DbResult<Outcome> {
        let Self { lender, transaction, told, refused } = self;
        let run = transaction
            .doing(async |connection| run_in_transaction(connection, told, refused, statement).await);
        let outcome = lender.listen(run).await;
        transaction.leaves_rows(outcome.as_ref().is_err_and(|error| excess(error).is_some()));
        outcome
    }
}

/// Begins a savepoint, and says first whether triggers are to note what is written from now on.
async fn savepoint(connection: &mut PgConnection, known: &mut Option<Told>, told: Told) -> DbResult<()> {
    if *known == Some(told) {
        return connection.execute("SAVEPOINT dcrf").await.map(drop);
    }
    *known = None;
    let begin = format!("SET LOCAL dcrf.told = {}; SAVEPOINT dcrf", literal(told.unwrap_or_default()));
    connection.execute(AssertSqlSafe(begin)).await?;
    *known = Some(told);
    Ok(())
}

/// Runs a statement inside a transaction. An error would end the transaction for good, hence the savepoint.
async fn run_in_transaction(
    connection: &mut PgConnection,
    told: &mut Option<Told>,
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

#[cfg(test)]
mod tests {
    use super::{CONNECTIONS, Named};

    #[test]
    fn a_url_says_how_many_connections_there_may_be() {
        let size =
            |url: &str| Named::parse(url).map(|named| named.connections).map_err(|error| error.to_string());
        assert_eq!(size("postgres://me@db/x"), Ok(CONNECTIONS));
        assert_eq!(size("postgres://me@db/x?pool=4"), Ok(4));
        assert_eq!(size("postgres://me@db/x?sslmode=disable&pool=25&application_name=y"), Ok(25));
        for wrong in ["3", "0", "-1", "many", "", "300000"] {
            let refused = size(&format!("postgres://me@db/x?pool={wrong}")).expect_err(wrong);
            assert!(refused.ends_with(&format!("4 or more, not `{wrong}`")), "{refused}");
        }
    }
}
