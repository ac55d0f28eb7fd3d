//! Who may see an event: rows come into somebody's sight and leave it, and rights end.

use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use kitchen::models::{Memo, MemoChanges, NewMemo};
use serde_json::{Value, json};

use super::event;
use crate::kitchen::Kitchen;
use crate::on_both_databases;

on_both_databases!(
    rows_come_into_sight_and_leave_it,
    a_right_that_ends_is_told_and_then_nothing,
    a_row_that_is_refused_ends_its_own_subscription,
    a_row_out_of_sight_is_one_that_is_not_there,
    who_never_wanted_a_row_does_not_hear_that_it_leaves,
);

const DENIED: &str = "You do not have permission to perform this action.";

async fn memo(kitchen: &Kitchen, owner: &str, text: &str) -> i64 {
    let new = NewMemo { team: None, owner: owner.into(), text: text.into(), sealed: Some(false), meta: None };
    Memo::objects(&kitchen.db).create(new).await.expect("a memo").id
}

async fn change(kitchen: &Kitchen, id: i64, changes: MemoChanges) {
    Memo::objects(&kitchen.db).update(id, changes).await.expect("a memo");
}

fn owner(name: &str) -> MemoChanges {
    MemoChanges { owner: Some(name.to_owned()), ..MemoChanges::default() }
}

fn text(text: &str) -> MemoChanges {
    MemoChanges { text: Some(text.to_owned()), ..MemoChanges::default() }
}

fn sealed(sealed: bool) -> MemoChanges {
    MemoChanges { sealed: Some(sealed), ..MemoChanges::default() }
}

fn shown(id: i64, owner: &str, text: &str) -> Value {
    json!({"id": id, "team": null, "owner": owner, "text": text, "sealed": false})
}

fn refusal(action: &str, request_id: &str) -> Value {
    json!({
        "errors": [DENIED], "data": null, "action": action, "response_status": 403, "request_id": request_id,
    })
}

async fn rows_come_into_sight_and_leave_it(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut ann, mut ben) = (kitchen.open_as("memos", "ann").await, kitchen.open_as("memos", "ben").await);
    assert_eq!(ann.under("a", "subscribe_to_memo_activity", json!({})).await, 201);
    assert_eq!(ben.under("b", "subscribe_to_memo_activity", json!({})).await, 201);
    let id = memo(&kitchen, "ben", "one").await;
    change(&kitchen, id, owner("ann")).await;
    change(&kitchen, id, text("two")).await;
    // A permission about the row, in the place of the queryset.
    change(&kitchen, id, sealed(true)).await;
    change(&kitchen, id, text("secret")).await;
    change(&kitchen, id, sealed(false)).await;
    change(&kitchen, id, owner("ben")).await;
    Memo::objects(&kitchen.db).delete(id).await.expect("a memo");
    let gone = json!({"pk": id});
    ann.heard(vec![
        event("create", 200, shown(id, "ann", "one"), "a"),
        event("update", 200, shown(id, "ann", "two"), "a"),
        event("delete", 200, gone.clone(), "a"),
        event("create", 200, shown(id, "ann", "secret"), "a"),
        event("delete", 200, gone.clone(), "a"),
    ])
    .await;
    ben.heard(vec![
        event("create", 200, shown(id, "ben", "one"), "b"),
        event("delete", 200, gone, "b"),
        event("create", 200, shown(id, "ben", "secret"), "b"),
        event("delete", 200, shown(id, "ben", "secret"), "b"),
    ])
    .await;
}

async fn a_right_that_ends_is_told_and_then_nothing(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut fickle = kitchen.open_as("memos", "fickle").await;
    assert_eq!(fickle.under("s", "subscribe_to_memo_activity", json!({})).await, 201);
    let id = memo(&kitchen, "fickle", "one").await;
    change(&kitchen, id, text("two")).await;
    memo(&kitchen, "fickle", "three").await;
    // The refusal, and then nothing: neither the row, nor the next one.
    fickle.heard(vec![event("create", 200, shown(id, "fickle", "one"), "s"), refusal("update", "s")]).await;
    assert_eq!(kitchen.db.hub().subscriptions(), 0);
}

