//! The tasks of a migration on rows: they use the same statements on both databases, in batches in the order of the
//! key.

use std::sync::{Mutex, PoisonError};

use super::convert::{converted, excerpt, sent};
use super::ledger;
use super::on::On;
use super::progress::told;
use super::script::{Filling, Holds, Task, Typed};
use crate::db::{Arg, Dialect, Shape, quote};
use crate::ground::error::{Error, Result};
use crate::ground::scalar::{DateTime, Uuid};
use crate::schema::meta::{ColumnMeta, Kind, TypeMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// The rows that are read and written at once. A statement of SQLite has at most 32,766 parameters.
const BATCH: usize = 1000;
/// The number of rows that a message names.
const NAMED: usize = 5;

/// Runs a task on rows; `Aside` and `Restore` are handled elsewhere.
pub(super) async fn run(on: &mut On<'_>, task: &Task) -> Result<()> {
    match task {
        Task::Convert { table, key, from, to } => convert(on, table, key, from, to).await,
        Task::Fill { table, key, column, with } => fill(on, table, key, column, with).await,
        Task::HasType { table, column, ty } => has_type(on, table, column, ty).await,
        Task::Lacks { table, column } => {
            Err(Error::internal(ledger::lacks(&[format!("{table}.{column}")], on.dialect())))
        }
        Task::Unique { table, columns, condition } => unique(on, table, columns, condition.as_deref()).await,
        Task::Check { table, key, name, check } => checked(on, table, key, name, check).await,
        Task::Among { table, key, column, values } => {
            let kind = column.holds.kind();
            let values: Option<Vec<Value>> = values.iter().map(|value| sent(value, kind)).collect();
            let values = values.ok_or_else(|| not_of_its_kind(table, column))?;
            among(on, table, key, column, &values).await
        }
        Task::Aside { .. } | Task::Restore {} => Ok(()),
    }
}

/// Tests whether a type exists. An earlier migration creates it, which may be of the same transaction.
async fn has_type(on: &mut On<'_>, table: &str, column: &str, ty: &str) -> Result<()> {
    let sql = "SELECT (to_regtype($1) IS NOT NULL)::int::bigint".to_owned();
    let found = on.read(sql, vec![Arg::plain(ty.to_owned())], Shape::Untyped).await;
    let said = match found {
        Ok(rows) if rows.first().is_some_and(|row| row.values() == [Value::Integer(1)]) => return Ok(()),
        Ok(_) => String::new(),
        Err(Error::Database(error)) => format!(" ({})", told(error.driver())),
        Err(other) => return Err(other),
    };
    Err(Error::internal(format!(
        "{table}.{column} is to be of the type {ty}, which the database does not have{said}: have a migration of your \
         own before this one make it (`dcrf migrate new NAME DEFINITION --out DIR --first`)"
    )))
}

async fn convert(on: &mut On<'_>, table: &str, key: &Typed, from: &Typed, to: &Typed) -> Result<()> {
    let (source, target) = (from.holds.kind(), to.holds.kind());
    let mut refused = Refused::default();
    let mut page = Page::first(on.dialect(), table, key, from, "IS NOT NULL");
    while let Some(rows) = page.next(on).await? {
        let mut batch = Vec::with_capacity(rows.len());
        for (row, value) in rows {
            match converted(&value, source, target) {
                Some(value) => batch.push((row, value)),
                None => refused.add(&row, key, &value, source),
            }
        }
        // Once a row is refused, nothing is kept; the others are only counted.
        if refused.count == 0 {
            store(on, table, key, to, batch).await?;
        }
    }
    refused.tell(&format!(
        "{table}.{} is to hold {}, and these rows have a value that cannot be converted, or that would change",
        from.name,
        describe(to.holds)
    ))
}

async fn fill(on: &mut On<'_>, table: &str, key: &Typed, column: &Typed, with: &Filling) -> Result<()> {
    let value = match with {
        Filling::Value(value) => {
            sent(value, column.holds.kind()).ok_or_else(|| not_of_its_kind(table, column))?
        }
        Filling::Now {} => Value::of_moment(DateTime::now(), &column.holds.kind()),
        Filling::Uuid {} => return fill_uuids(on, table, key, column).await,
    };
    let (table, name) = (quote(table), quote(&column.name));
    let stored = match &column.sql {
        // The database infers the type of the parameter, as in every other statement.
        Some(sql) => format!("({})", sql.write.replace("{value}", "$1")),
        None => parameter(on.dialect(), 1, column),
    };
    let sql = format!("UPDATE {table} SET {name} = {stored} WHERE {name} IS NULL");
    on.write(sql, vec![arg(column, value)]).await
}

async fn fill_uuids(on: &mut On<'_>, table: &str, key: &Typed, column: &Typed) -> Result<()> {
    let mut page = Page::first(on.dialect(), table, key, column, "IS NULL");
    while let Some(rows) = page.next(on).await? {
        let batch = rows.into_iter().map(|(row, _)| (row, Value::Uuid(Uuid::random()))).collect();
        store(on, table, key, column, batch).await?;
    }
    Ok(())
}

/// Stores values of a column in rows, by their keys.
async fn store(
    on: &mut On<'_>,
    table: &str,
    key: &Typed,
    column: &Typed,
    batch: Vec<(Value, Value)>,
) -> Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let dialect = on.dialect();
    let mut args = Vec::with_capacity(2 * batch.len());
    let mut values = Vec::with_capacity(batch.len());
    for (row, value) in batch {
        args.push(arg(key, row));
        args.push(arg(column, value));
        let last = args.len();
        values.push(format!("({}, {})", parameter(dialect, last - 1, key), parameter(dialect, last, column)));
    }
    let (table, column, key) = (quote(table), quote(&column.name), quote(&key.name));
    let sql = format!(
        "WITH converted (k, v) AS (VALUES {}) UPDATE {table} SET {column} = converted.v FROM converted WHERE \
         {table}.{key} = converted.k",
        values.join(", ")
    );
    on.write(sql, args).await
}

