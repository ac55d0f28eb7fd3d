//! Tests columns that are read and written by expressions (`x-sql`) with statements of the database.

use super::found::{Found, shown};
use super::postgres;
use crate::db::expressions::{expressions, read};
use crate::db::{Arg, Composer, Db, DbResult, Dialect, Shape, Statement, quote, reach};
use crate::schema::meta::{ColumnMeta, Expressions, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;

impl Db {
    /// Returns why the expressions of a column do not work, as a text that follows its name; `None` if they do.
    pub(super) async fn expressions_misfit(
        &self,
        model: &'static ModelMeta,
        column: &'static ColumnMeta,
        there: &Found,
    ) -> DbResult<Option<String>> {
        let Some(sql) = expressions(self.dialect(), column) else {
            let database = match self.dialect() {
                Dialect::Sqlite => "sqlite",
                Dialect::Postgres => "postgres",
            };
            let name = column.name;
            return Ok(Some(format!(
                "is read by expressions, and `x-sql` of {}.{name} gives none for `{database}`",
                model.name
            )));
        };
        let asked = match self.dialect() {
            Dialect::Sqlite => Ok(same(&there.ty, sql.ty)),
            Dialect::Postgres => self.is_of_type(model, column, sql).await,
        };
        match refused(asked)? {
            Ok(true) => {}
            Ok(false) => {
                return Ok(Some(format!("is {}, and `x-sql` says that it is {}", shown(&there.ty), sql.ty)));
            }
            Err(reason) => return Ok(Some(format!("has no type {:?}: {reason}", sql.ty))),
        }
        if let Err(reason) = refused(self.is_read(model, column).await)? {
            return Ok(Some(format!("cannot be read by {:?}: {reason}", sql.read)));
        }
        if self.dialect() == Dialect::Postgres {
            let gives = self.type_that_is_read(model, column).await?;
            if let Some(why) = postgres::misfit(&gives, &column.ty) {
                return Ok(Some(format!("is read by {:?} as {gives}, {why}", sql.read)));
            }
        }
        let tried = self.is_written(model, column).await;
        if let Some(reason) = tried.err().filter(is_of_statement).map(|error| reach::reason(&error)) {
            return Ok(Some(format!("cannot be written by {:?}: {reason}", sql.write)));
        }
        Ok(None)
    }

    async fn is_of_type(&self, model: &ModelMeta, column: &ColumnMeta, sql: &Expressions) -> DbResult<bool> {
        let args = vec![
            Arg::plain(quote(model.table)),
            Arg::plain(column.column.to_owned()),
            Arg::plain(sql.ty.to_owned()),
        ];
        let row = self.run(Statement::read(TYPE, args, Shape::Untyped)).await?.first();
        Ok(row.is_some_and(|row| row.values() == [Value::Integer(1)]))
    }

    /// Tests the statement that reads the column, without reading a row.
    async fn is_read(&self, model: &'static ModelMeta, column: &'static ColumnMeta) -> DbResult<Vec<Row>> {
        let mut sql = Composer::new(self.dialect());
        sql.text("SELECT ").column(column).text(" FROM ").name(model.table).text(" WHERE 1 = 0");
        self.asked(sql).await
    }

    /// Returns PostgreSQL's type of the expression that reads the column.
    async fn type_that_is_read(
        &self,
        model: &'static ModelMeta,
        column: &'static ColumnMeta,
    ) -> DbResult<String> {
        // The query reads no row: it returns `null`, of the type that a row would have.
        let expression = read(self.dialect(), column, quote(column.column));
        let mut sql = Composer::new(self.dialect());
        sql.text("SELECT pg_typeof((SELECT ").expression(&expression).text(" FROM ").name(model.table);
        sql.text(" WHERE 1 = 0))::text");
        let rows = self.asked(sql).await?;
        Ok(match rows.first().map(Row::values) {
            Some([Value::Text(ty)]) => ty.clone(),
            _ => String::new(),
        })
    }

    /// Plans a statement that writes the column, without running it. It does not test whether the user has the right to
    /// write.
    async fn is_written(&self, model: &'static ModelMeta, column: &'static ColumnMeta) -> DbResult<Vec<Row>> {
        let mut sql = Composer::new(self.dialect());
        match self.dialect() {
            Dialect::Sqlite => sql.text("EXPLAIN SELECT ").stored(column, Value::Null),
            Dialect::Postgres => {
                sql.text("EXPLAIN UPDATE ").name(model.table).text(" SET ").assigned(column, Value::Null)
            }
        };
        self.asked(sql).await
    }

    async fn asked(&self, sql: Composer) -> DbResult<Vec<Row>> {
        let (sql, args) = sql.finish();
        Ok(self.run(Statement::read(sql, args, Shape::Untyped)).await?.rows)
    }
}

/// Tests whether a column has a type, ignoring arguments such as those of `geometry(Point, 4326)`.
const TYPE: &str = "SELECT (atttypid = to_regtype($3))::int::bigint FROM pg_catalog.pg_attribute WHERE attrelid = \
                    to_regclass($1) AND attname = $2";

/// Tells whether two declarations are equal.
fn same(one: &str, other: &str) -> bool {
    let bare = |ty: &str| ty.to_ascii_lowercase().replace(' ', "");
    bare(one) == bare(other)
}

/// Returns the database's objection to a statement; an `Err` is an error that has another cause.
fn refused<T>(result: DbResult<T>) -> DbResult<Result<T, String>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if is_of_statement(&error) => Ok(Err(reach::reason(&error))),
        Err(error) => Err(error),
    }
}

/// Tells whether an error is about the text of the statement: PostgreSQL's classes 42 (except missing privileges, and
/// generated columns), 22 and 0A, and SQLite's `SQLITE_ERROR`.
fn is_of_statement(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| {
        let is_postgres = code.len() == 5 && !["42501", "428C9"].contains(&&*code);
        code == "1" || is_postgres && ["42", "22", "0A"].iter().any(|class| code.starts_with(class))
    })
}
