//! Pieces that statements are made of.

/// An identifier (SQL-92, "delimited identifier"); names with quotes are refused while resolving.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Joined by commas.
pub fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
