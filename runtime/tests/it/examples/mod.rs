//! The programs in `examples/`: each is served and sent what its header says.
//!
//! They are modules of the test, so that no further programs are linked; what they have beside `service` is their `main`.

mod programs;

use std::net::SocketAddr;

use dcrf_runtime::Service;
use dcrf_runtime::test::TestClient;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use programs::{authentication, echo, groups, metrics, observer, own_routes, permissions, signals};

/// An example that is served.
struct Example {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Example {
    async fn start(service: Service) -> Self {
        let db = service.connect("sqlite::memory:").await.expect("a database in memory");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            service.serve(listener, db, std::future::pending()).await.expect("a service");
        });
        Self { address, task }
    }

    fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    async fn open(&self, path: &str) -> TestClient {
        TestClient::connect(self.url(path)).await
    }

    /// The answer to `GET`, head and body.
    async fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.expect("the server");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).await.expect("an open connection");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("text");
        answer
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Sends a frame; gives the status and the data of the answer.
async fn ask(client: &mut TestClient, frame: Value) -> (Value, Value) {
    let mut answer = client.request(&frame).await;
    (answer["response_status"].take(), answer["data"].take())
}

#[tokio::test]
async fn echo_answers_what_it_was_sent() {
    let example = Example::start(echo::service()).await;
    let frame = json!({"action": "echo", "request_id": 1, "x": [1, 2]});
    let mut client = example.open("/ws/echo/").await;
    assert_eq!(ask(&mut client, frame.clone()).await, (json!(200), json!({"x": [1, 2]})));
    let mut client = example.open("/ws/").await;
    let answer = client.request(&json!({"stream": "echo", "payload": frame})).await;
    assert_eq!(answer["payload"]["data"], json!({"x": [1, 2]}));
}

#[tokio::test]
async fn groups_are_heard_by_those_who_joined() {
    let example = Example::start(groups::service()).await;
    let (mut one, mut other) = (example.open("/ws/rooms/").await, example.open("/ws/rooms/").await);
    for client in [&mut one, &mut other] {
        let joined = ask(client, json!({"action": "join", "request_id": 1, "room": "lobby"})).await;
        assert_eq!(joined.0, 200);
    }
    let say = json!({"action": "say", "request_id": 2, "room": "lobby", "text": "Hello!"});
    assert_eq!(ask(&mut one, say.clone()).await.0, 200);
    let said = json!({"action": "said", "text": "Hello!", "request_ids": [1]});
    for client in [&mut one, &mut other] {
        assert_eq!(client.expect_event(|frame| frame["action"] == "said").await, said);
    }
    assert_eq!(ask(&mut other, json!({"action": "leave", "request_id": 3, "room": "lobby"})).await.0, 200);
    assert_eq!(ask(&mut one, say).await.0, 200);
    other.expect_nothing().await;
}

#[tokio::test]
async fn signals_reach_those_who_named_the_product() {
    let example = Example::start(signals::service()).await;
    let mut client = example.open("/ws/prices/").await;
    let subscribe = json!({"action": "subscribe", "request_id": "bread", "product": "bread"});
    assert_eq!(ask(&mut client, subscribe).await.0, 201);
    for (id, product) in [(2, "bread"), (3, "milk")] {
        let set = json!({"action": "set", "request_id": id, "product": product, "cents": 250});
        assert_eq!(ask(&mut client, set).await.0, 200);
    }
    let event = client.expect_reply(&json!("bread")).await;
    assert_eq!(event["action"], "price_changed");
    assert_eq!(event["data"], json!({"product": "bread", "cents": 250}));
    client.expect_nothing().await;
}

#[tokio::test]
async fn observers_tell_of_rows() {
    let example = Example::start(observer::service()).await;
    let mut client = example.open("/ws/notes/").await;
    assert_eq!(ask(&mut client, json!({"action": "subscribe", "request_id": "live"})).await.0, 201);
    for (frame, status) in [
        (json!({"action": "create", "request_id": 2, "data": {"text": "Buy milk"}}), 201),
        (json!({"action": "patch", "request_id": 3, "pk": 1, "data": {"text": "Buy bread"}}), 200),
        (json!({"action": "list", "request_id": 4}), 200),
        (json!({"action": "delete", "request_id": 5, "pk": 1}), 204),
    ] {
        assert_eq!(ask(&mut client, frame).await.0, status);
    }
    for action in ["create", "update", "delete"] {
        assert_eq!(client.expect_reply(&json!("live")).await["action"], action);
    }
}

#[tokio::test]
async fn tokens_say_who_is_asking() {
    let example = Example::start(authentication::service()).await;
    for path in ["/ws/account/", "/ws/account/?token=wrong"] {
        let refused = TestClient::try_connect(&example.url(path), &[]).await.expect_err("nobody");
        assert_eq!(refused.status, 401);
    }
    let mut client = example.open("/ws/account/?token=open-sesame").await;
    let who = ask(&mut client, json!({"action": "whoami", "request_id": 1})).await;
    assert_eq!(who, (json!(200), json!({"id": "7", "name": "Ali Baba"})));
    let out = ask(&mut client, json!({"action": "logout", "request_id": 2})).await;
    assert_eq!(out, (json!(200), json!({"connections": 1})));
    assert_eq!(client.expect_close().await, 4401);
}

#[tokio::test]
async fn permissions_let_some_pass() {
    let example = Example::start(permissions::service()).await;
    for (query, statuses) in
        [("", [200, 403, 403]), ("?token=guest", [200, 200, 403]), ("?token=owner", [200; 3])]
    {
        let mut client = example.open(&format!("/ws/doors/{query}")).await;
        for (action, status) in ["look", "knock", "open"].into_iter().zip(statuses) {
            let answer = ask(&mut client, json!({"action": action, "request_id": 1})).await;
            assert_eq!(answer.0, status, "{action} {query}");
        }
    }
}

#[tokio::test]
async fn own_routes_are_beside_the_sockets() {
    let example = Example::start(own_routes::service()).await;
    let mut client = example.open("/ws/visits/").await;
    let visit = json!({"action": "visit", "request_id": 1, "page": "/about"});
    assert_eq!(ask(&mut client, visit).await.0, 201);
    assert!(example.get("/visits").await.ends_with("1 visits\n"));
    assert!(example.get("/").await.ends_with("Count visits at /visits.\n"));
}

#[tokio::test]
async fn metrics_are_counted_beside_answers() {
    let example = Example::start(metrics::service()).await;
    let mut client = example.open("/ws/dice/").await;
    for number in [1, 2, 1] {
        let answer = ask(&mut client, json!({"action": "roll", "request_id": number, "sides": 2})).await;
        assert_eq!(answer, (json!(200), json!(number)));
    }
}

/// None is left out here or in the README.
#[test]
fn every_example_is_here() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let programs = include_str!("programs.rs");
    let readme = include_str!("../../../README.md");
    for entry in std::fs::read_dir(root.join("examples")).expect("the examples") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        assert!(programs.contains(&format!("pub mod {name};")), "{name} is not tested");
        assert!(readme.contains(&format!("`{name}`")), "README.md of the runtime does not name {name}");
        let text = std::fs::read_to_string(&path).expect("an example");
        assert!(text.contains(&format!("--example {name}")), "{name} does not say how it is run");
    }
}