async fn unique(on: &mut On<'_>, table: &str, columns: &[String], condition: Option<&str>) -> Result<()> {
    let names: Vec<String> = columns.iter().map(|column| quote(column)).collect();
    let mut present: Vec<String> = names.iter().map(|name| format!("{name} IS NOT NULL")).collect();
    present.extend(condition.map(|condition| format!("({condition})")));
    // All columns are read as texts, because they are only shown.
    let shown: Vec<String> = names.iter().map(|name| format!("CAST({name} AS TEXT)")).collect();
    let sql = format!(
        "SELECT {}, COUNT(*) FROM {} WHERE {} GROUP BY {} HAVING COUNT(*) > 1 LIMIT {}",
        shown.join(", "),
        quote(table),
        present.join(" AND "),
        names.join(", "),
        NAMED + 1
    );
    let rows = on.read(sql, Vec::new(), Shape::Untyped).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut named: Vec<String> = rows
        .iter()
        .take(NAMED)
        .map(|row| {
            let values = row.values();
            let (count, values) = values.split_last().unwrap_or((&Value::Null, values));
            let values: Vec<String> = values.iter().map(|value| excerpt(value, Kind::Text)).collect();
            let count = if let Value::Integer(count) = count { *count } else { 0 };
            format!("{} ({count} rows)", values.join(", "))
        })
        .collect();
    if rows.len() > NAMED {
        named.push("…".to_owned());
    }
    Err(Error::internal(format!(
        "{table}: no two rows may be equal in {} from now on, and these are: {}",
        columns.join(", "),
        named.join("; ")
    )))
}

async fn checked(on: &mut On<'_>, table: &str, key: &Typed, name: &str, check: &str) -> Result<()> {
    let sql = format!(
        "SELECT {} FROM {} WHERE NOT ({check}) ORDER BY 1 LIMIT {}",
        quote(&key.name),
        quote(table),
        NAMED + 1
    );
    let rows = on.read(sql, Vec::new(), Shape::Picked(vec![meta(key)])).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let row = |row: &Row| format!("{} {}", key.name, plain(row.get(0), key));
    let mut named: Vec<String> = rows.iter().take(NAMED).map(row).collect();
    if rows.len() > NAMED {
        named.push("…".to_owned());
    }
    Err(Error::internal(format!(
        "{table}: these rows break the constraint {name}, which applies from now on: {}",
        named.join(", ")
    )))
}

async fn among(on: &mut On<'_>, table: &str, key: &Typed, column: &Typed, values: &[Value]) -> Result<()> {
    let mut refused = Refused::default();
    let mut page = Page::first(on.dialect(), table, key, column, "IS NOT NULL");
    while let Some(rows) = page.next(on).await? {
        for (row, value) in rows.iter().filter(|(_, value)| !values.contains(value)) {
            refused.add(row, key, value, column.holds.kind());
        }
    }
    refused.tell(&format!("{table}.{}: these rows have a value that is not allowed from now on", column.name))
}

/// Reads the rows of a table in batches: keys with the values of a column.
struct Page {
    dialect: Dialect,
    table: String,
    key: Typed,
    column: Typed,
    condition: &'static str,
    shape: Shape,
    /// The last key that was read.
    after: Option<Value>,
    done: bool,
}

impl Page {
    /// Creates the query for rows whose `column` satisfies the condition.
    fn first(dialect: Dialect, table: &str, key: &Typed, column: &Typed, condition: &'static str) -> Self {
        Self {
            dialect,
            table: quote(table),
            key: key.clone(),
            column: column.clone(),
            condition,
            shape: Shape::Picked(vec![meta(key), meta(column)]),
            after: None,
            done: false,
        }
    }

