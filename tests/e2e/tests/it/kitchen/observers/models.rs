//! Observers of models: all rows, rows by values, and rows in groups that the application names.

use dcrf_e2e::Database;
use serde_json::{Value, json};

use super::{card, event, kitchen};
use crate::on_both_databases;

on_both_databases!(
    every_row_is_heard_of,
    a_row_that_moves_leaves_one_group_and_joins_another,
    groups_are_joined_by_what_is_given,
    the_application_names_groups,
    subscriptions_are_filtered_as_lists_are,
);

fn pk(pk: i64) -> Value {
    json!({"pk": pk})
}

async fn every_row_is_heard_of(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    assert_eq!(a.under("s", "subscribe_to_all", json!({})).await, 201);
    b.create(json!({"board": 1, "text": "one"})).await.data(201);
    b.ask("patch", json!({"pk": 1, "data": {"text": "x"}})).await.data(200);
    b.ask("delete", json!({"pk": 1})).await.data(204);
    a.heard(vec![
        event("create", 200, card(1, "one"), "s"),
        event("update", 200, card(1, "x"), "s"),
        event("delete", 200, card(1, "x"), "s"),
    ])
    .await;
    assert_eq!(a.under("other", "unsubscribe_from_all", json!({})).await, 204);
    b.create(json!({"board": 1, "text": "two"})).await.data(201);
    a.heard(vec![event("create", 200, card(2, "two"), "s")]).await;
    assert_eq!(a.under("s", "unsubscribe_from_all", json!({})).await, 204);
    b.create(json!({"board": 1, "text": "three"})).await.data(201);
    a.heard_nothing().await;
}

async fn a_row_that_moves_leaves_one_group_and_joins_another(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    kitchen.open("players").await.create(json!({"name": "eve"})).await.data(201);
    for lane in ["todo", "done"] {
        let arguments = json!({"board": "1", "lane": lane});
        assert_eq!(a.under(lane, "subscribe_to_placing", arguments).await, 201);
    }
    assert_eq!(a.under("hers", "subscribe_to_placing", json!({"owner": 1})).await, 201);
    assert_eq!(a.under("nobody's", "subscribe_to_placing", json!({"owner": null})).await, 201);
    b.create(json!({"board": 1, "owner": 1, "text": "one"})).await.data(201);
    a.heard(vec![event("create", 200, pk(1), "todo"), event("create", 200, pk(1), "hers")]).await;
    b.ask("patch", json!({"pk": 1, "data": {"lane": "done"}})).await.data(200);
    // Left, kept, joined.
    a.heard(vec![
        event("delete", 200, pk(1), "todo"),
        event("update", 200, pk(1), "hers"),
        event("create", 200, pk(1), "done"),
    ])
    .await;
    kitchen.open("players").await.ask("delete", json!({"pk": 1})).await.data(204);
    a.heard(vec![
        event("delete", 200, pk(1), "hers"),
        event("update", 200, pk(1), "done"),
        event("create", 200, pk(1), "nobody's"),
    ])
    .await;
    b.ask("patch", json!({"pk": 1, "data": {"text": "x"}})).await.data(200);
    a.heard(vec![event("update", 200, pk(1), "done"), event("update", 200, pk(1), "nobody's")]).await;
    b.ask("delete", json!({"pk": 1})).await.data(204);
    a.heard(vec![event("delete", 200, pk(1), "done"), event("delete", 200, pk(1), "nobody's")]).await;
}

