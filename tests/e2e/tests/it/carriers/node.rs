//! A node of an application whose clients join groups and speak to them.

use std::time::Duration;

use dcrf_runtime::broker::BrokerOptions;
use dcrf_runtime::db::Migrations;
use dcrf_runtime::dispatch::ReplyFuture;
use dcrf_runtime::meta::{AccessMeta, ActionMeta, ConsumerMeta};
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Context, Db, Dispatch, Error, Reply, Request, Result, Service};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

static ROOM: ConsumerMeta = ConsumerMeta {
    name: "Room",
    stream: "room",
    path: "/ws/room/",
    actions: &[ActionMeta::new("join"), ActionMeta::new("leave"), ActionMeta::new("say")],
    model: None,
    access: AccessMeta::OPEN,
};

struct Room;

fn text(request: &Request<'_>, name: &str) -> Result<String> {
    let raw = request.argument(name).ok_or_else(|| Error::field(name, "This field is required."))?;
    serde_json::from_str(raw.get()).map_err(|error| Error::internal(error.to_string()))
}

impl Dispatch for Room {
    fn meta(&self) -> &'static ConsumerMeta {
        &ROOM
    }

    fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async move {
            let group = ctx.group(text(request, "group")?);
            match request.action() {
                "join" => group.join().await.map(|()| Reply::empty(201)),
                "leave" => group.leave().await.map(|()| Reply::empty(204)),
                _ => {
                    group.send_json(&json!({"said": text(request, "what")?})).await?;
                    Ok(Reply::empty(200))
                }
            }
        })
    }
}

/// A node.
pub struct Node {
    db: Db,
    address: String,
    stop: tokio::sync::oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Node {
    /// One without a broker.
    pub async fn start() -> Self {
        let db = Db::connect("sqlite::memory:", &Migrations { sqlite: &[], postgres: &[] });
        let db = db.await.expect("a database in memory");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let service = Service::new("room", Migrations { sqlite: &[], postgres: &[] }).consumer(Room);
        let served = db.clone();
        let task = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            service.serve(listener, served, stopped).await.expect("it serves");
        });
        Self { db, address, stop, task }
    }

    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Uses a broker of the runtime.
    pub async fn use_broker(&self, url: &str) {
        let options = BrokerOptions { retry: Duration::from_millis(200), ..BrokerOptions::new("carriers") };
        self.db.use_broker(url, options).await.expect("the broker is there");
    }

    pub async fn client(&self) -> Client {
        let client = TestClient::connect(format!("ws://{}/ws/room/", self.address)).await;
        Client { client, requests: 0 }
    }

    /// Whether it says so.
    pub async fn is_ready(&self) -> bool {
        let mut stream = TcpStream::connect(&self.address).await.expect("it listens");
        stream
            .write_all(b"GET /readyz HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n")
            .await
            .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it answers");
        answer.starts_with("HTTP/1.1 200 ")
    }

    /// Waits until it says so: what it has found out counts for a moment.
    pub async fn becomes_ready(&self) {
        let ready = async {
            while !self.is_ready().await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(dcrf_runtime::test::PATIENCE, ready).await.expect("it becomes ready");
    }

    /// Ends it.
    pub async fn end(self) {
        let _ = self.stop.send(());
        self.task.await.expect("it ends");
    }
}

/// Somebody who is connected.
pub struct Client {
    client: TestClient,
    requests: u64,
}

impl Client {
    async fn ask(&mut self, action: &str, group: &str, what: Option<u64>) -> u64 {
        self.requests += 1;
        let what = what.map(|what| what.to_string());
        let frame = json!({"action": action, "group": group, "what": what, "request_id": self.requests});
        self.client.request(&frame).await["response_status"].as_u64().expect("a status")
    }

    pub async fn join(&mut self, group: &str) {
        assert_eq!(self.ask("join", group, None).await, 201);
    }

    /// The status of the answer.
    pub async fn try_join(&mut self, group: &str) -> u64 {
        self.ask("join", group, None).await
    }

    pub async fn leave(&mut self, group: &str) {
        assert_eq!(self.ask("leave", group, None).await, 204);
    }

    pub async fn say(&mut self, group: &str, what: u64) {
        assert_eq!(self.ask("say", group, Some(what)).await, 200);
    }

    /// What is said next in the groups that it is in, and nothing else.
    pub async fn hear(&mut self, count: usize) -> Vec<u64> {
        let mut heard = Vec::with_capacity(count);
        while heard.len() < count {
            let frame = self.client.expect_frame().await;
            let said = frame["said"].as_str().and_then(|said| said.parse().ok());
            heard.push(said.unwrap_or_else(|| panic!("something else was told: {frame}")));
        }
        heard
    }

    /// It is told that it has missed something.
    pub async fn resyncs(&mut self) {
        let frame = self.client.expect_frame().await;
        assert_eq!((&frame["action"], &frame["data"]), (&json!("resync"), &Value::Null), "{frame}");
    }
}
