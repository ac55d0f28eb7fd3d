//! Every migration that is committed makes its tables in an empty database.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dcrf_e2e::Database;
use dcrf_runtime::Db;

use crate::evolution::migrations;
use crate::on_both_databases;

on_both_databases!(every_migration_applies);

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
        let migrations = migrations(&files(&output));
        let db = Db::connect(&fresh.url(), migrations)
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", output.display()));
        db.close().await;
    }
}
