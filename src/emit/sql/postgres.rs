//! The migrations of PostgreSQL.

use std::collections::HashSet;

use super::constraints;
use super::dialect::{Dialect, inside, references};
use super::rules::{check, checks, create_index};
use super::stages::{Stage, Stages};
use super::statements::{list, quoted};
use super::{any_type, stored, tasks, words};
use super::{logged, observed};
use crate::escape::postgres as literal;
use crate::evolve::{
    Change, CheckChanges, Collation, Column, ColumnChange, ColumnType, Conversion, Evolution, Index, Inside,
    Reference, Renames, Table, in_order, of_columns, reference,
};

/// Returns the text of a migration.
pub fn script(changes: &[Change<'_>], evolution: &Evolution) -> String {
    let mut statements = Vec::new();
    let mut late = Vec::new();
    let mut loosened = loosened(changes, evolution);
    let altered = |name: &str| changes.iter().any(|change| has_other_key(change, name));
    let there = evolution.renames.tables_then.iter().map(|table| table.name.as_str());
    let mut there: Vec<&str> = there.filter(|name| !altered(name)).collect();
    for change in changes {
        match change {
            Change::DropIndex { name } => {
                statements.push(tasks::step(None, &words::of(change)));
                statements.push(format!("DROP INDEX {};", quoted(name)));
            }
            Change::Rename(renames) => {
                statements.push(tasks::step(None, &words::of(change)));
                rename(renames, &mut statements);
            }
            Change::CreateTable { table, adopt } => {
                there.push(&table.name);
                statements.push(tasks::step(Some(&table.name), &words::of(change)));
                statements.extend(tasks::before_columns(Dialect::Postgres, table, table.columns.iter()));
                statements.push(create_table(table, *adopt, &there));
                late.extend(late_references(table, &there));
            }
            Change::AlterTable { table, former, columns, checks } => {
                statements.append(&mut loosened);
                alter(&Stages::of(table, former, columns), checks, &mut statements, &mut late);
            }
            Change::CreateIndex { table, name, index, adopt, rows } => {
                statements.append(&mut late);
                statements.push(tasks::step(Some(&table.name), &words::of(change)));
                if *rows && index.unique {
                    statements.push(tasks::unique(Dialect::Postgres, table, index));
                }
                statements.push(create_index(Dialect::Postgres, table, name, index, *adopt));
            }
            Change::DropTables { tables } => {
                statements.append(&mut late);
                statements.push(tasks::step(None, &words::of(change)));
                // The tables are dropped at once, because they may refer to each other; objects of others that depend
                // on them are not dropped.
                let tables = list(tables.iter().map(|table| quoted(&table.name)));
                statements.push(format!("DROP TABLE {tables};"));
            }
            Change::CreateNotes => {
                statements.append(&mut late);
                statements.push(tasks::step(None, &words::of(change)));
                statements.extend(observed::CREATE_POSTGRES.map(str::to_owned));
            }
            Change::Observe { table } => {
                statements.append(&mut late);
                statements.push(tasks::step(Some(&table.table), &words::of(change)));
                statements.extend(observed::observe_postgres(table));
            }
            Change::Unobserve { table } => {
                statements.push(tasks::step(Some(table), &words::of(change)));
                statements.extend(observed::unobserve_postgres(table));
            }
            Change::DropNotes => {
                statements.push(tasks::step(None, &words::of(change)));
                statements.extend(observed::DROP_POSTGRES.map(str::to_owned));
            }
            Change::CreateLog => {
                statements.append(&mut late);
                statements.push(tasks::step(None, &words::of(change)));
                statements.extend(logged::CREATE_POSTGRES.map(str::to_owned));
            }
            Change::Log { table, gap } => {
                statements.append(&mut late);
                statements.push(tasks::step(Some(&table.table), &words::of(change)));
                statements.extend(logged::log_postgres(table, *gap));
            }
            Change::Unlog { table } => {
                statements.push(tasks::step(Some(table), &words::of(change)));
                statements.extend(logged::unlog_postgres(table));
            }
            Change::DropLog => {
                statements.push(tasks::step(None, &words::of(change)));
                statements.extend(logged::DROP_POSTGRES.map(str::to_owned));
            }
        }
    }
    statements.append(&mut late);
    statements.join("\n\n") + "\n"
}

/// Tells whether the key of a table is another column, or has another type, only after a change.
fn has_other_key(change: &Change<'_>, name: &str) -> bool {
    let Change::AlterTable { table, columns, .. } = change else { return false };
    let is_of_key = |change: &ColumnChange<'_>| match change {
        ColumnChange::Add { column, .. } => column.key,
        ColumnChange::Alter { old, new, .. } | ColumnChange::Replace { old, new, .. } => old.key || new.key,
        ColumnChange::Drop(_) | ColumnChange::Narrow { .. } => false,
    };
    table.name == name && columns.iter().any(is_of_key)
}

