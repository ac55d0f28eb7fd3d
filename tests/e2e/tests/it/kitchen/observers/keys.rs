//! Keys that are changed: with another key a row is another one.

use dcrf_e2e::Database;
use dcrf_runtime::{Model as _, Object, store};
use kitchen::models::Country;
use serde_json::{Value, json};

use super::event;
use crate::kitchen::Kitchen;
use crate::kitchen::server::Stream;
use crate::on_both_databases;

on_both_databases!(
    a_row_with_another_key_is_another_row,
    several_keys_in_one_transaction_are_one_change,
    a_key_that_others_refer_to_stays,
);

fn country(code: &str, title: &str) -> Value {
    json!({"code": code, "title": title})
}

async fn switzerland(kitchen: &Kitchen) -> Stream {
    let mut countries = kitchen.open("countries").await;
    countries.create(country("CH", "Switzerland")).await.data(201);
    countries
}

async fn a_row_with_another_key_is_another_row(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut a, mut b) = (kitchen.open("countries").await, switzerland(&kitchen).await);
    assert_eq!(a.under("all", "subscribe_to_borders", json!({})).await, 201);
    assert_eq!(a.under("old", "subscribe_to_initials", json!({"code": "CH"})).await, 201);
    assert_eq!(a.under("new", "subscribe_to_initials", json!({"code": "FR"})).await, 201);
    assert_eq!(a.under("one", "subscribe_instance", json!({"pk": "CH"})).await, 201);
    b.ask("patch", json!({"pk": "CH", "data": {"code": "FR"}})).await.is(200, country("FR", "Switzerland"));
    let pk = |pk: &str| json!({"pk": pk});
    a.heard_in_any_order(vec![
        event("delete", 200, country("CH", "Switzerland"), "all"),
        event("create", 200, country("FR", "Switzerland"), "all"),
        event("delete", 200, pk("CH"), "old"),
        event("create", 200, pk("FR"), "new"),
        event("delete", 204, pk("CH"), "one"),
    ])
    .await;
    // Under the new key it is nobody's whom it was told to be gone, and a row like any other.
    assert_eq!(a.under("one", "unsubscribe_instance", pk("CH")).await, 204);
    b.ask("update", json!({"pk": "FR", "data": country("FR", "France")})).await.data(200);
    a.heard_in_any_order(vec![
        event("update", 200, country("FR", "France"), "all"),
        event("update", 200, pk("FR"), "new"),
    ])
    .await;
    b.ask("patch", json!({"pk": "CH", "data": {"code": "IT"}})).await.refuses(404, json!(["Not found"]));
    a.heard(Vec::new()).await;
}

async fn several_keys_in_one_transaction_are_one_change(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut a, _b) = (kitchen.open("countries").await, switzerland(&kitchen).await);
    assert_eq!(a.under("all", "subscribe_to_borders", json!({})).await, 201);
    let transaction = kitchen.db.begin().await.expect("a transaction");
    for (from, to) in [("CH", "FR"), ("FR", "IT")] {
        let mut changes = Object::empty(Country::META.columns.len());
        changes.set(Country::META.key, to);
        store::update(transaction.db(), Country::META, from.into(), changes).await.expect("another key");
    }
    transaction.commit().await.expect("a commit");
    a.heard(vec![
        event("delete", 200, country("CH", "Switzerland"), "all"),
        event("create", 200, country("IT", "Switzerland"), "all"),
    ])
    .await;
}

async fn a_key_that_others_refer_to_stays(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut a, mut b) = (kitchen.open("countries").await, switzerland(&kitchen).await);
    b.create(country("FR", "France")).await.data(201);
    let birds = kitchen.open("categories").await.create(json!({"name": "birds"})).await.data(201);
    let item = json!({"category": birds["id"], "country": "CH", "position": 1});
    kitchen.open("items").await.create(item).await.data(201);
    assert_eq!(a.under("all", "subscribe_to_borders", json!({})).await, 201);
    let text = "Cannot change the key of this country: it is referred to by item.country_id.";
    b.ask("patch", json!({"pk": "CH", "data": {"code": "IT"}})).await.refuses(400, json!([{"code": [text]}]));
    // What is wrong with the value itself comes first.
    let taken = json!([{"code": ["country with this code already exists."]}]);
    b.ask("patch", json!({"pk": "CH", "data": {"code": "FR"}})).await.refuses(400, taken);
    a.heard(Vec::new()).await;
    // The same key is no other one.
    b.ask("update", json!({"pk": "CH", "data": country("CH", "Suisse")})).await.data(200);
    b.ask("patch", json!({"pk": "FR", "data": {"code": "IT"}})).await.data(200);
    a.heard(vec![
        event("update", 200, country("CH", "Suisse"), "all"),
        event("delete", 200, country("FR", "France"), "all"),
        event("create", 200, country("IT", "France"), "all"),
    ])
    .await;
}
