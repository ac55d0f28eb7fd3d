//! Several servers of one application, as processes, and a broker between them.

use dcrf_e2e::{App, Broker, Database, Server, Socket};
use serde_json::{Value, json};

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