/// The things that share the namespace of tables.
#[derive(Debug, Clone, Copy)]
enum Relation {
    Table,
    Index,
    /// PostgreSQL has chosen the name, or another one if that was taken.
    ChosenIndex,
    ChosenSequence,
}

/// Renames everything. Tables, indexes and sequences share one namespace.
fn rename(renames: &Renames, statements: &mut Vec<String>) {
    let named = |kind: Relation, names: &[(String, String)]| -> Vec<(Relation, String, String)> {
        names.iter().map(|(from, to)| (kind, from.clone(), to.clone())).collect()
    };
    let mut all = named(Relation::Table, &renames.tables);
    let indexes = renames.indexes.iter().map(|Inside { what: (from, to, _), .. }| (from.clone(), to.clone()));
    all.extend(named(Relation::Index, &indexes.collect::<Vec<_>>()));
    all.extend(named(Relation::ChosenIndex, &renames.keys));
    all.extend(named(Relation::ChosenSequence, &renames.sequences));
    let is_taken = |name: &str| {
        let tables = &renames.tables_then;
        tables.iter().any(|table| table.name == name || table.indexes.contains_key(name))
    };
    for (kind, from, to) in in_order(all, &is_taken) {
        let what = match kind {
            Relation::Table => "TABLE",
            Relation::Index => "INDEX",
            Relation::ChosenIndex => "INDEX IF EXISTS",
            Relation::ChosenSequence => "SEQUENCE IF EXISTS",
        };
        statements.push(format!("ALTER {what} {} RENAME TO {};", quoted(&from), quoted(&to)));
    }
    for (table, from, to) in inside(&renames.columns, &renames.tables_then) {
        let (table, from, to) = (quoted(table), quoted(&from), quoted(&to));
        statements.push(format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to};"));
    }
    for (table, from, to) in inside(&renames.references, &renames.tables_then) {
        statements.push(constraints::rename(table, &from, &to));
    }
}

fn create_table(table: &Table, adopt: bool, there: &[&str]) -> String {
    let columns = table.columns.iter().map(|column| {
        let mut text = definition(column);
        if let Some(other) = column.references.as_ref().filter(|other| is_there(other, there)) {
            text.push_str(&format!(
                " CONSTRAINT {} {}",
                quoted(&reference(&table.name, &column.name)),
                references(other)
            ));
        }
        format!("    {text}")
    });
    let parts: Vec<String> = columns.chain(checks(Dialect::Postgres, table)).collect();
    let absent = if adopt { "IF NOT EXISTS " } else { "" };
    format!("CREATE TABLE {absent}{} (\n{}\n);", quoted(&table.name), parts.join(",\n"))
}

fn is_there(reference: &Reference, there: &[&str]) -> bool {
    there.contains(&reference.table.as_str())
}

