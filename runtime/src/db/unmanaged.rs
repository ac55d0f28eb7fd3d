//! Compares unmanaged tables (`x-managed: false`) with their models. All misfits are reported at once, before the
//! server serves a request.

mod expressions;
mod found;
mod postgres;
mod sqlite;

use found::{Found, shown};

use super::{Db, DbResult, Dialect};
use crate::schema::meta::{Between, ColumnMeta, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;

impl Db {
    /// Returns why a model cannot work with its table, one sentence each; an empty list if it can. `creates` tells
    /// whether rows are created.
    ///
    /// # Errors
    /// Returns the error of the database.
    pub(crate) async fn misfits(&self, model: &'static ModelMeta, creates: bool) -> DbResult<Vec<String>> {
        let columns = self.columns(model.table).await?;
        if columns.is_empty() {
            return Ok(vec![format!("there is no table {:?} for the model {}", model.table, model.name)]);
        }
        let mut found = Vec::new();
        for column in model.columns {
            let place = format!("{}.{}", model.table, column.column);
            match columns.iter().find(|each| self.is_same(&each.name, column.column)) {
                None => {
                    found.push(format!("there is no column {place} for {}.{}", model.name, column.name));
                }
                Some(there) => {
                    let misfit = self.misfit(model, column, there).await?;
                    found.extend(misfit.map(|why| format!("{place} {why}")));
                    if there.nullable && !column.ty.nullable {
                        found.push(format!(
                            "{place} may be null, and {}.{} may not: let the property be null, too, or make the \
                             column NOT NULL",
                            model.name, column.name
                        ));
                    }
                }
            }
        }
        let is_given =
            |there: &&Found| model.columns.iter().any(|each| self.is_same(&there.name, each.column));
        for there in columns.iter().filter(|there| creates && there.needed && !is_given(there)) {
            found.push(format!(
                "{}.{} has to be given in a new row, and the model {} does not have it: rows cannot be created",
                model.table, there.name, model.name
            ));
        }
        for relation in model.relations {
            if let Some(Between { table, from, to }) = relation.via.between() {
                found.extend(self.missing_between(table, [from, to]).await?);
            }
        }
        Ok(found)
    }

    /// Returns why the columns of a managed table that are read and written by expressions cannot work, one sentence
    /// each.
    ///
    /// # Errors
    /// Returns the error of the database.
    pub(crate) async fn misfits_of_expressions(&self, model: &'static ModelMeta) -> DbResult<Vec<String>> {
        let columns = self.columns(model.table).await?;
        let mut found = Vec::new();
        for column in model.columns.iter().filter(|column| column.sql.is_some()) {
            let place = format!("{}.{}", model.table, column.column);
            let misfit = match columns.iter().find(|each| self.is_same(&each.name, column.column)) {
                Some(there) => self.expressions_misfit(model, column, there).await?,
                None => Some("is not there".to_owned()),
            };
            found.extend(misfit.map(|why| format!("{place} {why}")));
        }
        Ok(found)
    }

    /// Returns a sentence if the table of an observed model does not have the triggers that note the changes of other
    /// programs, or with `logged` those that log all changes.
    ///
    /// # Errors
    /// Returns the error of the database.
    pub(crate) async fn missing_triggers(
        &self,
        model: &'static ModelMeta,
        logged: bool,
    ) -> DbResult<Option<String>> {
        let found = match self.dialect() {
            Dialect::Sqlite => sqlite::triggers(self, model.table, logged).await?,
            Dialect::Postgres => postgres::triggers(self, model.table, logged).await?,
        };
        let (what, step) = match logged {
            true => ("changes are logged", "Logs changes."),
            false => ("changes of other programs are observed", "Notes changes."),
        };
        Ok((!found).then(|| {
            format!(
                "{} does not have the triggers by which {what}: run the steps `{step}` of its migration again",
                model.table
            )
        }))
    }

    /// Returns why a column cannot hold the values of its property, as a text that follows its name; `None` if it can.
    async fn misfit(
        &self,
        model: &'static ModelMeta,
        column: &'static ColumnMeta,
        there: &Found,
    ) -> DbResult<Option<String>> {
        if column.sql.is_some() {
            return self.expressions_misfit(model, column, there).await;
        }
        let misfit = match self.dialect() {
            Dialect::Sqlite => sqlite::misfit(&there.ty, &column.ty),
            Dialect::Postgres => postgres::misfit(&there.ty, &column.ty),
        };
        Ok(misfit.map(|why| format!("is {}, {why}", shown(&there.ty))))
    }

    async fn missing_between(&self, table: &str, names: [&str; 2]) -> DbResult<Vec<String>> {
        let columns = self.columns(table).await?;
        if columns.is_empty() {
            return Ok(vec![format!("there is no table {table:?} for a many-to-many relation")]);
        }
        let is_missing = |name: &&str| !columns.iter().any(|each| self.is_same(&each.name, name));
        let missing = names.into_iter().filter(is_missing);
        Ok(missing
            .map(|name| format!("there is no column {table}.{name} for a many-to-many relation"))
            .collect())
    }

    /// Returns the columns of a table or view; `None` if it does not exist.
    async fn columns(&self, table: &str) -> DbResult<Vec<Found>> {
        let rows = match self.dialect() {
            Dialect::Sqlite => sqlite::columns(self, table).await?,
            Dialect::Postgres => postgres::columns(self, table).await?,
        };
        Ok(rows.into_iter().filter_map(found).collect())
    }

    /// Tells whether a name is that of a column: SQLite ignores the case of ASCII letters.
    fn is_same(&self, there: &str, wanted: &str) -> bool {
        match self.dialect() {
            Dialect::Sqlite => there.eq_ignore_ascii_case(wanted),
            Dialect::Postgres => there == wanted,
        }
    }
}

fn found(mut row: Row) -> Option<Found> {
    match row.values_mut().as_mut_slice() {
        [Value::Text(name), Value::Text(ty), Value::Integer(needed), Value::Integer(nullable)] => {
            Some(Found {
                name: std::mem::take(name),
                ty: std::mem::take(ty),
                needed: *needed != 0,
                nullable: *nullable != 0,
            })
        }
        _ => None,
    }
}
