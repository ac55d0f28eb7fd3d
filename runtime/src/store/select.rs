//! Selects rows by a condition.

use crate::condition::Condition;
use crate::db::{Composer, Db, Shape, Statement};
use crate::ground::error::{Error, Result};
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;

/// Returns the rows that a condition admits, ordered by key, and at most `limit` of them.
pub(crate) async fn select(
    db: &Db,
    meta: &'static ModelMeta,
    condition: &Condition,
    limit: Option<i64>,
) -> Result<Vec<Row>> {
    let mut sql = Composer::new(db.dialect());
    sql.select(meta).narrowed(condition).order_by(&[(meta.key_column(), false)]);
    if let Some(limit) = limit {
        sql.text(" LIMIT ").value(limit);
    }
    let (sql, args) = sql.finish();
    Ok(db.run(Statement::read(sql, args, Shape::Columns(meta.columns)).long()).await?.rows)
}

/// Returns how many rows a condition admits.
pub(crate) async fn count(db: &Db, meta: &'static ModelMeta, condition: &Condition) -> Result<u64> {
    let mut sql = Composer::new(db.dialect());
    sql.text("SELECT COUNT(*) FROM ").name(meta.table).narrowed(condition);
    let (sql, args) = sql.finish();
    let row = db.run(Statement::read(sql, args, Shape::Untyped).long()).await?.first();
    let count: i64 = row.ok_or_else(|| Error::internal("COUNT gave no row"))?.take(0)?;
    Ok(u64::try_from(count).unwrap_or(0))
}
