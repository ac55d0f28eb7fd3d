//! Rows of one consumer that another one names or writes: the first says which.

use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use kitchen::models::{Folder, Memo, NewMemo, NewTeam, Team};
use serde_json::{Value, json};

use super::Kitchen;
use crate::on_both_databases;

on_both_databases!(
    nested_rows_are_changed_as_their_consumer_lets,
    nested_lists_are_replaced_as_their_consumer_lets,
    keys_name_rows_that_their_consumer_shows,
    hidden_rows_are_answered_as_those_that_are_not_there,
);

const DENIED: &str = "You do not have permission to perform this action.";

async fn memo(kitchen: &Kitchen, owner: &str, text: &str, sealed: bool, team: Option<i64>) -> i64 {
    let new = NewMemo { team, owner: owner.into(), text: text.into(), sealed: Some(sealed), meta: None };
    Memo::objects(&kitchen.db).create(new).await.expect("a memo").id
}

async fn texts(kitchen: &Kitchen) -> Vec<String> {
    let memos = Memo::objects(&kitchen.db).list().await.expect("memos");
    memos.into_iter().map(|memo| memo.text).collect()
}

/// Asks on a raw socket and on the multiplexer, and gives the status and the errors of both, which are the same.
async fn refused(kitchen: &Kitchen, name: &str, stream: &str, action: &Value) -> (Value, Value) {
    let mut raw = kitchen.open_as(stream, name).await.client;
    let raw = raw.request(action).await;
    let mut multiplexed = kitchen.multiplexed_as(name).await;
    let enveloped = multiplexed.request(&json!({"stream": stream, "payload": action})).await;
    assert_eq!(raw, enveloped["payload"]);
    assert_eq!(raw["data"], Value::Null);
    (raw["response_status"].clone(), raw["errors"].clone())
}

fn patch(pk: i64, data: Value) -> Value {
    json!({"action": "patch", "request_id": 1, "pk": pk, "data": data})
}

fn nothing(field: &str, pk: i64) -> Value {
    json!([{field: [format!("Invalid pk \"{pk}\" - object does not exist.")]}])
}

async fn nested_rows_are_changed_as_their_consumer_lets(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let own = memo(&kitchen, "ann", "own", false, None).await;
    let hidden = memo(&kitchen, "ben", "hidden", false, None).await;
    let sealed = memo(&kitchen, "ann", "sealed", true, None).await;
    for cover in [own, hidden, sealed] {
        let new = kitchen::models::NewFolder { label: "a".into(), cover: Some(cover) };
        Folder::objects(&kitchen.db).create(new).await.expect("a folder");
    }
    let mut ann = kitchen.open_as("folder_covers", "ann").await;
    let data = json!({"label": "b", "cover": {"owner": "ann", "text": "changed"}});
    let shown = ann.ask("patch", json!({"pk": 1, "data": data})).await.data(200);
    assert_eq!(shown["cover"]["text"], "changed");
    let before = texts(&kitchen).await;
    assert_eq!(before, ["changed", "hidden", "sealed"]);
    // One that is not there for her, be it that it never was.
    let answer = refused(&kitchen, "ann", "folder_covers", &patch(2, data.clone())).await;
    assert_eq!(answer, (json!(400), nothing("cover", hidden)));
    let answer = refused(&kitchen, "ann", "folder_covers", &patch(3, data.clone())).await;
    assert_eq!(answer, (json!(403), json!([DENIED])));
    // Whoever is not logged in may not change memos at all.
    let mut anonymous = kitchen.open("folder_covers").await;
    anonymous.ask("patch", json!({"pk": 1, "data": data})).await.refuses(400, nothing("cover", own));
    assert_eq!(texts(&kitchen).await, before);
    let folders = Folder::objects(&kitchen.db).list().await.expect("folders");
    assert_eq!(folders.iter().map(|folder| folder.label.as_str()).collect::<Vec<_>>(), ["b", "a", "a"]);
    // What is not sent is not asked about, and a new one is made as with `create`.
    ann.ask("patch", json!({"pk": 2, "data": {"label": "c"}})).await.data(200);
    ann.ask("patch", json!({"pk": 2, "data": {"cover": null}})).await.data(200);
    let made = ann.ask("patch", json!({"pk": 2, "data": {"cover": {"owner": "ben", "text": "new"}}})).await;
    assert_eq!(made.data(200)["cover"]["text"], "new");
}

