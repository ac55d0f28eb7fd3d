//! Lists that are sent page after page.

use dcrf_e2e::Database;
use dcrf_runtime::test::TestClient;
use serde_json::{Value, json};

use super::Kitchen;
use super::library::{fill, titles};
use crate::on_both_databases;

on_both_databases!(every_page_is_a_frame, the_stream_waits_and_others_go_on, a_client_that_leaves_ends_it);

async fn every_page_is_a_frame(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut pages = kitchen.open("volume_pages").await;
    pages.ask("list", json!({})).await.is(200, json!({"count": 0, "results": [], "limit": 2, "offset": 0}));
    fill(&kitchen).await;
    for (arguments, expected) in [
        (json!({}), &["ab", "cd", "ef", "g"][..]),
        (json!({"limit": 7}), &["abcdefg"]),
        (json!({"limit": 4, "offset": "2"}), &["cdef", "g"]),
        (json!({"limit": null, "offset": {}}), &["ab", "cd", "ef", "g"]),
        (json!({"offset": 7}), &[""]),
        (json!({"offset": 1e30}), &[""]),
        (json!({"order_by": "-title", "limit": 5}), &["gfedc", "ba"]),
        (json!({"order_by": "shelf__label", "limit": 3}), &["dbf", "cae", "g"]),
    ] {
        let mut frame = json!({"action": "list", "request_id": "pages"});
        let keys = frame.as_object_mut().expect("an object");
        keys.extend(arguments.as_object().expect("an object").clone());
        pages.client.send(&frame).await;
        let mut found = Vec::new();
        loop {
            let answer = pages.client.expect_reply(&json!("pages")).await;
            assert_eq!((&answer["action"], &answer["response_status"]), (&json!("list"), &json!(200)));
            let data = &answer["data"];
            found.push(titles(&data["results"]));
            assert_eq!(data["count"], 7, "{arguments}");
            let number = |key: &str| data[key].as_f64().expect("a number");
            if number("offset") + number("limit") >= 7.0 {
                break;
            }
        }
        assert_eq!(found, expected, "{arguments}");
    }
    // Nothing came behind the last page.
    let page = pages.ask("list", json!({"limit": 9})).await.data(200);
    assert_eq!(titles(&page["results"]), "abcdefg");
}

fn frame(stream: &str, payload: Value) -> Value {
    json!({"stream": stream, "payload": payload})
}

async fn the_stream_waits_and_others_go_on(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut client = TestClient::connect(format!("ws://{}/ws/", kitchen.address())).await;
    for (stream, id) in [("volume_pages", 1), ("volume_pages", 2), ("shelves", 3)] {
        let payload = json!({"action": "list", "request_id": id, "limit": 1});
        client.send(&frame(stream, payload)).await;
    }
    let mut order = Vec::new();
    while order.len() < 15 {
        let frame = client.expect_event(|_| true).await;
        order.push(frame["payload"]["request_id"].as_u64().expect("an id"));
    }
    let third = order.iter().position(|id| *id == 3).expect("the other stream is answered");
    assert!(third < 14, "the other stream does not wait for the last page: {order:?}");
    order.remove(third);
    // Requests of one stream are answered in order: all pages of the first before any of the second.
    assert_eq!(order, [[1; 7], [2; 7]].concat());
}

async fn a_client_that_leaves_ends_it(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    for _ in 0..3 {
        let mut pages = kitchen.open("volume_pages").await;
        pages.client.send(&json!({"action": "list", "request_id": 1, "limit": 1})).await;
        drop(pages);
    }
    let mut pages = kitchen.open("volume_pages").await;
    let page = pages.ask("list", json!({"limit": 9})).await.data(200);
    assert_eq!(page["count"], 7);
}
