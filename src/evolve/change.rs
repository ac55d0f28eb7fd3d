//! One difference between tables that were and tables that are to be, and what a migration of such is called.

use super::filling::Filling;
use super::renames::Renames;
use super::schema::{Column, Index, ObservedTable, Table};

/// One difference, in the order in which it is to be done.
#[derive(Debug)]
pub enum Change<'a> {
    /// Tables, columns and what is named after them have other names.
    Rename(&'a Renames),
    /// An index goes. Done before anything has another name.
    DropIndex {
        /// Which.
        name: &'a str,
    },
    /// A table is new.
    CreateTable {
        /// Which.
        table: &'a Table,
        /// Whether somebody else may have made it already.
        adopt: bool,
    },
    /// A table is otherwise: columns come, go or change.
    AlterTable {
        /// As it is to be.
        table: &'a Table,
        /// As it was, under its new names.
        former: &'a Table,
        /// In what.
        columns: Vec<ColumnChange<'a>>,
    },
    /// An index is new. Done after columns change.
    CreateIndex {
        /// Of which table.
        table: &'a Table,
        /// Its name.
        name: &'a str,
        /// What it is over.
        index: &'a Index,
        /// Whether somebody else may have made it already.
        adopt: bool,
        /// Whether the table has rows, which may be equal in what is to be unique.
        rows: bool,
    },
    /// Tables go, with their rows.
    DropTables {
        /// Which.
        tables: Vec<&'a Table>,
    },
    /// Changes of a table are not noted any more, or otherwise. Done before anything else.
    Unobserve {
        /// Which, under its former name.
        table: &'a str,
    },
    /// What is noted has a place. Done before the first table is observed.
    CreateNotes,
    /// Changes of a table are noted. Done when the tables are as they are to be.
    Observe {
        /// Which.
        table: &'a ObservedTable,
    },
    /// Nothing is noted any more.
    DropNotes,
}

/// A difference of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnChange<'a> {
    /// It is new.
    Add {
        /// What.
        column: &'a Column,
        /// What rows get. None: its default, or nothing.
        filling: Option<&'a Filling>,
    },
    /// It goes, with its values.
    Drop(&'a Column),
    /// It is otherwise.
    Alter {
        /// What it was.
        old: &'a Column,
        /// What it becomes.
        new: &'a Column,
        /// What rows get that have nothing, and have to have something from now on.
        filling: Option<&'a Filling>,
    },
    /// It goes, with its values, and another one comes in its place.
    Replace {
        /// What it was.
        old: &'a Column,
        /// What comes.
        new: &'a Column,
        /// What rows get.
        filling: Option<&'a Filling>,
    },
    /// It has fewer values than before.
    Narrow {
        /// What.
        column: &'a Column,
        /// Values that become others, as JSON.
        moves: &'a [(String, String)],
    },
}

impl ColumnChange<'_> {
    /// Whether the column is only ordered otherwise.
    pub fn is_of_collation(&self) -> bool {
        let Self::Alter { old, new, .. } = self else { return false };
        Column { collation: new.collation, ..(*old).clone() }.is_like(new)
    }
}

impl Change<'_> {
    /// Whether rows or values go.
    pub fn drops(&self) -> bool {
        match self {
            Self::DropTables { .. } => true,
            Self::AlterTable { columns, .. } => columns
                .iter()
                .any(|change| matches!(change, ColumnChange::Drop(_) | ColumnChange::Replace { .. })),
            _ => false,
        }
    }

    /// A few words for the migration's name.
    pub fn slug(&self) -> String {
        match self {
            Self::Rename(renames) => renames.slug(),
            Self::DropIndex { name } | Self::CreateIndex { name, .. } => (*name).to_owned(),
            Self::CreateTable { table, .. } => table.name.clone(),
            Self::AlterTable { table, columns, .. } => column_slug(table, columns),
            Self::DropTables { tables } => {
                format!("drop_{}", tables.first().map_or("", |table| &table.name))
            }
            Self::Observe { table } => format!("observe_{}", table.table),
            Self::Unobserve { table } => format!("unobserve_{table}"),
            Self::CreateNotes => "observe".to_owned(),
            Self::DropNotes => "unobserve".to_owned(),
        }
    }
}

fn column_slug(table: &Table, columns: &[ColumnChange<'_>]) -> String {
    let dropped = columns.iter().find_map(|change| match change {
        ColumnChange::Drop(column) | ColumnChange::Replace { old: column, .. } => Some(column),
        _ => None,
    });
    if let Some(column) = dropped {
        return format!("drop_{}_{}", table.name, column.name);
    }
    if columns.iter().all(ColumnChange::is_of_collation) {
        return format!("collate_{}", table.name);
    }
    let column = columns.first().map_or("", |change| match change {
        ColumnChange::Add { column, .. }
        | ColumnChange::Drop(column)
        | ColumnChange::Narrow { column, .. } => &column.name,
        ColumnChange::Alter { new, .. } | ColumnChange::Replace { new, .. } => &new.name,
    });
    format!("{}_{column}", table.name)
}

/// `0001_initial`, `0002_post_subtitle`: the number and, of the later ones, what it changes first, or what it drops.
pub fn migration(number: usize, changes: &[Change<'_>]) -> String {
    let what = match changes.iter().find(|change| change.drops()).or(changes.first()) {
        _ if number == 1 => "initial".to_owned(),
        None => "nothing".to_owned(),
        Some(first) if changes.len() == 1 => first.slug(),
        Some(first) => format!("{}_and_more", first.slug()),
    };
    let what: String = what.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(48).collect();
    format!("{number:04}_{what}")
}
