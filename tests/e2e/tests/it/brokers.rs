//! Several servers of one application, as processes, and a broker between them.

use dcrf_e2e::{App, Broker, Database, Server, Socket};
use serde_json::{Value, json};
use sqlx::Connection as _;
use tokio::io::AsyncWriteExt as _;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_hear_each_other_by_redis() {
    servers_hear_each_other(Broker::redis().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_hear_each_other_by_redis_cluster() {
    servers_hear_each_other(Broker::redis_cluster().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_hear_each_other_by_nats() {
    servers_hear_each_other(Broker::nats().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_hear_each_other_by_postgres() {
    servers_hear_each_other(Broker::postgres().await).await;
}

/// Runs the code of docs/brokers.md, and returns the name to publish at and the text: what a Django process sends.
async fn message_of_python(name: &str) -> [String; 2] {
    let docs = include_str!("../../../../docs/brokers.md");
    let (_, code) = docs.split_once("```python\n").expect("the page has code");
    let (code, _) = code.split_once("```").expect("the code ends");
    let print = format!(
        "channel, text = message('custom', 'bell', {{'bell': 'from Python'}})\nprint({name}('conformance', channel))\nprint(text)"
    );
    let python = std::env::var("DCRF_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = tokio::process::Command::new(python).args(["-c", &format!("{code}\n{print}")]).output();
    let output = output.await.expect("there is a Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).expect("text");
    let mut lines = printed.lines().map(str::to_owned);
    [lines.next().expect("a name"), lines.next().expect("a text")]
}

/// A server that a client hears a group of.
async fn hearing(broker: &Broker) -> (Database, Server, Socket) {
    let (database, url) = (Database::sqlite(), broker.url());
    let server = Server::start_with(App::Observed, &database, &["--broker", url.as_str()]).await;
    let mut client = server.connect("/ws/custom/").await;
    let joined = client.request(json!({"action": "subscribe_to_bell", "request_id": 1})).await;
    assert_eq!(joined["response_status"], 201, "{joined}");
    (database, server, client)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_program_sends_to_a_group_by_redis() {
    let Some(broker) = Broker::redis().await else { return };
    let (_database, _server, mut client) = hearing(&broker).await;
    let [name, text] = message_of_python("redis_channel").await;
    let address = broker.url().replace("redis://", "");
    let mut redis = tokio::net::TcpStream::connect(address).await.expect("Redis is there");
    let parts = ["PUBLISH", &name, &text].map(|part| format!("${}\r\n{part}\r\n", part.len()));
    redis.write_all(format!("*3\r\n{}", parts.concat()).as_bytes()).await.expect("it is sent");
    assert_eq!(client.receive().await, json!({"bell": "from Python"}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_program_sends_to_a_group_by_postgres() {
    let Some(broker) = Broker::postgres().await else { return };
    let (_database, _server, mut client) = hearing(&broker).await;
    let [name, text] = message_of_python("postgres_channel").await;
    let mut connection = sqlx::PgConnection::connect(&broker.url()).await.expect("PostgreSQL is there");
    sqlx::query("SELECT pg_notify($1, $2)")
        .bind(name)
        .bind(text)
        .execute(&mut connection)
        .await
        .expect("it is sent");
    assert_eq!(client.receive().await, json!({"bell": "from Python"}));
}

async fn servers_hear_each_other(broker: Option<Broker>) {
    let Some(mut broker) = broker else { return };
    let database = Database::sqlite();
    let url = broker.url();
    let arguments = ["--broker", url.as_str()];
    let start = || Server::start_with(App::Observed, &database, &arguments);
    let (a, b, c) = (start().await, start().await, start().await);
    reset(&a).await;

    let mut writer = a.connect("/ws/users/").await;
    let mut row = subscribed(&b, "/ws/users/", "subscribe_instance").await;
    let mut guarded = subscribed(&b, "/ws/users_guarded/", "subscribe_instance").await;
    let mut comments = subscribed(&b, "/ws/comments/", "subscribe_to_comment_activity").await;
    let mut doomed = subscribed(&c, "/ws/users/", "subscribe_instance").await;

    patch(&mut writer, "one").await;
    for socket in [&mut row, &mut doomed] {
        assert_eq!(heard(socket).await, ("update".to_owned(), json!("one")));
    }

    // The right to hear of updates is asked where they listen: without it there is one refusal, and then nothing.
    let refusal = guarded.receive().await;
    assert_eq!((&refusal["response_status"], &refusal["data"]), (&json!(403), &Value::Null), "{refusal}");

    // A server that is killed concerns no other.
    c.kill();
    c.ended().await;
    assert_eq!(doomed.closed().await, 1006);
    patch(&mut writer, "two").await;
    assert_eq!(heard(&mut row).await, ("update".to_owned(), json!("two")));

    // Longer than a notification of PostgreSQL may be.
    let mut commenting = a.connect("/ws/comments/").await;
    let text = "ü".repeat(9_000);
    let comment = json!({"action": "create", "request_id": 1, "data": {"text": text, "user": 1}});
    let answer = commenting.request(comment).await;
    assert_eq!(answer["response_status"], 201, "{answer}");
    let event = comments.receive().await;
    assert_eq!((&event["action"], &event["data"]), (&json!("create"), &answer["data"]));

    // Everybody who may have missed something is told.
    broker.restart().await;
    for socket in [&mut row, &mut comments] {
        let expected = json!({
            "errors": [], "data": null, "action": "resync", "response_status": 200, "request_id": "s"
        });
        assert_eq!(socket.receive().await, expected);
    }
    // The other server may not have the broker back yet: what it says meanwhile is kept.
    patch(&mut writer, "three").await;
    assert_eq!(heard(&mut row).await, ("update".to_owned(), json!("three")));

    let deleted = writer.request(json!({"action": "delete", "request_id": 2, "pk": 1})).await;
    assert_eq!(deleted["response_status"], 204, "{deleted}");
    let event = row.receive().await;
    assert_eq!((&event["action"], &event["data"]), (&json!("delete"), &json!({"pk": 1})));
    // Of all this nothing came where it may not be seen: the next frame is the answer.
    let answer = guarded.request(json!({"action": "list", "request_id": 3})).await;
    assert_eq!((&answer["action"], &answer["data"]), (&json!("list"), &json!([])));
    a.stop().await;
    b.stop().await;
}

/// One user, and nothing else.
async fn reset(server: &Server) {
    let user = json!({
        "id": 1, "username": "alice", "email": "alice@example.com", "password": "!", "date_joined": "2024-01-01T00:00:00Z"
    });
    let frame = json!({"action": "reset", "request_id": 0, "tables": {"users": [user]}});
    let answer = server.connect("/ws/_reset/").await.request(frame).await;
    assert_eq!(answer["response_status"], 200, "{answer}");
}

/// A socket that listens, to the user if it is about a row.
async fn subscribed(server: &Server, path: &str, action: &str) -> Socket {
    let mut socket = server.connect(path).await;
    let answer = socket.request(json!({"action": action, "request_id": "s", "pk": 1})).await;
    assert_eq!((&answer["action"], &answer["response_status"]), (&json!(action), &json!(201)), "{answer}");
    socket
}

async fn patch(socket: &mut Socket, username: &str) {
    let frame = json!({"action": "patch", "request_id": 1, "pk": 1, "data": {"username": username}});
    let answer = socket.request(frame).await;
    assert_eq!(answer["response_status"], 200, "{answer}");
}

/// An event: its action and the user's name.
async fn heard(socket: &mut Socket) -> (String, Value) {
    let event = socket.receive().await;
    assert_eq!(event["request_id"], "s", "{event}");
    (event["action"].as_str().unwrap_or_default().to_owned(), event["data"]["username"].clone())
}
