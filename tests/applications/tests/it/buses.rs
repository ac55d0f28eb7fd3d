//! The screens of a terminal.

use dcrf_applications::buses::service;
use dcrf_e2e::Database;
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::server::{Server, answer, refusal};

on_both_databases!(
    everybody_gets_every_change_without_a_subscription,
    the_newest_bus_is_the_first,
    a_bus_that_does_not_exist_is_not_found,
    values_that_are_not_allowed_are_refused,
);

fn bus(id: i64, name: &str) -> Value {
    json!({
        "id": id, "name": name, "plate": "ABC-123", "seats": 40, "free_seats": 0,
        "state": "WAITING", "active": true,
    })
}

fn create(request_id: i64, name: &str) -> Value {
    json!({"action": "create", "request_id": request_id, "data": {"name": name, "plate": "ABC-123"}})
}

async fn everybody_gets_every_change_without_a_subscription(database: Database) {
    let server = Server::start(database, service()).await;
    let mut screen = server.open("/ws/buses/").await;
    let mut driver = server.open("/ws/buses/").await;
    assert_eq!(driver.request(&create(1, "North")).await, answer("create", 1, 201, bus(1, "North")));
    let created = json!({"action": "create", "data": bus(1, "North")});
    assert_eq!(screen.expect_frame().await, created);
    assert_eq!(driver.expect_frame().await, created);

    let boarding = json!({"action": "patch", "request_id": 2, "pk": 1, "data": {"state": "BOARDING"}});
    let mut changed = bus(1, "North");
    changed["state"] = json!("BOARDING");
    assert_eq!(driver.request(&boarding).await, answer("patch", 2, 200, changed.clone()));
    assert_eq!(screen.expect_frame().await, json!({"action": "update", "data": changed}));

    let gone = driver.request(&json!({"action": "delete", "request_id": 3, "pk": 1})).await;
    assert_eq!(gone, answer("delete", 3, 204, Value::Null));
    assert_eq!(screen.expect_frame().await, json!({"action": "delete", "data": changed}));
    screen.expect_nothing().await;
}

async fn the_newest_bus_is_the_first(database: Database) {
    let server = Server::start(database, service()).await;
    let mut screen = server.open("/ws/buses/").await;
    for (id, name) in [(1, "North"), (2, "South")] {
        screen.request(&create(id, name)).await;
    }
    let list = screen.request(&json!({"action": "list", "request_id": 3})).await;
    assert_eq!(list, answer("list", 3, 200, json!([bus(2, "South"), bus(1, "North")])));
    let one = screen.request(&json!({"action": "retrieve", "request_id": 4, "pk": 1})).await;
    assert_eq!(one, answer("retrieve", 4, 200, bus(1, "North")));
}

async fn a_bus_that_does_not_exist_is_not_found(database: Database) {
    let server = Server::start(database, service()).await;
    let mut screen = server.open("/ws/buses/").await;
    for action in ["retrieve", "patch", "delete"] {
        let request = json!({"action": action, "request_id": 1, "pk": 7, "data": {"active": false}});
        assert_eq!(screen.request(&request).await, refusal(action, 1, 404, json!(["Not found"])));
    }
}

async fn values_that_are_not_allowed_are_refused(database: Database) {
    let server = Server::start(database, service()).await;
    let mut screen = server.open("/ws/buses/").await;
    let data = json!({"name": "North", "seats": -1, "state": "FLYING"});
    let answered = screen.request(&json!({"action": "create", "request_id": 1, "data": data})).await;
    let errors = json!([{
        "plate": ["This field is required."],
        "seats": ["Ensure this value is greater than or equal to 0."],
        "state": ["\"FLYING\" is not a valid choice."],
    }]);
    assert_eq!(answered, refusal("create", 1, 400, errors));
    let subscribe = screen.request(&json!({"action": "subscribe_to_model_change", "request_id": 2})).await;
    assert_eq!(subscribe["response_status"], 405, "whoever is connected is subscribed");
    screen.send_text("{nope").await;
    assert_eq!(screen.expect_frame().await["response_status"], 400);
    screen.expect_nothing().await;
}
