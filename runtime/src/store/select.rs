//! Selects rows by a condition.

use crate::condition::Condition;
use crate::db::{Composer, Db, Shape, Statement};
use crate::ground::error::Result;
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;

/// Returns the rows that a condition admits, ordered by key.
pub(crate) async fn select(db: &Db, meta: &'static ModelMeta, condition: &Condition) -> Result<Vec<Row>> {
    let mut sql = Composer::new(db.dialect());
    sql.select(meta).narrowed(condition).order_by(&[(meta.key_column(), false)]);
    let (sql, args) = sql.finish();
    Ok(db.run(Statement::read(sql, args, Shape::Columns(meta.columns)).long()).await?.rows)
}
