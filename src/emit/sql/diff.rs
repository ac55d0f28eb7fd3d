//! What leads from the tables of the last migration to those of the definition.

use std::collections::BTreeSet;

use super::schema::{Column, Index, ObservedTable, Schema, Table};

/// One difference, in the order in which it is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<'a> {
    /// A table has another name (`x-was`).
    RenameTable { from: &'a str, table: &'a Table },
    /// A column has another name (`x-was`).
    RenameColumn { table: &'a Table, from: &'a str, column: &'a Column },
    /// An index goes. Done before columns change.
    DropIndex { name: &'a str },
    /// A table is new.
    CreateTable { table: &'a Table },
    /// A table is otherwise: columns come, go or change.
    AlterTable { table: &'a Table, columns: Vec<ColumnChange<'a>> },
    /// An index is new. Done after columns change.
    CreateIndex { table: &'a Table, name: &'a str, index: &'a Index },
    /// A table goes, with its rows.
    DropTable { table: &'a Table },
    /// Changes of a table are not noted any more, or otherwise. Done before anything else.
    Unobserve { table: &'a str },
    /// What is noted has a place. Done before the first table is observed.
    CreateNotes,
    /// Changes of a table are noted. Done when the tables are as they are to be.
    Observe { table: &'a ObservedTable },
    /// Nothing is noted any more.
    DropNotes,
}

/// A difference of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnChange<'a> {
    /// It is new.
    Add(&'a Column),
    /// It goes, with its values.
    Drop(&'a Column),
    /// It is otherwise.
    Alter {
        /// What it was.
        old: &'a Column,
        /// What it becomes.
        new: &'a Column,
    },
}

impl ColumnChange<'_> {
    /// Whether the column is only ordered otherwise.
    pub fn is_of_collation(&self) -> bool {
        let Self::Alter { old, new } = self else { return false };
        same(&Column { collation: new.collation, ..(*old).clone() }, new)
    }
}

impl<'a> Change<'a> {
    /// The table that has another name or other columns after it.
    fn altered_table(&self) -> Option<&'a str> {
        match self {
            Self::RenameTable { table, .. }
            | Self::RenameColumn { table, .. }
            | Self::AlterTable { table, .. } => Some(&table.name),
            _ => None,
        }
    }

    /// A few words for the migration's name.
    pub fn slug(&self) -> String {
        match self {
            Self::RenameTable { table, .. } | Self::RenameColumn { table, .. } => {
                format!("rename_{}", table.name)
            }
            Self::DropIndex { name } | Self::CreateIndex { name, .. } => (*name).to_owned(),
            Self::CreateTable { table } => table.name.clone(),
            Self::AlterTable { table, columns } if columns.iter().all(ColumnChange::is_of_collation) => {
                format!("collate_{}", table.name)
            }
            Self::AlterTable { table, columns } => {
                let column = columns.first().map_or("", |change| match change {
                    ColumnChange::Add(column) | ColumnChange::Drop(column) => &column.name,
                    ColumnChange::Alter { new, .. } => &new.name,
                });
                format!("{}_{column}", table.name)
            }
            Self::DropTable { table } => format!("drop_{}", table.name),
            Self::Observe { table } => format!("observe_{}", table.table),
            Self::Unobserve { table } => format!("unobserve_{table}"),
            Self::CreateNotes => "observe".to_owned(),
            Self::DropNotes => "unobserve".to_owned(),
        }
    }
}

/// Compares.
pub fn diff<'a>(old: &'a Schema, new: &'a Schema) -> Vec<Change<'a>> {
    let mut changes = Vec::new();
    let mut created = Vec::new();
    let mut altered = Vec::new();
    let mut dropped_indexes = Vec::new();
    let mut created_indexes = Vec::new();
    let mut kept_tables = BTreeSet::new();
    for table in &new.tables {
        let Some(former) = former_table(old, new, table) else {
            created.push(Change::CreateTable { table });
            created_indexes.extend(index_creations(table, |_, _| true));
            continue;
        };
        kept_tables.insert(former.name.as_str());
        if former.name != table.name {
            changes.push(Change::RenameTable { from: &former.name, table });
        }
        for column in &table.columns {
            if let Some(from) = former_column(former, table, column).filter(|from| from.name != column.name) {
                changes.push(Change::RenameColumn { table, from: &from.name, column });
            }
        }
        let kept = |name: &str, index: &Index| former.indexes.get(name) == Some(index);
        let gone = former.indexes.iter().filter(|(name, index)| table.indexes.get(*name) != Some(index));
        dropped_indexes.extend(gone.map(|(name, _)| Change::DropIndex { name }));
        created_indexes.extend(index_creations(table, |name, index| !kept(name, index)));
        let columns = column_changes(former, table);
        if !columns.is_empty() {
            altered.push(Change::AlterTable { table, columns });
        }
    }
    changes.extend(dropped_indexes);
    changes.extend(created);
    changes.extend(altered);
    changes.extend(created_indexes);
    let gone = |table: &&Table| !kept_tables.contains(table.name.as_str());
    changes.extend(old.tables.iter().rev().filter(gone).map(|table| Change::DropTable { table }));
    observe(old, new, changes)
}

/// Puts what is noted around the other changes. A table that changes is observed anew: what notes its changes names its
/// columns, and no migration is told of.
fn observe<'a>(old: &'a Schema, new: &'a Schema, changes: Vec<Change<'a>>) -> Vec<Change<'a>> {
    let touched: BTreeSet<&str> = changes.iter().filter_map(Change::altered_table).collect();
    let kept = |table: &ObservedTable| {
        !touched.contains(table.table.as_str()) && old.observed(&table.table) == new.observed(&table.table)
    };
    let gone = old.observed.iter().filter(|table| !kept(table));
    let mut all: Vec<Change<'a>> = gone.map(|table| Change::Unobserve { table: &table.table }).collect();
    let (was, is) = (!old.observed.is_empty(), !new.observed.is_empty());
    all.extend(changes);
    if is && !was {
        all.push(Change::CreateNotes);
    }
    all.extend(new.observed.iter().filter(|table| !kept(table)).map(|table| Change::Observe { table }));
    if was && !is {
        all.push(Change::DropNotes);
    }
    all
}

fn index_creations<'a>(table: &'a Table, wanted: impl Fn(&str, &Index) -> bool) -> Vec<Change<'a>> {
    let indexes = table.indexes.iter().filter(|(name, index)| wanted(name, index));
    indexes.map(|(name, index)| Change::CreateIndex { table, name, index }).collect()
}

/// The table of the last migration that a table goes on from: of the same name, or of the one it says it had.
fn former_table<'a>(old: &'a Schema, new: &Schema, table: &Table) -> Option<&'a Table> {
    old.table(&table.name).or_else(|| {
        let was = table.was.as_deref()?;
        old.table(was).filter(|_| new.table(was).is_none())
    })
}

fn former_column<'a>(former: &'a Table, table: &Table, column: &Column) -> Option<&'a Column> {
    former.column(&column.name).or_else(|| {
        let was = column.was.as_deref()?;
        former.column(was).filter(|_| table.column(was).is_none())
    })
}

fn column_changes<'a>(former: &'a Table, table: &'a Table) -> Vec<ColumnChange<'a>> {
    let mut changes = Vec::new();
    for column in &table.columns {
        match former_column(former, table, column) {
            None => changes.push(ColumnChange::Add(column)),
            Some(old) if !same(old, column) => changes.push(ColumnChange::Alter { old, new: column }),
            Some(_) => {}
        }
    }
    let goes = |old: &&Column| {
        !table
            .columns
            .iter()
            .any(|column| former_column(former, table, column).is_some_and(|kept| kept == *old))
    };
    changes.extend(former.columns.iter().filter(goes).map(ColumnChange::Drop));
    changes
}

/// Whether a column is the same but for its name; where it is in the table says nothing.
fn same(old: &Column, new: &Column) -> bool {
    Column { name: String::new(), was: None, ..old.clone() }
        == Column { name: String::new(), was: None, ..new.clone() }
}
