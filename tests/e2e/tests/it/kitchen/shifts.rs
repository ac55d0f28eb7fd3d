//! Permissions of single built-in actions.

use dcrf_e2e::Database;
use dcrf_runtime::{Context, Model as _, Request, Result};
use kitchen::ShiftHandler;
use kitchen::models::{Errand, NewErrand, NewStep, Step};
use serde_json::{Value, json};

use super::Kitchen;
use super::app::App;
use super::performs::Line;
use crate::on_both_databases;

on_both_databases!(
    an_action_may_need_less_than_its_consumer,
    an_action_may_need_more_than_its_consumer,
    events_need_the_permissions_of_the_consumer,
    nested_writes_need_the_permissions_of_the_action,
);

impl ShiftHandler for App {
    async fn is_mine(&self, _ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(true)
    }

    async fn is_mine_row(&self, ctx: &Context, row: &Errand) -> Result<bool> {
        Ok(ctx.user().id() == Some(&row.owner))
    }
}

async fn errand(kitchen: &Kitchen, owner: &str) -> i64 {
    let key = "00000000-0000-4000-8000-000000000000".parse().expect("a uuid");
    let new = NewErrand { owner: owner.into(), text: "dig".into(), rank: None, key };
    Errand::objects(&kitchen.db).create(new).await.expect("an errand").id
}

fn denied() -> (u64, Value) {
    (403, json!(["You do not have permission to perform this action."]))
}

async fn an_action_may_need_less_than_its_consumer(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let id = errand(&kitchen, "ann").await;
    let mut anonymous = kitchen.open("shifts").await;
    assert_eq!(anonymous.ask("list", json!({})).await.data(200)[0]["owner"], "ann");
    let text = "You do not have permission to perform this action.";
    for action in
        ["count", "retrieve", "patch", "delete", "subscribe_instance", "subscribe_to_shift_activity", "fly"]
    {
        anonymous.ask(action, json!({"pk": id, "data": {}})).await.refuses(403, json!([text]));
    }
    // `update` has permissions of its own, which nobody has for this row.
    let data = json!({"text": "mine"});
    anonymous.ask("update", json!({"pk": id, "data": data})).await.refuses(403, json!([text]));
    assert_eq!(Errand::objects(&kitchen.db).get(id).await.expect("a row").text, "dig");
}

async fn an_action_may_need_more_than_its_consumer(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for line in &mut Line::both(&kitchen, "shifts", "ann").await {
        let (own, other) = (errand(&kitchen, "ann").await, errand(&kitchen, "ben").await);
        assert_eq!(line.ask("retrieve", json!({"pk": other})).await.0, 200);
        let data = json!({"text": "rake"});
        assert_eq!(line.ask("update", json!({"pk": other, "data": data})).await, denied());
        assert_eq!(line.ask("patch", json!({"pk": other, "data": {"rank": 1}})).await.0, 200);
        assert_eq!(line.ask("delete", json!({"pk": other})).await, denied());
        assert_eq!(line.ask("update", json!({"pk": own, "data": data})).await.0, 200);
        assert_eq!(line.ask("delete", json!({"pk": own})).await.0, 204);
        Errand::objects(&kitchen.db).delete(other).await.expect("a row");
    }
}

async fn events_need_the_permissions_of_the_consumer(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let id = errand(&kitchen, "ann").await;
    let mut reader = kitchen.open_as("shifts", "eve").await;
    reader.ask("subscribe_to_shift_activity", json!({})).await.data(201);
    let [mut ann, _] = Line::both(&kitchen, "shifts", "ann").await;
    assert_eq!(ann.ask("patch", json!({"pk": id, "data": {"rank": 1}})).await.0, 200);
    // Its permissions about the row of `update` are not those of the event.
    let event = reader.client.expect_frame().await;
    assert_eq!((&event["action"], &event["data"]["rank"]), (&json!("update"), &json!(1)));
}

async fn nested_writes_need_the_permissions_of_the_action(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for line in &mut Line::both(&kitchen, "step_errands", "ann").await {
        let (own, other) = (errand(&kitchen, "ann").await, errand(&kitchen, "ben").await);
        for (errand, allowed) in [(own, true), (other, false)] {
            let new = NewStep { errand, what: "go".into(), by: None };
            let step = Step::objects(&kitchen.db).create(new).await.expect("a step").id;
            let data = json!({"errand": {"text": "rake"}});
            let answer = line.ask("patch", json!({"pk": step, "data": data})).await;
            let text = Errand::objects(&kitchen.db).get(errand).await.expect("a row").text;
            if allowed {
                assert_eq!((answer.0, text.as_str()), (200, "rake"));
            } else {
                assert_eq!((answer, text.as_str()), (denied(), "dig"));
            }
            Errand::objects(&kitchen.db).delete(errand).await.expect("a row");
        }
    }
}
