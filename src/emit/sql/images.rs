//! The images of rows on SQLite, as triggers write them: JSON without loss.

use super::statements::quoted;
use crate::escape;
use crate::evolve::{ColumnType, ObservedColumn};

/// The number of columns in one call, with two arguments each. Any SQLite accepts these arguments
/// (`SQLITE_MAX_FUNCTION_ARG` was 127).
const PAIRS: usize = 60;

/// Returns a row as JSON. `json_patch` combines parts: a null in a later part is left out, and read as null.
pub fn row(side: &str, columns: &[ObservedColumn]) -> String {
    let part = |columns: &[ObservedColumn]| {
        let pairs: Vec<String> = columns
            .iter()
            .map(|column| format!("{}, {}", escape::sqlite(&column.name), value(side, column)))
            .collect();
        format!("json_object(\n        {}\n    )", pairs.join(",\n        "))
    };
    let parts = columns.chunks(PAIRS).map(part);
    parts
        .reduce(|all, part| format!("json_patch({all}, {part})"))
        .unwrap_or_else(|| "json_object()".to_owned())
}

/// Returns a value as JSON without loss: SQLite's JSON has no bytes, and cuts floats to 15 digits.
fn value(side: &str, column: &ObservedColumn) -> String {
    let value = format!("{side}.{}", quoted(&column.name));
    let written = match column.ty {
        ColumnType::Float => "quote",
        ColumnType::Bytes => "hex",
        _ => return value,
    };
    format!("CASE WHEN {value} IS NOT NULL THEN {written}({value}) END")
}
