//! The changes between the former tables and the new ones, and the names of the migrations that make them.

use super::filling::Filling;
use super::renames::Renames;
use super::schema::{Column, Index, ObservedTable, Predicate, Table};

/// One change. [`diff`](super::diff) returns the changes in the order in which they are applied.
#[derive(Debug)]
pub enum Change<'a> {
    /// Renames tables, columns, and what is named after them.
    Rename(&'a Renames),
    /// Drops an index. It is applied before anything is renamed.
    DropIndex {
        /// The name of the index.
        name: &'a str,
    },
    /// Creates a table.
    CreateTable {
        /// The new table.
        table: &'a Table,
        /// Whether the table may exist already, because it was made outside of migrations.
        adopt: bool,
    },
    /// Alters a table: its columns are added, dropped or changed, or its checks are.
    AlterTable {
        /// The new table.
        table: &'a Table,
        /// The former table, under its new names.
        former: &'a Table,
        /// The changes of its columns.
        columns: Vec<ColumnChange<'a>>,
        /// The changes of its checks.
        checks: CheckChanges<'a>,
    },
    /// Creates an index. It is applied after columns change.
    CreateIndex {
        /// The table of the index.
        table: &'a Table,
        /// The name of the index.
        name: &'a str,
        /// The columns of the index.
        index: &'a Index,
        /// Whether the index may exist already, because it was made outside of migrations.
        adopt: bool,
        /// Whether the table has rows, which may be equal in the columns of a unique index.
        rows: bool,
    },
    /// Drops tables, with their rows.
    DropTables {
        /// The tables.
        tables: Vec<&'a Table>,
    },
    /// Stops recording the changes of a table, or prepares to record them differently. It is applied before anything
    /// else.
    Unobserve {
        /// The former name of the table.
        table: &'a str,
    },
    /// Creates the table of recorded changes. It is applied before the first table is observed.
    CreateNotes,
    /// Records the changes of a table from now on. It is applied after the tables are changed.
    Observe {
        /// The observed table.
        table: &'a ObservedTable,
    },
    /// Drops the table of recorded changes.
    DropNotes,
    /// Stops logging the changes of a table, or prepares to log them differently. It is applied before anything else.
    Unlog {
        /// The former name of the table.
        table: &'a str,
    },
    /// Creates the log. It is applied before the first table is logged.
    CreateLog,
    /// Logs the changes of a table from now on. It is applied after the tables are changed.
    Log {
        /// The logged table.
        table: &'a ObservedTable,
        /// Whether the log is older, so that it has to say that it does not know what changed before.
        gap: bool,
    },
    /// Drops the log.
    DropLog,
}

/// The changes of the checks of a table. A check whose condition, or a column in it, changes is dropped and added again.
#[derive(Debug, Default)]
pub struct CheckChanges<'a> {
    /// The names of the checks that are dropped before the columns change.
    pub dropped: Vec<&'a str>,
    /// The checks that are added after the columns have changed.
    pub added: Vec<(&'a str, &'a Predicate)>,
}

impl CheckChanges<'_> {
    /// Tells whether no check changes.
    pub fn is_empty(&self) -> bool {
        self.dropped.is_empty() && self.added.is_empty()
    }
}

/// A change of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnChange<'a> {
    /// Adds a column.
    Add {
        /// The new column.
        column: &'a Column,
        /// The filling of existing rows. `None`: the default, or null.
        filling: Option<&'a Filling>,
    },
    /// Drops a column, with its values.
    Drop(&'a Column),
    /// Changes a column.
    Alter {
        /// The former column.
        old: &'a Column,
        /// The new column.
        new: &'a Column,
        /// The filling of rows whose value is null and must not be null from now on.
        filling: Option<&'a Filling>,
    },
    /// Drops a column, with its values, and adds another one in its place.
    Replace {
        /// The former column.
        old: &'a Column,
        /// The new column.
        new: &'a Column,
        /// The filling of existing rows.
        filling: Option<&'a Filling>,
    },
    /// Restricts a column to fewer values than before.
    Narrow {
        /// The column.
        column: &'a Column,
        /// The former values that are replaced by others, as JSON.
        moves: &'a [(String, String)],
    },
}

impl ColumnChange<'_> {
    /// Returns the column, if it exists before and after the change.
    pub fn changed(&self) -> Option<&str> {
        match self {
            Self::Alter { new, .. } | Self::Replace { new, .. } => Some(&new.name),
            Self::Narrow { column, .. } => Some(&column.name),
            Self::Add { .. } | Self::Drop(_) => None,
        }
    }

    /// Tells whether only the collation of the column changes.
    pub fn is_of_collation(&self) -> bool {
        let Self::Alter { old, new, .. } = self else { return false };
        Column { collation: new.collation, ..(*old).clone() }.is_like(new)
    }
}

impl Change<'_> {
    /// Tells whether rows or values are lost.
    pub fn drops(&self) -> bool {
        match self {
            Self::DropTables { .. } => true,
            Self::AlterTable { columns, .. } => columns
                .iter()
                .any(|change| matches!(change, ColumnChange::Drop(_) | ColumnChange::Replace { .. })),
            _ => false,
        }
    }

    /// Returns a few words for the migration's name.
    pub fn slug(&self) -> String {
        match self {
            Self::Rename(renames) => renames.slug(),
            Self::DropIndex { name } | Self::CreateIndex { name, .. } => (*name).to_owned(),
            Self::CreateTable { table, .. } => table.name.clone(),
            Self::AlterTable { table, columns, checks, .. } if columns.is_empty() => {
                let added = checks.added.first().map(|(name, _)| format!("{}_{name}", table.name));
                added.unwrap_or_else(|| format!("drop_{}", checks.dropped.join("_")))
            }
            Self::AlterTable { table, columns, .. } => column_slug(table, columns),
            Self::DropTables { tables } => {
                format!("drop_{}", tables.first().map_or("", |table| &table.name))
            }
            Self::Observe { table } => format!("observe_{}", table.table),
            Self::Unobserve { table } => format!("unobserve_{table}"),
            Self::CreateNotes => "observe".to_owned(),
            Self::DropNotes => "unobserve".to_owned(),
            Self::Log { table, .. } => format!("log_{}", table.table),
            Self::Unlog { table } => format!("unlog_{table}"),
            Self::CreateLog => "log".to_owned(),
            Self::DropLog => "unlog".to_owned(),
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

/// Returns the name of a migration: its number, and the first change or the first that drops something, such as
/// `0002_post_subtitle`. The first migration is `0001_initial`.
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
