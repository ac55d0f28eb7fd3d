//! The mixin `observer_instance`.

use dcrf_e2e::{Database, LIMIT};
use dcrf_runtime::Model as _;
use kitchen::models::{Card, CardChanges};
use serde_json::json;

use super::{card, event, kitchen};
use crate::on_both_databases;

on_both_databases!(
    rows_are_observed,
    one_hears_ones_own_changes_after_the_answer,
    a_busy_stream_hears_every_state_later,
    rows_are_observed_by_another_column_than_the_key,
    whatever_the_database_does_by_itself_is_heard,
    changes_past_the_sockets_are_heard,
    nothing_is_left_of_a_connection,
);

async fn rows_are_observed(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    b.create(json!({"board": 1, "text": "one"})).await.data(201);
    b.create(json!({"board": 1, "text": "two"})).await.data(201);
    a.ask("retrieve", json!({"pk": 1})).await.is(200, card(1, "one"));
    a.ask("subscribe_instance", json!({"pk": 99})).await.refuses(404, json!(["Not found"]));
    assert_eq!(a.under("s", "subscribe_instance", json!({"pk": 1})).await, 201);
    // One id twice is one subscription.
    assert_eq!(a.under("s", "subscribe_instance", json!({"pk": "1"})).await, 201);
    b.ask("patch", json!({"pk": 2, "data": {"text": "other"}})).await.data(200);
    a.heard_nothing().await;
    b.ask("patch", json!({"pk": 1, "data": {"text": "changed"}})).await.data(200);
    a.heard(vec![event("update", 200, card(1, "changed"), "s")]).await;
    // A save that changes nothing is one, a refused one is none.
    b.ask("patch", json!({"pk": 1, "data": {}})).await.data(200);
    a.heard(vec![event("update", 200, card(1, "changed"), "s")]).await;
    b.ask("patch", json!({"pk": 1, "data": {"text": ""}}))
        .await
        .refuses(400, json!([{"text": ["This field may not be blank."]}]));
    b.ask("patch", json!({"pk": 1, "data": {"board": 7}}))
        .await
        .refuses(400, json!([{"board": ["Invalid pk \"7\" - object does not exist."]}]));
    a.heard_nothing().await;
    b.ask("delete", json!({"pk": 1})).await.data(204);
    a.heard(vec![event("delete", 204, json!({"pk": 1}), "s")]).await;
    // A row that is gone can be unsubscribed from, once.
    assert_eq!(a.under("s", "unsubscribe_instance", json!({"pk": 1})).await, 204);
    assert_eq!(a.under("s", "unsubscribe_instance", json!({"pk": 1})).await, 404);
    assert_eq!(kitchen.db.hub().subscriptions(), 0);
}

async fn one_hears_ones_own_changes_after_the_answer(database: Database) {
    let kitchen = kitchen(database).await;
    let mut a = kitchen.open("cards").await;
    a.create(json!({"board": 1, "text": "one"})).await.data(201);
    assert_eq!(a.under("same", "subscribe_instance", json!({"pk": 1})).await, 201);
    for text in ["first", "second"] {
        let frame = json!({"action": "patch", "request_id": "same", "pk": 1, "data": {"text": text}});
        a.client.send(&frame).await;
    }
    let mut frames = Vec::new();
    for _ in 0..4 {
        let frame = a.client.expect_frame().await;
        frames.push((frame["action"].clone(), frame["data"]["text"].clone()));
    }
    for text in ["first", "second"] {
        let place = |action: &str| frames.iter().position(|frame| *frame == (json!(action), json!(text)));
        assert!(place("patch").expect("an answer") < place("update").expect("an event"), "{frames:?}");
    }
}

