//! Three users of a messenger, on one socket for all streams.

use chat_groups::models::{Chat, Message, NewMessage, NewToken, NewUser, Token, User};
use dcrf_applications::chat_groups::service;
use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use dcrf_runtime::test::TestClient;
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::server::{Server, answer, refusal};

on_both_databases!(
    whoever_creates_a_chat_is_its_member,
    messages_are_the_senders_own_and_come_to_the_members,
    free_keys_of_the_frame_choose_rows,
    chats_of_others_do_not_exist,
    frames_without_a_token_or_a_text_are_refused,
);

/// Three users with a token each.
async fn start(database: Database) -> Server {
    let server = Server::start(database, service()).await;
    for (user, name) in [(1, "ann"), (2, "ben"), (3, "cyd")] {
        User::objects(&server.db).create(NewUser { username: name.to_owned() }).await.expect("a user");
        let token = NewToken { key: format!("token-of-{name}"), user };
        Token::objects(&server.db).create(token).await.expect("a token");
    }
    server
}

async fn open(server: &Server, name: &str) -> TestClient {
    server.open(&format!("/ws/?token=token-of-{name}")).await
}

/// Sends a request to a stream, and returns the payload of its answer.
async fn ask(socket: &mut TestClient, stream: &str, payload: Value) -> Value {
    let mut answered = socket.request(&json!({"stream": stream, "payload": payload})).await;
    assert_eq!(answered["stream"], stream);
    answered["payload"].take()
}

/// Creates a chat with these other members.
async fn create_chat(socket: &mut TestClient, name: &str, users: &[i64]) -> Value {
    let data = json!({"name": name, "users": users});
    ask(socket, "chats", json!({"action": "create", "request_id": "create", "data": data})).await
}

async fn write(socket: &mut TestClient, chat: i64, text: &str) -> Value {
    let data = json!({"chat": chat, "text": text, "created_by": 3});
    ask(socket, "messages", json!({"action": "create", "request_id": "write", "data": data})).await
}

fn texts(list: &Value) -> Vec<&str> {
    list["data"].as_array().into_iter().flatten().filter_map(|row| row["text"].as_str()).collect()
}

async fn whoever_creates_a_chat_is_its_member(database: Database) {
    let server = start(database).await;
    let mut ann = open(&server, "ann").await;
    let chat = json!({
        "id": 1, "name": "Trip", "created_by": 1, "users": [1, 2], "last_message": null, "unread_count": 0,
    });
    assert_eq!(create_chat(&mut ann, "Trip", &[2]).await, answer("create", "create", 201, chat));
    let mut ben = open(&server, "ben").await;
    write(&mut ann, 1, "Where to?").await;
    let list = ask(&mut ben, "chats", json!({"action": "list", "request_id": 1})).await;
    assert_eq!(list["data"][0]["unread_count"], 1, "{list}");
    assert_eq!(list["data"][0]["last_message"]["created_by"], json!({"id": 1, "username": "ann"}));
}

async fn messages_are_the_senders_own_and_come_to_the_members(database: Database) {
    let server = start(database).await;
    let mut ann = open(&server, "ann").await;
    let mut ben = open(&server, "ben").await;
    create_chat(&mut ann, "Trip", &[2]).await;
    // The subscription is not answered: the answer to the next request shows that it is done.
    ben.send(&json!({"stream": "chats", "payload": {"action": "subscribe_to_chat", "id": 1}})).await;
    ask(&mut ben, "chats", json!({"action": "list", "request_id": 1})).await;
    let written = write(&mut ann, 1, "To the sea.").await;
    assert_eq!(written["response_status"], 201);
    assert_eq!(written["data"]["created_by"], json!({"id": 1, "username": "ann"}), "not who the client says");
    let frame = ben.expect_frame().await;
    let expected = json!({"action": "create", "data": written["data"]});
    assert_eq!(frame, json!({"stream": "chats", "payload": expected}));

    // A member who has left hears no more.
    Chat::USERS.remove(&server.db, 1, 2).await.expect("a member less");
    write(&mut ann, 1, "Ben is gone.").await;
    let list = ask(&mut ben, "messages", json!({"action": "list", "request_id": 2})).await;
    assert_eq!(list, answer("list", 2, 200, json!([])));
    let unheard = |frame: &Value| frame["payload"]["data"]["text"] == "Ben is gone.";
    while let Some(frame) = ben.take_early() {
        assert!(!unheard(&frame), "{frame}");
    }
}

