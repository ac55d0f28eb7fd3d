//! Notes on SQLite: a connection of its own polls for commits of others, and the writer takes the notes.
//!
//! Several processes may use the same file: notes that one has taken, and those after them, are left alone by the
//! others for a while, so that the order is kept. SQLite does not number transactions: each change counts as a
//! transaction of its own.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Executor, Row as _};
use tokio::time::{Instant, sleep};

use super::group::UNMARK;
use crate::db::backend::{Backend, Note, Notes};
use crate::db::fair_queue::Requester;
use crate::db::fate::DbResult;
use crate::db::notes::{BATCH, FORGOTTEN, LONGEST_WAIT, forgotten};
use crate::db::statement::{Arg, Outcome, Shape, Statement};
use crate::ground::future::BoxFuture;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// How long notes are left to the process that has taken them.
const CLAIM: Duration = LONGEST_WAIT;
const ANY: &str = "SELECT 1 FROM \"_dcrf_change\" LIMIT 1";
const TAKE: &str = "UPDATE \"_dcrf_change\" SET \"taken\" = $1 WHERE \"id\" IN (SELECT \"id\" FROM \"_dcrf_change\" WHERE \
                    \"table\" IN (SELECT value FROM json_each($2)) ORDER BY \"id\" LIMIT $3) AND NOT EXISTS (SELECT 1 \
                    FROM \"_dcrf_change\" WHERE \"taken\" > $4) RETURNING \"id\", \"table\", \"before\", \"after\"";
const TOLD: &str = "DELETE FROM \"_dcrf_change\" WHERE \"id\" IN (SELECT value FROM json_each($1))";
const FORGET: &str =
    "DELETE FROM \"_dcrf_change\" WHERE \"table\" NOT IN (SELECT value FROM json_each($1)) AND \"at\" < $2";

/// The notes of some tables.
pub(super) struct FileNotes {
    database: Arc<dyn Backend>,
    /// The connection that polls for commits of others. `None` for a database in memory, which has only one connection.
    asks: Option<SqliteConnection>,
    /// The version that it saw last.
    version: i64,
    poll: Duration,
    tables: String,
    taken: Vec<i64>,
}

impl FileNotes {
    /// Connects, and deletes notes that no process will ever take.
    pub(super) async fn open(
        database: Arc<dyn Backend>,
        options: Option<SqliteConnectOptions>,
        tables: &[&'static str],
        poll: Duration,
    ) -> DbResult<Self> {
        let asks = match options {
            Some(options) => Some(options.connect().await?),
            None => None,
        };
        let tables = serde_json::to_string(tables).unwrap_or_default();
        let notes = Self { database, asks, version: 0, poll, tables, taken: Vec::new() };
        // Transactions remove their mark before they end; this removes a mark that was left by hand.
        notes.run(UNMARK, Vec::new()).await?;
        let old = unix(SystemTime::now() - FORGOTTEN) / 1000;
        let deleted = notes.run(FORGET, vec![Value::Text(notes.tables.clone()), Value::Integer(old)]).await?;
        forgotten(deleted.affected);
        Ok(notes)
    }

    async fn next(&mut self) -> DbResult<Vec<Note>> {
        // Every later commit is another version.
        self.version = self.current().await?;
        if self.ask(Statement::read(ANY, Vec::new(), Shape::Untyped)).await?.rows.is_empty() {
            return Ok(Vec::new());
        }
        let now = SystemTime::now();
        let args = vec![
            Value::Integer(unix(now + CLAIM)),
            Value::Text(self.tables.clone()),
            Value::Integer(BATCH),
            Value::Integer(unix(now)),
        ];
        let args = args.into_iter().map(Arg::plain).collect();
        let mut rows = self.ask(Statement::write(TAKE, args, Shape::Untyped)).await?.rows;
        rows.sort_by_key(id);
        self.taken = rows.iter().map(id).collect();
        let note = |mut row: Row| {
            let transaction = id(&row);
            let mut text = |index: usize| match row
                .values_mut()
                .get_mut(index)
                .map(|value| std::mem::replace(value, Value::Null))
            {
                Some(Value::Text(text)) => Some(text),
                _ => None,
            };
            Note { transaction, table: text(1).unwrap_or_default(), before: text(2), after: text(3) }
        };
        Ok(rows.into_iter().map(note).collect())
    }

    async fn forget(&mut self) -> DbResult<()> {
        let ids = serde_json::to_string(&std::mem::take(&mut self.taken)).unwrap_or_default();
        self.run(TOLD, vec![Value::Text(ids)]).await.map(drop)
    }

    async fn pause(&mut self) -> DbResult<()> {
        let end = Instant::now() + LONGEST_WAIT;
        while Instant::now() < end {
            sleep(self.poll).await;
            if self.asks.is_none() || self.current().await? != self.version {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Returns the version of the file, which changes when another connection has committed (SQLite, `PRAGMA
    /// data_version`).
    async fn current(&mut self) -> DbResult<i64> {
        match &mut self.asks {
            Some(connection) => connection.fetch_one("PRAGMA data_version").await?.try_get(0),
            None => Ok(0),
        }
    }

    async fn ask(&self, statement: Statement) -> DbResult<Outcome> {
        Ok(self.database.run(statement, &Requester::default()).await?)
    }

    async fn run(&self, sql: &'static str, args: Vec<Value>) -> DbResult<Outcome> {
        let args = args.into_iter().map(Arg::plain).collect();
        self.ask(Statement::write(sql, args, Shape::Nothing)).await
    }
}

fn id(row: &Row) -> i64 {
    match row.values().first() {
        Some(Value::Integer(id)) => *id,
        _ => 0,
    }
}

/// Milliseconds since 1970.
fn unix(moment: SystemTime) -> i64 {
    let since = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Notes for FileNotes {
    fn take(&mut self) -> BoxFuture<'_, DbResult<Vec<Note>>> {
        Box::pin(self.next())
    }

    fn told(&mut self) -> BoxFuture<'_, DbResult<()>> {
        Box::pin(self.forget())
    }

    fn wait(&mut self) -> BoxFuture<'_, DbResult<()>> {
        Box::pin(self.pause())
    }
}
