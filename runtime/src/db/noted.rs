//! Converts noted JSON to rows: the database itself converts it to values, which are read like those of any query.

use crate::db::{Arg, Composer, Db, DbResult, Dialect, Shape, Statement};
use crate::ground::scalar::Json;
use crate::schema::meta::{ColumnMeta, Kind};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// A value of a noted row: the name of the table's column, and its descriptor.
pub(crate) type Noted = (&'static str, &'static ColumnMeta);

impl Db {
    /// Reads the rows that were noted of a table; `None` for a row that cannot be read (any more), which is logged.
    ///
    /// # Errors
    /// Returns every error that is not the fault of a single row.
    pub(crate) async fn noted_rows(
        &self,
        table: &'static str,
        columns: &[Noted],
        rows: &[&str],
    ) -> DbResult<Vec<Option<Row>>> {
        match self.read_noted(table, columns, rows).await {
            Err(error) if is_of_a_row(&error) => {}
            read => return Ok(read?.into_iter().map(Some).collect()),
        }
        let mut read = Vec::with_capacity(rows.len());
        for row in rows {
            read.push(match self.read_noted(table, columns, &[row]).await {
                Err(error) if is_of_a_row(&error) => {
                    tracing::error!(%error, table, "a noted change cannot be read, and is not published");
                    None
                }
                read => read?.into_iter().next(),
            });
        }
        Ok(read)
    }

    async fn read_noted(&self, table: &'static str, columns: &[Noted], rows: &[&str]) -> DbResult<Vec<Row>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let json = format!("[{}]", rows.join(","));
        let mut sql = Composer::new(self.dialect());
        sql.text("SELECT ");
        for (index, (name, meta)) in columns.iter().enumerate() {
            if index > 0 {
                sql.text(", ");
            }
            match self.dialect() {
                Dialect::Postgres => sql.name(name),
                Dialect::Sqlite => extract(&mut sql, name, &meta.ty.kind),
            };
        }
        match self.dialect() {
            Dialect::Postgres => {
                sql.text(" FROM json_populate_recordset(NULL::").name(table).text(", ");
                sql.value(Value::Json(Json::trusted(json))).text(")");
            }
            Dialect::Sqlite => {
                sql.text(" FROM json_each(").value(json).text(") ORDER BY \"key\"");
            }
        }
        let (sql, args): (_, Vec<Arg>) = sql.finish();
        let metas: Vec<&'static ColumnMeta> = columns.iter().map(|(_, meta)| *meta).collect();
        let mut read = self.run(Statement::read(sql, args, Shape::Picked(metas))).await?.rows;
        for row in &mut read {
            for (value, (_, meta)) in row.values_mut().iter_mut().zip(columns) {
                // PostgreSQL's JSON has the same null for an SQL null and for the JSON value null.
                if matches!(value, Value::Null) && !meta.ty.nullable && meta.ty.kind.is_json() {
                    *value = Value::Json(Json::trusted("null".to_owned()));
                }
            }
        }
        Ok(read)
    }
}

/// Extracts a value from SQLite's JSON, where floats are their text, and bytes are hexadecimal.
fn extract<'a>(sql: &'a mut Composer, name: &str, kind: &Kind) -> &'a mut Composer {
    let (before, after) = match kind {
        Kind::Float => ("CAST(", " AS REAL)"),
        Kind::Bytes => ("unhex(", ")"),
        _ => ("", ""),
    };
    sql.text(before).text("json_extract(\"value\", ").value(format!("$.\"{name}\"")).text(")").text(after)
}

/// Tells whether another attempt would fail again, because the table has changed since the row was noted.
fn is_of_a_row(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => true,
        // Data exceptions and undefined names, on PostgreSQL; SQLITE_ERROR.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            code == "1" || code.len() == 5 && (code.starts_with("22") || code.starts_with("42"))
        }),
        _ => false,
    }
}
