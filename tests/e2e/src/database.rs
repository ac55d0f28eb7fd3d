//! A database for one test: an SQLite file of its own, or a database of its own on the PostgreSQL server that
//! `DCRF_TEST_POSTGRES` names. Both are gone when it is dropped.

use std::env;
use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;

/// Names the PostgreSQL server: `postgres://user@host:port/database`. The user has to be allowed to create databases.
const SERVER: &str = "DCRF_TEST_POSTGRES";

/// A fresh and empty database.
#[derive(Debug)]
pub struct Database(Kind);

#[derive(Debug)]
enum Kind {
    Sqlite(TempDir),
    Postgres { server: String, name: String },
}

impl Database {
    /// A file that does not exist yet, in a directory of its own.
    ///
    /// # Panics
    /// If there is no room for it.
    pub fn sqlite() -> Self {
        Self(Kind::Sqlite(tempfile::tempdir().expect("a temporary directory can be made")))
    }

    /// A database on the server that `DCRF_TEST_POSTGRES` names. Without that variable there is none, which is said
    /// aloud.
    ///
    /// # Panics
    /// If the variable is not set and `CI` is: there nothing may be skipped. Also if the server refuses.
    pub async fn postgres() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = env::var(SERVER) else {
            assert!(env::var_os("CI").is_none(), "{SERVER} is not set, and in CI no test may be skipped");
            // Not `eprintln!`, which the test harness keeps to itself when a test passes.
            let _ = writeln!(
                std::io::stderr(),
                "NOT TESTED on PostgreSQL: {SERVER} is not set (`tests/run` starts a server and sets it)"
            );
            return None;
        };
        let name = format!("dcrf_e2e_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        execute(&server, format!("CREATE DATABASE {name}"))
            .await
            .unwrap_or_else(|error| panic!("{SERVER} does not let us create a database: {error}"));
        Some(Self(Kind::Postgres { server, name }))
    }

    /// Its address, as `DATABASE_URL` wants it.
    pub fn url(&self) -> String {
        match &self.0 {
            Kind::Sqlite(directory) => {
                format!("sqlite://{}", directory.path().join("test.sqlite3").display())
            }
            Kind::Postgres { server, name } => on_database(server, name),
        }
    }

    /// Whether it is SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.0, Kind::Sqlite(_))
    }

    /// Runs statements past the server, as another program does: all in one transaction, which is rolled back at last
    /// unless it `commits`.
    ///
    /// # Panics
    /// If one fails.
    pub async fn transaction(&self, statements: &[&'static str], commits: bool) {
        let url = self.url();
        let end = if commits { "COMMIT" } else { "ROLLBACK" };
        match self.0 {
            Kind::Sqlite(_) => {
                let mut connection =
                    SqliteConnection::connect(&url).await.expect("the file can be opened beside the server");
                for sql in ["BEGIN IMMEDIATE"].iter().chain(statements).chain([&end]) {
                    sqlx::query(*sql)
                        .execute(&mut connection)
                        .await
                        .unwrap_or_else(|error| panic!("{sql}: {error}"));
                }
                connection.close().await.expect("the file can be closed");
            }
            Kind::Postgres { .. } => {
                let mut connection = PgConnection::connect(&url).await.expect("the database can be written");
                for sql in ["BEGIN"].iter().chain(statements).chain([&end]) {
                    sqlx::query(*sql)
                        .execute(&mut connection)
                        .await
                        .unwrap_or_else(|error| panic!("{sql}: {error}"));
                }
                connection.close().await.expect("a connection can be closed");
            }
        }
    }

    /// The one text that a query finds, read past the server: what is really stored.
    ///
    /// # Panics
    /// If the query does not find exactly one text.
    pub async fn text(&self, sql: &'static str) -> String {
        let url = self.url();
        let found = match self.0 {
            Kind::Sqlite(_) => {
                let mut connection =
                    SqliteConnection::connect(&url).await.expect("the file can be opened beside the server");
                sqlx::query_scalar(sql).fetch_all(&mut connection).await
            }
            Kind::Postgres { .. } => {
                let mut connection = PgConnection::connect(&url).await.expect("the database can be read");
                sqlx::query_scalar(sql).fetch_all(&mut connection).await
            }
        };
        let mut texts: Vec<String> = found.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(texts.len(), 1, "{sql} finds {texts:?}");
        texts.remove(0)
    }

    /// How PostgreSQL finds what a query asks for, with any index that can serve it: of a few rows it would read them
    /// all. SQLite is not asked: none.
    ///
    /// # Panics
    /// If the query cannot be planned.
    pub async fn plan(&self, query: &'static str) -> Option<String> {
        if let Kind::Sqlite(_) = self.0 {
            return None;
        }
        let mut connection = PgConnection::connect(&self.url()).await.expect("the database can be read");
        sqlx::query("SET enable_seqscan = off").execute(&mut connection).await.expect("a setting");
        let explain = AssertSqlSafe(format!("EXPLAIN {query}"));
        let lines: Vec<String> = sqlx::query_scalar(explain)
            .fetch_all(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("{query}: {error}"));
        Some(lines.join("\n"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Kind::Postgres { server, name } = &self.0 else { return };
        let (server, sql) = (server.clone(), format!("DROP DATABASE {name} WITH (FORCE)"));
        // A destructor cannot wait in the runtime of the test, so it has one of its own. A database that stays
        // behind is a nuisance for whoever owns the server, and no reason to fail.
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(execute(&server, sql)))
        });
        if !matches!(dropped.join(), Ok(Ok(Ok(())))) {
            eprintln!("the database {name} could not be dropped");
        }
    }
}

async fn execute(server: &str, sql: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(server).await?;
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

/// The address of another database on the same server. The parameters of an address (`?host=/socket/directory`) stay.
fn on_database(server: &str, name: &str) -> String {
    let (address, parameters) =
        server.split_once('?').map_or((server, None), |(address, rest)| (address, Some(rest)));
    let authority = address.split_once("://").map_or(address, |(_, rest)| rest);
    let base = match authority.find('/') {
        Some(slash) => &address[..address.len() - authority.len() + slash],
        None => address,
    };
    match parameters {
        Some(parameters) => format!("{base}/{name}?{parameters}"),
        None => format!("{base}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::on_database;

    #[test]
    fn the_name_of_the_database_is_replaced() {
        for (server, expected) in [
            ("postgres://me@localhost:5433/postgres", "postgres://me@localhost:5433/x"),
            ("postgres://localhost", "postgres://localhost/x"),
            ("postgres://localhost/", "postgres://localhost/x"),
            ("postgres://me@localhost/a?host=/run", "postgres://me@localhost/x?host=/run"),
            ("postgres://localhost?sslmode=disable", "postgres://localhost/x?sslmode=disable"),
        ] {
            assert_eq!(on_database(server, "x"), expected);
        }
    }
}
