//! The service on a port of its own, for one test.

use std::sync::Arc;

use axum::Router;
use dcrf_e2e::{Database, LIMIT};
use dcrf_runtime::broker::BrokerOptions;
use dcrf_runtime::files::FileStore;
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Db, Limits, Stats};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Signals;
use super::app::App;
use super::doorkeeper::ByQuery;

/// The running service; it ends with this.
pub(crate) struct Kitchen {
    /// Its database, for what is done past the sockets.
    pub(crate) db: Db,
    /// What its application tells.
    pub(crate) signals: Signals,
    address: String,
    server: JoinHandle<()>,
    stop: Arc<Notify>,
    stats: Arc<Stats>,
    /// The same, for what other programs do to it. Outlives the server.
    pub(crate) database: Arc<Database>,
}

impl Kitchen {
    pub(crate) async fn start(database: Database) -> Self {
        Self::with_pages(database, |_| Router::new()).await
    }

    /// Another server on the same database.
    pub(crate) async fn beside(&self) -> Self {
        Self::on(Arc::clone(&self.database), None, Limits::default(), |_| Router::new(), free().await).await
    }

    /// Two servers on one database, which hear each other by a broker.
    pub(crate) async fn pair(database: Database, broker: &str) -> [Self; 2] {
        let database = Arc::new(database);
        let start = async || {
            let listener = free().await;
            Self::on(Arc::clone(&database), Some(broker), Limits::default(), |_| Router::new(), listener)
                .await
        };
        [start().await, start().await]
    }

    /// With HTTP routes beside the sockets.
    pub(crate) async fn with_pages(database: Database, pages: impl FnOnce(Db) -> Router) -> Self {
        Self::on(Arc::new(database), None, Limits::default(), pages, free().await).await
    }

    /// With limits of the test's own.
    pub(crate) async fn with_limits(database: Database, limits: Limits) -> Self {
        Self::on(Arc::new(database), None, limits, |_| Router::new(), free().await).await
    }

    /// The same, where little waits below the server for those who do not read: by itself the system keeps megabytes,
    /// the more the faster a connection was.
    pub(crate) async fn with_narrow_lines(database: Database, limits: Limits) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        // Connections have it from the socket that they come in by.
        socket.set_send_buffer_size(16 * 1024).expect("an option of sockets");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        let listener = socket.listen(1024).expect("a listener");
        Self::on(Arc::new(database), None, limits, |_| Router::new(), listener).await
    }

    async fn on(
        database: Arc<Database>,
        broker: Option<&str>,
        limits: Limits,
        pages: impl FnOnce(Db) -> Router,
        listener: TcpListener,
    ) -> Self {
        let (app, signals) = App::new();
        let db = Db::connect(&database.url(), &kitchen::MIGRATIONS).await.expect("a database to connect to");
        if let Some(broker) = broker {
            db.use_broker(broker, BrokerOptions::new("kitchen")).await.expect("a broker");
        }
        let service = kitchen::service(app).authenticator(ByQuery).limits(limits).merge(pages(db.clone()));
        let service = service.files_in(FileStore::at("memory:").expect("a store"));
        let (stop, stats) = (Arc::new(Notify::new()), service.stats());
        let address = listener.local_addr().expect("an address").to_string();
        let (served, stopped) = (db.clone(), Arc::clone(&stop));
        let server = tokio::spawn(async move {
            service
                .serve(listener, served, stopped.notified())
                .await
                .expect("a service without contradictions");
        });
        Self { db, signals, address, server, stop, stats, database }
    }

    /// Its counters.
    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Where it listens: `127.0.0.1:4711`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A socket to one stream.
    pub(crate) async fn open(&self, stream: &str) -> Stream {
        Stream { client: TestClient::connect(format!("ws://{}/ws/{stream}/", self.address)).await, next: 0 }
    }

    /// A socket to one stream, by somebody who is logged in.
    pub(crate) async fn open_as(&self, stream: &str, name: &str) -> Stream {
        let url = format!("ws://{}/ws/{stream}/?{name}", self.address);
        Stream { client: TestClient::connect(url).await, next: 0 }
    }

    /// A socket to every stream, by somebody who is logged in.
    pub(crate) async fn multiplexed_as(&self, name: &str) -> TestClient {
        TestClient::connect(format!("ws://{}/ws/?{name}", self.address)).await
    }

    /// Lets the server stop.
    pub(crate) fn stop(&self) {
        self.stop.notify_one();
    }

    /// Waits until every connection is gone with all it had, and makes sure that the application told nothing since.
    pub(crate) async fn quiet(&mut self) {
        timeout(LIMIT, self.stats.none_open()).await.expect("every connection ends");
        assert_eq!(self.signals.untold(), [] as [String; 0]);
    }
}

async fn free() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

impl Drop for Kitchen {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A socket to one stream.
pub(crate) struct Stream {
    /// The client under it.
    pub(crate) client: TestClient,
    next: u64,
}

impl Stream {
    /// Asks, with these arguments beside `action`, and gives the answer: it must have the five keys of an answer.
    pub(crate) async fn ask(&mut self, action: &str, arguments: Value) -> Answer {
        self.next += 1;
        let mut frame = json!({"action": action, "request_id": self.next});
        let (Some(frame_keys), Value::Object(arguments)) = (frame.as_object_mut(), arguments) else {
            panic!("arguments are an object")
        };
        frame_keys.extend(arguments);
        let answer = self.client.request(&frame).await;
        let keys = answer.as_object().map(|keys| keys.len());
        assert_eq!(keys, Some(5), "sent {frame}, came {answer}");
        assert_eq!(answer["action"], frame["action"], "sent {frame}, came {answer}");
        Answer { frame, answer }
    }

    pub(crate) async fn create(&mut self, data: Value) -> Answer {
        self.ask("create", json!({"data": data})).await
    }
}

/// What was sent and what came.
#[derive(Debug)]
pub(crate) struct Answer {
    frame: Value,
    answer: Value,
}

impl Answer {
    /// The data of a success.
    #[track_caller]
    pub(crate) fn data(self, status: u16) -> Value {
        let Self { frame, mut answer } = self;
        assert!(
            answer["response_status"] == status && answer["errors"] == json!([]),
            "expected {status}\n  sent {frame}\n  came {answer}"
        );
        answer["data"].take()
    }

    /// That it is a success with these data.
    #[track_caller]
    pub(crate) fn is(self, status: u16, data: Value) {
        let (frame, found) = (self.frame.clone(), self.data(status));
        assert_eq!(found, data, "sent {frame}");
    }

    /// The status.
    pub(crate) fn status(&self) -> u64 {
        self.answer["response_status"].as_u64().expect("a status")
    }

    /// That it is a refusal with these errors.
    #[track_caller]
    pub(crate) fn refuses(self, status: u16, errors: Value) {
        let Self { frame, answer } = self;
        assert_eq!(answer["errors"], errors, "sent {frame}, came {answer}");
        assert_eq!(answer["response_status"], status, "sent {frame}, came {answer}");
        assert_eq!(answer["data"], Value::Null, "sent {frame}, came {answer}");
    }
}

/// The column of a list of rows.
#[track_caller]
pub(crate) fn column(rows: &Value, name: &str) -> Vec<Value> {
    let rows = rows.as_array().unwrap_or_else(|| panic!("{rows} is no list"));
    rows.iter().map(|row| row[name].clone()).collect()
}
