//! Fresh databases for tests.

use std::future::Future;

use dcrf_runtime::Db;
use dcrf_runtime::db::Migrations;

/// Runs a test on every database that there is, each time a fresh one.
pub async fn on_each<F: Future<Output = ()>>(test: impl Fn(Db) -> F) {
    on_each_with(&super::descriptors::MIGRATIONS, test).await;
}

/// The same, with migrations of the test's own.
pub async fn on_each_with<F: Future<Output = ()>>(migrations: &Migrations, test: impl Fn(Db) -> F) {
    let memory = Db::connect("sqlite::memory:", migrations).await.expect("SQLite in memory");
    test(memory.clone()).await;
    memory.close().await;
    on_files_and_postgres(migrations, test).await;
}

/// The same without SQLite in memory, where a transaction and other readers wait for each other.
pub async fn on_files_and_postgres<F: Future<Output = ()>>(migrations: &Migrations, test: impl Fn(Db) -> F) {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::connect(&file_url(&folder), migrations).await.expect("SQLite in a file");
    test(db.clone()).await;
    db.close().await;
    if let Some(postgres) = Postgres::create().await {
        let db = Db::connect(&postgres.url, migrations).await.expect("PostgreSQL");
        test(db.clone()).await;
        db.close().await;
        postgres.drop().await;
    }
}

/// The URL of a SQLite database in a folder.
pub fn file_url(folder: &tempfile::TempDir) -> String {
    format!("sqlite:{}", folder.path().join("test.db").display())
}

/// A database of its own on the server of `DCRF_TEST_POSTGRES`.
pub struct Postgres {
    server: String,
    name: String,
    pub url: String,
}

const NONE: Migrations = Migrations { sqlite: &[], postgres: &[] };

impl Postgres {
    /// None, loudly, if there is no server; in CI there has to be one.
    pub async fn create() -> Option<Self> {
        let Ok(server) = std::env::var("DCRF_TEST_POSTGRES") else {
            assert!(std::env::var_os("CI").is_none(), "DCRF_TEST_POSTGRES is not set");
            eprintln!("\n*** PostgreSQL was NOT covered: DCRF_TEST_POSTGRES is not set ***\n");
            return None;
        };
        let name = format!("dcrf_{}", dcrf_runtime::Uuid::random().to_string().replace('-', ""));
        run(&server, format!("CREATE DATABASE {name}")).await;
        let (base, _) = server.rsplit_once('/').expect("a URL with a database");
        Some(Self { url: format!("{base}/{name}"), server, name })
    }

    pub async fn drop(self) {
        run(&self.server, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}

/// Runs a statement on the server itself.
async fn run(server: &str, sql: String) {
    let admin = Db::connect(server, &NONE).await.expect("the server of DCRF_TEST_POSTGRES");
    admin.execute(sql.leak(), Vec::new()).await.expect("a database of the test's own");
    admin.close().await;
}