    async fn next(&mut self, on: &mut On<'_>) -> Result<Option<Vec<(Value, Value)>>> {
        if self.done {
            return Ok(None);
        }
        let (key, column) = (quote(&self.key.name), quote(&self.column.name));
        let mut condition = format!("{column} {}", self.condition);
        let mut args = Vec::new();
        if let Some(after) = &self.after {
            condition.push_str(&format!(" AND {key} > {}", parameter(self.dialect, 1, &self.key)));
            args.push(arg(&self.key, after.clone()));
        }
        let read = match &self.column.sql {
            Some(sql) => format!("({})", sql.read.replace("{column}", &column)),
            None => column,
        };
        let sql = format!(
            "SELECT {key}, {read} FROM {} WHERE {condition} ORDER BY {key} LIMIT {BATCH}",
            self.table
        );
        let rows = on.read(sql, args, self.shape.clone()).await?;
        self.done = rows.len() < BATCH;
        let pair = |row: Row| {
            let mut values = row.into_values().into_iter();
            let key = values.next().unwrap_or(Value::Null);
            (key, values.next().unwrap_or(Value::Null))
        };
        let rows: Vec<(Value, Value)> = rows.into_iter().map(pair).collect();
        self.after = rows.last().map(|(key, _)| key.clone());
        Ok(Some(rows).filter(|rows| !rows.is_empty()))
    }
}

/// The rows that stop a migration.
#[derive(Default)]
struct Refused {
    count: usize,
    named: Vec<String>,
}

impl Refused {
    fn add(&mut self, row: &Value, key: &Typed, value: &Value, kind: Kind) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(format!("{} {} has {}", key.name, plain(row, key), excerpt(value, kind)));
        }
    }

    fn tell(self, what: &str) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let more = match self.count - self.named.len() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        Err(Error::internal(format!("{what}: {}{more}", self.named.join(", "))))
    }
}

fn plain(row: &Value, key: &Typed) -> String {
    match row {
        Value::Integer(number) => number.to_string(),
        other => excerpt(other, key.holds.kind()),
    }
}

fn not_of_its_kind(table: &str, column: &Typed) -> Error {
    Error::internal(format!(
        "{table}.{}: the value to fill it with is not a value of the column",
        column.name
    ))
}

fn describe(holds: Holds) -> String {
    match holds {
        Holds::Boolean => "booleans".to_owned(),
        Holds::Integer => "integers".to_owned(),
        Holds::Float => "numbers".to_owned(),
        Holds::Text => "texts".to_owned(),
        Holds::Uuid => "uuids".to_owned(),
        Holds::Date => "dates".to_owned(),
        Holds::DateTime => "date-times".to_owned(),
        Holds::Time => "times".to_owned(),
        Holds::Duration => "durations".to_owned(),
        Holds::Decimal { max_digits, decimal_places } => {
            format!("decimals of {max_digits} digits, {decimal_places} of them after the point")
        }
        Holds::Bytes => "bytes".to_owned(),
        Holds::Json => "JSON".to_owned(),
    }
}

fn arg(column: &Typed, value: Value) -> Arg {
    Arg::column(meta(column), value)
}

/// Returns a descriptor. Descriptors live as long as the program; each is created once, and a migration concerns a few.
fn meta(column: &Typed) -> &'static ColumnMeta {
    static MADE: Mutex<Vec<(Holds, &'static ColumnMeta)>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let is_it = |(holds, meta): &&(Holds, &ColumnMeta)| *holds == column.holds && meta.name == column.name;
    if let Some((_, meta)) = made.iter().find(is_it) {
        return meta;
    }
    let meta = ColumnMeta::new(String::leak(column.name.clone()), TypeMeta::plain(column.holds.kind()));
    let meta: &'static ColumnMeta = Box::leak(Box::new(meta));
    made.push((column.holds, meta));
    meta
}

/// Returns a parameter with a column's type: PostgreSQL cannot infer it in a list of values.
fn parameter(dialect: Dialect, number: usize, column: &Typed) -> String {
    let ty = match (dialect, column.holds) {
        (Dialect::Sqlite, _) => return format!("${number}"),
        (Dialect::Postgres, holds) => match holds {
            Holds::Boolean => "BOOLEAN",
            Holds::Integer | Holds::Duration => "BIGINT",
            Holds::Float => "DOUBLE PRECISION",
            Holds::Text => "TEXT",
            Holds::Uuid => "UUID",
            Holds::Date => "DATE",
            Holds::DateTime => "TIMESTAMPTZ",
            Holds::Time => "TIME",
            Holds::Decimal { .. } => "NUMERIC",
            Holds::Bytes => "BYTEA",
            Holds::Json => "JSON",
        },
    };
    format!("${number}::{ty}")
}
