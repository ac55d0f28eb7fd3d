//! SQLite: a pool of readers, one writer, and how values are stored.
//!
//! Stored are: booleans, integers, moments (microseconds since 1970), durations (microseconds) and decimals of up to
//! 18 digits (scaled by their places) as INTEGER; floats as REAL; bytes as BLOB; all else as TEXT. So every column
//! but decimals of more digits sorts as its values do.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration as StdDuration;

use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Arguments, Column, Connection, Row as _, TypeInfo, ValueRef};

use super::statement::{is_integer_choice, unbindable, undecodable};
use super::writer::{Committed, Lease, Writer};
use super::{Arg, DbResult, Migration, Outcome, Shape, Statement, migrate};
use crate::error::Result;
use crate::meta::{ColumnMeta, Kind};
use crate::model::Row;
use crate::scalar::{DateTime, Decimal, Duration, Json, MAX_SCALED_DIGITS};
use crate::value::Value;

const READERS: u32 = 8;
const BUSY_TIMEOUT: StdDuration = StdDuration::from_secs(5);
/// Statements a connection keeps prepared: more than the models of an application have.
const STATEMENTS: usize = 512;

/// A SQLite database.
pub(super) struct Sqlite {
    writer: Writer,
    /// None: a database in memory has one connection, and reads wait for their turn with the writes.
    readers: Option<SqlitePool>,
}

impl Sqlite {
    pub(super) async fn connect(url: &str, migrations: &'static [Migration]) -> Result<Self> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .synchronous(SqliteSynchronous::Normal)
            .statement_cache_capacity(STATEMENTS);
        let in_memory = url.contains(":memory:") || url.contains("mode=memory");
        let mut connection = open_writer(&options, in_memory).await?;
        migrate::sqlite(&mut connection, migrations).await?;
        let readers = if in_memory { None } else { Some(readers(options.clone()).await?) };
        let reopen = move || {
            let options = options.clone();
            Box::pin(async move { open_writer(&options, in_memory).await })
                as crate::dispatch::BoxFuture<'static, _>
        };
        Ok(Self { writer: Writer::start(connection, Box::new(reopen)), readers })
    }

    pub(super) async fn run(&self, statement: Statement) -> DbResult<Outcome> {
        match &self.readers {
            Some(pool) if !statement.writes => run(&mut *pool.acquire().await?, &statement).await,
            _ => self.writer.run(statement, None).await,
        }
    }

    /// Runs a statement that writes, and calls `committed` in the order of commits.
    pub(super) async fn run_then(&self, statement: Statement, committed: Committed) -> DbResult<Outcome> {
        self.writer.run(statement, Some(committed)).await
    }

    pub(super) async fn lease(&self) -> DbResult<Lease> {
        self.writer.lease().await
    }

    /// How readers connect; none: a database in memory has no others.
    pub(super) fn reading(&self) -> Option<Arc<SqliteConnectOptions>> {
        self.readers.as_ref().map(SqlitePool::connect_options)
    }

    /// Ready when it is closed, or about to be.
    pub(super) async fn closing(&self) {
        match &self.readers {
            Some(pool) => pool.close_event().await,
            None => self.writer.closed().await,
        }
    }

    pub(super) async fn close(&self) {
        if let Some(pool) = &self.readers {
            pool.close().await;
        }
        self.writer.close().await;
    }
}

/// The switch to WAL fails at once while another process makes it, busy timeout or not: then it is tried again.
async fn open_writer(options: &SqliteConnectOptions, in_memory: bool) -> DbResult<SqliteConnection> {
    let options =
        if in_memory { options.clone() } else { options.clone().journal_mode(SqliteJournalMode::Wal) };
    let mut attempts = 0;
    loop {
        match SqliteConnection::connect_with(&options).await {
            Err(error) if attempts < 50 && is_locked(&error) => {
                attempts += 1;
                tokio::time::sleep(StdDuration::from_millis(20)).await;
            }
            result => return result,
        }
    }
}

fn is_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    // SQLITE_BUSY and its relatives: the low byte is 5.
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
}

async fn readers(options: SqliteConnectOptions) -> DbResult<SqlitePool> {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.pragma("query_only", "ON"))
        .await
}

/// Runs a statement on a connection.
pub(super) async fn run(connection: &mut SqliteConnection, statement: &Statement) -> DbResult<Outcome> {
    let mut args = SqliteArguments::default();
    for arg in &statement.args {
        bind(&mut args, arg)?;
    }
    let query = sqlx::query_with(statement.sql.clone(), args);
    if matches!(statement.shape, Shape::Nothing) {
        let done = query.execute(connection).await?;
        return Ok(Outcome { rows: Vec::new(), affected: done.rows_affected() });
    }
    let rows = query.fetch_all(connection).await?;
    let affected = rows.len() as u64;
    let rows = rows.iter().map(|row| decode(row, &statement.shape)).collect::<DbResult<_>>()?;
    Ok(Outcome { rows, affected })
}

