//! A control room and its displays.

use dcrf_applications::signage::{display_updated, service};
use dcrf_e2e::Database;
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Duration, Model as _};
use serde_json::{Value, json};
use signage::models::{NewPage, NewScreen, Page, Screen};

use crate::on_both_databases;
use crate::server::{Server, answer, refusal};

on_both_databases!(
    the_control_room_sees_who_comes_and_goes,
    the_displays_that_are_there_can_be_followed,
    a_screenshot_is_larger_than_other_frames,
    a_display_shows_its_page,
    all_displays_load_again,
    whoever_is_not_a_display_is_refused,
);

async fn hello(server: &Server, code: &str, device: &str) -> TestClient {
    let mut display = server.open("/ws/signage/").await;
    let request = json!({"action": "hello", "request_id": "hello", "code": code, "device_id": device});
    let answered = display.request(&request).await;
    assert_eq!(answered, answer("hello", "hello", 200, json!({"device_id": device})));
    display
}

fn told(kind: &str, code: &str, device: &str, data: Value) -> Value {
    let data = json!({"type": kind, "display": {"device_id": device, "code": code}, "data": data});
    answer("display_connections", "control", 200, data)
}

async fn the_control_room_sees_who_comes_and_goes(database: Database) {
    let server = Server::start(database, service()).await;
    let first = hello(&server, "hall", "one").await;
    let mut control = server.open("/ws/signage/").await;
    let displays =
        control.request(&json!({"action": "get_connected_displays", "request_id": "control"})).await;
    let expected = json!([{"device_id": "one", "code": "hall"}]);
    assert_eq!(displays, answer("get_connected_displays", "control", 200, expected));
    let _second = hello(&server, "door", "two").await;
    assert_eq!(control.expect_frame().await, told("connected", "door", "two", Value::Null));
    assert_eq!(first.close().await, 1000);
    assert_eq!(control.expect_frame().await, told("disconnected", "hall", "one", Value::Null));
    // A device without a name gets one.
    let mut third = server.open("/ws/signage/").await;
    let named = third.request(&json!({"action": "hello", "request_id": 1, "code": "hall"})).await;
    assert!(named["data"]["device_id"].as_str().is_some_and(|name| name.len() == 36), "{named}");
}

async fn the_displays_that_are_there_can_be_followed(database: Database) {
    let server = Server::start(database, service()).await;
    let first = hello(&server, "hall", "one").await;
    let mut control = server.open("/ws/signage/").await;
    let mut there = control.request(&json!({"action": "subscribe_to_displays", "request_id": 1})).await;
    let key = there["data"][0]["key"].take();
    let display = json!({"device_id": "one", "code": "hall", "key": null, "present": true});
    assert_eq!(there["data"], json!([display]));
    assert_eq!(first.close().await, 1000);
    let gone = json!({"device_id": "one", "code": "hall", "key": key, "present": false});
    assert_eq!(control.expect_frame().await, answer("displays", 1, 200, gone));
    let none = control.request(&json!({"action": "get_connected_displays", "request_id": 2})).await;
    assert_eq!(none, answer("get_connected_displays", 2, 200, json!([])));
}

async fn a_screenshot_is_larger_than_other_frames(database: Database) {
    let server = Server::start(database, service()).await;
    let mut display = hello(&server, "hall", "one").await;
    let mut control = server.open("/ws/signage/").await;
    control.request(&json!({"action": "get_connected_displays", "request_id": "control"})).await;
    control.send(&json!({"action": "request_screenshots", "request_id": 2})).await;
    assert_eq!(display.expect_frame().await, answer("take_screenshot", "hello", 200, json!({})));
    let image = format!("data:image/png;base64,{}", "A".repeat(1024 * 1024));
    display.send(&json!({"action": "screenshot", "request_id": 3, "data": image})).await;
    assert_eq!(control.expect_frame().await, told("screenshot", "hall", "one", json!(image)));
    display.expect_nothing().await;
    control.expect_nothing().await;
}

async fn a_display_shows_its_page(database: Database) {
    let server = Server::start(database, service()).await;
    let duration: Duration = "00:00:30".parse().expect("half a minute");
    let page = NewPage {
        description: "Welcome".to_owned(),
        url: "https://example.org/welcome".to_owned(),
        duration,
    };
    Page::objects(&server.db).create(page).await.expect("a page");
    for (code, page) in [("hall", Some(1)), ("door", None)] {
        let screen = NewScreen { code: code.to_owned(), page };
        Screen::objects(&server.db).create(screen).await.expect("a display");
    }
    let mut hall = hello(&server, "hall", "one").await;
    let mut door = hello(&server, "door", "two").await;
    // The site has changed what the display shows: the display asks what it is.
    display_updated(&server.db, "hall").await;
    let updated = answer("display_updated", "hello", 200, json!({"code": "hall"}));
    assert_eq!(hall.expect_frame().await, updated);
    let shown = hall.request(&json!({"action": "get_current_page", "request_id": 4, "code": "hall"})).await;
    let page = json!({
        "id": 1, "description": "Welcome", "url": "https://example.org/welcome", "duration": "00:00:30",
    });
    assert_eq!(shown, answer("page", 4, 200, page));
    let empty = door.request(&json!({"action": "get_current_page", "request_id": 5, "code": "door"})).await;
    assert_eq!(empty, answer("page", 5, 200, Value::Null));
    door.expect_nothing().await;
}

async fn all_displays_load_again(database: Database) {
    let server = Server::start(database, service()).await;
    let mut hall = hello(&server, "hall", "one").await;
    let mut control = server.open("/ws/signage/").await;
    control.send(&json!({"action": "request_refresh", "request_id": 1})).await;
    assert_eq!(hall.expect_frame().await, answer("refresh", "hello", 200, json!({})));
    let alive = control.request(&json!({"action": "ping", "request_id": 2})).await;
    assert_eq!(alive, answer("ping", 2, 204, Value::Null));
    control.expect_nothing().await;
}

async fn whoever_is_not_a_display_is_refused(database: Database) {
    let server = Server::start(database, service()).await;
    let mut nobody = server.open("/ws/signage/").await;
    let refused = nobody.request(&json!({"action": "screenshot", "request_id": 1, "data": "data:,"})).await;
    let errors = json!([{"non_field_errors": ["Say hello first."]}]);
    assert_eq!(refused, refusal("screenshot", 1, 400, errors));
    let unknown =
        nobody.request(&json!({"action": "get_current_page", "request_id": 2, "code": "roof"})).await;
    assert_eq!(unknown, refusal("get_current_page", 2, 404, json!(["Not found"])));
    let unnamed = nobody.request(&json!({"action": "hello", "request_id": 3, "code": ""})).await;
    let errors = json!([{"code": ["Ensure this field has at least 1 characters."]}]);
    assert_eq!(unnamed, refusal("hello", 3, 400, errors));
}
