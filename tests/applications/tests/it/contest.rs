//! The page of a contest, which shows announcements.

use contest::models::{NewNotification, Notification, NotificationChanges};
use dcrf_applications::contest::service;
use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::server::{Server, refusal};

on_both_databases!(
    anonymous_clients_get_every_announcement,
    another_program_changes_an_announcement,
    the_last_announcement_is_the_first,
    one_announcement_can_be_followed,
    only_the_administration_writes,
);

async fn announce(server: &Server, title: &str) -> Notification {
    let new = NewNotification {
        title: Some(title.to_owned()),
        content: Some("Read the rules.".to_owned()),
        type_icon: None,
    };
    Notification::objects(&server.db).create(new).await.expect("an announcement")
}

/// Checks that `pub_date` is a time, and removes it.
fn without_date(mut data: Value) -> Value {
    let date = data.as_object_mut().and_then(|data| data.remove("pub_date"));
    assert!(date.is_some_and(|date| date.as_str().is_some_and(|date| date.ends_with('Z'))), "{data}");
    data
}

async fn anonymous_clients_get_every_announcement(database: Database) {
    let server = Server::start(database, service()).await;
    let mut raw = server.open("/ws/notifications/").await;
    let mut multiplexed = server.open("/ws/").await;
    announce(&server, "Start").await;
    let mut frame = raw.expect_frame().await;
    assert_eq!(multiplexed.expect_frame().await, json!({"stream": "notifications", "payload": frame}));
    let data = without_date(frame["data"].take());
    assert_eq!(data, json!({"id": 1, "title": "Start", "content": "Read the rules.", "type_icon": ""}));
    assert_eq!(frame["action"], "create");
}

async fn another_program_changes_an_announcement(database: Database) {
    let server = Server::start(database, service()).await;
    announce(&server, "Soon").await;
    let mut page = server.open("/ws/notifications/").await;
    server.database.transaction(&["UPDATE notification SET title = 'Later'"], false).await;
    server.database.transaction(&["UPDATE notification SET title = 'Start'"], true).await;
    let frame = page.expect_frame().await;
    assert_eq!((&frame["action"], &frame["data"]["title"]), (&json!("update"), &json!("Start")));
    server.database.transaction(&["DELETE FROM notification"], true).await;
    let frame = page.expect_frame().await;
    assert_eq!((&frame["action"], &frame["data"]["id"]), (&json!("delete"), &json!(1)));
}

async fn the_last_announcement_is_the_first(database: Database) {
    let server = Server::start(database, service()).await;
    for title in ["Start", "Break"] {
        announce(&server, title).await;
    }
    let changes = NotificationChanges { title: Some("Start at noon".to_owned()), ..Default::default() };
    Notification::objects(&server.db).update(1, changes).await.expect("a changed announcement");
    let mut page = server.open("/ws/notifications/").await;
    let list = page.request(&json!({"action": "list", "request_id": "first"})).await;
    let titles: Vec<&Value> =
        list["data"].as_array().into_iter().flatten().map(|row| &row["title"]).collect();
    assert_eq!(titles, ["Start at noon", "Break"]);
}

async fn one_announcement_can_be_followed(database: Database) {
    let server = Server::start(database, service()).await;
    announce(&server, "Start").await;
    let mut page = server.open("/ws/notifications/").await;
    let followed = page.request(&json!({"action": "subscribe_instance", "request_id": 5, "pk": 1})).await;
    assert_eq!(followed["response_status"], 201);
    let changes = NotificationChanges { type_icon: Some("bell".to_owned()), ..Default::default() };
    Notification::objects(&server.db).update(1, changes).await.expect("a changed announcement");
    let event = page.expect_reply(&json!(5)).await;
    assert_eq!((&event["action"], &event["data"]["type_icon"]), (&json!("update"), &json!("bell")));
    // The page gets the change as every page does, too.
    let raw = page.expect_event(|frame| frame.get("request_id").is_none()).await;
    assert_eq!(raw["data"], event["data"]);
    page.expect_nothing().await;
}

async fn only_the_administration_writes(database: Database) {
    let server = Server::start(database, service()).await;
    let mut page = server.open("/ws/notifications/").await;
    let create = json!({"action": "create", "request_id": 1, "data": {"title": "Free pizza"}});
    let refused = page.request(&create).await;
    assert_eq!(refused, refusal("create", 1, 405, json!(["Method \"create\" not allowed."])));
    let nothing = page.request(&json!({"action": "subscribe_instance", "request_id": 2, "pk": 1})).await;
    assert_eq!(nothing, refusal("subscribe_instance", 2, 404, json!(["Not found"])));
    let missing = page.request(&json!({"action": "subscribe_instance", "request_id": 3})).await;
    assert_eq!(missing, refusal("subscribe_instance", 3, 400, json!([{"pk": ["This field is required."]}])));
}
