//! Column changes in tables with rows: converted values go to a new column, which replaces the old one; a filled column
//! may be null until it is filled. This is the same on both databases.

use super::dialect::Dialect;
use super::statements::quoted;
use super::{any_type, tasks};
use crate::escape;
use crate::evolve::{Column, ColumnChange, Conversion, Filling, Table, free_name, of_columns};

/// A column whose values are converted.
pub struct Stage<'a> {
    /// The former column.
    pub old: &'a Column,
    /// The new column.
    pub new: &'a Column,
    /// The column that the converted values are in.
    pub fresh: Column,
}

/// The changes of the columns of one table.
pub struct Stages<'a> {
    /// The new table.
    pub table: &'a Table,
    /// The former table, under its new names.
    pub former: &'a Table,
    /// The changes of its columns.
    pub changes: &'a [ColumnChange<'a>],
    /// The converted columns.
    pub converted: Vec<Stage<'a>>,
    /// The columns that are filled while another column has their name, with the names that they have until then.
    beside: Vec<(&'a str, String)>,
}

impl<'a> Stages<'a> {
    /// Finds the columns that are converted, and the columns for their new values.
    pub fn of(table: &'a Table, former: &'a Table, changes: &'a [ColumnChange<'a>]) -> Self {
        let mut taken: Vec<String> =
            table.columns.iter().chain(&former.columns).map(|column| column.name.to_lowercase()).collect();
        let (mut converted, mut beside) = (Vec::new(), Vec::new());
        for change in changes {
            if let ColumnChange::Replace { new, filling: Some(_), .. } = change {
                let name = free_name(&new.name, "new", |name| taken.contains(&name.to_lowercase()));
                taken.push(name.to_lowercase());
                beside.push((new.name.as_str(), name));
            }
            let ColumnChange::Alter { old, new, .. } = change else { continue };
            if of_columns(old, new) == Conversion::Kept {
                continue;
            }
            let name = free_name(&new.name, "new", |name| taken.contains(&name.to_lowercase()));
            taken.push(name.to_lowercase());
            let fresh = Column {
                name,
                key: false,
                numbered: false,
                nullable: true,
                default: None,
                references: None,
                ..(*new).clone()
            };
            converted.push(Stage { old, new, fresh });
        }
        Self { table, former, changes, converted, beside }
    }

    /// Returns the name that a new column has until the column that it replaces is dropped.
    pub fn beside<'s>(&'s self, column: &'s Column) -> &'s str {
        let other = self.beside.iter().find(|(name, _)| *name == column.name);
        other.map_or(column.name.as_str(), |(_, beside)| beside)
    }

    /// Returns the stage of a column, if it is converted.
    pub fn of_column(&self, column: &Column) -> Option<&Stage<'a>> {
        self.converted.iter().find(|stage| stage.new.name == column.name)
    }

    /// Returns the tasks of the runtime before columns change.
    pub fn before(&self, dialect: Dialect) -> Vec<String> {
        let columns = self.changes.iter().filter_map(|change| match change {
            ColumnChange::Add { column, .. } | ColumnChange::Replace { new: column, .. } => Some(*column),
            ColumnChange::Alter { old, new, .. } => {
                let is_lost = any_type::of(dialect, old).is_some() && any_type::of(dialect, new).is_none();
                Some(*new).filter(|_| is_lost)
            }
            _ => None,
        });
        tasks::before_columns(dialect, self.table, columns).collect()
    }

    /// Returns the new columns, and what they are filled with.
    pub fn added(&self) -> impl Iterator<Item = (&'a Column, Option<&'a Filling>)> {
        self.changes.iter().filter_map(|change| match change {
            ColumnChange::Add { column, filling } | ColumnChange::Replace { new: column, filling, .. } => {
                Some((*column, *filling))
            }
            _ => None,
        })
    }

    /// Adds the statements that convert values, then those that fill columns.
    pub fn fill(&self, dialect: Dialect, statements: &mut Vec<String>) {
        for stage in &self.converted {
            statements.push(tasks::convert(self.former, stage.old, &stage.fresh));
        }
        for change in self.changes {
            let renamed;
            let (column, filling) = match change {
                ColumnChange::Replace { new, filling: Some(filling), .. } => {
                    renamed = Column { name: self.beside(new).to_owned(), ..(*new).clone() };
                    (&renamed, filling)
                }
                ColumnChange::Add { column, filling: Some(filling) } => (*column, filling),
                ColumnChange::Alter { new, filling: Some(filling), .. } => {
                    (self.of_column(new).map_or(*new, |stage| &stage.fresh), filling)
                }
                _ => continue,
            };
            statements.push(match (tasks::fill(dialect, self.former, column, filling), filling) {
                (None, Filling::Sql { sqlite, postgres }) => {
                    let (table, name) = (quoted(&self.table.name), quoted(&column.name));
                    let expression = match dialect {
                        Dialect::Sqlite => sqlite,
                        Dialect::Postgres => postgres,
                    };
                    format!("UPDATE {table} SET {name} = ({expression}) WHERE {name} IS NULL;")
                }
                (task, _) => task.unwrap_or_default(),
            });
        }
    }

    /// Adds the statements that replace values, and the checks that no row has a value that is not allowed any more.
    pub fn narrow(&self, dialect: Dialect, statements: &mut Vec<String>) {
        for change in self.changes {
            let ColumnChange::Narrow { column, moves } = change else { continue };
            let (table, name) = (quoted(&self.table.name), quoted(&column.name));
            let read = any_type::read(dialect, column, &name);
            for (old, new) in *moves {
                let (old, new) = (sql(dialect, old), any_type::written(dialect, column, &sql(dialect, new)));
                statements.push(format!("UPDATE {table} SET {name} = {new} WHERE {read} = {old};"));
            }
            let values = column.values.as_deref().unwrap_or_default();
            statements.push(tasks::among(dialect, self.table, column, values));
        }
    }
}

/// Returns a text or an integer, which is JSON, in SQL.
fn sql(dialect: Dialect, value: &str) -> String {
    match serde_json::from_str(value) {
        Ok(serde_json::Value::String(text)) => match dialect {
            Dialect::Sqlite => escape::sqlite(&text),
            Dialect::Postgres => escape::postgres(&text),
        },
        _ => value.to_owned(),
    }
}