fn bind(args: &mut SqliteArguments, arg: &Arg) -> DbResult<()> {
    let added = match &arg.value {
        Value::Null => args.add(None::<i64>),
        Value::Boolean(value) => args.add(*value),
        Value::Integer(value) => args.add(*value),
        Value::Float(value) => args.add(*value),
        Value::Text(value) => args.add(value.clone()),
        Value::Decimal(value) => match arg.ty.map(|ty| ty.kind) {
            Some(Kind::Decimal { max_digits, decimal_places }) => {
                match stored_decimal(*value, max_digits, decimal_places) {
                    Some(StoredDecimal::Scaled(number)) => args.add(number),
                    Some(StoredDecimal::Text(text)) => args.add(text),
                    None => return Err(unbindable(&arg.value)),
                }
            }
            _ => args.add(value.to_string()),
        },
        Value::Date(value) => args.add(value.to_string()),
        Value::DateTime(value) => args.add(value.as_micros()),
        Value::Time(value) => args.add(value.to_sortable()),
        Value::Duration(value) => args.add(value.as_micros()),
        Value::Uuid(value) => args.add(value.to_string()),
        Value::Bytes(value) => args.add(value.as_slice().to_vec()),
        Value::Json(value) => args.add(value.as_str().to_owned()),
        other => return Err(unbindable(other)),
    };
    added.map_err(sqlx::Error::Encode)
}

enum StoredDecimal {
    Scaled(i64),
    Text(String),
}

fn stored_decimal(number: Decimal, max_digits: u32, places: u32) -> Option<StoredDecimal> {
    if max_digits <= MAX_SCALED_DIGITS {
        return number.scaled(places).map(StoredDecimal::Scaled);
    }
    Some(StoredDecimal::Text(number.with_places(places).unwrap_or(number).to_string()))
}

fn decode(row: &SqliteRow, shape: &Shape) -> DbResult<Row> {
    let values = match shape {
        Shape::Columns(columns) => all_typed(row, columns.iter())?,
        Shape::Picked(columns) => all_typed(row, columns.iter().copied())?,
        Shape::Keyed(key, columns) => all_typed(row, std::iter::once(*key).chain(columns.iter()))?,
        Shape::Untyped | Shape::Nothing => {
            (0..row.len()).map(|index| untyped(row, index)).collect::<DbResult<_>>()?
        }
    };
    Ok(Row::new(values))
}

fn all_typed<'a>(row: &SqliteRow, columns: impl Iterator<Item = &'a ColumnMeta>) -> DbResult<Vec<Value>> {
    let columns = columns.enumerate();
    columns.map(|(index, column)| typed(row, index, column.name, &column.ty.kind)).collect()
}

fn typed(row: &SqliteRow, index: usize, name: &str, kind: &Kind) -> DbResult<Value> {
    if row.try_get_raw(index)?.is_null() {
        return Ok(Value::Null);
    }
    let integer = || row.try_get_unchecked::<i64, _>(index);
    let text = || row.try_get_unchecked::<String, _>(index);
    let wrong = || undecodable(name, kind);
    Ok(match kind {
        Kind::Boolean => Value::Boolean(integer()? != 0),
        Kind::Integer => Value::Integer(integer()?),
        Kind::Float => Value::Float(row.try_get_unchecked(index)?),
        Kind::Decimal { max_digits, decimal_places } if *max_digits <= MAX_SCALED_DIGITS => {
            Value::Decimal(Decimal::new(integer()?.into(), *decimal_places).ok_or_else(wrong)?)
        }
        Kind::Decimal { .. } => Value::Decimal(text()?.parse().map_err(|_| wrong())?),
        Kind::Date => Value::Date(text()?.parse().map_err(|_| wrong())?),
        Kind::DateTime => Value::DateTime(DateTime::from_micros(integer()?).ok_or_else(wrong)?),
        Kind::Time => Value::Time(text()?.parse().map_err(|_| wrong())?),
        Kind::Duration => Value::Duration(Duration::from_micros(integer()?)),
        Kind::Uuid => Value::Uuid(text()?.parse().map_err(|_| wrong())?),
        Kind::Bytes => Value::Bytes(row.try_get_unchecked::<Vec<u8>, _>(index)?.into()),
        Kind::Choice(choices) if is_integer_choice(choices) => Value::Integer(integer()?),
        Kind::Json | Kind::List(_) | Kind::Map(_) | Kind::Object(_) | Kind::Union(_) => {
            Value::Json(Json::trusted(text()?))
        }
        Kind::Text
        | Kind::Email
        | Kind::Url
        | Kind::Slug
        | Kind::UnicodeSlug
        | Kind::Ip
        | Kind::Ipv4
        | Kind::Ipv6
        | Kind::Choice(_) => Value::Text(text()?),
    })
}

/// By how the value is stored.
fn untyped(row: &SqliteRow, index: usize) -> DbResult<Value> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let stored = raw.type_info().name().to_owned();
    Ok(match stored.as_str() {
        "INTEGER" | "BOOLEAN" | "NUMERIC" => Value::Integer(row.try_get_unchecked(index)?),
        "REAL" => Value::Float(row.try_get_unchecked(index)?),
        "BLOB" => Value::Bytes(row.try_get_unchecked::<Vec<u8>, _>(index)?.into()),
        "TEXT" => Value::Text(row.try_get_unchecked(index)?),
        _ => return Err(undecodable(row.column(index).name(), &Kind::Text)),
    })
}
