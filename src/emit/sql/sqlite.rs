//! SQLite. How values are stored is `dcrf_runtime::db`'s: moments and lengths of time as microseconds, days, times,
//! uuids and JSON as text, decimals of up to 18 digits as scaled integers (so that they order rightly).
//!
//! What `ALTER TABLE` cannot do is done as SQLite's own documentation has it ("Making Other Kinds Of Table Schema
//! Changes"): a new table is filled from the old one, which it replaces. The runtime switches foreign keys off for
//! that, and checks them before it commits.

use super::diff::{Change, ColumnChange};
use super::observed;
use super::schema::{Column, ColumnType, Default, OnDeleteSql, Reference, Schema, Table};
use super::statements::{list, quoted};
use crate::escape::sqlite as text;

/// The text of a migration.
pub fn script(changes: &[Change<'_>], old: &Schema, _new: &Schema) -> String {
    let mut statements = Vec::new();
    for change in changes {
        match change {
            Change::RenameTable { from, table } => {
                statements.push(format!("ALTER TABLE {} RENAME TO {};", quoted(from), quoted(&table.name)));
            }
            Change::RenameColumn { table, from, column } => statements.push(format!(
                "ALTER TABLE {} RENAME COLUMN {} TO {};",
                quoted(&table.name),
                quoted(from),
                quoted(&column.name)
            )),
            Change::DropIndex { name } => statements.push(format!("DROP INDEX {};", quoted(name))),
            Change::CreateTable { table } => statements.push(create_table(table, &table.name)),
            Change::AlterTable { table, columns } => alter(table, columns, old, &mut statements),
            Change::CreateIndex { table, name, index } => {
                statements.push(super::postgres::create_index(&table.name, name, index));
            }
            Change::DropTable { table } => statements.push(format!("DROP TABLE {};", quoted(&table.name))),
            Change::CreateNotes => statements.extend(observed::CREATE_SQLITE.map(str::to_owned)),
            Change::Observe { table } => statements.extend(observed::observe_sqlite(table)),
            Change::Unobserve { table } => statements.extend(observed::unobserve_sqlite(table)),
            Change::DropNotes => statements.extend(observed::DROP_SQLITE.map(str::to_owned)),
        }
    }
    statements.join("\n\n") + "\n"
}

fn create_table(table: &Table, name: &str) -> String {
    let columns: Vec<String> =
        table.columns.iter().map(|column| format!("    {}", definition(column))).collect();
    format!("CREATE TABLE {} (\n{}\n) STRICT;", quoted(name), columns.join(",\n"))
}

fn definition(column: &Column) -> String {
    let mut text = format!("{} {}", quoted(&column.name), storage(column.ty));
    if column.key {
        text.push_str(if column.numbered { " PRIMARY KEY AUTOINCREMENT" } else { " PRIMARY KEY" });
    }
    if !column.nullable {
        text.push_str(" NOT NULL");
    }
    if let Some(default) = default(column) {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if let Some(reference) = &column.references {
        text.push_str(&format!(" {}", references(reference)));
    }
    text
}

/// `REFERENCES … ON DELETE …`: both databases read it.
pub fn references(reference: &Reference) -> String {
    let action = match reference.on_delete {
        OnDeleteSql::Cascade => "CASCADE",
        OnDeleteSql::Restrict => "RESTRICT",
        OnDeleteSql::SetNull => "SET NULL",
    };
    format!("REFERENCES {} ({}) ON DELETE {action}", quoted(&reference.table), quoted(&reference.column))
}

fn storage(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Boolean | ColumnType::Integer | ColumnType::DateTime | ColumnType::Duration => "INTEGER",
        ColumnType::Decimal { max_digits, .. } if max_digits <= 18 => "INTEGER",
        ColumnType::Float => "REAL",
        ColumnType::Bytes => "BLOB",
        ColumnType::Text
        | ColumnType::Uuid
        | ColumnType::Date
        | ColumnType::Time
        | ColumnType::Decimal { .. }
        | ColumnType::Json => "TEXT",
    }
}

/// The default as it is stored. Those of kinds whose stored form is not their text are the runtime's alone.
fn default(column: &Column) -> Option<String> {
    match (column.default.as_ref()?, column.ty) {
        (Default::Boolean(value), _) => Some(if *value { "1" } else { "0" }.to_owned()),
        (Default::Number(number), _) => Some(number.clone()),
        (_, ColumnType::DateTime | ColumnType::Duration | ColumnType::Decimal { .. } | ColumnType::Bytes) => {
            None
        }
        (_, ColumnType::Time) => None,
        (Default::Text(value) | Default::Json(value), _) => Some(text(value)),
    }
}

fn alter(table: &Table, changes: &[ColumnChange<'_>], old: &Schema, statements: &mut Vec<String>) {
    if !changes.iter().all(|change| is_simple(change)) {
        return rebuild(table, changes, old, statements);
    }
    for change in changes {
        let statement = match change {
            ColumnChange::Add(column) => {
                format!("ALTER TABLE {} ADD COLUMN {};", quoted(&table.name), definition(column))
            }
            ColumnChange::Drop(column) | ColumnChange::Alter { old: column, .. } => {
                format!("ALTER TABLE {} DROP COLUMN {};", quoted(&table.name), quoted(&column.name))
            }
        };
        statements.push(statement);
    }
}

/// Whether `ALTER TABLE` can do it (SQLite, "ALTER TABLE ADD COLUMN" and "DROP COLUMN").
fn is_simple(change: &ColumnChange<'_>) -> bool {
    match change {
        ColumnChange::Add(column) => {
            let default = default(column);
            // An expression in parentheses is none that a column can be added with.
            let expression = default.as_deref().is_some_and(|default| default.starts_with('('));
            let filled = column.nullable || default.is_some();
            !column.key && column.references.is_none() && filled && !expression
        }
        ColumnChange::Drop(column) => !column.key && column.references.is_none(),
        ColumnChange::Alter { .. } => false,
    }
}

fn rebuild(table: &Table, changes: &[ColumnChange<'_>], old: &Schema, statements: &mut Vec<String>) {
    let added = |column: &Column| {
        changes.iter().any(|change| matches!(change, ColumnChange::Add(new) if *new == column))
    };
    let fresh = format!("{}__new", table.name);
    statements.push(create_table(table, &fresh));
    let kept: Vec<&Column> = table.columns.iter().filter(|column| !added(column)).collect();
    let names = list(kept.iter().map(|column| quoted(&column.name)));
    let values = list(kept.iter().map(|column| value(column, changes)));
    let (from, into) = (quoted(&table.name), quoted(&fresh));
    statements.push(format!("INSERT INTO {into} ({names})\nSELECT {values} FROM {from};"));
    statements.push(format!("DROP TABLE {from};"));
    statements.push(format!("ALTER TABLE {into} RENAME TO {from};"));
    let former = old.table(&table.name).or_else(|| table.was.as_deref().and_then(|was| old.table(was)));
    for (name, index) in &table.indexes {
        if former.is_some_and(|former| former.indexes.get(name) == Some(index)) {
            statements.push(super::postgres::create_index(&table.name, name, index));
        }
    }
}

/// What a kept column is filled with.
fn value(column: &Column, changes: &[ColumnChange<'_>]) -> String {
    let name = quoted(&column.name);
    let altered = changes.iter().find_map(|change| match change {
        ColumnChange::Alter { old, new } if *new == column => Some(*old),
        _ => None,
    });
    let Some(old) = altered else { return name };
    let cast = if storage(old.ty) == storage(column.ty) {
        name
    } else {
        format!("CAST({name} AS {})", storage(column.ty))
    };
    match default(column) {
        Some(default) if old.nullable && !column.nullable => format!("COALESCE({cast}, {default})"),
        _ => cast,
    }
}
