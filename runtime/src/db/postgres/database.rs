//! The connections to PostgreSQL: which connection runs a statement, and what happens if it is lost.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};
use tokio::time::{sleep, timeout};

use super::connection::run_until;
use super::held::{Held, literal};
use super::notes::ServerNotes;
use super::pool::{FairPool, ServerDoubt};
use super::url::Named;
use crate::db::backend::{
    Backend, Begin, Committed, Notes, Probe, Refusal, Run, STORED_WITHIN, Session, unanswered,
};
use crate::db::dialect::Dialect;
use crate::db::fair_queue::{FairQueue, Requester, Shares};
use crate::db::fate::{self, DbError, DbResult};
use crate::db::migrate::{self, Applied, Migrator};
use crate::db::pause::pause;
use crate::db::reach;
use crate::db::statement::{Class, Outcome, PATIENCE, Shape, Statement, excess};
use crate::ground::error::{self, Error};
use crate::ground::future::BoxFuture;
use crate::ground::outage::{Outage, Reason};
use crate::schema::meta::Isolation;
use crate::schema::value::Value;

/// The number of prepared statements of a connection: more than the models of an application need.
const STATEMENTS: usize = 512;
/// Makes the server check from time to time, while it works, whether the client is still connected: otherwise it
/// notices only when it is done. A value that is set already is not changed, and PostgreSQL before version 14 does not
/// have the setting.
const LOOK_FOR_CLIENT: &str = "SELECT set_config('client_connection_check_interval', '1s', false) WHERE \
                               current_setting('client_connection_check_interval', true) = '0'";
/// Tests whether the server is read-only: a standby, or configured so.
const PROBE: &str = "SELECT current_setting('transaction_read_only')";
/// How long the refusal of a write is remembered.
const REMEMBERED: Duration = Duration::from_secs(10);

/// The connections to a server, and the fair queue for them.
pub(crate) struct Connections {
    pool: FairPool,
    queue: Arc<FairQueue>,
}

pub(crate) async fn connect(url: &str, migrator: Migrator<'_>) -> error::Result<(Connections, Vec<Applied>)> {
    let Named { options, connections } = Named::parse(url)?;
    // The pool would retry for half a minute what was refused at once.
    reach::postgres(&options).await?;
    let suspicion = ServerDoubt::default();
    let asked = suspicion.clone();
    let pool = PgPoolOptions::new()
        .max_connections(u32::try_from(connections).unwrap_or(u32::MAX))
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                if let Err(error) = connection.execute(LOOK_FOR_CLIENT).await {
                    tracing::debug!(%error, "the database does not check whether its clients are connected");
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
        Error::Database(error) => Error::Unreachable(reach::reason(error.driver())),
        Error::Unavailable(outage) => Error::Unreachable(outage.cause),
        own => own,
    })?;
    let queue = FairQueue::new(Shares::of_pool(connections));
    Ok((Connections { pool: FairPool::new(pool, suspicion), queue }, applied))
}

impl Connections {
    /// Returns the maximal number of connections.
    fn number(&self) -> u32 {
        self.pool.options().get_max_connections()
    }

