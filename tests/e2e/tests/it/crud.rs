//! The six actions on a socket of one consumer.

use dcrf_e2e::{App, Database, Server};
use serde_json::json;

use crate::envelope::{USERS, create, id, refusal, success};
use crate::on_both_databases;

on_both_databases!(
    lists_nothing_at_first,
    creates_and_retrieves,
    creates_without_what_is_optional,
    lists_in_the_order_of_the_key,
    updates_as_a_whole,
    patches_what_is_sent,
    deletes,
    one_connection_sees_what_another_wrote,
);

async fn lists_nothing_at_first(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let answer = socket.request(json!({"action": "list", "request_id": 1})).await;
    assert_eq!(answer, success("list", 200, json!([]), 1));
    server.stop().await;
}

async fn creates_and_retrieves(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let answer = socket.request(create("alice", "c")).await;
    let row = json!({"id": id(&answer), "username": "alice", "email": "alice@example.com"});
    assert_eq!(answer, success("create", 201, row.clone(), "c"));
    for pk in [json!(id(&answer)), json!(id(&answer).to_string())] {
        let answer = socket.request(json!({"action": "retrieve", "request_id": "r", "pk": pk})).await;
        assert_eq!(answer, success("retrieve", 200, row.clone(), "r"));
    }
}

async fn creates_without_what_is_optional(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let data = json!({"username": "bob", "password": "p", "id": 4711, "nonsense": [1]});
    let answer = socket.request(json!({"action": "create", "request_id": 1, "data": data})).await;
    assert_ne!(id(&answer), 4711, "the key is read-only");
    assert_eq!(answer, success("create", 201, json!({"id": id(&answer), "username": "bob", "email": ""}), 1));
}

async fn lists_in_the_order_of_the_key(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let mut rows = Vec::new();
    for name in ["zoe", "mia", "ada"] {
        rows.push(socket.request(create(name, name)).await["data"].clone());
    }
    let answer = socket.request(json!({"action": "list", "request_id": 1, "data": {}})).await;
    assert_eq!(answer, success("list", 200, json!(rows), 1));
}

async fn updates_as_a_whole(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let pk = id(&socket.request(create("alice", 1)).await);
    let data = json!({"username": "alicia", "password": "another"});
    let answer = socket.request(json!({"action": "update", "request_id": 2, "pk": pk, "data": data})).await;
    let row = json!({"id": pk, "username": "alicia", "email": "alice@example.com"});
    assert_eq!(answer, success("update", 200, row, 2), "what is optional and not sent keeps its value");
    let data = json!({"email": "new@example.com"});
    let answer = socket.request(json!({"action": "update", "request_id": 3, "pk": pk, "data": data})).await;
    let errors = json!([{"username": ["This field is required."], "password": ["This field is required."]}]);
    assert_eq!(answer, refusal("update", 400, errors, 3));
}

async fn patches_what_is_sent(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let pk = id(&socket.request(create("alice", 1)).await);
    for (data, username, email) in [
        (json!({"email": "a@example.org"}), "alice", "a@example.org"),
        (json!({"username": "alicia"}), "alicia", "a@example.org"),
        (json!({}), "alicia", "a@example.org"),
        (json!({"username": "alicia"}), "alicia", "a@example.org"),
    ] {
        let answer =
            socket.request(json!({"action": "patch", "request_id": 2, "pk": pk, "data": data})).await;
        let row = json!({"id": pk, "username": username, "email": email});
        assert_eq!(answer, success("patch", 200, row.clone(), 2));
        let answer = socket.request(json!({"action": "retrieve", "request_id": 3, "pk": pk})).await;
        assert_eq!(answer, success("retrieve", 200, row, 3));
    }
}

async fn deletes(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let pk = id(&socket.request(create("alice", 1)).await);
    let kept = socket.request(create("bob", 2)).await["data"].clone();
    let answer = socket.request(json!({"action": "delete", "request_id": 3, "pk": pk})).await;
    assert_eq!(answer, success("delete", 204, json!(null), 3));
    let answer = socket.request(json!({"action": "list", "request_id": 4})).await;
    assert_eq!(answer, success("list", 200, json!([kept]), 4));
    let answer = socket.request(json!({"action": "delete", "request_id": 5, "pk": pk})).await;
    assert_eq!(answer, refusal("delete", 404, json!(["Not found"]), 5));
}

async fn one_connection_sees_what_another_wrote(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let (mut writer, mut reader) = (server.connect(USERS).await, server.connect(USERS).await);
    let row = writer.request(create("alice", 1)).await["data"].clone();
    let answer = reader.request(json!({"action": "retrieve", "request_id": 1, "pk": row["id"]})).await;
    assert_eq!(answer, success("retrieve", 200, row, 1));
}
