//! SQLite. How values are stored is `dcrf_runtime::db`'s: moments and lengths of time as microseconds, days, times,
//! uuids and JSON as text, decimals of up to 18 digits as scaled integers (so that they order rightly).
//!
//! What `ALTER TABLE` cannot do is done as SQLite's own documentation has it ("Making Other Kinds Of Table Schema
//! Changes"): a new table is filled from the old one, which it replaces. The runtime switches foreign keys off for
//! that, and checks them before it commits.

use super::observed;
use super::postgres::inside;
use super::statements::{list, quoted};
use crate::escape::sqlite as literal;
use crate::evolve::{
    Change, Column, ColumnChange, ColumnType, Default, Evolution, Inside, OnDeleteSql, Reference, Renames,
    Schema, Table, in_order,
};

/// The text of a migration.
pub fn script(changes: &[Change<'_>], evolution: &Evolution) -> String {
    let mut statements = Vec::new();
    for change in changes {
        match change {
            Change::DropIndex { name } => statements.push(format!("DROP INDEX {};", quoted(name))),
            Change::Rename(renames) => rename(renames, &mut statements),
            Change::CreateTable { table, adopt } => {
                statements.push(create_table(table, &table.name, *adopt));
            }
            Change::AlterTable { table, columns } => alter(table, columns, evolution, &mut statements),
            Change::CreateIndex { table, name, index, adopt } => {
                statements.push(super::postgres::create_index(&table.name, name, index, *adopt));
            }
            Change::DropTables { tables } => {
                statements.extend(tables.iter().map(|table| format!("DROP TABLE {};", quoted(&table.name))));
            }
            Change::CreateNotes => statements.extend(observed::CREATE_SQLITE.map(str::to_owned)),
            Change::Observe { table } => statements.extend(observed::observe_sqlite(table)),
            Change::Unobserve { table } => statements.extend(observed::unobserve_sqlite(table)),
            Change::DropNotes => statements.extend(observed::DROP_SQLITE.map(str::to_owned)),
        }
    }
    if statements.is_empty() {
        // A new collation: `BINARY`, which every column has, orders by code points.
        return "-- Nothing changes on SQLite.\n".to_owned();
    }
    statements.join("\n\n") + "\n"
}

/// Gives everything its new name. Who refers to a table goes on referring to it; an index cannot have another name, and
/// is made again.
fn rename(renames: &Renames, statements: &mut Vec<String>) {
    for Inside { what: (from, ..), .. } in &renames.indexes {
        statements.push(format!("DROP INDEX {};", quoted(from)));
    }
    let tables = renames.tables.iter().map(|(from, to)| ((), from.clone(), to.clone()));
    let is_taken = |name: &str| {
        let tables = &renames.tables_then;
        tables.iter().any(|table| table.name == name || table.indexes.contains_key(name))
    };
    for ((), from, to) in in_order(tables.collect(), &is_taken) {
        statements.push(format!("ALTER TABLE {} RENAME TO {};", quoted(&from), quoted(&to)));
    }
    for (table, from, to) in inside(&renames.columns, &renames.tables_then) {
        let (table, from, to) = (quoted(table), quoted(&from), quoted(&to));
        statements.push(format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to};"));
    }
    for Inside { table, what: (_, name, index) } in &renames.indexes {
        statements.push(super::postgres::create_index(table, name, index, false));
    }
}

fn create_table(table: &Table, name: &str, adopt: bool) -> String {
    let columns: Vec<String> =
        table.columns.iter().map(|column| format!("    {}", definition(column))).collect();
    let absent = if adopt { "IF NOT EXISTS " } else { "" };
    format!("CREATE TABLE {absent}{} (\n{}\n) STRICT;", quoted(name), columns.join(",\n"))
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
        (Default::Text(value) | Default::Json(value), _) => Some(literal(value)),
    }
}

/// Whether a default is a value, and not an expression.
fn is_constant(default: &str) -> bool {
    !default.starts_with('(')
}

fn alter(table: &Table, changes: &[ColumnChange<'_>], evolution: &Evolution, statements: &mut Vec<String>) {
    let changes: Vec<ColumnChange<'_>> =
        changes.iter().filter(|change| !change.is_of_collation()).cloned().collect();
    let changes = changes.as_slice();
    if !changes.iter().all(is_simple) {
        return rebuild(table, changes, evolution, statements);
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
            !column.key
                && column.references.is_none()
                && (column.nullable || default(column).is_some())
                && default(column).is_none_or(|default| is_constant(&default))
        }
        ColumnChange::Drop(column) => !column.key && column.references.is_none(),
        ColumnChange::Alter { .. } => false,
    }
}

fn rebuild(table: &Table, changes: &[ColumnChange<'_>], evolution: &Evolution, statements: &mut Vec<String>) {
    let added = |column: &Column| {
        changes.iter().any(|change| matches!(change, ColumnChange::Add(new) if *new == column))
    };
    let fresh = beside(&table.name, evolution);
    statements.push(create_table(table, &fresh, false));
    let kept: Vec<&Column> = table.columns.iter().filter(|column| !added(column)).collect();
    let names = list(kept.iter().map(|column| quoted(&column.name)));
    let values = list(kept.iter().map(|column| value(column, changes)));
    let (from, into) = (quoted(&table.name), quoted(&fresh));
    statements.push(format!("INSERT INTO {into} ({names})\nSELECT {values} FROM {from};"));
    let former = evolution.then(&table.name);
    let numbered = |table: &Table| table.columns.iter().any(|column| column.numbered);
    if numbered(table) && former.is_some_and(numbered) {
        // Numbers that were given once are not given again (SQLite, "Autoincrement").
        let (from, into) = (literal(&table.name), literal(&fresh));
        statements.push(format!("DELETE FROM sqlite_sequence WHERE name = {into};"));
        statements.push(format!(
            "INSERT INTO sqlite_sequence (name, seq)\nSELECT {into}, seq FROM sqlite_sequence WHERE name = {from};"
        ));
    }
    statements.push(format!("DROP TABLE {from};"));
    statements.push(format!("ALTER TABLE {into} RENAME TO {from};"));
    for (name, index) in &table.indexes {
        if former.is_some_and(|former| former.indexes.get(name) == Some(index)) {
            statements.push(super::postgres::create_index(&table.name, name, index, false));
        }
    }
}

/// A name for a table that is to replace another, unlike any that is there or will be.
fn beside(name: &str, evolution: &Evolution) -> String {
    let is_taken = |name: &str| {
        let Schema { tables, released, unmanaged, .. } = &evolution.schema;
        let same = |other: &String| other.eq_ignore_ascii_case(name);
        let tables = tables.iter().chain(released).chain(&evolution.renames.tables_then);
        let mut tables = tables.flat_map(|table| std::iter::once(&table.name).chain(table.indexes.keys()));
        tables.any(same) || unmanaged.iter().any(same)
    };
    let numbered = (1..).map(|number| format!("{name}__new{number}"));
    let mut names = std::iter::once(format!("{name}__new")).chain(numbered);
    names.find(|name| !is_taken(name)).expect("invariant: numbers do not end")
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
