//! A database on a PostgreSQL server, and a connection beside those of the runtime.

use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// A database of one's own. It stays behind if [`remove`](Self::remove) is not called, as after a failure.
#[derive(Debug)]
pub struct Postgres {
    server: String,
    name: String,
    url: String,
    connection: PgConnection,
}

impl Postgres {
    /// Makes a database on the server of a URL.
    pub(super) async fn create(server: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("dcrf_oracle_{}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        on(server, format!("CREATE DATABASE {name}")).await;
        let (base, _) = server.rsplit_once('/').expect("a URL with a database");
        let url = format!("{base}/{name}");
        let connection = PgConnection::connect(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        Self { server: server.to_owned(), name, url, connection }
    }

    /// Its URL.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Whether it orders texts as a language does, and not by their code points.
    pub(super) async fn orders_by_language(&self) -> bool {
        let mut connection = PgConnection::connect(&self.url).await.unwrap_or_else(|error| panic!("{error}"));
        let answer = sqlx::query_scalar("SELECT 'a'::text < 'B'::text").fetch_one(&mut connection).await;
        answer.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Takes everything out of it.
    pub(super) async fn empty(&mut self) {
        let sql = "SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public";
        let emptied = self.connection.execute(sql).await;
        emptied.unwrap_or_else(|error| panic!("{} cannot be emptied: {error}", self.url));
    }

    /// Removes it.
    pub(super) async fn remove(self) {
        // What is left of the connection ends with the database.
        let _ = self.connection.close().await;
        on(&self.server, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}

async fn on(server: &str, sql: String) {
    let done = async {
        let mut connection = PgConnection::connect(server).await?;
        connection.execute(AssertSqlSafe(sql.clone())).await?;
        connection.close().await
    };
    done.await.unwrap_or_else(|error: sqlx::Error| panic!("{server}: {sql}: {error}"));
}
