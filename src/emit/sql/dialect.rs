//! The two databases, and the statements that are the same on both.

use super::statements::quoted;
use crate::evolve::{Inside, OnDeleteSql, Reference, Table, in_order};

/// The database that the SQL is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// Returns `REFERENCES … ON DELETE …`, for both databases.
pub fn references(reference: &Reference) -> String {
    let action = match reference.on_delete {
        OnDeleteSql::Cascade => "CASCADE",
        OnDeleteSql::Restrict => "RESTRICT",
        OnDeleteSql::SetNull => "SET NULL",
        OnDeleteSql::SetDefault => "SET DEFAULT",
        OnDeleteSql::NoAction => "NO ACTION",
    };
    format!("REFERENCES {} ({}) ON DELETE {action}", quoted(&reference.table), quoted(&reference.column))
}

/// Returns renames inside of tables, table by table in an order in which no name is taken.
pub fn inside<'a>(
    renames: &'a [Inside<(String, String)>],
    tables: &'a [Table],
) -> impl Iterator<Item = (&'a str, String, String)> {
    let of_one = renames.chunk_by(|one, other| one.table == other.table);
    of_one.flat_map(move |renames| {
        let name = renames[0].table.as_str();
        let columns = tables.iter().filter(move |table| table.name == name).flat_map(|table| &table.columns);
        let columns: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
        let names = renames.iter().map(|each| (name, each.what.0.clone(), each.what.1.clone()));
        in_order(names.collect(), &|name: &str| columns.contains(&name))
    })
}