/// Returns the references to tables that are created only later in this migration.
fn late_references(table: &Table, there: &[&str]) -> Vec<String> {
    let late = |column: &Column| {
        let reference = column.references.as_ref().filter(|reference| !is_there(reference, there))?;
        Some(add_reference(table, column, reference))
    };
    table.columns.iter().filter_map(late).collect()
}

fn add_reference(table: &Table, column: &Column, other: &Reference) -> String {
    format!(
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) {};",
        quoted(&table.name),
        quoted(&reference(&table.name, &column.name)),
        quoted(&column.name),
        references(other)
    )
}

fn definition(column: &Column) -> String {
    let mut text = format!("{} {}", quoted(&column.name), stored_as(column));
    if column.numbered {
        text.push_str(" GENERATED BY DEFAULT AS IDENTITY");
    }
    if column.key {
        text.push_str(" PRIMARY KEY");
    }
    if !column.nullable && !column.key {
        text.push_str(" NOT NULL");
    }
    if let Some(default) = default(column) {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    text
}

/// Returns the type of a column and, if a text is ordered by its code points, the collation for that.
fn stored_as(column: &Column) -> String {
    if let Some(sql) = any_type::of(Dialect::Postgres, column) {
        return sql.ty.clone();
    }
    let ty = storage(column.ty);
    match column.collation {
        Some(Collation::Codepoint) => format!("{ty} COLLATE \"C\""),
        None => ty,
    }
}

fn storage(ty: ColumnType) -> String {
    match ty {
        ColumnType::Boolean => "BOOLEAN".to_owned(),
        ColumnType::Integer | ColumnType::Duration => "BIGINT".to_owned(),
        ColumnType::Float => "DOUBLE PRECISION".to_owned(),
        ColumnType::Text => "TEXT".to_owned(),
        ColumnType::Uuid => "UUID".to_owned(),
        ColumnType::Date => "DATE".to_owned(),
        ColumnType::DateTime => "TIMESTAMPTZ".to_owned(),
        ColumnType::Time => "TIME".to_owned(),
        ColumnType::Decimal { max_digits, decimal_places } => {
            format!("NUMERIC({max_digits}, {decimal_places})")
        }
        ColumnType::Bytes => "BYTEA".to_owned(),
        ColumnType::Json => "JSON".to_owned(),
    }
}

fn default(column: &Column) -> Option<String> {
    stored::on_postgres(column.default.as_ref()?, column.ty)
}

/// Changes the columns of a table. References to other tables are added later.
fn alter(
    stages: &Stages<'_>,
    checks: &CheckChanges<'_>,
    statements: &mut Vec<String>,
    late: &mut Vec<String>,
) {
    let Stages { table, former, changes, .. } = stages;
    let name = quoted(&table.name);
    let key =
        |table: &Table| table.columns.iter().find(|column| column.key).map(|column| column.name.clone());
    let other_key = key(table) != key(former);
    statements.push(tasks::step(Some(&table.name), &words::table(changes, checks)));
    statements.extend(stages.before(Dialect::Postgres));
    for check in &checks.dropped {
        statements.push(format!("ALTER TABLE {name} DROP CONSTRAINT {};", quoted(check)));
    }
    for (index, _) in conditional_indexes(stages) {
        statements.push(format!("DROP INDEX {};", quoted(index)));
    }
    if other_key {
        statements.push(constraints::drop_key(&table.name));
    }
    for change in *changes {
        if let ColumnChange::Replace { old, filling: None, .. } = change {
            statements.push(format!("ALTER TABLE {name} DROP COLUMN {};", quoted(&old.name)));
        }
    }
    for (column, filling) in stages.added() {
        let definition = match filling {
            None => definition(column),
            Some(_) => format!("{} {}", quoted(stages.beside(column)), stored_as(column)),
        };
        statements.push(format!("ALTER TABLE {name} ADD COLUMN {definition};"));
        late.extend(column.references.as_ref().map(|other| add_reference(table, column, other)));
    }
    for Stage { fresh, .. } in &stages.converted {
        statements.push(format!(
            "ALTER TABLE {name} ADD COLUMN {} {};",
            quoted(&fresh.name),
            stored_as(fresh)
        ));
    }
    stages.fill(Dialect::Postgres, statements);
    for change in *changes {
        // The expression of the filling may use the values that are dropped.
        if let ColumnChange::Replace { old, new, filling: Some(_) } = change {
            statements.push(format!("ALTER TABLE {name} DROP COLUMN {};", quoted(&old.name)));
            let (beside, new) = (quoted(stages.beside(new)), quoted(&new.name));
            statements.push(format!("ALTER TABLE {name} RENAME COLUMN {beside} TO {new};"));
        }
    }
    for change in *changes {
        if let ColumnChange::Alter { old, new, .. } = change {
            alter_column(table, old, new, stages.of_column(new), statements);
            let changed = old.references != new.references || stages.of_column(new).is_some();
            let other = new.references.as_ref().filter(|_| changed);
            late.extend(other.map(|other| add_reference(table, new, other)));
        }
    }
    for (column, _) in stages.added().filter(|(_, filling)| filling.is_some()) {
        let mut push = |what: &str| {
            statements.push(format!("ALTER TABLE {name} ALTER COLUMN {} {what};", quoted(&column.name)))
        };
        if let Some(default) = default(column) {
            push(&format!("SET DEFAULT {default}"));
        }
        if !column.nullable {
            push("SET NOT NULL");
        }
    }
    let is_keyed = stages.added().any(|(column, filling)| column.key && filling.is_none());
    if let Some(key) = key(table).filter(|_| other_key && !is_keyed) {
        statements.push(tasks::distinct(table, std::slice::from_ref(&key)));
        statements.push(format!("ALTER TABLE {name} ADD PRIMARY KEY ({});", quoted(&key)));
    }
    replaced_indexes(stages, statements);
    stages.narrow(Dialect::Postgres, statements);
    for (name, index) in conditional_indexes(stages) {
        statements.push(tasks::unique(Dialect::Postgres, table, index));
        statements.push(create_index(Dialect::Postgres, table, name, index, false));
    }
    for change in *changes {
        if let ColumnChange::Drop(column) = change {
            statements.push(format!("ALTER TABLE {name} DROP COLUMN {};", quoted(&column.name)));
        }
    }
    for (check_name, condition) in &checks.added {
        statements.push(tasks::check(Dialect::Postgres, table, check_name, condition));
        let check = check(Dialect::Postgres, table, check_name, condition);
        statements.push(format!("ALTER TABLE {name} ADD {check};"));
    }
}

/// Returns the indexes that a table keeps and whose condition concerns a column that changes: PostgreSQL would read the
/// condition with the former type.
fn conditional_indexes<'a>(stages: &'a Stages<'_>) -> Vec<(&'a String, &'a Index)> {
    let Stages { table, former, changes, .. } = stages;
    let changed = |column: &String| changes.iter().any(|change| change.changed() == Some(column.as_str()));
    let is_concerned = |index: &Index| {
        index.condition.as_ref().is_some_and(|condition| condition.columns().into_iter().any(changed))
    };
    let stays = table.indexes.iter().filter(|(name, index)| former.indexes.get(*name) == Some(*index));
    stays.filter(|(_, index)| is_concerned(index)).collect()
}