async fn a_busy_stream_hears_every_state_later(database: Database) {
    let mut kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    b.create(json!({"board": 1, "text": "one"})).await.data(201);
    assert_eq!(a.under("s", "subscribe_instance", json!({"pk": 1})).await, 201);
    let linger = json!({"action": "linger", "request_id": "l", "card": 1, "ticket": "t"});
    a.client.send(&linger).await;
    let arrival = kitchen.signals.arrival().await;
    for text in ["n0", "n1"] {
        b.ask("patch", json!({"pk": 1, "data": {"text": text}})).await.data(200);
    }
    arrival.go();
    assert_eq!(a.client.expect_frame().await["action"], "linger");
    for text in ["lingering", "n0", "n1"] {
        assert_eq!(a.client.expect_frame().await, event("update", 200, card(1, text), "s"));
    }
    a.heard_nothing().await;
}

async fn rows_are_observed_by_another_column_than_the_key(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("boards").await, kitchen.open("boards").await);
    assert_eq!(a.under("s", "subscribe_instance", json!({"name": "first"})).await, 201);
    b.ask("patch", json!({"name": "first", "data": {"name": "renamed"}})).await.data(200);
    let renamed = json!({"id": 1, "name": "renamed", "colour": ""});
    a.heard(vec![event("update", 200, renamed, "s")]).await;
    b.ask("delete", json!({"name": "renamed"})).await.data(204);
    a.heard(vec![event("delete", 204, json!({"pk": 1}), "s")]).await;
    assert_eq!(a.under("s", "unsubscribe_instance", json!({"name": "never"})).await, 404);
    assert_eq!(a.under("s", "unsubscribe_instance", json!({"name": "first"})).await, 204);
    assert_eq!(kitchen.db.hub().subscriptions(), 0);
}

async fn whatever_the_database_does_by_itself_is_heard(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    let mut players = kitchen.open("players").await;
    players.create(json!({"name": "eve"})).await.data(201);
    b.create(json!({"board": 1, "owner": 1, "text": "one"})).await.data(201);
    b.create(json!({"board": 1, "text": "two"})).await.data(201);
    for pk in [1, 2] {
        assert_eq!(a.under(pk, "subscribe_instance", json!({"pk": pk})).await, 201);
    }
    players.ask("delete", json!({"pk": 1})).await.data(204);
    a.heard(vec![event("update", 200, card(1, "one"), 1)]).await;
    kitchen.open("boards").await.ask("delete", json!({"name": "first"})).await.data(204);
    let gone = |pk: i64| event("delete", 204, json!({"pk": pk}), pk);
    a.heard(vec![gone(2), gone(1)]).await;
}

async fn changes_past_the_sockets_are_heard(database: Database) {
    let kitchen = kitchen(database).await;
    let mut a = kitchen.open("cards").await;
    a.create(json!({"board": 1, "text": "one"})).await.data(201);
    assert_eq!(a.under("s", "subscribe_instance", json!({"pk": 1})).await, 201);
    let changes = || CardChanges { text: Some("by the application".to_owned()), ..CardChanges::default() };
    Card::objects(&kitchen.db).update(1, changes()).await.expect("a change");
    a.heard(vec![event("update", 200, card(1, "by the application"), "s")]).await;
    let transaction = kitchen.db.begin().await.expect("a transaction");
    Card::objects(transaction.db()).update(1, changes()).await.expect("a change");
    drop(transaction);
    a.heard_nothing().await;
}

async fn nothing_is_left_of_a_connection(database: Database) {
    let kitchen = kitchen(database).await;
    let mut b = kitchen.open("cards").await;
    b.create(json!({"board": 1, "text": "one"})).await.data(201);
    let mut a = kitchen.open("cards").await;
    for id in 0..5 {
        assert_eq!(a.under(id, "subscribe_instance", json!({"pk": 1})).await, 201);
        assert_eq!(a.under(id, "subscribe_to_all", json!({})).await, 201);
    }
    assert_eq!(a.under("j", "join", json!({"room": "r"})).await, 200);
    assert_eq!(kitchen.db.hub().subscriptions(), 11);
    assert_eq!(a.client.close().await, 1000);
    // The end of the connection is seen by the server a moment later than by the client.
    let forgotten = async {
        while kitchen.db.hub().subscriptions() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, forgotten).await.expect("the server notices the end");
    b.ask("patch", json!({"pk": 1, "data": {"text": "x"}})).await.data(200);
}
