//! What a database says of its tables, as one text: a database that has changed step by step is to say the same as one
//! that was made at once.

use dcrf_runtime::db::Dialect;
use dcrf_runtime::{Db, Value};

const SQLITE: &str = include_str!("../../introspection/sqlite.sql");
const POSTGRES: &str = include_str!("../../introspection/postgres.sql");

/// Columns, constraints, indexes, triggers and sequences.
///
/// # Panics
/// If the database does not say.
pub async fn described(db: &Db) -> String {
    let sql = match db.dialect() {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
    };
    let rows = db.query(sql, Vec::new()).await.unwrap_or_else(|error| panic!("{error}"));
    match rows.first().map(|row| row.values()) {
        Some([Value::Text(text)]) => text.clone(),
        other => panic!("the database does not describe itself: {other:?}"),
    }
}
