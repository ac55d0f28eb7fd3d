//! The tasks of the runtime in a migration, and its steps: comments in its text (`dcrf_runtime`'s
//! `db::migrate::script`).

use serde_json::{Value, json};

use super::dialect::Dialect;
use super::{any_type, predicates};
use crate::escape;
use crate::evolve::{Column, Filling, Index, Predicate, Table};

/// Begins a step, which is described in words.
pub fn step(table: Option<&str>, what: &str) -> String {
    let table = table.map(|table| format!("\"{}\" ", escape::line(table))).unwrap_or_default();
    format!("-- dcrf:step {table}{}", escape::line(what))
}

/// Returns the tasks of the runtime before a table gets columns.
pub fn before_columns<'a>(
    dialect: Dialect,
    table: &'a Table,
    columns: impl Iterator<Item = &'a Column>,
) -> impl Iterator<Item = String> {
    columns.filter(|column| column.sql.is_some()).filter_map(move |column| {
        match (dialect, any_type::of(dialect, column)) {
            (_, None) => Some(lacks(table, column)),
            (Dialect::Postgres, Some(sql)) => Some(has_type(table, column, &sql.ty)),
            // A STRICT table itself refuses unknown types.
            (Dialect::Sqlite, Some(_)) => None,
        }
    })
}

/// Stops the migration if the database does not have the type of a column.
fn has_type(table: &Table, column: &Column, ty: &str) -> String {
    task("has_type", &json!({ "table": table.name, "column": column.name, "type": ty }))
}

/// Stops the migration on this database, because `x-sql` has no type for it.
fn lacks(table: &Table, column: &Column) -> String {
    task("lacks", &json!({ "table": table.name, "column": column.name }))
}

/// Fills a column with the converted values of another.
pub fn convert(table: &Table, from: &Column, to: &Column) -> String {
    task("convert", &json!({ "table": table.name, "key": key(table), "from": typed(from), "to": typed(to) }))
}

/// Gives rows a value if a column has none. Returns `None` if an expression does it, which is SQL.
pub fn fill(dialect: Dialect, table: &Table, column: &Column, filling: &Filling) -> Option<String> {
    let with = match filling {
        Filling::Value(value) => format!("{{\"value\":{value}}}"),
        Filling::Now => "{\"now\":{}}".to_owned(),
        Filling::Uuid => "{\"uuid\":{}}".to_owned(),
        Filling::Sql { .. } => return None,
    };
    let (name, key, column) = (Value::from(table.name.as_str()), key(table), typed_on(dialect, column));
    // The text is not made with `json!`, because the value has to stay as it is written.
    let fill = format!("{{\"table\":{name},\"key\":{key},\"column\":{column},\"with\":{with}}}");
    Some(escape::json(&format!("-- dcrf:do {{\"fill\":{fill}}}")))
}

/// Stops the migration if rows are equal in columns that identify them.
pub fn distinct(table: &Table, columns: &[String]) -> String {
    task("unique", &json!({ "table": table.name, "columns": columns }))
}

/// Stops the migration if rows are equal in the columns of a unique index.
pub fn unique(dialect: Dialect, table: &Table, index: &Index) -> String {
    match &index.condition {
        None => distinct(table, &index.columns),
        Some(condition) => {
            let condition = predicates::sql(dialect, table, condition);
            task("unique", &json!({ "table": table.name, "columns": index.columns, "where": condition }))
        }
    }
}

/// Stops the migration if rows make a check false.
pub fn check(dialect: Dialect, table: &Table, name: &str, check: &Predicate) -> String {
    let check = predicates::sql(dialect, table, check);
    task("check", &json!({ "table": table.name, "key": key(table), "name": name, "check": check }))
}

/// Stops the migration if a column contains a value that is not among `values`, which are JSON.
pub fn among(dialect: Dialect, table: &Table, column: &Column, values: &[String]) -> String {
    let values: Vec<Value> = values.iter().filter_map(|value| serde_json::from_str(value).ok()).collect();
    task(
        "among",
        &json!({
            "table": table.name,
            "key": key(table),
            "column": typed_on(dialect, column),
            "values": values,
        }),
    )
}

/// Drops the views, triggers and indexes that others have created on a table of SQLite, until [`restore`].
pub fn aside(table: &Table) -> String {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    task("aside", &json!({ "table": table.name, "columns": columns }))
}

/// Creates again what [`aside`] dropped.
pub fn restore() -> String {
    task("restore", &json!({}))
}

fn task(what: &str, with: &Value) -> String {
    escape::json(&format!("-- dcrf:do {{\"{what}\":{with}}}"))
}

/// Returns the key that identifies rows, as it is before the table changes.
fn key(table: &Table) -> Value {
    table.columns.iter().find(|column| column.key).map_or(Value::Null, typed)
}

fn typed(column: &Column) -> Value {
    json!({ "name": column.name, "type": column.ty })
}

/// Returns the same, with the expressions that read and write a column of an SQL type.
fn typed_on(dialect: Dialect, column: &Column) -> Value {
    match any_type::of(dialect, column) {
        Some(sql) => {
            let sql = json!({ "read": sql.read, "write": sql.write });
            json!({ "name": column.name, "type": column.ty, "sql": sql })
        }
        None => typed(column),
    }
}
