//! The page that shows who is in the workshop.

use dcrf_applications::members::service;
use dcrf_e2e::Database;
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::server::{Server, answer, refusal};

on_both_databases!(
    a_change_names_all_subscriptions_of_a_connection,
    members_are_in_the_order_of_their_names,
    one_member_can_be_followed,
    an_anonymous_page_sees_nothing,
    keys_and_frames_that_are_wrong_are_refused,
);

const INSERT: &str = r#"
    INSERT INTO member (User_ID, First_Name, Last_Name, Checked_In, Total_Seconds)
    VALUES ('c-1', 'Cleo', 'Young', TRUE, 0), ('a-7', 'Ada', 'Byron', FALSE, 12.5), ('b-2', 'Ben', 'Byron', FALSE, 0)
"#;
const LEAVE: &str = r#"UPDATE member SET Checked_In = FALSE, Total_Seconds = 90 WHERE User_ID = 'c-1'"#;

fn member(key: &str, first: &str, last: &str, checked_in: bool, seconds: f64) -> Value {
    json!({
        "User_ID": key, "First_Name": first, "Last_Name": last,
        "Checked_In": checked_in, "Total_Seconds": seconds,
    })
}

async fn a_change_names_all_subscriptions_of_a_connection(database: Database) {
    let server = Server::start(database, service()).await;
    server.database.transaction(&[INSERT], true).await;
    let mut page = server.open("/ws/live/?token=user-1").await;
    let mut wall = server.open("/ws/live/?token=user-2").await;
    for request_id in [json!("list"), json!(7)] {
        let subscribed = page.request(&json!({"action": "subscribe_all", "request_id": request_id})).await;
        assert_eq!(subscribed["response_status"], 201, "{subscribed}");
    }
    wall.request(&json!({"action": "subscribe_all", "request_id": 1})).await;
    server.database.transaction(&[LEAVE], true).await;
    let body = member("c-1", "Cleo", "Young", false, 90.0);
    let expected = json!({"body": body, "action": "update", "request_ids": ["list", 7]});
    let left = |frame: &Value| frame["body"]["Checked_In"] == false && frame["body"]["User_ID"] == "c-1";
    assert_eq!(page.expect_event(left).await, expected);
    assert_eq!(wall.expect_event(left).await["request_ids"], json!([1]));

    page.request(&json!({"action": "unsubscribe_all", "request_id": "list"})).await;
    server.database.transaction(&["DELETE FROM member WHERE User_ID = 'c-1'"], true).await;
    let gone = json!({"body": expected["body"], "action": "delete", "request_ids": [7]});
    assert_eq!(page.expect_event(|frame| frame["action"] == "delete").await, gone);
}

async fn members_are_in_the_order_of_their_names(database: Database) {
    let server = Server::start(database, service()).await;
    server.database.transaction(&[INSERT], true).await;
    let mut page = server.open("/ws/live/?token=user-1").await;
    let list = page.request(&json!({"action": "list", "request_id": 1})).await;
    let rows = json!([
        member("a-7", "Ada", "Byron", false, 12.5),
        member("b-2", "Ben", "Byron", false, 0.0),
        member("c-1", "Cleo", "Young", true, 0.0),
    ]);
    assert_eq!(list, answer("list", 1, 200, rows));
}

async fn one_member_can_be_followed(database: Database) {
    let server = Server::start(database, service()).await;
    server.database.transaction(&[INSERT], true).await;
    let mut page = server.open("/ws/live/?token=user-1").await;
    let one = page.request(&json!({"action": "retrieve", "request_id": 1, "pk": "a-7"})).await;
    assert_eq!(one["data"]["First_Name"], "Ada");
    page.request(&json!({"action": "subscribe_instance", "request_id": 2, "pk": "c-1"})).await;
    server.database.transaction(&[LEAVE], true).await;
    let event = page.expect_event(|frame| frame["action"] == "update").await;
    assert_eq!(event, answer("update", 2, 200, member("c-1", "Cleo", "Young", false, 90.0)));
}

async fn an_anonymous_page_sees_nothing(database: Database) {
    let server = Server::start(database, service()).await;
    let mut page = server.open("/ws/live/").await;
    let forbidden = json!(["You do not have permission to perform this action."]);
    for action in ["list", "subscribe_all"] {
        let refused = page.request(&json!({"action": action, "request_id": 1})).await;
        assert_eq!(refused, refusal(action, 1, 403, forbidden.clone()));
    }
    server.database.transaction(&[INSERT], true).await;
    page.expect_nothing().await;
}

async fn keys_and_frames_that_are_wrong_are_refused(database: Database) {
    let server = Server::start(database, service()).await;
    let mut page = server.open("/ws/live/?token=user-1").await;
    let missing = page.request(&json!({"action": "retrieve", "request_id": 1, "pk": "nobody"})).await;
    assert_eq!(missing, refusal("retrieve", 1, 404, json!(["Not found"])));
    let list = page.request(&json!({"action": "retrieve", "request_id": 2, "pk": ["a-7"]})).await;
    assert_eq!(list, refusal("retrieve", 2, 404, json!(["Not found"])));
    page.send_text("[]").await;
    assert_eq!(page.expect_frame().await["response_status"], 400);
}
