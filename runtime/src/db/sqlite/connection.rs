//! Statements on a connection of `sqlx`.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, Row as _, TypeInfo, ValueRef};

use super::cell::{Stored, StoredRow};
use super::stored;
use crate::db::fate::DbResult;
use crate::db::statement::{Outcome, Shape, Statement, too_many_bytes};

/// Runs a statement on a connection.
pub(crate) async fn run(connection: &mut SqliteConnection, statement: &Statement) -> DbResult<Outcome> {
    let mut args = SqliteArguments::default();
    for arg in &statement.args {
        let added = match stored::of_arg(arg)? {
            Stored::Null => args.add(None::<i64>),
            Stored::Integer(number) => args.add(number),
            Stored::Real(number) => args.add(number),
            Stored::Text(text) => args.add(text.into_owned()),
            Stored::Blob(bytes) => args.add(bytes.into_owned()),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    let query = sqlx::query_with(statement.sql.clone(), args);
    if matches!(statement.shape, Shape::Nothing) {
        let done = query.execute(connection).await?;
        return Ok(Outcome { rows: Vec::new(), affected: done.rows_affected() });
    }
    let (mut rows, mut bytes) = (Vec::new(), statement.row_bytes());
    let mut found = query.fetch(connection);
    while let Some(row) = found.try_next().await? {
        let row = stored::decode(&row, &statement.shape)?;
        bytes.add(row.bytes()).map_err(too_many_bytes)?;
        rows.push(row);
    }
    drop(found);
    bytes.finish().map_err(too_many_bytes)?;
    let affected = rows.len() as u64;
    Ok(Outcome { rows, affected })
}

impl StoredRow for SqliteRow {
    fn len(&self) -> usize {
        sqlx::Row::len(self)
    }

    fn stored(&self, index: usize) -> DbResult<Stored<'_>> {
        let raw = self.try_get_raw(index)?;
        if raw.is_null() {
            return Ok(Stored::Null);
        }
        Ok(match raw.type_info().name() {
            "REAL" => Stored::Real(self.try_get_unchecked(index)?),
            "TEXT" => Stored::Text(self.try_get_unchecked::<&str, _>(index)?.into()),
            "BLOB" => Stored::Blob(self.try_get_unchecked::<&[u8], _>(index)?.into()),
            // Only one storage class is left; `BOOLEAN` is a name for it.
            _ => Stored::Integer(self.try_get_unchecked(index)?),
        })
    }
}
