//! A statement with its arguments, and what comes of it.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{SqlSafeStr, SqlStr};

use crate::ground::error::{Error, Result};
use crate::ground::memory::{Excess, RequestMemory, RowBytes};
use crate::ground::scalar::Json;
use crate::schema::meta::{ColumnMeta, Kind, TypeMeta};
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
    /// Whether it may read many rows, so that it waits in line: see `fair_queue`.
    pub(crate) long: bool,
    /// Whether it may do something beside reading, so that nobody but its author can say that it may run again.
    pub(crate) once: bool,
    /// The table of whose changes the runtime tells itself, so that triggers are not to note them.
    pub(crate) told: SuppressTrigger,
    /// Whose memory its rows count for.
    pub(crate) memory: Option<Arc<RequestMemory>>,
}

/// What is done with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A read that may take long.
    Long,
    /// What takes long only if others are in its way.
    Brief,
    /// A transaction that is as long as the application likes.
    Lasting,
}

/// A table that triggers are not to note changes of; none: they are to note all.
pub(crate) type SuppressTrigger = Option<&'static str>;

/// The [`SuppressTrigger`] of a statement whose changes are all told of, whatever they are of.
pub(crate) const EVERYTHING: &str = "*";

/// A value to bind. The type tells how it is stored; without one it is bound as it is.
#[derive(Debug, Clone)]
pub(crate) struct Arg {
    pub(crate) value: Value,
    pub(crate) ty: Option<&'static TypeMeta>,
}

impl Arg {
    /// A value of a column. Lists, maps, objects and forms of unions become JSON.
    pub(crate) fn column(column: &'static ColumnMeta, value: Value) -> Self {
        let value = match value {
            Value::List(_) | Value::Map(_) | Value::Object(_) | Value::Variant(..) => {
                let mut json = Vec::new();
                crate::wire::encode::value(&mut json, &column.ty, &value);
                Value::Json(Json::trusted(String::from_utf8_lossy(&json).into_owned()))
            }
            // The key of the other row in a JSON column cannot be; all else is stored as it is.
            other => other,
        };
        Self { value, ty: Some(&column.ty) }
    }

    /// A value of no column.
    pub(crate) fn plain(value: impl Into<Value>) -> Self {
        Self { value: value.into(), ty: None }
    }
}

/// What the rows of a statement hold.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// No rows are asked for.
    Nothing,
    /// These columns, in order.
    Columns(&'static [ColumnMeta]),
    /// A value of the first column, then these columns.
    Keyed(&'static ColumnMeta, &'static [ColumnMeta]),
    /// These columns of several tables, in order.
    Picked(Vec<&'static ColumnMeta>),
    /// Whatever the database says.
    Untyped,
}

/// What came of a statement.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) rows: Vec<Row>,
    pub(crate) affected: u64,
}

impl Outcome {
    /// Its first row.
    pub(crate) fn first(self) -> Option<Row> {
        self.rows.into_iter().next()
    }
}

impl Statement {
    /// A query.
    pub(crate) fn read(sql: impl SqlSafeStr, args: Vec<Arg>, shape: Shape) -> Self {
        let sql = sql.into_sql_str();
        Self { sql, args, shape, writes: false, long: false, once: false, told: None, memory: None }
    }

    /// A statement that changes rows.
    pub(crate) fn write(sql: impl SqlSafeStr, args: Vec<Arg>, shape: Shape) -> Self {
        let sql = sql.into_sql_str();
        Self { sql, args, shape, writes: true, long: false, once: true, told: None, memory: None }
    }

    /// The same query, which may read many rows.
    pub(crate) fn long(self) -> Self {
        Self { long: true, ..self }
    }

    /// What it is, to those who share the connections. None: a look-up.
    pub(crate) fn class(&self) -> Option<Class> {
        if self.writes { Some(Class::Brief) } else { self.long.then_some(Class::Long) }
    }

    /// The same statement, for a request.
    pub(crate) fn of(mut self, memory: Option<&Arc<RequestMemory>>) -> Self {
        // What writes is done when its rows are there.
        self.memory = memory.filter(|_| !self.writes).map(Arc::clone);
        self
    }

    /// What counts its rows.
    pub(crate) fn row_bytes(&self) -> RowBytes<'_> {
        RowBytes::of(self.memory.as_ref())
    }

    /// The same statement, of whose changes the runtime tells itself.
    pub(crate) fn told(mut self, told: SuppressTrigger) -> Self {
        self.told = told;
        self
    }

    /// A statement of the application's own. Transactions are begun and ended by [`Db::begin`](super::Db::begin)
    /// alone: the connections are shared.
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

/// Rows that take too much memory.
pub(crate) fn too_many_bytes(excess: Excess) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(excess))
}

/// The same, back again.
pub(crate) fn excess(error: &sqlx::Error) -> Option<Excess> {
    let sqlx::Error::Decode(source) = error else { return None };
    source.downcast_ref().copied()
}

/// The parts of a value that no driver takes. It is named by its kind: values do not belong into a log.
pub(crate) fn unbindable(value: &Value) -> sqlx::Error {
    sqlx::Error::Encode(format!("{} is no value of a column", value.kind()).into())
}

/// A stored value that is not what its column says.
pub(crate) fn undecodable(column: &str, kind: &Kind) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("what is stored is no {}", kind.described()).into(),
    }
}

/// The same, of a row that is known by this.
pub(crate) fn undecodable_in(column: &str, kind: &Kind, row: &str) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("what is stored is no {}, where {row}", kind.described()).into(),
    }
}

/// Text of a column as JSON; none: it is none. A database that does not look may hold anything, and what is no JSON is
/// never sent.
pub(crate) fn json(text: String) -> Option<Value> {
    serde_json::from_str::<serde::de::IgnoredAny>(&text).ok()?;
    Some(Value::Json(Json::trusted(text)))
}
