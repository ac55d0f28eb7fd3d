//! The constant statements of a model. SQLite and PostgreSQL read the same texts.

use crate::ir::{Auto, Model};

/// The statements of `dcrf_runtime::meta::ModelSql`.
#[derive(Debug)]
pub struct Statements {
    /// Every row.
    pub select: String,
    /// The row whose key is `$1`.
    pub get: String,
    /// A new row of every column but an automatic key.
    pub insert: String,
    /// Deletes the row whose key is `$1`.
    pub delete: String,
    /// Gives back every column.
    pub returning: String,
}

impl Statements {
    /// Writes them.
    pub fn of(model: &Model) -> Self {
        let table = quoted(&model.table);
        let key = quoted(&model.fields[model.key].column);
        let columns = list(model.fields.iter().map(|field| quoted(&field.column)));
        let given = model.fields.iter().filter(|field| field.auto != Auto::Key);
        let given: Vec<String> = given.map(|field| quoted(&field.column)).collect();
        let select = format!("SELECT {columns} FROM {table}");
        let returning = format!(" RETURNING {columns}");
        let insert = if given.is_empty() {
            format!("INSERT INTO {table} DEFAULT VALUES{returning}")
        } else {
            let parameters = list((1..=given.len()).map(|number| format!("${number}")));
            format!("INSERT INTO {table} ({}) VALUES ({parameters}){returning}", given.join(", "))
        };
        Self {
            get: format!("{select} WHERE {key} = $1"),
            delete: format!("DELETE FROM {table} WHERE {key} = $1"),
            select,
            insert,
            returning,
        }
    }
}

/// An identifier (SQL-92, "delimited identifier"); names with quotes are refused while resolving.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Joined by commas.
pub fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
