//! The service under test, in this process, on a database and a port of its own.

use std::future::pending;

use dcrf_e2e::Database;
use dcrf_runtime::broker::BrokerOptions;
use dcrf_runtime::{Db, Json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running server; it ends with this.
pub(crate) struct Server {
    /// Where it listens: `127.0.0.1:4711`.
    pub(crate) address: String,
    db: Db,
    task: JoinHandle<()>,
    /// Outlives the server.
    _database: Database,
}

impl Server {
    /// Starts it on a fresh database.
    pub(crate) async fn start(database: Database) -> Self {
        Self::start_with(database, None).await
    }

    /// The same with a broker: its URL, and what to be called there.
    pub(crate) async fn start_with(database: Database, broker: Option<(String, String)>) -> Self {
        let db = Db::connect(&database.url(), &conformance::MIGRATIONS).await.expect("a database");
        if let Some((url, namespace)) = broker {
            db.use_broker(&url, BrokerOptions::new(namespace)).await.expect("a broker");
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let served = db.clone();
        let task = tokio::spawn(async move {
            let service = dcrf_conformance::service();
            service.serve(listener, served, pending()).await.expect("a service without contradictions");
        });
        Self { address, db, task, _database: database }
    }

    /// Fills the tables, as the frame to `/ws/_reset/` does. `tables` is JSON.
    pub(crate) async fn reset(&self, tables: &str) {
        let tables: Json = tables.parse().expect("JSON");
        let transaction = self.db.begin().await.expect("a transaction");
        let tables = tables.entries().expect("tables by name");
        dcrf_conformance::reset::reset(transaction.db(), &tables).await.expect("rows that fit");
        transaction.commit().await.expect("rows that fit");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