/// Creates indexes again that were dropped together with a replaced column.
fn replaced_indexes(stages: &Stages<'_>, statements: &mut Vec<String>) {
    let Stages { table, former, changes, .. } = stages;
    let is_replaced = |name: &String| {
        let is_it = |change: &ColumnChange<'_>| matches!(change, ColumnChange::Replace { new, .. } if new.name == *name);
        changes.iter().any(is_it)
    };
    let stays = table.indexes.iter().filter(|(name, index)| former.indexes.get(*name) == Some(*index));
    let apart = conditional_indexes(stages);
    let is_apart = |name: &String| apart.iter().any(|(other, _)| *other == name);
    for (name, index) in stays.filter(|(_, index)| index.columns.iter().any(is_replaced)) {
        if is_apart(name) {
            continue;
        }
        if index.unique {
            statements.push(tasks::unique(Dialect::Postgres, table, index));
        }
        statements.push(create_index(Dialect::Postgres, table, name, index, false));
    }
}

/// Returns statements that drop the foreign keys which cannot exist while the columns of tables change: those that
/// change themselves, and those from or to converted columns, whether they are created again or not.
fn loosened(changes: &[Change<'_>], evolution: &Evolution) -> Vec<String> {
    let altered = changes.iter().filter_map(|change| match change {
        Change::AlterTable { table, columns, .. } => Some((table, columns)),
        _ => None,
    });
    let (mut converted, mut otherwise) = (HashSet::new(), HashSet::new());
    for (table, columns) in altered {
        for change in columns {
            let ColumnChange::Alter { old, new, .. } = change else { continue };
            if of_columns(old, new) != Conversion::Kept {
                converted.insert((table.name.as_str(), new.name.as_str()));
            }
            if old.references != new.references {
                otherwise.insert((table.name.as_str(), new.name.as_str()));
            }
        }
    }
    let mut statements = Vec::new();
    for table in &evolution.renames.tables_then {
        for column in &table.columns {
            let Some(other) = &column.references else { continue };
            let own = (table.name.as_str(), column.name.as_str());
            let target = (other.table.as_str(), other.column.as_str());
            if otherwise.contains(&own) || converted.contains(&own) || converted.contains(&target) {
                statements.push(constraints::drop_reference(&table.name, &column.name));
            }
        }
    }
    statements
}

fn alter_column(
    table: &Table,
    old: &Column,
    new: &Column,
    stage: Option<&Stage<'_>>,
    statements: &mut Vec<String>,
) {
    let (name, column) = (quoted(&table.name), quoted(&new.name));
    let mut push =
        |what: String| statements.push(format!("ALTER TABLE {name} ALTER COLUMN {column} {what};"));
    if old.numbered && !new.numbered {
        push("DROP IDENTITY".to_owned());
    }
    let other_default = stage.is_some() || default(old) != default(new);
    if old.default.is_some() && other_default {
        push("DROP DEFAULT".to_owned());
    }
    if let Some(Stage { fresh, .. }) = stage {
        push(format!("TYPE {} USING {}", stored_as(new), quoted(&fresh.name)));
    } else if new.sql.is_none() && storage(old.ty) != storage(new.ty) {
        push(format!("TYPE {}", stored_as(new)));
    } else if old.collation != new.collation {
        let default = if new.collation.is_none() { " COLLATE \"default\"" } else { "" };
        push(format!("TYPE {}{default}", stored_as(new)));
    }
    if let Some(default) = default(new).filter(|_| other_default) {
        push(format!("SET DEFAULT {default}"));
    }
    if old.nullable && !new.nullable {
        push("SET NOT NULL".to_owned());
    } else if !old.nullable && new.nullable {
        push("DROP NOT NULL".to_owned());
    }
    if !old.numbered && new.numbered {
        push("ADD GENERATED BY DEFAULT AS IDENTITY".to_owned());
        let (of, text) = (literal(&name), literal(&new.name));
        statements.push(format!(
            "SELECT setval(pg_get_serial_sequence({of}, {text}), greatest(max({column}), 1), coalesce(max({column}) >= \
             1, false)) FROM {name};"
        ));
    }
    if let Some(Stage { fresh, .. }) = stage {
        statements.push(format!("ALTER TABLE {name} DROP COLUMN {};", quoted(&fresh.name)));
    }
}
