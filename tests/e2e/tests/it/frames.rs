//! Frames that are none, and frames that come close together.

use dcrf_e2e::{App, Database, Server};
use serde_json::{Value, json};

use crate::envelope::{USERS, create, id, refusal, success};
use crate::on_both_databases;

on_both_databases!(
    bad_frames_are_answered_and_the_socket_lives,
    arguments_that_are_missing_are_answered,
    pipelined_requests_are_answered_in_order,
    request_ids_come_back_as_they_were_sent,
);

async fn bad_frames_are_answered_and_the_socket_lives(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    for text in ["", " ", "{", "nonsense", "[]", "5", "null", "\"list\"", "{\"action\": \"list\"} x", &deep] {
        socket.send_text(text).await;
        let answer = socket.receive().await;
        assert_eq!(answer["response_status"], json!(400), "{answer}");
        assert_eq!((&answer["data"], &answer["request_id"]), (&Value::Null, &Value::Null), "{answer}");
        assert!(answer["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{answer}");
    }
    socket.send_binary(br#"{"action": "list", "request_id": 1}"#.to_vec()).await;
    let answer = socket.receive().await;
    assert_eq!(answer["response_status"], json!(400), "{answer}");
    let answer = socket.request(json!({"request_id": "no action"})).await;
    let errors = json!(["Unable to find action in message body."]);
    assert_eq!(
        answer,
        json!({"errors": errors, "data": null, "action": null, "response_status": 405, "request_id": "no action"})
    );
    let answer = socket.request(json!({"action": "list", "request_id": "alive"})).await;
    assert_eq!(answer, success("list", 200, json!([]), "alive"));
    server.stop().await;
}

async fn arguments_that_are_missing_are_answered(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let pk = id(&socket.request(create("alice", 1)).await);
    for request in [
        json!({"action": "retrieve", "request_id": "r"}),
        json!({"action": "delete", "request_id": "r"}),
        json!({"action": "update", "request_id": "r", "data": {}}),
        json!({"action": "patch", "request_id": "r", "pk": pk}),
        json!({"action": "create", "request_id": "r"}),
    ] {
        let answer = socket.request(request.clone()).await;
        let status = answer["response_status"].as_u64().unwrap_or_default();
        assert!((400..500).contains(&status), "{request}: {answer}");
        assert_eq!((&answer["action"], &answer["request_id"]), (&request["action"], &json!("r")), "{answer}");
    }
    // Names that meant something in the server's own language are arguments like others.
    for name in ["self", "scope", "consumer", "queryset", "serializer"] {
        let answer =
            socket.request(json!({"action": "retrieve", "request_id": name, "pk": pk, name: 1})).await;
        assert_eq!(answer["response_status"], json!(200), "{answer}");
    }
}

async fn pipelined_requests_are_answered_in_order(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let pk = id(&socket.request(create("alice", "first")).await);
    let row = |email: &str| json!({"id": pk, "username": "alice", "email": email});
    let (before, after) = (row("alice@example.com"), row("p@example.com"));
    socket.send(json!({"action": "retrieve", "request_id": "one", "pk": pk})).await;
    socket.send(json!({"action": "list", "request_id": "two"})).await;
    socket.send(json!({"action": "retrieve", "request_id": "three", "pk": 4711})).await;
    let data = json!({"email": "p@example.com"});
    socket.send(json!({"action": "patch", "request_id": "four", "pk": pk, "data": data})).await;
    socket.send(json!({"action": "retrieve", "request_id": "five", "pk": pk})).await;
    for expected in [
        success("retrieve", 200, before.clone(), "one"),
        success("list", 200, json!([before]), "two"),
        refusal("retrieve", 404, json!(["Not found"]), "three"),
        success("patch", 200, after.clone(), "four"),
        success("retrieve", 200, after, "five"),
    ] {
        assert_eq!(socket.receive().await, expected);
    }
    // More than any queue in the server holds: it may stop reading for a while, and must not lose or reorder.
    for request_id in 0..500 {
        socket.send(json!({"action": "retrieve", "request_id": request_id, "pk": pk})).await;
    }
    for request_id in 0..500 {
        assert_eq!(socket.receive().await["request_id"], json!(request_id));
    }
}

async fn request_ids_come_back_as_they_were_sent(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    for request_id in [
        json!(0),
        json!(-1.5),
        json!("Zoë 🦀 \"\\\n"),
        json!(true),
        json!(null),
        json!([1, [2]]),
        json!({"a": {"b": []}}),
        json!(u64::MAX),
    ] {
        let answer = socket.request(json!({"action": "list", "request_id": request_id})).await;
        assert_eq!(answer, success("list", 200, json!([]), request_id));
    }
    let answer = socket.request(json!({"action": "list"})).await;
    assert_eq!(answer, success("list", 200, json!([]), Value::Null), "no id is null");
}
