//! What the log says of failures: each is one line with its cause and with what it was asked for, and no value of a
//! payload stands in any line.

mod events;
mod failing;
mod handshakes;
mod requests;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use dcrf_runtime::test::{PATIENCE, TestClient};
use dcrf_runtime::{Db, Limits, Service, Stats};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

use crate::descriptors::MIGRATIONS;
use failing::{Doorkeeper, Failing, Fault};

/// The log of this thread, until it is dropped.
struct Log {
    written: Written,
    _here: DefaultGuard,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic while it is locked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn start() -> Self {
        let written = Written::default();
        let lines = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false);
        let lines = lines.with_max_level(tracing::Level::DEBUG).with_writer(written.clone()).finish();
        Self { written, _here: tracing::subscriber::set_default(lines) }
    }

    /// What was logged since the last look, of the runtime. None of it holds what is secret.
    #[track_caller]
    fn lines(&self) -> Vec<Value> {
        let text = std::mem::take(&mut *self.written.0.lock().expect("no panic while it is locked"));
        let text = String::from_utf8(text).expect("UTF-8");
        assert!(!text.contains("s3cret"), "{text}");
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines
            .filter(|line| line["target"].as_str().is_some_and(|target| target.starts_with("dcrf")))
            .collect()
    }

    /// The lines of failures since the last look.
    #[track_caller]
    fn failures(&self) -> Vec<Value> {
        let mut lines = self.lines();
        lines.retain(|line| line["level"] == "ERROR");
        lines
    }

    /// The one failure since the last look.
    #[track_caller]
    fn failure(&self, about: &str) -> Value {
        let mut failures = self.failures();
        assert_eq!(failures.len(), 1, "{about}: {failures:#?}");
        failures.remove(0)
    }
}

/// What the spans around a line say, the inner after the outer.
fn around(line: &Value) -> Value {
    let mut all = json!({});
    for span in line["spans"].as_array().into_iter().flatten() {
        for (key, value) in span.as_object().into_iter().flatten().filter(|(key, _)| *key != "name") {
            all[key] = value.clone();
        }
    }
    all
}

async fn memory() -> Db {
    Db::connect("sqlite::memory:", &MIGRATIONS).await.expect("a database in memory")
}

/// A server whose one consumer fails where it is told to.
struct Server {
    address: SocketAddr,
    fault: Fault,
    stats: Arc<Stats>,
    db: Db,
    task: JoinHandle<()>,
}

impl Server {
    async fn start() -> Self {
        Self::on(memory().await, false, |_| ()).await
    }

    /// On a database; `later`: whoever comes says who they are in their first frame.
    async fn on(db: Db, later: bool, change: impl FnOnce(&mut Limits)) -> Self {
        let fault = Fault::default();
        let mut limits = Limits::default();
        change(&mut limits);
        let service = Service::new("failing", MIGRATIONS)
            .consumer(Failing::new(&fault))
            .authenticator(Doorkeeper { fault: fault.clone(), later })
            .limits(limits);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (stats, served) = (service.stats(), db.clone());
        let task = tokio::spawn(async move {
            service.serve(listener, served, std::future::pending()).await.expect("it serves");
        });
        Self { address, fault, stats, db, task }
    }

    fn url(&self, multiplexed: bool) -> String {
        format!("ws://{}/ws/{}", self.address, if multiplexed { "" } else { "failing/" })
    }

    async fn client(&self, multiplexed: bool) -> Client {
        Client { socket: TestClient::connect(self.url(multiplexed)).await, multiplexed }
    }

    /// Waits until every connection is gone, with all it had.
    async fn none_open(&self) {
        timeout(PATIENCE, self.stats.none_open()).await.expect("every connection ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A socket to the consumer, wrapped or not.
struct Client {
    socket: TestClient,
    multiplexed: bool,
}

impl Client {
    /// Asks, and gives the answer without its wrapper.
    async fn ask(&mut self, frame: &Value) -> Value {
        if !self.multiplexed {
            return self.socket.request(frame).await;
        }
        let mut answer = self.socket.request(&json!({"stream": "failing", "payload": frame})).await;
        answer["payload"].take()
    }
}
