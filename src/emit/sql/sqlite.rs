//! The migrations of SQLite. Values are stored as `dcrf_runtime::db` does it: datetimes and durations as microseconds,
//! dates, times, UUIDs and JSON as text, decimals of up to 18 digits as scaled integers (so that they are ordered
//! correctly).
//!
//! If `ALTER TABLE` is not sufficient, SQLite's own documentation is followed ("Making Other Kinds Of Table Schema
//! Changes"): a new table is filled from the old one, which it replaces. The runtime disables foreign keys for that,
//! and checks them before it commits.

use dcrf_scalars::MAX_SCALED_DIGITS;

use super::any_type;
use super::dialect::{Dialect, inside, references};
use super::rules::{checks, create_index};
use super::stages::{Stage, Stages};
use super::statements::{list, quoted};
use super::{logged, observed};
use super::{stored, tasks, words};
use crate::escape::sqlite as literal;
use crate::evolve::{
    Change, CheckChanges, Column, ColumnChange, ColumnType, Conversion, Evolution, Inside, Renames, Table,
    free_name, in_order, of_columns,
};

/// Returns the text of a migration.
pub fn script(changes: &[Change<'_>], evolution: &Evolution) -> String {
    let mut statements = Vec::new();
    for change in changes {
        let table = match change {
            Change::AlterTable { table, former, columns, checks } => {
                alter(&Stages::of(table, former, columns), checks, evolution, &mut statements);
                continue;
            }
            Change::CreateTable { table, .. } | Change::CreateIndex { table, .. } => {
                Some(table.name.as_str())
            }
            Change::Observe { table } | Change::Log { table, .. } => Some(table.table.as_str()),
            Change::Unobserve { table } | Change::Unlog { table } => Some(*table),
            _ => None,
        };
        statements.push(tasks::step(table, &words::of(change)));
        match change {
            Change::DropIndex { name } => statements.push(format!("DROP INDEX {};", quoted(name))),
            Change::Rename(renames) => rename(renames, &mut statements),
            Change::CreateTable { table, adopt } => {
                statements.extend(tasks::before_columns(Dialect::Sqlite, table, table.columns.iter()));
                statements.push(create_table(table, &table.name, *adopt));
            }
            Change::AlterTable { .. } => {}
            Change::CreateIndex { table, name, index, adopt, rows } => {
                if *rows && index.unique {
                    statements.push(tasks::unique(Dialect::Sqlite, table, index));
                }
                statements.push(create_index(Dialect::Sqlite, table, name, index, *adopt));
            }
            Change::DropTables { tables } => {
                statements.extend(tables.iter().map(|table| format!("DROP TABLE {};", quoted(&table.name))));
            }
            Change::CreateNotes => statements.extend(observed::CREATE_SQLITE.map(str::to_owned)),
            Change::Observe { table } => statements.extend(observed::observe_sqlite(table)),
            Change::Unobserve { table } => statements.extend(observed::unobserve_sqlite(table)),
            Change::DropNotes => statements.extend(observed::DROP_SQLITE.map(str::to_owned)),
            Change::CreateLog => statements.extend(logged::CREATE_SQLITE.map(str::to_owned)),
            Change::Log { table, gap } => statements.extend(logged::log_sqlite(table, *gap)),
            Change::Unlog { table } => statements.extend(logged::unlog_sqlite(table)),
            Change::DropLog => statements.extend(logged::DROP_SQLITE.map(str::to_owned)),
        }
    }
    if statements.is_empty() {
        // Only a collation is new: every column has `BINARY`, which orders by code points.
        return "-- Nothing changes on SQLite.\n".to_owned();
    }
    statements.join("\n\n") + "\n"
}

/// Renames everything. References to a table follow its new name; an index cannot be renamed, and is created again.
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
        let table = renames.tables_then.iter().find(|then| then.name == *table);
        statements.extend(table.map(|table| create_index(Dialect::Sqlite, table, name, index, false)));
    }
}

