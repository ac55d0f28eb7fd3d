//! Hidden fields, which hold the key of the user.

use dcrf_e2e::Database;
use dcrf_runtime::{Context, Error, Model as _, Result};
use kitchen::ChoreHandler;
use kitchen::models::{Errand, NewErrand, Step};
use kitchen::serializers::ChorePatch;
use serde_json::{Value, json};

use super::Kitchen;
use super::app::App;
use super::performs::Line;
use crate::on_both_databases;

on_both_databases!(
    hidden_fields_hold_the_key_of_the_user,
    hidden_fields_of_nested_rows_are_filled,
    hidden_fields_need_a_user_unless_they_may_be_null,
    hidden_fields_are_part_of_unique_sets,
);

const KEY: &str = "00000000-0000-4000-8000-000000000000";

impl ChoreHandler for App {
    async fn validate(&self, _ctx: &Context, _row: Option<Errand>, data: ChorePatch) -> Result<ChorePatch> {
        if data.text.as_deref() == Some("no") { Err(Error::invalid("Not that.")) } else { Ok(data) }
    }
}

async fn errand(kitchen: &Kitchen, owner: &str, text: &str) -> i64 {
    let key = KEY.parse().expect("a uuid");
    let new = NewErrand { owner: owner.into(), text: text.into(), rank: None, key };
    Errand::objects(&kitchen.db).create(new).await.expect("an errand").id
}

async fn owner(kitchen: &Kitchen, id: &Value) -> String {
    Errand::objects(&kitchen.db).get(id.as_i64().expect("a key")).await.expect("an errand").owner
}

async fn hidden_fields_hold_the_key_of_the_user(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for (id, line) in (1..).zip(&mut Line::both(&kitchen, "chores", "ann").await) {
        let text = format!("sweep {id}");
        let data = json!({"text": text, "key": KEY, "owner": "eve"});
        let shown = line.create(data.clone()).await;
        assert_eq!(shown, (201, json!({"id": id, "key": KEY, "text": text})));
        assert_eq!(owner(&kitchen, &json!(id)).await, "ann");
        assert_eq!(
            line.create(json!({"text": "no", "key": KEY})).await,
            (400, json!([{"non_field_errors": ["Not that."]}]))
        );
        let [mut ben, _] = Line::both(&kitchen, "chores", "ben").await;
        let patched = ben.ask("patch", json!({"pk": id, "data": {"owner": "eve"}})).await;
        assert_eq!((patched.0, owner(&kitchen, &json!(id)).await.as_str()), (200, "ann"));
        let updated = ben.ask("update", json!({"pk": id, "data": data})).await;
        assert_eq!((updated.0, owner(&kitchen, &json!(id)).await.as_str()), (200, "ben"));
    }
}

async fn hidden_fields_of_nested_rows_are_filled(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for line in &mut Line::both(&kitchen, "plans", "ann").await {
        let steps = json!([{"what": "go", "by": "eve"}]);
        let (status, shown) = line.create(json!({"text": "shop", "steps": steps})).await;
        assert_eq!((status, &shown["steps"]), (201, &json!([{"what": "go"}])));
        let patched =
            line.ask("patch", json!({"pk": shown["id"], "data": {"steps": [{"what": "pay"}]}})).await;
        assert_eq!(patched.0, 200);
        let stored = Step::objects(&kitchen.db).list().await.expect("steps");
        assert_eq!((stored[0].what.as_str(), stored[0].by.as_deref()), ("pay", Some("ann")));
        Errand::objects(&kitchen.db).delete(stored[0].errand).await.expect("a row");
    }
}

async fn hidden_fields_need_a_user_unless_they_may_be_null(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let id = errand(&kitchen, "ann", "sweep").await;
    let mut chores = kitchen.open("chores").await;
    let denied = json!(["Authentication credentials were not provided."]);
    chores.create(json!({"text": "dust", "key": KEY})).await.refuses(401, denied.clone());
    let data = json!({"text": "dust", "key": KEY});
    chores.ask("update", json!({"pk": id, "data": data})).await.refuses(401, denied);
    chores.ask("patch", json!({"pk": id, "data": {"text": "dust"}})).await.data(200);
    assert_eq!(owner(&kitchen, &json!(id)).await, "ann");
    let mut steps = kitchen.open("chore_steps").await;
    let data = json!({"errand": id, "what": "go", "author": "eve"});
    let step = steps.create(data.clone()).await.data(201);
    assert_eq!(step, json!({"id": step["id"], "errand": id, "what": "go"}));
    let mut ann = kitchen.open_as("chore_steps", "ann").await;
    ann.ask("update", json!({"pk": step["id"], "data": data})).await.data(200);
    let stored = Step::objects(&kitchen.db).list().await.expect("steps");
    assert_eq!(stored[0].by.as_deref(), Some("ann"));
    steps.ask("update", json!({"pk": step["id"], "data": data})).await.data(200);
    assert_eq!(Step::objects(&kitchen.db).list().await.expect("steps")[0].by, None);
    // The key of the user has to fit the column.
    let long = "a".repeat(41);
    let mut long = kitchen.open_as("chores", &long).await;
    let errors = json!([{"owner": ["Ensure this field has no more than 40 characters."]}]);
    long.create(json!({"text": "dust", "key": KEY})).await.refuses(400, errors);
}

async fn hidden_fields_are_part_of_unique_sets(database: Database) {
    let kitchen = Kitchen::start(database).await;
    errand(&kitchen, "ann", "sweep").await;
    let data = json!({"text": "sweep", "key": KEY});
    for line in &mut Line::both(&kitchen, "chores", "ann").await {
        let taken = line.create(data.clone()).await;
        let errors = json!([{"non_field_errors": ["The fields owner, text must make a unique set."]}]);
        assert_eq!(taken, (400, errors));
    }
    let [mut ben, _] = Line::both(&kitchen, "chores", "ben").await;
    assert_eq!(ben.create(data).await.0, 201);
}
