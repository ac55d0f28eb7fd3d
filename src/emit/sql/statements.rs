//! The parts of statements.

/// Returns an identifier (SQL-92, "delimited identifier"); names with quotes are refused by `resolve`.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Joins items with commas.
pub fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