fn create_table(table: &Table, name: &str, adopt: bool) -> String {
    let columns = table.columns.iter().map(|column| format!("    {}", definition(column)));
    let parts: Vec<String> = columns.chain(checks(Dialect::Sqlite, table)).collect();
    let absent = if adopt { "IF NOT EXISTS " } else { "" };
    format!("CREATE TABLE {absent}{} (\n{}\n) STRICT;", quoted(name), parts.join(",\n"))
}

fn definition(column: &Column) -> String {
    let mut text = bare(column);
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

/// Returns the type of a column.
fn stored_as(column: &Column) -> &str {
    if let Some(sql) = any_type::of(Dialect::Sqlite, column) {
        return &sql.ty;
    }
    match column.ty {
        ColumnType::Boolean | ColumnType::Integer | ColumnType::DateTime | ColumnType::Duration => "INTEGER",
        ColumnType::Decimal { max_digits, .. } if max_digits <= MAX_SCALED_DIGITS => "INTEGER",
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

/// Returns the default as it is stored.
fn default(column: &Column) -> Option<String> {
    stored::on_sqlite(column.default.as_ref()?, column.ty)
}

/// Tells whether a default is a value, and not an expression.
fn is_constant(default: &str) -> bool {
    !default.starts_with('(')
}

fn alter(
    stages: &Stages<'_>,
    checks: &CheckChanges<'_>,
    evolution: &Evolution,
    statements: &mut Vec<String>,
) {
    let Stages { table, changes, .. } = stages;
    let changes: Vec<&ColumnChange<'_>> =
        changes.iter().filter(|change| !change.is_of_collation() && !is_nothing(change)).collect();
    let before = stages.before(Dialect::Sqlite);
    if changes.is_empty() && before.is_empty() && checks.is_empty() {
        return;
    }
    statements.push(tasks::step(Some(&table.name), &words::table(stages.changes, checks)));
    statements.extend(before);
    if !checks.is_empty() {
        return with_checks(stages, checks, evolution, statements);
    }
    if !changes.iter().all(|change| is_simple(change)) {
        rebuild(stages, evolution, statements);
        return stages.narrow(Dialect::Sqlite, statements);
    }
    for change in &changes {
        if let ColumnChange::Add { column, filling } = change {
            // The filling of existing rows is not the default, which is that of new rows.
            let text = match filling {
                Some(_) => bare(column),
                None => definition(column),
            };
            statements.push(format!("ALTER TABLE {} ADD COLUMN {text};", quoted(&table.name)));
        }
    }
    stages.fill(Dialect::Sqlite, statements);
    stages.narrow(Dialect::Sqlite, statements);
    for change in &changes {
        if let ColumnChange::Drop(column) = change {
            statements.push(format!(
                "ALTER TABLE {} DROP COLUMN {};",
                quoted(&table.name),
                quoted(&column.name)
            ));
        }
    }
}

/// Rebuilds a table with other checks. They do not apply until all values have changed; then the rows are checked.
fn with_checks(
    stages: &Stages<'_>,
    checks: &CheckChanges<'_>,
    evolution: &Evolution,
    statements: &mut Vec<String>,
) {
    let applied = |off: &str| format!("PRAGMA ignore_check_constraints = {off};");
    statements.push(applied("ON"));
    rebuild(stages, evolution, statements);
    stages.narrow(Dialect::Sqlite, statements);
    statements.push(applied("OFF"));
    let added = checks.added.iter();
    statements.extend(added.map(|(name, check)| tasks::check(Dialect::Sqlite, stages.table, name, check)));
}

/// Tells whether a change needs no statement on SQLite: a greater number of digits only changes the type on PostgreSQL,
/// and a column that loses its type for a database is handled by a task.
fn is_nothing(change: &ColumnChange<'_>) -> bool {
    let ColumnChange::Alter { old, new, .. } = change else { return false };
    let (ty, collation, sql) = (new.ty, new.collation, new.sql.clone());
    let same = Column { ty, collation, sql, ..(*old).clone() }.is_like(new);
    same && default(old) == default(new) && of_columns(old, new) == Conversion::Kept
}

/// Tells whether `ALTER TABLE` can do it (SQLite, "ALTER TABLE ADD COLUMN" and "DROP COLUMN").
fn is_simple(change: &ColumnChange<'_>) -> bool {
    match change {
        ColumnChange::Add { column, filling: Some(_) } => {
            !column.key && column.references.is_none() && column.nullable && default(column).is_none()
        }
        ColumnChange::Add { column, filling: None } => {
            !column.key
                && column.references.is_none()
                && (column.nullable || default(column).is_some())
                && default(column).is_none_or(|default| is_constant(&default))
        }
        ColumnChange::Drop(column) => !column.key && column.references.is_none(),
        ColumnChange::Narrow { .. } => true,
        ColumnChange::Alter { .. } | ColumnChange::Replace { .. } => false,
    }
}

/// Returns the definition of a column that may be null and has no constraints.
fn bare(column: &Column) -> String {
    format!("{} {}", quoted(&column.name), stored_as(column))
}

/// Returns the columns that a new table is filled with, and where their values are.
fn sources<'a>(stages: &'a Stages<'_>) -> Vec<(&'a str, &'a str)> {
    let source = |column: &'a Column| {
        let added = stages.added().find(|(added, _)| added.name == column.name);
        match (added, stages.of_column(column)) {
            // The column gets its default, or the next number.
            (Some((_, None)), _) => None,
            (Some((_, Some(_))), _) => Some(stages.beside(column)),
            (None, Some(stage)) => Some(stage.fresh.name.as_str()),
            (None, None) => Some(column.name.as_str()),
        }
    };
    stages.table.columns.iter().filter_map(|column| Some((column.name.as_str(), source(column)?))).collect()
}

fn rebuild(stages: &Stages<'_>, evolution: &Evolution, statements: &mut Vec<String>) {
    let Stages { table, former, .. } = stages;
    let fresh = free_name(&table.name, "new", |name| evolution.is_named(name));
    let (from, into) = (quoted(&table.name), quoted(&fresh));
    statements.push(tasks::aside(former));
    let filled = stages.added().filter(|(_, filling)| filling.is_some()).map(|(column, _)| column);
    for column in filled {
        let column = Column { name: stages.beside(column).to_owned(), ..column.clone() };
        statements.push(format!("ALTER TABLE {from} ADD COLUMN {};", bare(&column)));
    }
    for Stage { fresh, .. } in &stages.converted {
        statements.push(format!("ALTER TABLE {from} ADD COLUMN {};", bare(fresh)));
    }
    stages.fill(Dialect::Sqlite, statements);
    statements.push(create_table(table, &fresh, false));
    let sources = sources(stages);
    let names = list(sources.iter().map(|(name, _)| quoted(name)));
    let values = list(sources.iter().map(|(_, source)| quoted(source)));
    if sources.is_empty() {
        // The rows have no values that remain, but their number has to stay the same.
        statements
            .push(format!("INSERT INTO {into} ({}) SELECT NULL FROM {from};", quoted(&key(table).name)));
    } else {
        statements.push(format!("INSERT INTO {into} ({names})\nSELECT {values} FROM {from};"));
    }
    let numbered = |table: &Table| table.columns.iter().any(|column| column.numbered);
    if numbered(table) && numbered(former) {
        // Numbers that were used once are not used again (SQLite, "Autoincrement").
        let (from, into) = (literal(&table.name), literal(&fresh));
        statements.push(format!("DELETE FROM sqlite_sequence WHERE name = {into};"));
        statements.push(format!(
            "INSERT INTO sqlite_sequence (name, seq)\nSELECT {into}, seq FROM sqlite_sequence WHERE name = {from};"
        ));
    }
    statements.push(format!("DROP TABLE {from};"));
    statements.push(format!("ALTER TABLE {into} RENAME TO {from};"));
    for (name, index) in &table.indexes {
        if former.indexes.get(name) == Some(index) {
            statements.push(create_index(Dialect::Sqlite, table, name, index, false));
        }
    }
    statements.push(tasks::restore());
}

fn key(table: &Table) -> &Column {
    table.columns.iter().find(|column| column.key).expect("invariant: a table has a key")
}