async fn free_keys_of_the_frame_choose_rows(database: Database) {
    let server = start(database).await;
    let mut ann = open(&server, "ann").await;
    for (name, users) in [("Trip", [2]), ("Work", [3])] {
        create_chat(&mut ann, name, &users).await;
    }
    for (chat, text) in [(1, "To the sea."), (2, "On Monday."), (1, "By train.")] {
        write(&mut ann, chat, text).await;
    }
    let all = ask(&mut ann, "messages", json!({"action": "list", "request_id": 1})).await;
    assert_eq!(texts(&all), ["By train.", "On Monday.", "To the sea."]);
    let one = ask(&mut ann, "messages", json!({"action": "list", "request_id": 2, "chat": 1})).await;
    assert_eq!(texts(&one), ["By train.", "To the sea."]);
    let members = ask(&mut ann, "users", json!({"action": "list", "request_id": 3, "chat": 2})).await;
    let expected = json!([{"id": 1, "username": "ann"}, {"id": 3, "username": "cyd"}]);
    assert_eq!(members, answer("list", 3, 200, expected));
    let wrong = ask(&mut ann, "messages", json!({"action": "list", "request_id": 4, "chat": "one"})).await;
    assert_eq!(wrong["response_status"], 400);
}

async fn chats_of_others_do_not_exist(database: Database) {
    let server = start(database).await;
    let mut ann = open(&server, "ann").await;
    let mut cyd = open(&server, "cyd").await;
    create_chat(&mut ann, "Trip", &[2]).await;
    let message = NewMessage { text: "Secret.".to_owned(), chat: 1, created_by: Some(1), read: None };
    Message::objects(&server.db).create(message).await.expect("a message");
    for stream in ["chats", "messages"] {
        let list = ask(&mut cyd, stream, json!({"action": "list", "request_id": 1})).await;
        assert_eq!(list, answer("list", 1, 200, json!([])));
    }
    let members = ask(&mut cyd, "users", json!({"action": "list", "request_id": 2, "chat": 1})).await;
    assert_eq!(members, answer("list", 2, 200, json!([])));
    let forbidden = json!(["You do not have permission to perform this action."]);
    let subscribe = json!({"action": "subscribe_to_chat", "request_id": 3, "id": 1});
    assert_eq!(ask(&mut cyd, "chats", subscribe).await, refusal("subscribe_to_chat", 3, 403, forbidden));
    let errors = json!([{"chat": ["Invalid pk \"1\" - object does not exist."]}]);
    assert_eq!(write(&mut cyd, 1, "Hello?").await, refusal("create", "write", 400, errors));
}

async fn frames_without_a_token_or_a_text_are_refused(database: Database) {
    let server = start(database).await;
    assert_eq!(server.refuses("/ws/?token=token-of-nobody").await, 401);
    let mut anonymous = server.open("/ws/").await;
    let forbidden = json!(["You do not have permission to perform this action."]);
    let list = ask(&mut anonymous, "chats", json!({"action": "list", "request_id": 1})).await;
    assert_eq!(list, refusal("list", 1, 403, forbidden));
    let mut ann = open(&server, "ann").await;
    create_chat(&mut ann, "Trip", &[2]).await;
    let errors = json!([{"text": ["This field may not be blank."]}]);
    assert_eq!(write(&mut ann, 1, " ").await, refusal("create", "write", 400, errors));
}
