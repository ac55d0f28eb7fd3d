//! What a transaction did is told when it is committed, once for each row.

use dcrf_e2e::Database;
use dcrf_runtime::db::Dialect;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{card, event, kitchen};
use crate::on_both_databases;

on_both_databases!(
    nothing_is_lost_of_many_writers,
    several_changes_of_a_row_are_one,
    what_is_rolled_back_is_not_told,
    groups_are_compared_over_all
);

async fn nothing_is_lost_of_many_writers(database: Database) {
    const WRITERS: usize = 8;
    const WRITES: usize = 20;
    let kitchen = kitchen(database).await;
    let mut a = kitchen.open("cards").await;
    a.create(json!({"board": 1, "text": "one"})).await.data(201);
    assert_eq!(a.under("s", "subscribe_instance", json!({"pk": 1})).await, 201);
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let mut b = kitchen.open("cards").await;
        writers.spawn(async move {
            for write in 0..WRITES {
                let text = format!("{writer} {write}");
                // Every other one is a transaction.
                if write % 2 == 0 {
                    b.ask("patch", json!({"pk": 1, "data": {"text": text}})).await.data(200);
                } else {
                    let steps = [format!("update:1:{text}")];
                    b.ask("several", json!({"board": 1, "steps": steps})).await.data(200);
                }
            }
        });
    }
    writers.join_all().await;
    let mut last = Value::Null;
    for _ in 0..WRITERS * WRITES {
        last = a.client.expect_frame().await["data"].take();
    }
    a.heard_nothing().await;
    if kitchen.db.dialect() == Dialect::Sqlite {
        // There the order of events is that of commits.
        a.ask("retrieve", json!({"pk": 1})).await.is(200, last);
    }
}

async fn several_changes_of_a_row_are_one(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    b.create(json!({"board": 1, "text": "one"})).await.data(201);
    b.create(json!({"board": 1, "text": "two"})).await.data(201);
    assert_eq!(a.under("all", "subscribe_to_all", json!({})).await, 201);
    assert_eq!(a.under("one", "subscribe_instance", json!({"pk": 1})).await, 201);
    assert_eq!(a.under("bell", "subscribe_to_bell", json!({})).await, 201);
    let steps = [
        "update:1:x",
        "create:three",
        "ring:ding",
        "update:3:y",
        "update:1:z",
        "update:2:gone",
        "delete:2",
        "create:four",
        "delete:4",
    ];
    b.ask("several", json!({"board": 1, "steps": steps})).await.data(200);
    a.heard(vec![
        event("update", 200, card(1, "z"), "one"),
        event("update", 200, card(1, "z"), "all"),
        event("create", 200, card(3, "y"), "all"),
        event("bell", 200, json!({"text": "ding"}), "bell"),
        event("delete", 200, card(2, "gone"), "all"),
    ])
    .await;
}

async fn what_is_rolled_back_is_not_told(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    b.create(json!({"board": 1, "text": "one"})).await.data(201);
    assert_eq!(a.under("all", "subscribe_to_all", json!({})).await, 201);
    assert_eq!(a.under("bell", "subscribe_to_bell", json!({})).await, 201);
    let steps = ["update:1:x", "create:two", "ring:ding", "delete:1", "fail"];
    b.ask("several", json!({"board": 1, "steps": steps})).await.refuses(400, json!(["Not like this."]));
    a.heard_nothing().await;
    // A statement that is refused leaves the others be.
    b.ask("several", json!({"board": 1, "steps": ["update:9:x"]})).await.refuses(404, json!(["Not found"]));
    a.heard_nothing().await;
}

async fn groups_are_compared_over_all(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    b.create(json!({"board": 1, "text": "one"})).await.data(201);
    for lane in ["todo", "doing", "done"] {
        assert_eq!(a.under(lane, "subscribe_to_placing", json!({"board": 1, "lane": lane})).await, 201);
    }
    let pk = || json!({"pk": 1});
    let steps = ["update:1:x", "move:1:doing", "move:1:done"];
    b.ask("several", json!({"board": 1, "steps": steps})).await.data(200);
    a.heard(vec![event("delete", 200, pk(), "todo"), event("create", 200, pk(), "done")]).await;
    b.ask("several", json!({"board": 1, "steps": ["move:1:todo", "move:1:done"]})).await.data(200);
    a.heard(vec![event("update", 200, pk(), "done")]).await;
    // Whoever was told of it is told that it is gone.
    b.ask("several", json!({"board": 1, "steps": ["move:1:todo", "delete:1"]})).await.data(200);
    a.heard(vec![event("delete", 200, pk(), "done")]).await;
}
