//! Request ids of subscriptions: any JSON value, each on its own.

use dcrf_e2e::Database;
use serde_json::{Value, json};

use super::{card, event, kitchen};
use crate::on_both_databases;

on_both_databases!(every_id_is_a_subscription_of_its_own, ids_end_on_their_own, without_an_id_all_end);

async fn every_id_is_a_subscription_of_its_own(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    b.create(json!({"board": 1, "text": "one"})).await.data(201);
    let ids = [json!(1), json!(1.0), json!(true), json!("1"), json!([1, {"a": null}]), json!({"b": 1})];
    for id in &ids {
        assert_eq!(a.under(id.clone(), "subscribe_instance", json!({"pk": 1})).await, 201, "{id}");
    }
    let missing = json!({"request_id": ["This field is required."]});
    for id in [None, Some(Value::Null)] {
        let mut frame = json!({"action": "subscribe_instance", "pk": 1});
        if let Some(id) = id {
            frame["request_id"] = id;
        }
        let answer = a.client.request(&frame).await;
        assert_eq!((&answer["response_status"], &answer["errors"][0]), (&json!(400), &missing), "{answer}");
    }
    assert_eq!(a.under(json!(1.0), "unsubscribe_instance", json!({"pk": 1})).await, 204);
    b.ask("patch", json!({"pk": 1, "data": {"text": "x"}})).await.data(200);
    let left = ids.iter().filter(|id| !id.is_f64());
    a.heard(left.map(|id| event("update", 200, card(1, "x"), id.clone())).collect()).await;
}

async fn ids_end_on_their_own(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    for text in ["one", "two"] {
        b.create(json!({"board": 1, "text": text})).await.data(201);
    }
    for (id, pk) in [("one", 1), ("two", 1), ("one", 2)] {
        assert_eq!(a.under(id, "subscribe_instance", json!({"pk": pk})).await, 201);
    }
    b.ask("patch", json!({"pk": 1, "data": {"text": "x"}})).await.data(200);
    a.heard(vec![event("update", 200, card(1, "x"), "one"), event("update", 200, card(1, "x"), "two")]).await;
    // Of one id on two rows one is ended; an id that was never subscribed ends nothing.
    assert_eq!(a.under("one", "unsubscribe_instance", json!({"pk": 1})).await, 204);
    assert_eq!(a.under("three", "unsubscribe_instance", json!({"pk": 1})).await, 204);
    b.ask("patch", json!({"pk": 1, "data": {"text": "y"}})).await.data(200);
    b.ask("patch", json!({"pk": 2, "data": {"text": "z"}})).await.data(200);
    a.heard(vec![event("update", 200, card(1, "y"), "two"), event("update", 200, card(2, "z"), "one")]).await;
}

async fn without_an_id_all_end(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    for text in ["one", "two"] {
        b.create(json!({"board": 1, "text": text})).await.data(201);
    }
    for (id, pk) in [("one", 1), ("two", 1), ("one", 2)] {
        assert_eq!(a.under(id, "subscribe_instance", json!({"pk": pk})).await, 201);
    }
    assert_eq!(a.under(Value::Null, "unsubscribe_instance", json!({"pk": 1})).await, 204);
    b.ask("patch", json!({"pk": 1, "data": {"text": "x"}})).await.data(200);
    b.ask("patch", json!({"pk": 2, "data": {"text": "y"}})).await.data(200);
    a.heard(vec![event("update", 200, card(2, "y"), "one")]).await;
}