async fn a_row_that_is_refused_ends_its_own_subscription(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut ann = kitchen.open_as("memos", "ann").await;
    let (one, two) = (memo(&kitchen, "ann", "one").await, memo(&kitchen, "ann", "two").await);
    assert_eq!(ann.under("1", "subscribe_instance", json!({"pk": one})).await, 201);
    assert_eq!(ann.under("2", "subscribe_instance", json!({"pk": two})).await, 201);
    change(&kitchen, one, sealed(true)).await;
    change(&kitchen, one, sealed(false)).await;
    // Out of the queryset: gone, as far as she can see.
    change(&kitchen, two, owner("ben")).await;
    ann.heard(vec![refusal("update", "1"), event("delete", 204, json!({"pk": two}), "2")]).await;
}

/// Whatever names a row answers of a hidden one what it answers of none.
async fn a_row_out_of_sight_is_one_that_is_not_there(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut ann = kitchen.open_as("memos", "ann").await;
    let (hers, his) = (memo(&kitchen, "ann", "one").await, memo(&kitchen, "ben", "two").await);
    let data = json!({"owner": "ann", "text": "x"});
    for action in [
        "retrieve",
        "update",
        "patch",
        "delete",
        "subscribe_instance",
        "unsubscribe_instance",
        "sign",
        "stamp",
    ] {
        for pk in [his, 99] {
            let answer = ann.ask(action, json!({"pk": pk, "data": data})).await;
            answer.refuses(404, json!(["Not found"]));
        }
    }
    // What is wrong with a payload is told of rows that one can see.
    ann.ask("patch", json!({"pk": his, "data": {"text": []}})).await.refuses(404, json!(["Not found"]));
    // A subscription from when it could be seen ends as one to a row that is gone does: once.
    assert_eq!(ann.under("s", "subscribe_instance", json!({"pk": hers})).await, 201);
    change(&kitchen, hers, owner("ben")).await;
    ann.heard(vec![event("delete", 204, json!({"pk": hers}), "s")]).await;
    assert_eq!(ann.under("s", "unsubscribe_instance", json!({"pk": hers})).await, 204);
    assert_eq!(ann.under("s", "unsubscribe_instance", json!({"pk": hers})).await, 404);
    assert_eq!(kitchen.db.hub().subscriptions(), 0);
}

async fn who_never_wanted_a_row_does_not_hear_that_it_leaves(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut ann = kitchen.open_as("memos", "ann").await;
    let filter = |owner: &str| json!({"filter": {"owner": owner}});
    assert_eq!(ann.under("hers", "subscribe_to_memo_activity", filter("ann")).await, 201);
    assert_eq!(ann.under("his", "subscribe_to_memo_activity", filter("ben")).await, 201);
    let id = memo(&kitchen, "ann", "one").await;
    ann.heard(vec![event("create", 200, shown(id, "ann", "one"), "hers")]).await;
    // It comes to match the other filter and is out of sight by that: it was never there for who waits for his.
    change(&kitchen, id, owner("ben")).await;
    ann.heard(vec![event("delete", 200, json!({"pk": id}), "hers")]).await;
    change(&kitchen, id, text("two")).await;
    Memo::objects(&kitchen.db).delete(id).await.expect("a memo");
    ann.heard_nothing().await;
    // By a permission about the row, and by its deletion.
    let id = memo(&kitchen, "ann", "three").await;
    change(&kitchen, id, sealed(true)).await;
    let other = memo(&kitchen, "ann", "four").await;
    Memo::objects(&kitchen.db).delete(other).await.expect("a memo");
    ann.heard(vec![
        event("create", 200, shown(id, "ann", "three"), "hers"),
        event("delete", 200, json!({"pk": id}), "hers"),
        event("create", 200, shown(other, "ann", "four"), "hers"),
        event("delete", 200, shown(other, "ann", "four"), "hers"),
    ])
    .await;
}
