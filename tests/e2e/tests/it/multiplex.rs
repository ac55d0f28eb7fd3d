//! Many streams on one socket.

use dcrf_e2e::{App, Database, Server};
use serde_json::{Value, json};

use crate::envelope::{create, id, refusal, success};
use crate::on_both_databases;

on_both_databases!(
    serves_what_a_raw_socket_serves,
    bad_frames_are_answered,
    streams_have_their_own_request_ids
);

fn on(stream: &str, payload: Value) -> Value {
    json!({"stream": stream, "payload": payload})
}

async fn serves_what_a_raw_socket_serves(database: Database) {
    let server = Server::start(App::Users, &database).await;
    for path in ["/ws", "/ws/"] {
        let mut socket = server.connect(path).await;
        let name = format!("alice{}", path.len());
        let answer = socket.request(on("users", create(&name, "c"))).await;
        let pk = id(&answer["payload"]);
        let row = json!({"id": pk, "username": name, "email": format!("{name}@example.com")});
        assert_eq!(answer, on("users", success("create", 201, row.clone(), "c")));
        let answer =
            socket.request(on("users", json!({"action": "retrieve", "request_id": "r", "pk": pk}))).await;
        assert_eq!(answer, on("users", success("retrieve", 200, row, "r")));
        let answer =
            socket.request(on("users", json!({"action": "delete", "request_id": "d", "pk": pk}))).await;
        assert_eq!(answer, on("users", success("delete", 204, json!(null), "d")));
        let answer =
            socket.request(on("users", json!({"action": "list", "request_id": "l", "data": {}}))).await;
        assert_eq!(answer, on("users", success("list", 200, json!([]), "l")));
    }
}

async fn bad_frames_are_answered(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect("/ws/").await;
    for text in ["", "{", "[]", "5", "{}", r#"{"stream": "users"}"#, r#"{"stream": "users", "payload": [1]}"#]
    {
        socket.send_text(text).await;
        let answer = socket.receive().await;
        assert_eq!(answer["payload"]["response_status"], json!(400), "{text}: {answer}");
    }
    let answer = socket.request(on("nobody", json!({"action": "list", "request_id": 7}))).await;
    assert_eq!(answer, on("nobody", refusal("list", 404, json!(["Unknown stream \"nobody\"."]), 7)));
    let answer = socket.request(on("users", json!({}))).await;
    assert_eq!(answer["payload"]["response_status"], json!(405), "{answer}");
    let answer = socket.request(on("users", json!({"action": "list", "request_id": 8}))).await;
    assert_eq!(answer, on("users", success("list", 200, json!([]), 8)));
}

async fn streams_have_their_own_request_ids(database: Database) {
    let server = Server::start(App::Things, &database).await;
    let mut socket = server.connect("/ws").await;
    let create = json!({"action": "create", "request_id": 1, "data": {"name": "one"}});
    let answer = socket.request(on("things", create)).await;
    let pk = answer["payload"]["data"]["pk"].as_i64().unwrap_or_else(|| panic!("{answer} has no key"));
    let retrieve = json!({"action": "retrieve", "request_id": "same", "pk": pk});
    socket.send(on("things", retrieve.clone())).await;
    socket.send(on("things_with_id", retrieve)).await;
    // Streams run side by side: either may answer first.
    let mut answers = [socket.receive().await, socket.receive().await];
    answers.sort_by_key(|answer| answer["stream"].to_string().len());
    let shown = |key: &str| success("retrieve", 200, json!({key: pk, "name": "one", "counter": 0}), "same");
    assert_eq!(answers, [on("things", shown("pk")), on("things_with_id", shown("id"))]);
}
