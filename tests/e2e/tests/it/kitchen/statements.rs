//! The constant statements of the generated crate: each is good SQL for both databases, and its committed files are
//! those that the definition gives today.

use std::process::Command;

use dcrf_e2e::{Database, generator};
use dcrf_runtime::meta::ModelMeta;
use dcrf_runtime::{Db, Model as _};
use kitchen::models::{Account, Category, Country, Item, Note, Specimen};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _, SqliteConnection};

use crate::on_both_databases;

on_both_databases!(every_statement_prepares);

const MODELS: [&ModelMeta; 6] =
    [Category::META, Country::META, Specimen::META, Item::META, Account::META, Note::META];

async fn every_statement_prepares(database: Database) {
    let db = Db::connect(&database.url(), &kitchen::MIGRATIONS).await.expect("the migrations apply");
    db.close().await;
    let url = database.url();
    for meta in MODELS {
        let sql = &meta.sql;
        let deleting = format!("{}{}", sql.delete, sql.returning);
        for statement in [sql.select, sql.get, sql.insert, sql.delete, &deleting] {
            let statement = AssertSqlSafe(statement.to_owned()).into_sql_str();
            let text = statement.as_str().to_owned();
            let prepared = if url.starts_with("sqlite:") {
                let mut connection = SqliteConnection::connect(&url).await.expect("a connection");
                connection.prepare(statement).await.map(drop)
            } else {
                let mut connection = PgConnection::connect(&url).await.expect("a connection");
                connection.prepare(statement).await.map(drop)
            };
            prepared.unwrap_or_else(|error| panic!("{}: {error}\n{text}", meta.name));
        }
    }
}

#[test]
fn the_committed_crate_is_what_the_definition_gives() {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let run = Command::new(generator())
        .current_dir(workspace)
        .args(["generate", "--check", "tests/kitchen/kitchen.json", "--out", "tests/kitchen/generated"])
        .output()
        .expect("the generator runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}
