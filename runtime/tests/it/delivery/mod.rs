//! What clients may rely on across time (`"delivery": "latest"`): real sockets, both databases, two nodes on one.

mod live;
mod memberships;
mod oracle;
mod resume;
mod rights;
mod snapshot;
mod tail;

use std::future::Future;

use board::MessageHandler;
use board::consumers::TwiceInput;
use board::models::{Message, NewMessage};
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Context, Db, Error, Model as _, Result};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::databases::{Postgres, file_url};

struct Board;

impl MessageHandler for Board {
    async fn twice(&self, ctx: &Context, input: TwiceInput) -> Result<()> {
        let messages = Message::objects(ctx.db());
        messages.patch(input.id, [Message::TEXT.set("once")]).await?;
        let gone = messages.create(new(9, "gone")).await?;
        messages.patch(input.id, [Message::TEXT.set("twice")]).await?;
        messages.delete(gone.id).await?;
        if input.fail { Err(Error::invalid("It was to fail.")) } else { Ok(()) }
    }
}

fn new(room: i64, text: &str) -> NewMessage {
    NewMessage { room, text: text.to_owned(), done: None, score: None, secret: None }
}

/// A server on a database.
struct Node {
    db: Db,
    address: String,
    task: JoinHandle<()>,
}

impl Node {
    async fn start(url: &str) -> Self {
        let db = Db::connect(url, &board::MIGRATIONS).await.expect("a database");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let served = db.clone();
        let task = tokio::spawn(async move {
            board::service(Board).serve(listener, served, std::future::pending()).await.expect("a service");
        });
        Self { db, address, task }
    }

    async fn open(&self, stream: &str) -> TestClient {
        TestClient::connect(format!("ws://{}/ws/{stream}/", self.address)).await
    }

    /// Ends everything of it at once, as if the process were killed.
    fn kill(self) {
        self.task.abort();
    }
}

/// Runs a test on a SQLite file and, if there is a server, on PostgreSQL.
async fn on_each<F: Future<Output = ()>>(test: impl Fn(String) -> F) {
    let folder = tempfile::tempdir().expect("a folder");
    test(file_url(&folder)).await;
    if let Some(postgres) = Postgres::create().await {
        test(postgres.url.clone()).await;
        postgres.drop().await;
    }
}

async fn subscribe(client: &mut TestClient, action: &str, id: i64) {
    let answer = client.request(&json!({"action": action, "request_id": id})).await;
    assert_eq!(answer["response_status"], 201, "{answer}");
}

/// The next event of a subscription.
async fn event(client: &mut TestClient, id: i64) -> Value {
    client.expect_event(|frame| frame["request_id"] == json!(id)).await
}

/// The action and the text of the next event.
async fn told(client: &mut TestClient, id: i64) -> (String, Value) {
    let event = event(client, id).await;
    (event["action"].as_str().expect("an action").to_owned(), event["data"]["text"].clone())
}

fn said(action: &str, text: &str) -> (String, Value) {
    (action.to_owned(), json!(text))
}
