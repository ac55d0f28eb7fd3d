//! The application under test, in this process, on a database and a port of its own.

use std::future::pending;

use dcrf_e2e::Database;
use dcrf_runtime::broker::BrokerOptions;
use dcrf_runtime::{Db, Json, Service};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::tables::Tables;

/// What scenarios are played against.
#[derive(Debug, Clone, Copy)]
pub struct Application {
    /// Makes the service.
    pub service: fn() -> Service,
    /// The tables that scenarios fill.
    pub tables: &'static Tables,
    /// Whether a socket at this path serves several streams.
    pub is_multiplexed: fn(&str) -> bool,
    /// The streams whose connections are subscribed from their beginning: a scenario continues when they are.
    pub waits_for: &'static [&'static str],
}

/// A running server; it ends with this value.
#[derive(Debug)]
pub struct Server {
    /// Where it listens: `127.0.0.1:4711`.
    pub(crate) address: String,
    pub(crate) application: Application,
    db: Db,
    task: JoinHandle<()>,
    /// Outlives the server.
    _database: Database,
}

impl Server {
    /// Starts an application on a fresh database.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start(application: Application, database: Database) -> Self {
        Self::start_with(application, database, None).await
    }

    /// The same with a broker: its URL, and the namespace there.
    ///
    /// # Panics
    /// If the application does not start.
    pub async fn start_with(
        application: Application,
        database: Database,
        broker: Option<(String, String)>,
    ) -> Self {
        let service = (application.service)();
        let db = service.connect(&database.url()).await.expect("a database");
        if let Some((url, namespace)) = broker {
            db.use_broker(&url, BrokerOptions::new(namespace)).await.expect("a broker");
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let served = db.clone();
        let task = tokio::spawn(async move {
            service.serve(listener, served, pending()).await.expect("a service without contradictions");
        });
        Self { address, application, db, task, _database: database }
    }

    /// Fills the tables. `tables` is JSON.
    pub(crate) async fn reset(&self, tables: &str) {
        let tables: Json = tables.parse().expect("JSON");
        let transaction = self.db.begin().await.expect("a transaction");
        let tables = tables.entries().expect("tables by name");
        self.application.tables.fill(transaction.db(), &tables).await.expect("rows that fit");
        transaction.commit().await.expect("rows that fit");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
