//! Indexes and checks, which restrict the rows of a table.

use super::dialect::Dialect;
use super::predicates;
use super::statements::{list, quoted};
use crate::evolve::{Index, Predicate, Table};

/// Returns `CREATE INDEX`.
pub fn create_index(dialect: Dialect, table: &Table, name: &str, index: &Index, adopt: bool) -> String {
    let columns = list(index.columns.iter().map(|column| quoted(column)));
    let unique = if index.unique { "UNIQUE " } else { "" };
    let absent = if adopt { "IF NOT EXISTS " } else { "" };
    let within = index
        .condition
        .as_ref()
        .map(|condition| format!(" WHERE {}", predicates::sql(dialect, table, condition)));
    let (name, table, within) = (quoted(name), quoted(&table.name), within.unwrap_or_default());
    format!("CREATE {unique}INDEX {absent}{name} ON {table} ({columns}){within};")
}

/// Returns `CONSTRAINT … CHECK …`.
pub fn check(dialect: Dialect, table: &Table, name: &str, check: &Predicate) -> String {
    format!("CONSTRAINT {} CHECK ({})", quoted(name), predicates::sql(dialect, table, check))
}

/// Returns the checks of a table, as lines of its definition.
pub fn checks(dialect: Dialect, table: &Table) -> Vec<String> {
    let line = |(name, each): (&String, &Predicate)| format!("    {}", check(dialect, table, name, each));
    table.checks.iter().map(line).collect()
}
