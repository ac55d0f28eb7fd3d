//! A service in this process, on a database and a port of its own, and what front ends say to it.

use std::future::pending;

use dcrf_e2e::Database;
use dcrf_runtime::test::{Refused, TestClient};
use dcrf_runtime::{Db, Service};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running service; it ends when it is dropped.
pub(crate) struct Server {
    /// The database, for rows that the front end does not write.
    pub(crate) db: Db,
    pub(crate) database: Database,
    address: String,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts a service on a fresh database.
    pub(crate) async fn start(database: Database, service: Service) -> Self {
        let db = service.connect(&database.url()).await.expect("a database");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let serving = service.serve(listener, db.clone(), pending());
        let task = tokio::spawn(async move { serving.await.expect("a service without contradictions") });
        let server = Self { db, database, address, task };
        // Whatever the test writes now, the server observes: it serves, because it answers.
        server.refuses("/").await;
        server
    }

    /// Opens a socket at a path.
    pub(crate) async fn open(&self, target: &str) -> TestClient {
        TestClient::connect(format!("ws://{}{target}", self.address)).await
    }

    /// Opens a socket that offers subprotocols.
    pub(crate) async fn offer(&self, target: &str, subprotocols: &str) -> Result<TestClient, Refused> {
        let url = format!("ws://{}{target}", self.address);
        TestClient::try_connect(&url, &[("sec-websocket-protocol", subprotocols)]).await
    }

    /// Returns the status with which a handshake is refused.
    pub(crate) async fn refuses(&self, target: &str) -> u16 {
        match TestClient::try_connect(&format!("ws://{}{target}", self.address), &[]).await {
            Ok(_) => panic!("{target} is not refused"),
            Err(refused) => refused.status,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The answer to a request without errors.
pub(crate) fn answer(
    action: &str,
    request_id: impl Into<Value>,
    status: u16,
    data: impl Into<Value>,
) -> Value {
    json!({
        "errors": [], "data": data.into(), "action": action,
        "response_status": status, "request_id": request_id.into(),
    })
}

/// The answer to a request that is refused.
pub(crate) fn refusal(action: &str, request_id: impl Into<Value>, status: u16, errors: Value) -> Value {
    json!({
        "errors": errors, "data": null, "action": action,
        "response_status": status, "request_id": request_id.into(),
    })
}
