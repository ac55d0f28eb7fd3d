//! Every migration that is committed makes its tables in an empty database.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dcrf_e2e::Database;
use dcrf_runtime::Db;
use dcrf_runtime::db::Migrations;

use crate::evolution::migrations;
use crate::on_both_databases;

on_both_databases!(every_migration_applies);

/// Tables that somebody else made, and that migrations refer to: by the end of the output's path, how each is made.
const OTHERS: [(&str, &str); 6] = [
    ("golden/django/out", "CREATE TABLE auth_user (id UUID_TYPE NOT NULL PRIMARY KEY)"),
    ("golden/delivery/out", "CREATE TABLE legacy_stock (code TEXT NOT NULL PRIMARY KEY)"),
    ("golden/observed_database/out", "CREATE TABLE legacy_stock (code TEXT NOT NULL PRIMARY KEY)"),
    ("generated/shop", "CREATE TABLE shop_product (id UUID_TYPE NOT NULL PRIMARY KEY)"),
    ("generated/shop", "CREATE TABLE shop_order (id BIGINT NOT NULL PRIMARY KEY)"),
    ("generated/shop", "CREATE TABLE shop_product_tags (id BIGINT NOT NULL PRIMARY KEY)"),
];

/// An output with columns of types of PostgreSQL's own (`x-sql`), and how these are made. There is no SQLite for it.
const TYPES: &str = "golden/sql_types/out";
const OF_POSTGRES: [&str; 2] = ["CREATE EXTENSION citext", "CREATE TYPE mood AS ENUM ('sad', 'happy')"];

const NONE: Migrations = Migrations { sqlite: &[], postgres: &[] };

/// Makes the tables and types of others.
async fn prepare(database: &Database, output: &Path) {
    let is_sqlite = database.url().starts_with("sqlite");
    let uuid = if is_sqlite { "char(32)" } else { "uuid" };
    let db = Db::connect(&database.url(), &NONE).await.expect("an empty database");
    for (_, sql) in OTHERS.iter().filter(|(end, _)| output.ends_with(end)) {
        let sql: &'static str = sql.replace("UUID_TYPE", uuid).leak();
        db.execute(sql, Vec::new()).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    if output.ends_with(TYPES) && !is_sqlite {
        for sql in OF_POSTGRES {
            db.execute(sql, Vec::new()).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }
    db.close().await;
}

/// The folders of this repository that hold migrations.
fn outputs() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders: Vec<PathBuf> = ["generated", "tests", "benches"].map(|name| root.join(name)).into();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        // An application without models has a description of no tables, and no migrations.
        if folder.join("migrations/schema.json").exists() {
            found.extend(folder.join("migrations/sqlite").exists().then_some(folder));
            continue;
        }
        let entries = fs::read_dir(&folder).expect("a folder can be read");
        let paths = entries.map(|entry| entry.expect("an entry can be read").path());
        let is_looked_into =
            |path: &PathBuf| path.is_dir() && !path.ends_with("node_modules") && !path.ends_with("target");
        folders.extend(paths.filter(is_looked_into));
    }
    found
}

/// The files of the migrations, by their paths in an output.
fn files(output: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for folder in ["migrations/sqlite/", "migrations/postgres/"] {
        for entry in fs::read_dir(output.join(folder)).expect("there are migrations") {
            let path = entry.expect("an entry can be read").path();
            let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
            files.insert(format!("{folder}{name}"), fs::read_to_string(path).expect("it can be read"));
        }
    }
    files
}

async fn every_migration_applies(first: Database) {
    let outputs = outputs();
    assert!(outputs.len() > 15, "{outputs:?}");
    for output in outputs {
        let fresh = if first.url().starts_with("sqlite") {
            Some(Database::sqlite())
        } else {
            Database::postgres().await
        };
        let fresh = fresh.expect("there is a second database where there is a first");
        prepare(&fresh, &output).await;
        let migrations = migrations(&files(&output));
        let applied = Db::connect(&fresh.url(), migrations).await;
        if output.ends_with(TYPES) && fresh.url().starts_with("sqlite") {
            let refused = applied.expect_err("its types are not those of SQLite").to_string();
            assert!(refused.contains("says nothing for `sqlite`"), "{refused}");
            continue;
        }
        applied.unwrap_or_else(|error| panic!("{}: {error}", output.display())).close().await;
    }
}
