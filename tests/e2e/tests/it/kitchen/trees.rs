//! Trees of rows, and models of one name in two applications.

use dcrf_e2e::Database;
use serde_json::{Value, json};

use super::Kitchen;
use crate::on_both_databases;

on_both_databases!(
    a_tree_is_shown_down_to_its_last_level,
    ancestors_are_shown_up_to_the_last_level,
    an_event_shows_the_tree_of_its_row,
    two_applications_have_a_model_of_one_name,
);

/// 1 with the replies 2 and 3; 2 with 4, 4 with 5, 5 with 6 and 7.
async fn fill(kitchen: &Kitchen) {
    let mut remarks = kitchen.open("remarks").await;
    for (number, parent) in
        [None, Some(1), Some(1), Some(2), Some(4), Some(5), Some(5)].into_iter().enumerate()
    {
        let text = format!("r{}", number + 1);
        remarks.create(json!({"text": text, "parent": parent})).await.data(201);
    }
}

fn remark(id: i64, parent: Value, replies: Value) -> Value {
    json!({"id": id, "text": format!("r{id}"), "parent": parent, "replies": replies})
}

async fn a_tree_is_shown_down_to_its_last_level(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut remarks = kitchen.open("remarks").await;
    let fourth = remark(4, json!(2), json!([5]));
    let second = remark(2, json!(1), json!([fourth]));
    let third = remark(3, json!(1), json!([]));
    let tree = remark(1, Value::Null, json!([second, third]));
    remarks.ask("retrieve", json!({"pk": 1})).await.is(200, tree);
    let fifth = remark(5, json!(4), json!([remark(6, json!(5), json!([])), remark(7, json!(5), json!([]))]));
    remarks.ask("retrieve", json!({"pk": 5})).await.is(200, fifth);
    // One statement for the rows, one for each level, and one for the keys below the last.
    let mut least = usize::MAX;
    for _ in 0..20 {
        let before = kitchen.db.statements();
        let rows = remarks.ask("list", json!({})).await.data(200);
        assert_eq!(rows.as_array().map(Vec::len), Some(7));
        least = least.min(kitchen.db.statements() - before);
    }
    assert_eq!(least, 4);
    // Replies are not written with a remark.
    let made = remarks.create(json!({"text": "r8", "replies": [{"text": "no"}]})).await.data(201);
    assert_eq!(made["replies"], json!([]));
}

async fn ancestors_are_shown_up_to_the_last_level(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let rows = kitchen.open("ancestors").await.ask("list", json!({})).await.data(200);
    assert_eq!(rows[0], json!({"id": 1, "parent": null}));
    assert_eq!(rows[1], json!({"id": 2, "parent": {"id": 1, "parent": null}}));
    assert_eq!(rows[6], json!({"id": 7, "parent": {"id": 5, "parent": {"id": 4, "parent": 2}}}));
}

async fn an_event_shows_the_tree_of_its_row(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut listener = kitchen.open("remarks").await;
    assert_eq!(listener.under("s", "subscribe_to_activity", json!({})).await, 201);
    kitchen.open("remarks").await.create(json!({"text": "r1"})).await.data(201);
    let event = listener.client.expect_frame().await;
    assert_eq!(event["data"], remark(1, Value::Null, json!([])), "{event}");
}

async fn two_applications_have_a_model_of_one_name(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut announcements = kitchen.open("announcements").await;
    let made = announcements.create(json!({"text": "a", "about": 7, "readers": [1, 2]})).await.data(201);
    assert_eq!(made, json!({"id": 1, "text": "a", "about": 7, "readers": [1, 2]}));
    let taken = json!([{"text": ["remark with this text already exists."]}]);
    announcements.create(json!({"text": "a"})).await.refuses(400, taken);
}
