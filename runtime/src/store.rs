//! Erased reads and writes (stand-in).
use crate::db::Db;
use crate::error::{Error, Result};
use crate::meta::ModelMeta;
use crate::model::Row;
use crate::value::{Object, Value};
/// One row.
pub async fn get(_db: &Db, _meta: &'static ModelMeta, _key: Value) -> Result<Row> {
    Err(Error::NotFound)
}
/// All rows.
pub async fn list(_db: &Db, _meta: &'static ModelMeta) -> Result<Vec<Row>> {
    Ok(Vec::new())
}
/// A new row.
pub async fn create(_db: &Db, _meta: &'static ModelMeta, _values: Object) -> Result<Row> {
    Err(Error::NotFound)
}
/// A changed row.
pub async fn update(_db: &Db, _meta: &'static ModelMeta, _key: Value, _values: Object) -> Result<Row> {
    Err(Error::NotFound)
}
/// A row less.
pub async fn delete(_db: &Db, _meta: &'static ModelMeta, _key: Value) -> Result<()> {
    Err(Error::NotFound)
}
