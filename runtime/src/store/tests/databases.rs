//! The databases of the tests: SQLite, and a database of its own on each PostgreSQL server that the environment names.

use std::sync::Arc;

use crate::db::{Db, Migration, Migrations};
use crate::ground::scalar::Uuid;

const NONE: Migrations = Migrations { sqlite: &[], postgres: &[] };

/// Runs a test on two fresh databases of each kind.
pub(super) async fn on_each(
    sqlite: &'static str,
    postgres: &'static str,
    test: impl AsyncFn([Db; 2], &'static str),
) {
    let migrations = migrations(sqlite, postgres);
    let memory = || Db::connect("sqlite::memory:", &migrations);
    test([memory().await.expect("SQLite"), memory().await.expect("SQLite")], "SQLite").await;
    for variable in ["DCRF_TEST_POSTGRES", "DCRF_TEST_POSTGRES_C"] {
        on_server(variable, sqlite, postgres, async |databases, _| test(databases, variable).await).await;
    }
}

fn migrations(sqlite: &'static str, postgres: &'static str) -> Migrations {
    let sqlite = [Migration { version: 1, name: "initial", sql: sqlite }];
    let postgres = [Migration { version: 1, name: "initial", sql: postgres }];
    Migrations { sqlite: Box::leak(Box::new(sqlite)), postgres: Box::leak(Box::new(postgres)) }
}

/// Runs a test on two fresh databases, with their URLs, on the server that a variable names, if it does.
pub(super) async fn on_server(
    variable: &str,
    sqlite: &'static str,
    postgres: &'static str,
    test: impl AsyncFn([Db; 2], [String; 2]),
) {
    let Ok(server) = std::env::var(variable) else {
        assert!(std::env::var_os("CI").is_none(), "{variable} is not set");
        eprintln!("\n*** PostgreSQL was NOT covered: {variable} is not set ***\n");
        return;
    };
    let names = [0, 1].map(|_| format!("dcrf_{}", Uuid::random().to_string().replace('-', "")));
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    let urls = names.clone().map(|name| format!("{base}/{name}"));
    let mut databases = Vec::new();
    for (name, url) in names.iter().zip(&urls) {
        run(&server, format!("CREATE DATABASE {name}")).await;
        databases.push(Db::connect(url, &migrations(sqlite, postgres)).await.expect("PostgreSQL"));
    }
    test([databases[0].clone(), databases[1].clone()], urls).await;
    for (db, name) in databases.into_iter().zip(&names) {
        db.close().await;
        run(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }
}

/// Runs a statement on a server itself.
async fn run(server: &str, sql: String) {
    let admin = Db::connect(server, &NONE).await.expect("the server");
    admin.execute(sql.leak(), Vec::new()).await.expect("a database of the test's own");
    admin.close().await;
}

/// Returns a handle whose commits are recorded.
pub(super) fn recorded(db: &Db) -> (Db, Arc<super::world::Recorder>) {
    let recorder = Arc::new(super::world::Recorder::default());
    (db.clone().heard_by(Arc::clone(&recorder) as Arc<dyn crate::db::Listener>), recorder)
}
