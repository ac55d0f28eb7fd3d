//! Entries of the log that say by hand that the rights of a user have changed.

use crate::schema::meta::{ColumnMeta, Kind, ModelMeta, ModelSql, TypeMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// The position of the column with the user's key, as text.
pub(super) const USER: usize = 0;

/// A model without a table: an entry of the log is a new row of it.
pub(crate) static BY_HAND: ModelMeta = ModelMeta {
    name: "",
    verbose_name: "",
    table: crate::db::log::BY_HAND,
    columns: &[ColumnMeta::new("user", TypeMeta::new(Kind::Text))],
    key: USER,
    constraints: &[],
    ordering: &[],
    relations: &[],
    sql: ModelSql { select: "", get: "", insert: "", delete: "", returning: "" },
};

/// Reads images, each of which is the text of the user's key.
pub(super) fn rows(texts: &[&str]) -> Vec<Option<Row>> {
    let row = |text: &&str| serde_json::from_str(text).ok().map(|user| Row::new(vec![Value::Text(user)]));
    texts.iter().map(row).collect()
}
