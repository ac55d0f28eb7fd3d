//! Many connections at once.

use std::collections::BTreeSet;

use dcrf_e2e::Database;
use serde_json::json;
use tokio::task::JoinSet;

use super::Kitchen;
use crate::on_both_databases;

on_both_databases!(nothing_is_lost_of_many_writers, one_of_many_wins_a_unique_value);

const CONNECTIONS: usize = 32;
const CREATES: usize = 50;

async fn nothing_is_lost_of_many_writers(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut clients = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let mut notes = kitchen.open("notes").await;
        clients.spawn(async move {
            // All are sent before the first answer is read.
            for number in 0..CREATES {
                let data = json!({"text": format!("{connection} {number}")});
                notes.client.send(&json!({"action": "create", "request_id": number, "data": data})).await;
            }
            let mut ids = Vec::new();
            for number in 0..CREATES {
                let answer = notes.client.expect_frame().await;
                assert_eq!(answer["request_id"], number, "{answer}");
                assert_eq!(answer["response_status"], 201, "{answer}");
                assert_eq!(answer["data"]["text"], format!("{connection} {number}"), "{answer}");
                ids.push(answer["data"]["id"].as_i64().expect("a key"));
            }
            ids
        });
    }
    let ids: BTreeSet<i64> = clients.join_all().await.into_iter().flatten().collect();
    assert_eq!(ids.len(), CONNECTIONS * CREATES, "every key is another");
    let page = kitchen.open("notes").await.ask("list", json!({"limit": 1})).await.data(200);
    assert_eq!(page["count"], CONNECTIONS * CREATES, "{page}");
}

async fn one_of_many_wins_a_unique_value(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut clients = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let mut categories = kitchen.open("categories").await;
        clients.spawn(async move {
            let frame = json!({"action": "create", "request_id": 1, "data": {"name": "birds"}});
            categories.client.request(&frame).await
        });
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        clients.join_all().await.into_iter().partition(|answer| answer["response_status"] == 201);
    assert_eq!(won.len(), 1, "{won:?}");
    for answer in lost {
        assert_eq!(
            answer["errors"],
            json!([{"name": ["category with this name already exists."]}]),
            "{answer}"
        );
    }
}
