//! The connection whose transaction runs the migrations, of either database.

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::db::{Arg, DbResult, Dialect, Outcome, Shape, Statement, postgres, sqlite};
use crate::ground::error::Result;
use crate::schema::row::Row;

pub(super) enum On<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl On<'_> {
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Borrows the connection.
    pub(super) fn lend(&mut self) -> On<'_> {
        match self {
            Self::Sqlite(connection) => On::Sqlite(connection),
            Self::Postgres(connection) => On::Postgres(connection),
        }
    }

    pub(super) async fn run(&mut self, statement: &Statement) -> DbResult<Outcome> {
        match self {
            Self::Sqlite(connection) => sqlite::connection::run(connection, statement).await,
            Self::Postgres(connection) => postgres::connection::run(connection, statement).await,
        }
    }

    pub(super) async fn read(&mut self, sql: String, args: Vec<Arg>, shape: Shape) -> Result<Vec<Row>> {
        Ok(self.run(&Statement::read(AssertSqlSafe(sql), args, shape)).await?.rows)
    }

    pub(super) async fn write(&mut self, sql: String, args: Vec<Arg>) -> Result<()> {
        self.run(&Statement::write(AssertSqlSafe(sql), args, Shape::Nothing)).await?;
        Ok(())
    }

    /// Runs statements without parameters, one after the other.
    pub(super) async fn execute(&mut self, sql: &str) -> Result<()> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Sqlite(connection) => connection.execute(sql).await.map(|_| ())?,
            Self::Postgres(connection) => connection.execute(sql).await.map(|_| ())?,
        }
        Ok(())
    }

    /// Drops prepared statements for tables that may have changed.
    pub(super) async fn forget(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(connection) => connection.clear_cached_statements().await?,
            Self::Postgres(connection) => connection.clear_cached_statements().await?,
        }
        Ok(())
    }
}
