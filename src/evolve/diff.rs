//! The changes that remain after all renaming: from the tables of the last migration to those of the definition.

use std::collections::BTreeSet;

use super::change::{Change, CheckChanges, ColumnChange};
use super::conversion::{self, Conversion};
use super::evolution::Evolution;
use super::schema::{Column, ObservedTable, Table};

/// Returns the changes, in the order in which they are applied.
pub fn diff(evolution: &Evolution) -> Vec<Change<'_>> {
    let renames = &evolution.renames;
    let mut changes: Vec<Change<'_>> =
        renames.gone_indexes.iter().map(|name| Change::DropIndex { name }).collect();
    if !renames.is_empty() {
        changes.push(Change::Rename(renames));
    }
    let mut created = Vec::new();
    let mut adopted = Vec::new();
    let mut altered = Vec::new();
    let mut created_indexes = Vec::new();
    for table in &evolution.schema.tables {
        let Some(former) = evolution.then(&table.name) else {
            let adopt = evolution.adopted.contains(&table.name);
            let list = if adopt { &mut adopted } else { &mut created };
            list.push(Change::CreateTable { table, adopt });
            created_indexes.extend(index_creations(table, adopt, false, |_| true));
            continue;
        };
        created_indexes
            .extend(index_creations(table, false, true, |name| !former.indexes.contains_key(name)));
        let columns = column_changes(evolution, former, table);
        let checks = check_changes(former, table, &columns);
        if !columns.is_empty() || !checks.is_empty() {
            altered.push(Change::AlterTable { table, former, columns, checks });
        }
    }
    changes.extend(created);
    changes.extend(adopted);
    changes.extend(altered);
    changes.extend(created_indexes);
    let stays = |table: &&Table| evolution.schema.table(&table.name).is_none();
    let tables: Vec<&Table> = renames.tables_then.iter().rev().filter(stays).collect();
    if !tables.is_empty() {
        changes.push(Change::DropTables { tables });
    }
    observe(evolution, changes)
}

/// Puts the changes of observers around the other changes. A table that changes is observed again: its triggers name
/// its columns, and they do not record what the migration changes.
fn observe<'a>(evolution: &'a Evolution, changes: Vec<Change<'a>>) -> Vec<Change<'a>> {
    let renames = &evolution.renames;
    let renamed = renames.tables.iter().map(|(_, to)| to.as_str());
    let renamed = renamed.chain(renames.columns.iter().map(|column| column.table.as_str()));
    let altered = changes.iter().filter_map(|change| match change {
        Change::AlterTable { columns, checks, .. }
            if checks.is_empty() && columns.iter().all(ColumnChange::is_of_collation) =>
        {
            None
        }
        Change::AlterTable { table, .. } => Some(table.name.as_str()),
        _ => None,
    });
    let touched: BTreeSet<&str> = renamed.chain(altered).collect();
    let observed = Recorded::of(&evolution.observed_before, &evolution.schema.observed, &touched);
    let logged = Recorded::of(&evolution.logged_before, &evolution.schema.logged, &touched);
    let gone = observed.gone.iter().map(|table| Change::Unobserve { table });
    let mut all: Vec<Change<'a>> =
        gone.chain(logged.gone.iter().map(|table| Change::Unlog { table })).collect();
    all.extend(changes);
    all.extend(observed.begins.then_some(Change::CreateNotes));
    all.extend(observed.new.into_iter().map(|table| Change::Observe { table }));
    all.extend(observed.ends.then_some(Change::DropNotes));
    all.extend(logged.begins.then_some(Change::CreateLog));
    let gap = !logged.begins;
    all.extend(logged.new.into_iter().map(|table| Change::Log { table, gap }));
    all.extend(logged.ends.then_some(Change::DropLog));
    all
}

/// The tables whose changes are recorded by triggers, as far as that changes.
struct Recorded<'a> {
    gone: Vec<&'a str>,
    new: Vec<&'a ObservedTable>,
    /// Whether there were none.
    begins: bool,
    /// Whether there are none any more.
    ends: bool,
}

impl<'a> Recorded<'a> {
    /// Compares the tables of the last migration with those of the definition. `touched` are those that change.
    fn of(old: &'a [ObservedTable], new: &'a [ObservedTable], touched: &BTreeSet<&str>) -> Self {
        let kept = |table: &ObservedTable| {
            !touched.contains(table.table.as_str()) && old.contains(table) && new.contains(table)
        };
        Self {
            gone: old.iter().filter(|table| !kept(table)).map(|table| table.table.as_str()).collect(),
            new: new.iter().filter(|table| !kept(table)).collect(),
            begins: old.is_empty() && !new.is_empty(),
            ends: !old.is_empty() && new.is_empty(),
        }
    }
}

fn index_creations(table: &Table, adopt: bool, rows: bool, wanted: impl Fn(&str) -> bool) -> Vec<Change<'_>> {
    let indexes = table.indexes.iter().filter(|(name, _)| wanted(name));
    indexes.map(|(name, index)| Change::CreateIndex { table, name, index, adopt, rows }).collect()
}

fn column_changes<'a>(
    evolution: &'a Evolution,
    former: &'a Table,
    table: &'a Table,
) -> Vec<ColumnChange<'a>> {
    let fillings = &evolution.fillings;
    let mut changes = Vec::new();
    for column in &table.columns {
        let of_new = fillings.of_new(&table.name, &column.name);
        let Some(old) = former.column(&column.name) else {
            changes.push(ColumnChange::Add { column, filling: of_new });
            continue;
        };
        let is_other = conversion::of_columns(old, column) == Conversion::Refused;
        if is_other {
            changes.push(ColumnChange::Replace { old, new: column, filling: of_new });
        } else if !old.is_like(column) {
            let filling = fillings.of_null(&table.name, &column.name);
            let filling = filling.filter(|_| old.nullable && !column.nullable);
            changes.push(ColumnChange::Alter { old, new: column, filling });
        }
        if !is_other && narrows(evolution.values_were_known, old, column) {
            changes.push(ColumnChange::Narrow { column, moves: fillings.moves(&table.name, &column.name) });
        }
    }
    let gone = former.columns.iter().filter(|old| table.column(&old.name).is_none());
    changes.extend(gone.map(ColumnChange::Drop));
    changes
}

fn check_changes<'a>(former: &'a Table, table: &'a Table, columns: &[ColumnChange<'_>]) -> CheckChanges<'a> {
    let changed: BTreeSet<&str> = columns.iter().filter_map(ColumnChange::changed).collect();
    let is_kept = |name: &String| {
        let (old, new) = (former.checks.get(name), table.checks.get(name));
        old.is_some()
            && old == new
            && old
                .is_some_and(|check| !check.columns().iter().any(|column| changed.contains(column.as_str())))
    };
    CheckChanges {
        dropped: former.checks.keys().filter(|name| !is_kept(name)).map(String::as_str).collect(),
        added: table
            .checks
            .iter()
            .filter(|(name, _)| !is_kept(name))
            .map(|(name, check)| (name.as_str(), check))
            .collect(),
    }
}

/// Tells whether a column may hold a value that is not allowed any more. `known` says whether the snapshot recorded the
/// former values of enums.
pub fn narrows(known: bool, old: &Column, new: &Column) -> bool {
    match (&old.values, &new.values) {
        (_, None) => false,
        (Some(old), Some(new)) => old.iter().any(|value| !new.contains(value)),
        (None, Some(_)) => known,
    }
}
