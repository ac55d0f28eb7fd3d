//! The descriptions of the steps of a migration, for those who review it and those who run it.

use crate::evolve::{
    Change, CheckChanges, Column, ColumnChange, Conversion, Filling, Renames, holds, of_columns,
};

/// Describes a change; [`table`] describes those of columns and checks.
pub fn of(change: &Change<'_>) -> String {
    match change {
        Change::Rename(renames) => renamed(renames),
        Change::DropIndex { name } => format!("Drops the index \"{name}\"."),
        Change::CreateTable { adopt: true, .. } => "Creates the table, if it is not there.".to_owned(),
        Change::CreateTable { .. } => "Creates the table.".to_owned(),
        Change::AlterTable { columns, checks, .. } => table(columns, checks),
        Change::CreateIndex { name, index, .. } => {
            let columns = names(index.columns.iter());
            let what = if index.unique { "unique index" } else { "index" };
            let within = if index.condition.is_some() { ", for the rows of a condition" } else { "" };
            format!("Creates the {what} \"{name}\" over {columns}{within}.")
        }
        Change::DropTables { tables } => {
            format!("Drops {}, with all rows.", names(tables.iter().map(|table| &table.name)))
        }
        Change::Unobserve { .. } => "Stops noting changes.".to_owned(),
        Change::CreateNotes => "Makes the place where changes are noted.".to_owned(),
        Change::Observe { .. } => "Notes changes.".to_owned(),
        Change::DropNotes => "Removes the place where changes were noted.".to_owned(),
        Change::Unlog { .. } => "Stops logging changes.".to_owned(),
        Change::CreateLog => "Makes the log of changes.".to_owned(),
        Change::Log { .. } => "Logs changes.".to_owned(),
        Change::DropLog => "Removes the log of changes.".to_owned(),
    }
}

fn renamed(renames: &Renames) -> String {
    let pair = |from: &String, to: &String| format!("\"{from}\" becomes \"{to}\"");
    let tables = renames.tables.iter().map(|(from, to)| pair(from, to));
    let columns = renames.columns.iter().map(|inside| {
        let (from, to) = &inside.what;
        format!("\"{from}\" of \"{}\" becomes \"{to}\"", inside.table)
    });
    let all: Vec<String> = tables.chain(columns).collect();
    if all.is_empty() { "Renames indexes.".to_owned() } else { format!("Renames: {}.", all.join(", ")) }
}

/// Describes the changes of the columns and the checks of a table.
pub fn table(changes: &[ColumnChange<'_>], checks: &CheckChanges<'_>) -> String {
    let is_added = |name: &&str| checks.added.iter().any(|(added, _)| added == name);
    let dropped = checks.dropped.iter().filter(|name| !is_added(name));
    let dropped = dropped.map(|name| format!("drops the check \"{name}\""));
    let added = checks.added.iter().map(|(name, _)| format!("adds the check \"{name}\""));
    let all: Vec<String> = changes.iter().map(column).chain(dropped).chain(added).collect();
    let text = all.join("; ");
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => text,
    }
}

fn column(change: &ColumnChange<'_>) -> String {
    match change {
        ColumnChange::Add { column, filling } => format!("adds \"{}\"{}", column.name, filled(*filling)),
        ColumnChange::Drop(column) => format!("drops \"{}\", with its values", column.name),
        ColumnChange::Replace { old, filling, .. } => {
            format!("drops \"{}\", with its values, and adds it anew{}", old.name, filled(*filling))
        }
        ColumnChange::Narrow { column, moves } => match moves.len() {
            0 => format!("checks that \"{}\" has no other values than before", column.name),
            _ => format!("gives \"{}\" other values for those that it has not any more", column.name),
        },
        ColumnChange::Alter { old, new, filling } => altered(old, new, *filling),
    }
}

fn altered(old: &Column, new: &Column, filling: Option<&Filling>) -> String {
    let mut what = Vec::new();
    if of_columns(old, new) != Conversion::Kept {
        what.push(format!("converts \"{}\" from {} to {}", new.name, holds(old.ty), holds(new.ty)));
    } else if old.ty != new.ty && new.sql.is_none() {
        what.push(format!("makes \"{}\" {}", new.name, holds(new.ty)));
    }
    if old.nullable != new.nullable {
        let null = if new.nullable { "may be null" } else { "may not be null any more" };
        what.push(format!("\"{}\" {null}{}", new.name, filled(filling)));
    }
    if old.key != new.key {
        what.push(format!("\"{}\" is {}", new.name, if new.key { "the key" } else { "the key no longer" }));
    }
    if old.default != new.default {
        what.push(format!("\"{}\" has another default", new.name));
    }
    if old.references != new.references {
        what.push(format!("\"{}\" refers to rows otherwise", new.name));
    }
    if old.collation != new.collation && old.ty == new.ty {
        what.push(format!("\"{}\" is ordered otherwise", new.name));
    }
    if old.sql.as_ref().zip(new.sql.as_ref()).is_some_and(|(old, new)| new.lose(old)) {
        what.push(format!("\"{}\" has a type on fewer databases", new.name));
    }
    if what.is_empty() {
        what.push(format!("changes \"{}\"", new.name));
    }
    what.join("; ")
}

fn filled(filling: Option<&Filling>) -> &'static str {
    match filling {
        None => "",
        Some(Filling::Value(_)) => ", and fills it with a value",
        Some(Filling::Now) => ", and fills it with the moment of the migration",
        Some(Filling::Uuid) => ", and fills it with random uuids",
        Some(Filling::Sql { .. }) => ", and fills it by an expression",
    }
}

fn names<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
