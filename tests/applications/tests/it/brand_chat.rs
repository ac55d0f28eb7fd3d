//! Two brands and the administration.

use brand_chat::models::{
    BlackList, Brand, MessageAttachment, NewBlackList, NewBrand, NewMessageAttachment, NewRoom, NewUser,
    Room, RoomType, User,
};
use dcrf_applications::brand_chat::service;
use dcrf_e2e::Database;
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{DateTime, Model as _};
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::server::{Server, answer, refusal};

on_both_databases!(
    a_message_comes_to_everybody_under_the_id_of_its_sender,
    messages_are_edited_and_deleted_by_their_author,
    pages_have_numbers,
    the_administration_helps_in_the_same_room,
    each_action_has_its_own_permissions,
    texts_and_files_that_are_wrong_are_refused,
);

/// Four users: two brands that have paid, one that has not, and an administrator. A room of the first two.
async fn start(database: Database) -> Server {
    let server = Server::start(database, service()).await;
    let db = &server.db;
    for (name, is_staff) in [("tea", false), ("cup", false), ("late", false), ("admin", true)] {
        let user = NewUser { email: format!("{name}@example.org"), is_staff: Some(is_staff) };
        User::objects(db).create(user).await.expect("a user");
    }
    let (past, future) =
        ("2001-01-01T00:00:00Z".parse::<DateTime>(), "2999-01-01T00:00:00Z".parse::<DateTime>());
    for (user, name, paid_until) in [(1, "Tea", future), (2, "Cup", future), (3, "Late", past)] {
        let paid_until = Some(paid_until.expect("a time"));
        let brand = NewBrand { user, name: name.to_owned(), paid_until };
        Brand::objects(db).create(brand).await.expect("a brand");
    }
    room(&server, &[1, 2]).await;
    server
}

