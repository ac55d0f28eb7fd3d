//! Events carry nothing that is write-only: whoever asks about it hears nothing, on the node itself as on another.

use dcrf_e2e::{Broker, Database};
use dcrf_runtime::Model as _;
use kitchen::models::{Account, AccountChanges, NewAccount};
use serde_json::{Value, json};

use super::super::Kitchen;
use super::super::server::Stream;
use super::event;
use crate::on_both_databases;

on_both_databases!(what_is_asked_about_secrets_is_not_told,);

async fn account(kitchen: &Kitchen) {
    let new = NewAccount {
        name: "ada".into(),
        secret: "s".into(),
        pin: Some("1234".into()),
        bio: None,
        age: None,
        score: None,
    };
    Account::objects(&kitchen.db).create(new).await.expect("an account");
}

async fn rename(kitchen: &Kitchen, name: &str) {
    let changes = AccountChanges { name: Some(name.to_owned()), ..AccountChanges::default() };
    Account::objects(&kitchen.db).update(1, changes).await.expect("it is there");
}

async fn subscribed(kitchen: &Kitchen, name: &str) -> Stream {
    let mut stream = kitchen.open_as("account_watch", name).await;
    // Rows of the database are whole.
    assert_eq!(stream.ask("retrieve", json!({"pk": 1})).await.data(200)["id"], 1);
    assert_eq!(stream.under("s", "subscribe_to_watched_accounts", json!({})).await, 201);
    stream
}

fn named(action: &str, name: &str) -> Value {
    event(action, 200, json!({"id": 1, "name": name}), "s")
}

async fn what_is_asked_about_secrets_is_not_told(database: Database) {
    let kitchen = Kitchen::start(database).await;
    account(&kitchen).await;
    let mut plain = subscribed(&kitchen, "plain").await;
    let mut prying = subscribed(&kitchen, "prying").await;
    let mut asking = subscribed(&kitchen, "asking").await;
    rename(&kitchen, "bob").await;
    Account::objects(&kitchen.db).delete(1).await.expect("it is there");
    plain.heard(vec![named("update", "bob"), named("delete", "bob")]).await;
    prying.heard_nothing().await;
    asking.heard_nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_nodes_tell_the_same() {
    let Some(broker) = Broker::redis().await else { return };
    let nodes = Kitchen::pair(Database::sqlite(), &broker.url()).await;
    account(&nodes[0]).await;
    let mut told = Vec::new();
    let mut untold = Vec::new();
    for node in &nodes {
        told.push(subscribed(node, "plain").await);
        untold.push(subscribed(node, "prying").await);
        untold.push(subscribed(node, "asking").await);
    }
    for name in ["bob", "cleo"] {
        rename(&nodes[0], name).await;
        for stream in &mut told {
            assert_eq!(stream.client.expect_frame().await, named("update", name));
        }
    }
    // The second event lies with whoever hears of it, and so would the first.
    for mut stream in untold {
        stream.heard_nothing().await;
    }
}
