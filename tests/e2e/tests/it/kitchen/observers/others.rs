//! Rows of another model than the consumer's: heard of as the application says, or as their own consumer lets see them.

use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use kitchen::models::{Memo, MemoChanges, NewMemo};
use serde_json::{Value, json};

use super::super::Kitchen;
use super::super::server::Stream;
use super::event;
use crate::on_both_databases;

on_both_databases!(
    rows_are_heard_of_by_a_queryset_of_the_observer,
    rows_are_heard_of_as_their_consumer_lets_see_them,
    the_multiplexer_hears_the_same,
);

async fn memo(kitchen: &Kitchen, owner: &str, text: &str) -> i64 {
    let new = NewMemo { team: None, owner: owner.into(), text: text.into(), sealed: None, meta: None };
    Memo::objects(&kitchen.db).create(new).await.expect("a memo").id
}

async fn change(kitchen: &Kitchen, id: i64, changes: MemoChanges) {
    Memo::objects(&kitchen.db).update(id, changes).await.expect("a change");
}

fn text(text: &str) -> MemoChanges {
    MemoChanges { text: Some(text.to_owned()), ..MemoChanges::default() }
}

fn shown(id: i64, owner: &str, text: &str) -> Value {
    json!({"id": id, "team": null, "owner": owner, "text": text, "sealed": false})
}

async fn subscribed(kitchen: &Kitchen, name: &str, to: &str) -> Stream {
    let mut stream = kitchen.open_as("folders", name).await;
    assert_eq!(stream.under("s", &format!("subscribe_to_{to}"), json!({})).await, 201);
    stream
}

async fn rows_are_heard_of_by_a_queryset_of_the_observer(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut ann = subscribed(&kitchen, "ann", "short_memos").await;
    let mut ben = subscribed(&kitchen, "ben", "short_memos").await;
    let short = memo(&kitchen, "ben", "short").await;
    let long = memo(&kitchen, "ben", "long").await;
    change(&kitchen, short, text("short, still")).await;
    change(&kitchen, long, text("short now")).await;
    change(&kitchen, short, text("long now")).await;
    Memo::objects(&kitchen.db).delete(short).await.expect("it is there");
    Memo::objects(&kitchen.db).delete(long).await.expect("it is there");
    ann.heard(vec![
        event("create", 200, shown(short, "ben", "short"), "s"),
        event("update", 200, shown(short, "ben", "short, still"), "s"),
        event("create", 200, shown(long, "ben", "short now"), "s"),
        event("delete", 200, json!({"pk": short}), "s"),
        event("delete", 200, shown(long, "ben", "short now"), "s"),
    ])
    .await;
    ben.heard_nothing().await;
}

async fn rows_are_heard_of_as_their_consumer_lets_see_them(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut ann = subscribed(&kitchen, "ann", "seen_memos").await;
    let mut ben = subscribed(&kitchen, "ben", "seen_memos").await;
    let mut nobody = kitchen.open("folders").await;
    assert_eq!(nobody.under("s", "subscribe_to_seen_memos", json!({})).await, 201);
    let own = memo(&kitchen, "ann", "own").await;
    memo(&kitchen, "ben", "another's").await;
    let sealed = MemoChanges { sealed: Some(true), ..MemoChanges::default() };
    change(&kitchen, own, sealed).await;
    change(&kitchen, own, text("unheard")).await;
    let unsealed = MemoChanges { sealed: Some(false), ..MemoChanges::default() };
    change(&kitchen, own, unsealed).await;
    let given = MemoChanges { owner: Some("ben".to_owned()), ..MemoChanges::default() };
    change(&kitchen, own, given).await;
    ann.heard(vec![
        event("create", 200, shown(own, "ann", "own"), "s"),
        event("delete", 200, json!({"pk": own}), "s"),
        event("create", 200, shown(own, "ann", "unheard"), "s"),
        event("delete", 200, json!({"pk": own}), "s"),
    ])
    .await;
    ben.heard(vec![
        event("create", 200, shown(own + 1, "ben", "another's"), "s"),
        event("create", 200, shown(own, "ben", "unheard"), "s"),
    ])
    .await;
    // Whoever has no right there is told so once.
    let refusal = nobody.client.expect_frame().await;
    assert_eq!((&refusal["response_status"], &refusal["data"]), (&json!(403), &Value::Null), "{refusal}");
    nobody.heard_nothing().await;
}

async fn the_multiplexer_hears_the_same(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut ann = kitchen.multiplexed_as("ann").await;
    for to in ["short_memos", "seen_memos"] {
        let frame = json!({"action": format!("subscribe_to_{to}"), "request_id": to});
        let answer = ann.request(&json!({"stream": "folders", "payload": frame})).await;
        assert_eq!(answer["payload"]["response_status"], 201, "{answer}");
    }
    memo(&kitchen, "ben", "hidden").await;
    memo(&kitchen, "ben", "short").await;
    memo(&kitchen, "ann", "short").await;
    for (to, owner) in [("short_memos", "ben"), ("seen_memos", "ann")] {
        let heard = ann.expect_frame().await;
        assert_eq!((&heard["stream"], &heard["payload"]["request_id"]), (&json!("folders"), &json!(to)));
        assert_eq!(heard["payload"]["data"]["owner"], owner);
    }
    let answer =
        ann.request(&json!({"stream": "folders", "payload": {"action": "none", "request_id": 9}})).await;
    assert_eq!(answer["payload"]["response_status"], 405);
    assert_eq!(ann.take_early(), None);
}
