//! What is write-only, be it by its model or by a serializer, is in no frame.

use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use dcrf_runtime::test::TestClient;
use kitchen::models::{
    Account, AccountChanges, Locker, LockerKey, LockerKeyChanges, NewAccount, NewLockerKey,
};
use kitchen::serializers::AccountCreate;
use serde_json::{Value, json};

use super::Kitchen;
use crate::on_both_databases;

on_both_databases!(what_depth_shows_has_no_secrets,);

#[test]
fn what_is_logged_has_no_secrets() {
    let account = account("ada");
    let text = format!("{account:?}");
    assert_eq!(
        text,
        r#"NewAccount { name: "ada", bio: None, age: None, secret: "…", pin: "…", score: None }"#
    );
    let changes = AccountChanges { pin: Some("pin-of-ada".to_owned()), ..AccountChanges::default() };
    let NewAccount { name, secret, .. } = account;
    let create = AccountCreate { name, bio: String::new(), secret, pin: "pin-of-ada".to_owned() };
    for text in [format!("{changes:?}"), format!("{create:?}")] {
        assert!(!SECRETS.iter().any(|secret| text.contains(secret)), "{text}");
    }
}

fn account(name: &str) -> NewAccount {
    let [secret, pin] = ["hash", "pin"].map(|what| format!("{what}-of-{name}"));
    NewAccount { name: name.to_owned(), secret, pin: Some(pin), bio: None, age: None, score: None }
}

/// In no frame: what is taken by a field that is write-only in the only serializer of its model, and what is so in the
/// model.
const SECRETS: [&str; 2] = ["hash-of-ada", "pin-of-ada"];

/// Asks on a raw socket and on the multiplexer, and gives the data of both.
async fn data(kitchen: &Kitchen, stream: &str, action: Value) -> [Value; 2] {
    let mut raw = kitchen.open(stream).await.client;
    let mut multiplexed = kitchen.multiplexed_as("ada").await;
    let enveloped = multiplexed.request(&json!({"stream": stream, "payload": action})).await;
    [raw.request(&action).await["data"].take(), enveloped["payload"]["data"].clone()]
}

async fn what_depth_shows_has_no_secrets(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let db = &kitchen.db;
    for name in ["ada", "bob"] {
        Account::objects(db).create(account(name)).await.expect("an account");
    }
    let locker = json!({"number": 7, "account": 1, "heir": 2, "witnesses": [2]});
    let mut lockers = kitchen.open("lockers").await;
    lockers.create(locker).await.is(201, json!({"id": 1, "number": 7, "account": 1}));
    let stored = Locker::objects(db).get(1).await.expect("a locker");
    assert_eq!(stored.heir, Some(2).into(), "what is taken is stored");
    assert_eq!(Locker::WITNESSES.keys(db, 1).await.expect("witnesses"), [2]);
    LockerKey::objects(db).create(NewLockerKey { teeth: 3, locker: 1 }).await.expect("a key");

    let account = json!({"id": 1, "name": "ada", "bio": "", "age": null, "score": 7});
    let key =
        |teeth: i64| json!({"id": 1, "teeth": teeth, "locker": {"id": 1, "number": 7, "account": account}});
    for shown in data(&kitchen, "locker_keys", json!({"action": "list", "request_id": 1})).await {
        assert_eq!(shown, json!([key(3)]));
    }
    for shown in data(&kitchen, "locker_keys", json!({"action": "retrieve", "request_id": 1, "pk": 1})).await
    {
        assert_eq!(shown, key(3));
    }
    let mut raw = kitchen.open("locker_keys").await.client;
    let mut multiplexed = kitchen.multiplexed_as("ada").await;
    for (action, teeth) in [("subscribe_to_all_keys", 4), ("subscribe_instance", 5)] {
        let frame = json!({"action": action, "request_id": teeth, "pk": 1});
        assert_eq!(raw.request(&frame).await["response_status"], 201);
        let answer = multiplexed.request(&json!({"stream": "locker_keys", "payload": frame})).await;
        assert_eq!(answer["payload"]["response_status"], 201);
    }
    let changes = LockerKeyChanges { teeth: Some(9), ..LockerKeyChanges::default() };
    LockerKey::objects(db).update(1, changes).await.expect("a key");
    for _ in 0..2 {
        assert_eq!(event(&mut raw).await["data"], key(9));
        assert_eq!(event(&mut multiplexed).await["payload"]["data"], key(9));
    }
}

/// The next event.
async fn event(client: &mut TestClient) -> Value {
    let frame = client.expect_frame().await;
    let text = frame.to_string();
    assert!(!SECRETS.iter().any(|secret| text.contains(secret)), "{text}");
    frame
}
