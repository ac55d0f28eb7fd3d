//! What a database says of its tables, as one text: a database that has changed step by step is to say the same as one
//! that was made at once.

use std::collections::BTreeMap;

use dcrf_e2e::Database;
use dcrf_runtime::Db;

use super::{Files, generate, migrations};

const SQLITE: &str = include_str!("../../../../introspection/sqlite.sql");

const POSTGRES: &str = include_str!("../../../../introspection/postgres.sql");

pub(super) fn is_sqlite(database: &Database) -> bool {
    database.url().starts_with("sqlite")
}

async fn described(database: &Database) -> String {
    database.text(if is_sqlite(database) { SQLITE } else { POSTGRES }).await
}

/// An empty database of the same kind.
pub(super) async fn another(database: &Database) -> Database {
    let fresh = if is_sqlite(database) { Some(Database::sqlite()) } else { Database::postgres().await };
    fresh.expect("there is a second database where there is a first")
}

/// Brings a database to the last of the migrations, and holds it against one that was made at once for the definition.
pub(super) async fn applied(database: &Database, definition: &'static str, files: &Files) {
    let db = Db::connect(&database.url(), migrations(files)).await.expect("the migrations apply");
    db.close().await;
    let fresh = another(database).await;
    let at_once = generate(definition, &BTreeMap::new());
    let db = Db::connect(&fresh.url(), migrations(&at_once)).await.expect("the first migration applies");
    db.close().await;
    assert_eq!(described(database).await, described(&fresh).await, "{definition}");
}
