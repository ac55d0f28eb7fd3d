//! Reads rows by their keys, and by a column.

use super::row_selector::RowSelector;
use crate::db::{Compare, Composer, Db, Shape, Statement};
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// Returns the row with this key.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Database`].
pub fn get<'a>(db: &'a Db, meta: &'static ModelMeta, key: Value) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move { find(db, meta, meta.key, key).await?.ok_or(Error::NotFound) })
}

/// Returns all rows, in the order of the model.
///
/// # Errors
/// [`Error::Database`].
pub fn list<'a>(db: &'a Db, meta: &'static ModelMeta) -> BoxFuture<'a, Result<Vec<Row>>> {
    Box::pin(async move {
        let mut sql = Composer::new(db.dialect());
        sql.select(meta).ordered(meta);
        let (sql, args) = sql.finish();
        Ok(db.run(Statement::read(sql, args, Shape::Columns(meta.columns)).long()).await?.rows)
    })
}

/// Returns the row that has this value in this column.
pub(crate) async fn find(
    db: &Db,
    meta: &'static ModelMeta,
    column: usize,
    value: Value,
) -> Result<Option<Row>> {
    find_within(db, meta, &RowSelector::new(column, value)).await
}

/// Returns the selected row, if it exists.
pub(crate) async fn find_within(
    db: &Db,
    meta: &'static ModelMeta,
    which: &RowSelector,
) -> Result<Option<Row>> {
    let statement = match which.constant(meta) {
        Some(key) => Statement::read(meta.sql.get, vec![key], Shape::Columns(meta.columns)),
        None => {
            let mut sql = Composer::new(db.dialect());
            which.compose(meta, sql.select(meta)).text(" LIMIT 1");
            let (sql, args) = sql.finish();
            Statement::read(sql, args, Shape::Columns(meta.columns))
        }
    };
    Ok(db.run(statement).await?.first())
}

/// Returns the keys of the rows that have this value in this column.
pub(crate) async fn keys_where(
    db: &Db,
    meta: &'static ModelMeta,
    column: usize,
    value: Value,
) -> Result<Vec<Value>> {
    let mut sql = Composer::new(db.dialect());
    sql.select(meta).text(" WHERE ").compare(&meta.columns[column], Compare::Equal, value);
    sql.order_by(&[(meta.key_column(), false)]);
    let (sql, args) = sql.finish();
    let rows = db.run(Statement::read(sql, args, Shape::Columns(meta.columns))).await?.rows;
    Ok(rows.iter().filter_map(|row| row.values().get(meta.key).cloned()).collect())
}
