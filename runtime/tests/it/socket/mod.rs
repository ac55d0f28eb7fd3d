//! Sockets: a real server, real connections, and consumers written by hand.

mod access;
mod auth;
mod closing;
mod encryption;
mod envelope;
mod handshake;
mod limits;
mod load;
mod memory;
mod multiplexer;
mod order;
mod probe;
mod rfc6455;
mod scope;
mod shutdown;

use std::net::SocketAddr;
use std::sync::Arc;

use dcrf_runtime::db::{Db, Migrations};
use dcrf_runtime::test::{PATIENCE, TestClient};
use dcrf_runtime::{Limits, Service, ServiceError, Stats};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use probe::{Control, PROBE, Probe, SECOND};

const MIGRATIONS: Migrations = Migrations { sqlite: &[], postgres: &[] };

/// A server with the probe at `/ws/probe/` and `/ws/second/`.
struct Server {
    address: SocketAddr,
    control: Control,
    stats: Arc<Stats>,
    shutdown: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), ServiceError>>,
}

async fn database() -> Db {
    Db::connect("sqlite::memory:", &MIGRATIONS).await.expect("a database in memory")
}

fn service(control: &Control) -> Service {
    Service::new("probe", MIGRATIONS)
        .consumer(Probe::new(&PROBE, control))
        .consumer(Probe::new(&SECOND, control))
}

impl Server {
    async fn start() -> Self {
        Self::with(|service| service).await
    }

    async fn limited(change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = Limits::default();
        change(&mut limits);
        Self::with(|service| service.limits(limits)).await
    }

    async fn with(change: impl FnOnce(Service) -> Service) -> Self {
        let control = Control::default();
        let service = change(service(&control));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (shutdown, signal) = oneshot::channel::<()>();
        let (stats, db) = (service.stats(), database().await);
        let task = tokio::spawn(service.serve(listener, db, async {
            let _ = signal.await;
        }));
        Self { address, control, stats, shutdown: Some(shutdown), task }
    }

    fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    async fn client(&self) -> TestClient {
        TestClient::connect(self.url("/ws/probe/")).await
    }

    async fn multiplexed(&self) -> TestClient {
        TestClient::connect(self.url("/ws/")).await
    }

    /// Waits until every connection is gone, with all it had.
    async fn none_open(&self) {
        timeout(PATIENCE, self.stats.none_open()).await.expect("every connection ends");
    }

    fn begin_shutdown(&mut self) {
        let _ = self.shutdown.take().expect("one shutdown").send(());
    }

    async fn ended(self) {
        timeout(PATIENCE, self.task)
            .await
            .expect("the server ends")
            .expect("no panic")
            .expect("an orderly shutdown");
    }
}