async fn groups_are_joined_by_what_is_given(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    kitchen.open("players").await.create(json!({"name": "eve"})).await.data(201);
    a.ask("subscribe_to_placing", json!({"owner": "eve", "board": [], "lane": "todo"})).await.refuses(
        400,
        json!([{"board": ["A valid integer is required."], "owner": ["A valid integer is required."]}]),
    );
    // Half of a group is none.
    assert_eq!(a.under("half", "subscribe_to_placing", json!({"board": 1})).await, 201);
    // Both groups, under one id: the same frame twice.
    let both = json!({"board": 1, "lane": "todo", "owner": 1});
    assert_eq!(a.under("both", "subscribe_to_placing", both).await, 201);
    b.create(json!({"board": 1, "owner": 1, "text": "one"})).await.data(201);
    let created = || event("create", 200, pk(1), "both");
    a.heard(vec![created(), created()]).await;
    // Another group than those that were joined: nothing ends.
    assert_eq!(a.under("both", "unsubscribe_from_placing", json!({"owner": 2})).await, 204);
    assert_eq!(a.under("both", "unsubscribe_from_placing", json!({"owner": 1})).await, 204);
    b.ask("patch", json!({"pk": 1, "data": {"text": "x"}})).await.data(200);
    a.heard(vec![event("update", 200, pk(1), "both")]).await;
    assert_eq!(a.under("both", "unsubscribe_from_placing", json!({})).await, 204);
    b.ask("patch", json!({"pk": 1, "data": {"text": "y"}})).await.data(200);
    a.heard_nothing().await;
}

async fn the_application_names_groups(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    let forbidden = json!(["You do not have permission to perform this action."]);
    a.ask("subscribe_to_words", json!({"words": ["secret"]})).await.refuses(403, forbidden);
    a.ask("subscribe_to_words", json!({}))
        .await
        .refuses(400, json!([{"words": ["This field is required."]}]));
    assert_eq!(a.under("tea", "subscribe_to_words", json!({"words": ["tea"]})).await, 201);
    assert_eq!(a.under("more", "subscribe_to_words", json!({"words": ["milk", "sugar"]})).await, 201);
    b.create(json!({"board": 1, "text": "tea and milk"})).await.data(201);
    let made = card(1, "tea and milk");
    a.heard(vec![event("create", 200, made.clone(), "tea"), event("create", 200, made, "more")]).await;
    b.ask("patch", json!({"pk": 1, "data": {"text": "milk and sugar"}})).await.data(200);
    let changed = || card(1, "milk and sugar");
    a.heard(vec![
        event("delete", 200, changed(), "tea"),
        event("update", 200, changed(), "more"),
        event("create", 200, changed(), "more"),
    ])
    .await;
    assert_eq!(a.under("more", "unsubscribe_from_words", json!({})).await, 204);
    b.ask("patch", json!({"pk": 1, "data": {"text": "sugar"}})).await.data(200);
    a.heard_nothing().await;
}

async fn subscriptions_are_filtered_as_lists_are(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    a.ask("subscribe_to_all", json!({"filter": {"board": 1}}))
        .await
        .refuses(400, json!([{"filter": {"board": ["Unknown field. Filters are allowed by: lane, text."]}}]));
    let filter = json!({"lane": "done", "text__contains": "a"});
    assert_eq!(a.under("s", "subscribe_to_all", json!({"filter": {"lane": "todo"}})).await, 201);
    // The same subscription with another filter takes its place.
    assert_eq!(a.under("s", "subscribe_to_all", json!({"filter": filter})).await, 201);
    let done = |text: &str| {
        let mut card = card(1, text);
        card["lane"] = json!("done");
        card
    };
    b.create(json!({"board": 1, "text": "abc"})).await.data(201);
    b.ask("patch", json!({"pk": 1, "data": {"text": "bac"}})).await.data(200);
    a.heard_nothing().await;
    // It comes to match, goes on to, and does not any more.
    b.ask("patch", json!({"pk": 1, "data": {"lane": "done"}})).await.data(200);
    b.ask("patch", json!({"pk": 1, "data": {"text": "cab"}})).await.data(200);
    b.ask("patch", json!({"pk": 1, "data": {"text": "xyz"}})).await.data(200);
    a.heard(vec![
        event("create", 200, done("bac"), "s"),
        event("update", 200, done("cab"), "s"),
        event("delete", 200, done("xyz"), "s"),
    ])
    .await;
    b.ask("delete", json!({"pk": 1})).await.data(204);
    a.heard_nothing().await;
    b.create(json!({"board": 1, "lane": "done", "text": "a"})).await.data(201);
    b.ask("delete", json!({"pk": 2})).await.data(204);
    let mut second = done("a");
    second["id"] = json!(2);
    a.heard(vec![event("create", 200, second.clone(), "s"), event("delete", 200, second, "s")]).await;
}