async fn room(server: &Server, participants: &[i64]) {
    let new = NewRoom { r#type: Some(RoomType::Match) };
    let room = Room::objects(&server.db).create(new).await.expect("a room").id;
    Room::PARTICIPANTS.set(&server.db, room, participants.to_vec()).await.expect("participants");
}

/// Opens a socket whose only subprotocol is the token of a user.
async fn open(server: &Server, target: &str, user: i64) -> TestClient {
    server.offer(target, &format!("user-{user}")).await.unwrap_or_else(|refused| panic!("{refused:?}"))
}

async fn in_room(server: &Server, user: i64) -> TestClient {
    let mut client = open(server, "/ws/chat/", user).await;
    let joined = client.request(&json!({"action": "join_room", "request_id": "join", "room_id": 1})).await;
    assert_eq!(joined, answer("join_room", "join", 200, json!({"id": 1, "type": "M"})));
    client
}

fn say(request_id: &str, text: &str) -> Value {
    json!({"action": "create_message", "request_id": request_id, "text": text})
}

/// Checks that a message has the time of its creation, and removes it.
fn without_time(mut frame: Value) -> Value {
    let time = frame["data"].as_object_mut().and_then(|data| data.remove("created_at"));
    assert!(time.is_some_and(|time| time.is_string()), "{frame}");
    frame
}

async fn a_message_comes_to_everybody_under_the_id_of_its_sender(database: Database) {
    let server = start(database).await;
    let mut tea = in_room(&server, 1).await;
    let mut cup = in_room(&server, 2).await;
    let file = NewMessageAttachment { message: None, file: "menu.pdf".to_owned() };
    MessageAttachment::objects(&server.db).create(file).await.expect("a file");
    let mut request = say("tea-1", "Our menu.");
    request["attachments_ids"] = json!([1]);
    tea.send(&request).await;
    let message = json!({
        "id": 1, "text": "Our menu.", "user": 1, "room": 1, "attachments": [{"id": 1, "file": "menu.pdf"}],
    });
    let expected = answer("create_message", "tea-1", 201, message);
    assert_eq!(without_time(tea.expect_frame().await), expected);
    assert_eq!(without_time(cup.expect_frame().await), expected);

    let left = cup.request(&json!({"action": "leave_room", "request_id": 2})).await;
    assert_eq!(left, answer("leave_room", 2, 200, json!({"response": "You have left the room."})));
    tea.send(&say("tea-2", "Are you there?")).await;
    tea.expect_frame().await;
    cup.expect_nothing().await;
}

async fn messages_are_edited_and_deleted_by_their_author(database: Database) {
    let server = start(database).await;
    let mut tea = in_room(&server, 1).await;
    let mut cup = in_room(&server, 2).await;
    tea.request(&say("1", "Hi")).await;
    cup.expect_frame().await;
    let edit = json!({"action": "edit_message", "request_id": "2", "msg_id": 1, "edited_text": "Hello"});
    assert_eq!(cup.request(&edit).await, refusal("edit_message", "2", 404, json!(["Not found"])));
    tea.send(&edit).await;
    let edited = cup.expect_frame().await;
    assert_eq!((&edited["request_id"], &edited["data"]["text"]), (&json!("2"), &json!("Hello")));
    let delete = json!({"action": "delete_messages", "request_id": "3", "messages_ids": [1]});
    let errors = json!([{"messages_ids": ["Only own messages can be deleted."]}]);
    assert_eq!(cup.request(&delete).await, refusal("delete_messages", "3", 400, errors));
    tea.send(&delete).await;
    assert_eq!(cup.expect_frame().await, answer("delete_messages", "3", 204, json!({"messages_ids": [1]})));
}

async fn pages_have_numbers(database: Database) {
    let server = start(database).await;
    for _ in 0..3 {
        room(&server, &[1, 2]).await;
    }
    let mut tea = in_room(&server, 1).await;
    for text in ["one", "two", "three", "four"] {
        tea.request(&say(text, text)).await;
    }
    let messages = tea.request(&json!({"action": "get_room_messages", "request_id": 1, "page": 2})).await;
    let texts: Vec<&Value> =
        messages["data"]["results"].as_array().into_iter().flatten().map(|row| &row["text"]).collect();
    assert_eq!(texts, ["one"]);
    assert_eq!((&messages["data"]["count"], &messages["data"]["next"]), (&json!(4), &Value::Null));

    let mut rooms = tea.request(&json!({"action": "get_rooms", "request_id": 2, "page": 1})).await;
    let keys: Vec<&Value> =
        rooms["data"]["results"].as_array().into_iter().flatten().map(|row| &row["id"]).collect();
    assert_eq!(keys, [1, 2, 3], "the room with the newest message is the first");
    assert_eq!((&rooms["data"]["count"], &rooms["data"]["next"]), (&json!(4), &json!(2)));
    assert_eq!(rooms["data"]["results"][0]["last_message"]["text"], "four");
    let cup = json!([{"id": 2, "email": "cup@example.org", "brand": {"id": 2, "name": "Cup"}}]);
    assert_eq!(rooms["data"]["results"][0]["interlocutors"].take(), cup);

    let beyond = tea.request(&json!({"action": "get_rooms", "request_id": 3, "page": 3})).await;
    assert_eq!(beyond, refusal("get_rooms", 3, 404, json!(["Not found"])));
}

async fn the_administration_helps_in_the_same_room(database: Database) {
    let server = start(database).await;
    let mut tea = open(&server, "/ws/chat/", 1).await;
    let support = tea.request(&json!({"action": "get_support_room", "request_id": 1})).await;
    let room = json!({"id": 2, "type": "S", "interlocutors": [], "last_message": null});
    assert_eq!(support["data"]["id"], room["id"]);
    let again = tea.request(&json!({"action": "get_support_room", "request_id": 2})).await;
    assert_eq!(again["data"], support["data"]);
    tea.request(&json!({"action": "join_room", "request_id": 3, "room_id": 2})).await;

    let mut admin = open(&server, "/ws/admin-chat/", 4).await;
    let join = |room: i64| json!({"action": "join_room", "request_id": 1, "room_id": room});
    let forbidden = json!(["You do not have permission to perform this action."]);
    assert_eq!(admin.request(&join(1)).await, refusal("join_room", 1, 403, forbidden));
    assert_eq!(admin.request(&join(2)).await, answer("join_room", 1, 200, json!({"id": 2, "type": "S"})));
    admin.send(&say("help", "How can I help?")).await;
    let message = tea.expect_frame().await;
    assert_eq!((&message["request_id"], &message["data"]["user"]), (&json!("help"), &json!(4)));
    assert_eq!(admin.expect_frame().await, message);
    let rooms = admin.request(&json!({"action": "get_rooms", "request_id": 2, "page": 1})).await;
    assert_eq!(rooms["data"]["results"][0]["interlocutors"][0]["email"], "tea@example.org");
}

async fn each_action_has_its_own_permissions(database: Database) {
    let server = start(database).await;
    room(&server, &[2]).await;
    let forbidden = json!(["You do not have permission to perform this action."]);
    assert_eq!(server.refuses("/ws/chat/").await, 403);
    assert_eq!(server.offer("/ws/chat/", "nobody").await.expect_err("a refusal").status, 401);
    let mut late = open(&server, "/ws/chat/", 3).await;
    let rooms = json!({"action": "get_rooms", "request_id": 1, "page": 1});
    assert_eq!(late.request(&rooms).await, refusal("get_rooms", 1, 403, forbidden.clone()));
    let mut tea = open(&server, "/ws/chat/", 1).await;
    let others = json!({"action": "join_room", "request_id": 1, "room_id": 2});
    assert_eq!(tea.request(&others).await, refusal("join_room", 1, 403, forbidden.clone()));
    assert_eq!(
        tea.request(&say("2", "Hello?")).await,
        refusal("create_message", "2", 403, forbidden.clone())
    );

    let mut tea = in_room(&server, 1).await;
    let blocked = NewBlackList { initiator: 2, blocked: 1 };
    BlackList::objects(&server.db).create(blocked).await.expect("a blocked brand");
    assert_eq!(
        tea.request(&say("3", "Hello?")).await,
        refusal("create_message", "3", 403, forbidden.clone())
    );
    let mut brand = open(&server, "/ws/admin-chat/", 1).await;
    assert_eq!(brand.request(&rooms).await, refusal("get_rooms", 1, 403, forbidden));
}

async fn texts_and_files_that_are_wrong_are_refused(database: Database) {
    let server = start(database).await;
    let mut tea = in_room(&server, 1).await;
    let errors = json!([{"text": ["Ensure this field has at least 1 characters."]}]);
    assert_eq!(tea.request(&say("1", "")).await, refusal("create_message", "1", 400, errors));
    let mut request = say("2", "A file.");
    request["attachments_ids"] = json!([9]);
    let errors = json!([{"attachments_ids": ["These are not files without a message."]}]);
    assert_eq!(tea.request(&request).await, refusal("create_message", "2", 400, errors));
    let page = tea.request(&json!({"action": "get_room_messages", "request_id": 3, "page": 1})).await;
    assert_eq!(
        page["data"],
        json!({"count": 0, "results": [], "next": null}),
        "what was refused is not stored"
    );
    let page = tea.request(&json!({"action": "get_rooms", "request_id": 4, "page": 0})).await;
    let errors = json!([{"page": ["Ensure this value is greater than or equal to 1."]}]);
    assert_eq!(page, refusal("get_rooms", 4, 400, errors));
}
