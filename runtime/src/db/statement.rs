//! A statement with its arguments, and its outcome.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{SqlSafeStr, SqlStr};

use super::django_json;
use crate::ground::error::{Error, Result};
use crate::ground::memory::{Excess, RequestMemory, RowBytes};
use crate::ground::scalar::Json;
use crate::schema::meta::{ColumnMeta, Kind, Storage, TypeMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// How long a statement waits for its turn.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// One statement.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) sql: SqlStr,
    pub(crate) args: Vec<Arg>,
    pub(crate) shape: Shape,
    pub(crate) writes: bool,
    /// Whether it may read many rows, so that it waits in the fair queue: see `fair_queue`.
    pub(crate) long: bool,
    /// Whether it may have side effects, so that it must not run again without its author's consent.
    pub(crate) once: bool,
    /// The table whose changes the runtime publishes itself, so that its triggers must not note them.
    pub(crate) told: SuppressTrigger,
    /// The memory that its rows count for.
    pub(crate) memory: Option<Arc<RequestMemory>>,
}

/// The use of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A read that may take long.
    Long,
    /// A statement that takes long only if others are in its way.
    Brief,
    /// A transaction whose length the application decides.
    Lasting,
}

/// The table whose triggers must not note changes; `None` if all triggers note them.
pub(crate) type SuppressTrigger = Option<&'static str>;

/// The [`SuppressTrigger`] of a statement whose changes the runtime publishes itself, in all tables.
pub(crate) const EVERYTHING: &str = "*";

/// A value to bind. Its type determines how it is stored; without a type it is bound as it is.
#[derive(Debug, Clone)]
pub(crate) struct Arg {
    pub(crate) value: Value,
    pub(crate) ty: Option<&'static TypeMeta>,
}

impl Arg {
    /// Creates a value of a column. Lists, maps, objects and forms of unions become JSON.
    pub(crate) fn column(column: &'static ColumnMeta, value: Value) -> Self {
        let value = match value {
            Value::List(_) | Value::Map(_) | Value::Object(_) | Value::Variant(..) => {
                let mut json = Vec::new();
                crate::wire::encode::value(&mut json, &column.ty, &value);
                Value::Json(Json::trusted(String::from_utf8_lossy(&json).into_owned()))
            }
            // A JSON column cannot be a reference to another row; every other value is stored as it is.
            other => other,
        };
        let value = match value {
            Value::Json(json) if column.ty.storage == Storage::Django => {
                Value::Json(django_json::dumped(&json))
            }
            other => other,
        };
        Self { value, ty: Some(&column.ty) }
    }

    /// Creates a value that does not belong to a column.
    pub(crate) fn plain(value: impl Into<Value>) -> Self {
        Self { value: value.into(), ty: None }
    }
}

/// The columns of a statement's rows.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// No rows are needed.
    Nothing,
    /// These columns, in order.
    Columns(&'static [ColumnMeta]),
    /// A value of the first column, then these columns.
    Keyed(&'static ColumnMeta, &'static [ColumnMeta]),
    /// These columns of several tables, in order.
    Picked(Vec<&'static ColumnMeta>),
    /// All columns that the database returns.
    Untyped,
}

/// The outcome of a statement.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) rows: Vec<Row>,
    pub(crate) affected: u64,
}

impl Outcome {
    /// Tells whether the statement has written a row.
    pub(crate) fn is_write(&self) -> bool {
        self.affected > 0 || !self.rows.is_empty()
    }

    /// Returns the first row.
    pub(crate) fn first(self) -> Option<Row> {
        self.rows.into_iter().next()
    }
}

impl Statement {
    /// Creates a query.
    pub(crate) fn read(sql: impl SqlSafeStr, args: Vec<Arg>, shape: Shape) -> Self {
        let sql = sql.into_sql_str();
        Self { sql, args, shape, writes: false, long: false, once: false, told: None, memory: None }
    }

    /// Creates a statement that changes rows.
    pub(crate) fn write(sql: impl SqlSafeStr, args: Vec<Arg>, shape: Shape) -> Self {
        let sql = sql.into_sql_str();
        Self { sql, args, shape, writes: true, long: false, once: true, told: None, memory: None }
    }

    /// Marks the query as one that may read many rows.
    pub(crate) fn long(self) -> Self {
        Self { long: true, ..self }
    }

    /// Returns its class in the fair queue. `None` for a look-up.
    pub(crate) fn class(&self) -> Option<Class> {
        if self.writes { Some(Class::Brief) } else { self.long.then_some(Class::Long) }
    }

    /// Assigns the statement to a request.
    pub(crate) fn of(mut self, memory: Option<&Arc<RequestMemory>>) -> Self {
        // A write is done when its rows arrive.
        self.memory = memory.filter(|_| !self.writes).map(Arc::clone);
        self
    }

    /// Returns the counter of its rows' bytes.
    pub(crate) fn row_bytes(&self) -> RowBytes<'_> {
        RowBytes::of(self.memory.as_ref())
    }

    /// Marks the statement as one whose changes the runtime publishes itself.
    pub(crate) fn told(mut self, told: SuppressTrigger) -> Self {
        self.told = told;
        self
    }

    /// Creates a statement of the application. Only [`Db::begin`](super::Db::begin) begins transactions: the
    /// connections are shared.
    pub(crate) fn of_application(sql: &'static str, args: Vec<Value>, shape: Shape) -> Result<Self> {
        let first: String =
            sql.trim_start().chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
        let reserved = ["begin", "commit", "end", "rollback", "savepoint", "release", "start", "abort"];
        if reserved.contains(&first.as_str()) {
            return Err(Error::internal(format!(
                "{first} is not a statement for query or execute: use Db::begin"
            )));
        }
        let args = args.into_iter().map(Arg::plain).collect();
        let statement =
            if first == "select" { Self::read(sql, args, shape) } else { Self::write(sql, args, shape) };
        // A function that it calls may write.
        Ok(Self { once: true, ..statement.long() })
    }
}

impl Statement {
    /// Creates a query that contains one of the application.
    pub(crate) fn of_query(sql: SqlStr, args: Vec<Value>, shape: Shape) -> Self {
        let args = args.into_iter().map(Arg::plain).collect();
        // A function that it calls may write.
        Self { once: true, ..Self::read(sql, args, shape).long() }
    }
}

/// Returns the error for rows that take too much memory.
pub(crate) fn too_many_bytes(excess: Excess) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(excess))
}

/// Returns the excess of such an error.
pub(crate) fn excess(error: &sqlx::Error) -> Option<Excess> {
    let sqlx::Error::Decode(source) = error else { return None };
    source.downcast_ref().copied()
}

/// Returns the error for a value that no driver accepts. It names the kind: values do not belong into a log.
pub(crate) fn unbindable(value: &Value) -> sqlx::Error {
    sqlx::Error::Encode(format!("{} is not a value of a column", value.kind()).into())
}

/// Returns the error for a stored value that does not fit its column.
pub(crate) fn undecodable(column: &str, kind: &Kind) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("what is stored is no {}", kind.described()).into(),
    }
}

/// Returns the same error, with the row's key.
pub(crate) fn undecodable_in(column: &str, kind: &Kind, row: &str) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("what is stored is no {}, where {row}", kind.described()).into(),
    }
}

/// Parses the text of a column as JSON; `None` if it is not JSON. A database without validation may hold any text, and
/// the server never sends text that is not JSON.
pub(crate) fn json(text: String) -> Option<Value> {
    serde_json::from_str::<serde::de::IgnoredAny>(&text).ok()?;
    Some(Value::Json(Json::trusted(text)))
}