async fn nested_lists_are_replaced_as_their_consumer_lets(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for name in ["one", "two", "three"] {
        Team::objects(&kitchen.db).create(NewTeam { name: name.into() }).await.expect("a team");
    }
    memo(&kitchen, "ann", "own", false, Some(1)).await;
    memo(&kitchen, "ann", "also own", false, Some(2)).await;
    memo(&kitchen, "ben", "hidden", false, Some(2)).await;
    memo(&kitchen, "ann", "sealed", true, Some(3)).await;
    let mut ann = kitchen.open_as("team_memos", "ann").await;
    let data = json!({"memos": [{"owner": "ann", "text": "new"}]});
    let shown = ann.ask("patch", json!({"pk": 1, "data": data})).await.data(200);
    assert_eq!(
        (&shown["memos"][0]["text"], shown["memos"].as_array().map(Vec::len)),
        (&json!("new"), Some(1))
    );
    let before = texts(&kitchen).await;
    for team in [2, 3] {
        let answer = refused(&kitchen, "ann", "team_memos", &patch(team, data.clone())).await;
        assert_eq!(answer, (json!(403), json!([DENIED])));
    }
    assert_eq!(texts(&kitchen).await, before);
    ann.ask("patch", json!({"pk": 2, "data": {"name": "second"}})).await.data(200);
}

async fn keys_name_rows_that_their_consumer_shows(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let own = memo(&kitchen, "ann", "own", false, None).await;
    let hidden = memo(&kitchen, "ben", "hidden", false, None).await;
    let mut ann = kitchen.open_as("folders", "ann").await;
    let folder = ann.create(json!({"label": "a", "cover": own, "extras": [own]})).await.data(201);
    assert_eq!(folder, json!({"id": 1, "label": "a", "cover": own, "extras": [own]}));
    for key in [hidden, 99] {
        for (field, value) in [("cover", json!(key)), ("extras", json!([key])), ("extras", json!([own, key]))]
        {
            let answer = refused(&kitchen, "ann", "folders", &patch(1, json!({field: value}))).await;
            assert_eq!(answer, (json!(400), nothing(field, key)));
            let data = json!({"label": "b", field: value});
            let create = json!({"action": "create", "request_id": 1, "data": data});
            let answer = refused(&kitchen, "ann", "folders", &create).await;
            assert_eq!(answer, (json!(400), nothing(field, key)));
        }
    }
    assert_eq!(Folder::objects(&kitchen.db).list().await.expect("folders").len(), 1);
    ann.ask("retrieve", json!({"pk": 1})).await.is(200, folder);
    // Without a key nobody is asked.
    ann.ask("patch", json!({"pk": 1, "data": {"cover": null, "extras": []}})).await.data(200);
    let mut ben = kitchen.open_as("folders", "ben").await;
    ben.ask("patch", json!({"pk": 1, "data": {"cover": hidden, "extras": [hidden]}})).await.data(200);
}

async fn hidden_rows_are_answered_as_those_that_are_not_there(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let hidden = memo(&kitchen, "ben", "hidden", true, None).await;
    let whole = json!({"owner": "ann", "text": "x"});
    let actions = [
        "retrieve",
        "update",
        "patch",
        "delete",
        "sign",
        "stamp",
        "subscribe_instance",
        "unsubscribe_instance",
    ];
    for action in actions {
        for data in
            [json!(null), whole.clone(), json!({"text": ""}), json!({"id": 1, "owner": 5, "team": 99})]
        {
            let mut answers = Vec::new();
            for pk in [hidden, hidden + 90] {
                let frame = json!({"action": action, "request_id": 1, "pk": pk, "data": data});
                answers.push(refused(&kitchen, "ann", "memos", &frame).await);
            }
            assert_eq!(answers[0], answers[1], "{action} {data}");
            assert_eq!(answers[0], (json!(404), json!(["Not found"])), "{action} {data}");
        }
    }
    assert_eq!(texts(&kitchen).await, ["hidden"]);
}
