//! Compares a database with the migrations of a program, without writing. It creates neither a database nor a table,
//! and locks only what it reads, while it reads.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::list::{Migration, Migrations, Recorded};
use crate::db::postgres::url::Named as PostgresUrl;
use crate::db::sqlite::callbacks;
use crate::db::sqlite::open::{Named, is_in_memory};
use crate::db::url::dialect_of;
use crate::db::{Dialect, quote, reach};
use crate::ground::error::{Error, Result};

use super::ledger::{self, Entry};
use super::script::{self, Part};
use super::{in_rust, words};

/// The number of rows from which PostgreSQL's estimate is used.
const MANY: i64 = 100_000;

/// The settings of a PostgreSQL connection that only reads.
const LOOK: &str =
    "SET default_transaction_read_only = on; SET lock_timeout = '1s'; SET statement_timeout = '5s'";

/// The state of a database relative to migrations.
#[derive(Debug)]
pub(crate) struct View {
    /// Whether the database exists.
    pub(crate) is_there: bool,
    /// Every migration of the program and of the database, in order.
    pub(crate) entries: Vec<Entry>,
    /// The migrations to apply, in order, unless a state prevents it.
    pub(crate) plan: Vec<Planned>,
}

/// A migration to apply.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) migration: &'static Migration,
    /// A description of each step.
    pub(crate) steps: Vec<String>,
    /// The existing tables that it changes, with their rows.
    pub(crate) tables: BTreeMap<String, Rows>,
}

/// The number of rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// The exact number.
    Exactly(i64),
    /// The estimate of the database.
    About(i64),
    /// The database did not answer in time.
    Unknown,
}

/// A connection that only reads.
enum Looking {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
    /// The database does not exist.
    NoDatabase,
}

/// Compares a database with migrations.
///
/// # Errors
/// Returns the same errors as [`Db::connect`](crate::Db::connect); a file that does not exist is not an error.
pub(crate) async fn look(url: &str, migrations: Migrations) -> Result<View> {
    let dialect = dialect_of(url)?;
    let (mut looking, list) = match dialect {
        Dialect::Sqlite => (sqlite(url).await?, migrations.sqlite),
        Dialect::Postgres => (postgres(url).await?, migrations.postgres),
    };
    let recorded = looking.recorded().await.map_err(unusable)?;
    let entries = ledger::entries(list, &recorded, dialect)?;
    let mut plan = Vec::new();
    if !entries.iter().any(|entry| entry.state.is_wrong()) {
        for migration in ledger::to_apply(list, &entries) {
            plan.push(looking.planned(migration).await.map_err(unusable)?);
        }
    }
    let is_there = !matches!(looking, Looking::NoDatabase);
    looking.close().await;
    Ok(View { is_there, entries, plan })
}

fn unusable(error: Error) -> Error {
    match error {
        Error::Database(error) => Error::Unreachable(reach::reason(error.driver())),
        own => own,
    }
}

async fn sqlite(url: &str) -> Result<Looking> {
    let options = Named::parse(url)?.options;
    if is_in_memory(url) || !reach::is_file(options.get_filename())? {
        return Ok(Looking::NoDatabase);
    }
    // Even readers have to write to the shared memory of the log, so that the file is not opened read-only.
    let options = callbacks::of_options(options).create_if_missing(false).pragma("query_only", "ON");
    let look = async {
        let mut connection = options.connect().await?;
        // This is the first statement that reads the file.
        connection.execute("PRAGMA schema_version").await?;
        Ok(connection)
    };
    look.await.map(Looking::Sqlite).map_err(|error| reach::sqlite(&options, error))
}

async fn postgres(url: &str) -> Result<Looking> {
    let options = PostgresUrl::parse(url)?.options;
    reach::postgres(&options).await?;
    let look = async {
        let mut connection = options.connect().await?;
        connection.execute(LOOK).await?;
        Ok(connection)
    };
    look.await.map(Looking::Postgres).map_err(|error| Error::Unreachable(reach::reason(&error)))
}

impl Looking {
    async fn recorded(&mut self) -> Result<Vec<Recorded>> {
        if self.rows_of("_dcrf_migrations").await?.is_none() {
            return Ok(Vec::new());
        }
        match self {
            Self::Sqlite(connection) => ledger::on_sqlite(connection).await,
            Self::Postgres(connection) => ledger::on_postgres(connection).await,
            Self::NoDatabase => Ok(Vec::new()),
        }
    }

    async fn planned(&mut self, migration: &'static Migration) -> Result<Planned> {
        let mut planned = Planned { migration, steps: Vec::new(), tables: BTreeMap::new() };
        if migration.is_in_rust() {
            planned.steps.push(in_rust::WORDS.to_owned());
            return Ok(planned);
        }
        let mut tables = Vec::new();
        for step in script::read(migration.sql)? {
            let statements = step.parts.iter().filter_map(|part| match part {
                Part::Sql(sql) => Some(words::statements(sql)),
                Part::Task(_) => None,
            });
            let statements: Vec<_> = statements.flatten().collect();
            match step.told() {
                Some(told) => planned.steps.push(told),
                None => planned.steps.extend(statements.iter().map(|told| told.words.clone())),
            }
            match step.table {
                Some(table) => tables.push(table),
                None => tables.extend(statements.into_iter().filter_map(|told| told.table)),
            }
        }
        for table in tables {
            if !planned.tables.contains_key(&table)
                && let Some(rows) = self.rows_of(&table).await?
            {
                planned.tables.insert(table, rows);
            }
        }
        Ok(planned)
    }

    /// Returns the number of rows of a table; `None` if the table does not exist.
    async fn rows_of(&mut self, table: &str) -> Result<Option<Rows>> {
        let count = format!("SELECT count(*) FROM {}", quote(table));
        match self {
            Self::Sqlite(connection) => {
                let there = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1";
                let there = sqlx::query(there).bind(table).fetch_optional(&mut *connection).await?;
                if there.is_none() {
                    return Ok(None);
                }
                let rows = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(connection).await?;
                Ok(Some(Rows::Exactly(rows)))
            }
            Self::Postgres(connection) => {
                let there = "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass($1)";
                let there = sqlx::query_scalar(there).bind(quote(table)).fetch_optional(&mut *connection);
                let Some(about) = there.await? else { return Ok(None) };
                if about >= MANY {
                    return Ok(Some(Rows::About(about)));
                }
                let rows = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(connection).await;
                match rows {
                    Ok(rows) => Ok(Some(Rows::Exactly(rows))),
                    Err(error) if is_late(&error) => Ok(Some(Rows::Unknown)),
                    Err(error) => Err(error.into()),
                }
            }
            Self::NoDatabase => Ok(None),
        }
    }

    async fn close(self) {
        // An error of closing has no consequence.
        let _ = match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres(connection) => connection.close().await,
            Self::NoDatabase => Ok(()),
        };
    }
}

/// Tells whether PostgreSQL gave up because something is locked or takes too long.
fn is_late(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == "55P03" || code == "57014")
}
