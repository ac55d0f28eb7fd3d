//! The views, triggers and indexes that others have created on a SQLite table that is rebuilt. SQLite drops some of
//! them with the table, and does not rename a table while a view or trigger refers to a table that does not exist.

use super::on::On;
use crate::db::{Dialect, Shape, quote};
use crate::ground::error::{Error, Result};
use crate::schema::row::Row;
use crate::schema::value::Value;

const COLUMNS: &str = "SELECT name FROM pragma_table_xinfo";
const PARTS: &str = "SELECT type, name, tbl_name, sql FROM sqlite_master";

/// Objects that are dropped for a while.
#[derive(Default)]
pub(super) struct SuspendedObjects {
    table: String,
    parts: Vec<Part>,
}

struct Part {
    kind: Kind,
    name: String,
    sql: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Index,
    View,
    Trigger,
}

impl SuspendedObjects {
    /// Drops the objects.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if the table has a column that would be lost.
    pub(super) async fn take(on: &mut On<'_>, table: &str, columns: &[String]) -> Result<Self> {
        if on.dialect() != Dialect::Sqlite {
            return Ok(Self::default());
        }
        let there = on.read(format!("{COLUMNS}({})", literal(table)), Vec::new(), Shape::Untyped).await?;
        let there = there.iter().map(|row| text(row, 0));
        let is_known = |name: &String| columns.iter().any(|known| known.eq_ignore_ascii_case(name));
        let strange: Vec<String> = there.filter(|name| !is_known(name)).collect();
        if !strange.is_empty() {
            return Err(Error::internal(format!(
                "{table} has columns that no migration has made, and that would be lost: {}; take them into the \
                 definition, or drop them first",
                strange.join(", ")
            )));
        }
        // Indexes are dropped with their table, and are created again unless another statement has done so.
        let sql = format!(
            "{PARTS} WHERE type IN ('view', 'trigger') OR (type = 'index' AND sql IS NOT NULL AND tbl_name = {} \
             COLLATE NOCASE) ORDER BY rowid",
            literal(table)
        );
        let rows = on.read(sql, Vec::new(), Shape::Untyped).await?;
        let parts: Vec<Part> = rows.iter().map(Part::of).collect();
        for part in &parts {
            match part.kind {
                Kind::Index => {}
                Kind::View => on.execute(&format!("DROP VIEW IF EXISTS {}", quote(&part.name))).await?,
                Kind::Trigger => on.execute(&format!("DROP TRIGGER IF EXISTS {}", quote(&part.name))).await?,
            }
        }
        Ok(Self { table: table.to_owned(), parts })
    }

    /// Creates the objects again, with the same text, and tests them.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] for an object that does not fit the table any more.
    pub(super) async fn restore(self, on: &mut On<'_>) -> Result<()> {
        let rows = on.read(PARTS.to_owned(), Vec::new(), Shape::Untyped).await?;
        let there: Vec<String> = rows.iter().map(|row| text(row, 1)).collect();
        for kind in [Kind::Index, Kind::View, Kind::Trigger] {
            let of_kind = self.parts.iter().filter(|part| part.kind == kind);
            for part in of_kind.filter(|part| !there.contains(&part.name)) {
                on.execute(&part.sql).await.map_err(|error| part.unfit(&self.table, &error))?;
            }
        }
        for view in self.parts.iter().filter(|part| part.kind == Kind::View) {
            let sql = format!("SELECT * FROM {} LIMIT 0", quote(&view.name));
            on.execute(&sql).await.map_err(|error| view.unfit(&self.table, &error))?;
        }
        if self.parts.iter().any(|part| part.kind == Kind::Trigger) {
            // SQLite compiles a statement together with the triggers that it fires.
            let table = quote(&self.table);
            for sql in [
                format!("EXPLAIN DELETE FROM {table}"),
                format!("EXPLAIN INSERT INTO {table} DEFAULT VALUES"),
            ] {
                on.execute(&sql).await.map_err(|error| {
                    Error::internal(format!("a trigger of {} does not fit it any more: {error}", self.table))
                })?;
            }
        }
        Ok(())
    }
}

impl Part {
    fn of(row: &Row) -> Self {
        let kind = match text(row, 0).as_str() {
            "view" => Kind::View,
            "trigger" => Kind::Trigger,
            _ => Kind::Index,
        };
        Self { kind, name: text(row, 1), sql: text(row, 3) }
    }

    fn unfit(&self, table: &str, error: &Error) -> Error {
        let kind = match self.kind {
            Kind::Index => "index",
            Kind::View => "view",
            Kind::Trigger => "trigger",
        };
        Error::internal(format!("the {kind} {} does not fit {table} any more: {error}", self.name))
    }
}

fn text(row: &Row, index: usize) -> String {
    match row.values().get(index) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

fn literal(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}
