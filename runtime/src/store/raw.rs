//! Rows of SQL of the application.

use crate::db::{Composer, Db, Shape, Statement};
use crate::ground::error::Result;
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// Returns the rows of a query that gives the columns of a model, by their names.
pub(crate) async fn raw(
    db: &Db,
    meta: &'static ModelMeta,
    query: &'static str,
    args: Vec<Value>,
) -> Result<Vec<Row>> {
    let mut sql = Composer::new(db.dialect());
    for (index, column) in meta.columns.iter().enumerate() {
        sql.text(if index == 0 { "SELECT " } else { ", " }).column(column);
    }
    sql.text(" FROM (").text(query).text(") AS ").name("dcrf.raw");
    let (sql, _) = sql.finish();
    let statement = Statement::of_query(sql, args, Shape::Columns(meta.columns));
    Ok(db.run(statement).await?.rows)
}
