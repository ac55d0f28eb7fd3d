//! A write that the database has refused, or would refuse, and the rows that exist beside it.

use super::naming::Naming;
use super::values::Values;
use crate::condition::Condition;
use crate::db::{Compare, Composer, Db, Shape, Statement};
use crate::ground::error::Result;
use crate::schema::meta::{ColumnMeta, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// A write that was refused, or would be refused.
pub(crate) struct Attempt<'a> {
    pub(crate) meta: &'static ModelMeta,
    /// The values that are written.
    pub(crate) values: &'a Values,
    /// The row that is changed.
    pub(crate) current: Option<&'a Row>,
    pub(crate) naming: Naming,
}

impl Attempt<'_> {
    /// Tells whether it writes any of these columns.
    pub(super) fn writes_any(&self, columns: &[usize]) -> bool {
        self.values.iter().any(|(index, _)| columns.contains(index))
    }
}

/// Tells whether a row other than the changed one has these values, and satisfies a condition.
pub(super) async fn is_taken(
    db: &Db,
    attempt: &Attempt<'_>,
    values: &[(&'static ColumnMeta, Value)],
    within: &Condition,
) -> Result<bool> {
    let own_key = attempt.current.and_then(|row| row.values().get(attempt.meta.key)).cloned();
    exists(db, attempt.meta, values, within, own_key).await
}

/// Tells whether a row has these values, and satisfies a condition.
pub(super) async fn exists(
    db: &Db,
    meta: &'static ModelMeta,
    values: &[(&'static ColumnMeta, Value)],
    within: &Condition,
    but: Option<Value>,
) -> Result<bool> {
    let mut sql = Composer::new(db.dialect());
    sql.text("SELECT 1 FROM ").name(meta.table);
    for (index, (column, value)) in values.iter().enumerate() {
        sql.text(if index == 0 { " WHERE " } else { " AND " }).compare(
            *column,
            Compare::Equal,
            value.clone(),
        );
    }
    sql.also(within);
    if let Some(key) = but {
        sql.text(" AND ").compare(meta.key_column(), Compare::NotEqual, key);
    }
    sql.text(" LIMIT 1");
    let (sql, args) = sql.finish();
    Ok(!db.run(Statement::read(sql, args, Shape::Untyped)).await?.rows.is_empty())
}