    /// Runs a statement on any connection, when it is the requester's turn. Connections are checked only after a pause
    /// (see [`ServerDoubt::allows`]), so that one may turn out to be lost, as after a restart of the server: then the
    /// next one is used, unless the statement writes and the server may have executed it.
    async fn execute(&self, statement: Statement, requester: &Requester) -> Result<Outcome, DbError> {
        let _place = match statement.class() {
            Some(class) => self.queue.take(requester, class).await?,
            None => None,
        };
        let mut spare = self.number();
        let statement = telling(statement);
        loop {
            let mut lent = self.pool.lend().await?;
            let mut completed = false;
            let run = lent.doing(async |connection| run_until(connection, &statement, &mut completed).await);
            let error = match self.pool.listen(run).await {
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

    /// Begins a transaction, if need be on the next connection. A transaction that may last waits for its turn.
    async fn begun(&self, begin: &'static str, requester: &Requester, class: Class) -> DbResult<Held> {
        let mut permit = self.queue.take(requester, class).await?;
        let mut spare = self.number();
        loop {
            let mut lent = self.pool.lend().await?;
            lent.open = true;
            let begun = lent.doing(async |connection| connection.execute(begin).await);
            match self.pool.listen(begun).await {
                Ok(_) => {
                    lent.permit = permit.take();
                    return Ok(Held::new(self.pool.clone(), lent));
                }
                Err(error) if spare > 0 && fate::is_lost(&error) => spare -= 1,
                Err(error) => return Err(error),
            }
        }
    }
}

impl Backend for Connections {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn run<'a>(&'a self, statement: Statement, requester: &'a Requester) -> Run<'a> {
        Box::pin(self.execute(statement, requester))
    }

    fn run_then<'a>(
        &'a self,
        statement: Statement,
        requester: &'a Requester,
        committed: Committed,
    ) -> Run<'a> {
        Box::pin(async move {
            // The caller that would have given it up may have gone.
            let outcome = timeout(STORED_WITHIN, self.execute(statement, requester)).await;
            let outcome = outcome.unwrap_or_else(|_| Err(DbError::Unknown(unanswered())))?;
            committed(&outcome);
            Ok(outcome)
        })
    }

    fn begin<'a>(&'a self, isolation: Isolation, requester: &'a Requester, lasting: bool) -> Begin<'a> {
        let class = if lasting { Class::Lasting } else { Class::Brief };
        // The checks of constraints that are declared as deferred, such as Django's foreign keys, are made by each
        // statement: its values can then be named, which a commit cannot do.
        let begin = match isolation {
            Isolation::Database => "BEGIN; SET CONSTRAINTS ALL IMMEDIATE",
            Isolation::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE; SET CONSTRAINTS ALL IMMEDIATE",
        };
        Box::pin(async move { Ok(Box::new(self.begun(begin, requester, class).await?) as Box<dyn Session>) })
    }

    fn snapshot<'a>(&'a self, requester: &'a Requester) -> Begin<'a> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Box::pin(
            async move { Ok(Box::new(self.begun(begin, requester, Class::Long).await?) as Box<dyn Session>) },
        )
    }

    fn begin_shows_that_it_can_be_written(&self) -> bool {
        false
    }

    /// A lock concerns only some rows, and other checks show whether the server is up.
    fn concerns_all(&self, reason: Reason) -> bool {
        !matches!(reason, Reason::Busy | Reason::Unreachable)
    }

    fn probe<'a>(&'a self, refused: Option<&'a Refusal>) -> BoxFuture<'a, Result<Probe, DbError>> {
        Box::pin(async move {
            let asked = Statement::read(PROBE, Vec::new(), Shape::Untyped);
            let rows = self.execute(asked, &Requester::default()).await?.rows;
            let setting = rows.first().and_then(|row| row.values().first());
            if matches!(setting, Some(Value::Text(setting)) if setting == "on") {
                self.pool.suspect();
                let outage = Outage::new(Reason::ReadOnly, "the server says that it can only be read");
                return Ok(Probe::CannotBeWritten(outage));
            }
            Ok(match refused {
                Some(Refusal { outage, since })
                    if outage.reason != Reason::ReadOnly && since.elapsed() < REMEMBERED =>
                {
                    Probe::CannotBeWritten(outage.clone())
                }
                _ => Probe::AsItWas,
            })
        })
    }

    fn notes(
        self: Arc<Self>,
        tables: Vec<&'static str>,
        _: Duration,
    ) -> BoxFuture<'static, DbResult<Box<dyn Notes>>> {
        Box::pin(async move { Ok(Box::new(ServerNotes::open(&self.pool, tables).await?) as Box<dyn Notes>) })
    }

    fn closing(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.pool.close_event())
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.pool.close())
    }
}

/// Makes a single statement tell triggers what not to note, until its own transaction ends: the triggers run at its
/// end, after its `RETURNING` is evaluated.
fn telling(mut statement: Statement) -> Statement {
    if let Some(table) = statement.told {
        let (sql, table) = (statement.sql.as_str(), literal(table));
        let joined = if matches!(statement.shape, Shape::Nothing) { " RETURNING" } else { "," };
        statement.sql =
            AssertSqlSafe(format!("{sql}{joined} set_config('dcrf.told', {table}, true)")).into_sql_str();
    }
    statement
}
