//! Writes that the application prepares: `perform_create`, `perform_update` and `perform_destroy`.

use dcrf_e2e::Database;
use dcrf_runtime::condition::Filter;
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Context, Error, Model as _, Request, Result, Uuid};
use kitchen::models::{Errand, ErrandChanges, NewNote, Note, Step};
use kitchen::{ErrandHandler, PlanHandler};
use serde_json::{Value, json};

use super::Kitchen;
use super::app::App;
use crate::on_both_databases;

on_both_databases!(
    a_new_row_gets_values_from_the_application,
    a_refused_write_leaves_nothing,
    a_changed_row_gets_values_from_the_application,
    a_row_is_deleted_as_the_application_allows,
    nested_rows_are_written_after_the_application_was_asked,
    events_tell_what_was_stored,
);

fn who(ctx: &Context) -> &str {
    ctx.user().id().unwrap_or_default()
}

/// Stores a note in the transaction of the write.
async fn note(ctx: &Context, text: &str) -> Result<()> {
    Note::objects(ctx.db()).create(NewNote { text: text.to_owned(), stars: None }).await.map(drop)
}

async fn prepare(ctx: &Context, mut values: ErrandChanges) -> Result<ErrandChanges> {
    note(ctx, "created").await?;
    values.owner = Some(who(ctx).to_owned());
    values.key = Some(Uuid::random());
    match values.text.as_deref() {
        Some("denied") => return Err(Error::PermissionDenied),
        Some("invalid") => return Err(Error::field("text", "Not that.")),
        Some("panic") => panic!("a test wants it so"),
        Some("keyless") => values.key = None,
        Some("of no rank") => values.rank = Some(Some(-1)),
        Some("shout") => values.text = Some("SHOUT".to_owned()),
        _ => {}
    }
    Ok(values)
}

async fn prepare_change(ctx: &Context, row: Errand, mut values: ErrandChanges) -> Result<ErrandChanges> {
    note(ctx, "changed").await?;
    if row.owner != who(ctx) {
        return Err(Error::PermissionDenied);
    }
    values.rank = Some(Some(row.rank.unwrap_or_default() + 1));
    Ok(values)
}

async fn prepare_deletion(ctx: &Context, row: Errand) -> Result<()> {
    note(ctx, "deleted").await?;
    if row.text == "kept" { Err(Error::invalid("It is kept.")) } else { Ok(()) }
}

impl ErrandHandler for App {
    async fn perform_create(&self, ctx: &Context, values: ErrandChanges) -> Result<ErrandChanges> {
        prepare(ctx, values).await
    }

    async fn perform_update(
        &self,
        ctx: &Context,
        row: Errand,
        values: ErrandChanges,
    ) -> Result<ErrandChanges> {
        prepare_change(ctx, row, values).await
    }

    async fn perform_destroy(&self, ctx: &Context, row: Errand) -> Result<()> {
        prepare_deletion(ctx, row).await
    }

    async fn queryset(&self, _ctx: &Context) -> Result<Filter<Errand>> {
        Ok(!Errand::TEXT.eq("hidden"))
    }
}

impl PlanHandler for App {
    async fn perform_create(&self, ctx: &Context, values: ErrandChanges) -> Result<ErrandChanges> {
        prepare(ctx, values).await
    }

    async fn perform_update(
        &self,
        ctx: &Context,
        row: Errand,
        values: ErrandChanges,
    ) -> Result<ErrandChanges> {
        prepare_change(ctx, row, values).await
    }

    async fn perform_destroy(&self, ctx: &Context, row: Errand) -> Result<()> {
        prepare_deletion(ctx, row).await
    }

    async fn may_plan(&self, _ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(true)
    }

    async fn may_plan_row(&self, ctx: &Context, row: &Errand) -> Result<bool> {
        Ok(row.owner == who(ctx))
    }
}

/// A client of one stream, on a raw socket or in the multiplexer.
pub(super) struct Line {
    client: TestClient,
    stream: &'static str,
    multiplexed: bool,
}

impl Line {
    /// Opens one of each kind.
    pub(super) async fn both(kitchen: &Kitchen, stream: &'static str, name: &str) -> [Self; 2] {
        let raw = kitchen.open_as(stream, name).await.client;
        let multiplexed = kitchen.multiplexed_as(name).await;
        [(raw, false), (multiplexed, true)].map(|(client, multiplexed)| Self { client, stream, multiplexed })
    }

    /// Gives the status of the answer, and its data or errors.
    pub(super) async fn ask(&mut self, action: &str, arguments: Value) -> (u64, Value) {
        let mut frame = json!({"action": action, "request_id": 1});
        let (Some(keys), Value::Object(arguments)) = (frame.as_object_mut(), arguments) else {
            panic!("arguments are an object")
        };
        keys.extend(arguments);
        let mut answer = if self.multiplexed {
            let enveloped = json!({"stream": self.stream, "payload": frame});
            self.client.request(&enveloped).await["payload"].take()
        } else {
            self.client.request(&frame).await
        };
        let status = answer["response_status"].as_u64().expect("a status");
        let part = if answer["errors"] == json!([]) { "data" } else { "errors" };
        (status, answer[part].take())
    }

    pub(super) async fn create(&mut self, data: Value) -> (u64, Value) {
        self.ask("create", json!({"data": data})).await
    }
}

async fn notes(kitchen: &Kitchen) -> usize {
    Note::objects(&kitchen.db).list().await.expect("notes").len()
}

async fn errands(kitchen: &Kitchen) -> Vec<Errand> {
    Errand::objects(&kitchen.db).list().await.expect("errands")
}

async fn a_new_row_gets_values_from_the_application(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for (id, line) in (1..).zip(&mut Line::both(&kitchen, "errands", "ann").await) {
        let text = format!("milk {id}");
        let shown = line.create(json!({"text": text, "owner": "ben", "rank": 3})).await;
        assert_eq!(shown, (201, json!({"id": id, "owner": "ann", "text": text, "rank": 3})));
        assert_eq!(line.ask("retrieve", json!({"pk": id})).await.1["owner"], "ann");
    }
    assert_eq!(notes(&kitchen).await, 2);
    let mut anonymous = kitchen.open("errands").await;
    anonymous
        .create(json!({"text": "bread"}))
        .await
        .refuses(403, json!(["You do not have permission to perform this action."]));
    assert_eq!(errands(&kitchen).await.len(), 2);
}

async fn a_refused_write_leaves_nothing(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for line in &mut Line::both(&kitchen, "errands", "ann").await {
        for (text, status, errors) in [
            ("denied", 403, json!(["You do not have permission to perform this action."])),
            ("invalid", 400, json!([{"text": ["Not that."]}])),
            ("panic", 500, json!(["A server error occurred."])),
            ("keyless", 400, json!([{"key": ["This field is required."]}])),
            ("of no rank", 400, json!([{"rank": ["Ensure this value is greater than or equal to 0."]}])),
        ] {
            assert_eq!(line.create(json!({"text": text})).await, (status, errors), "{text}");
        }
        // An invalid payload does not reach the application.
        let (status, errors) = line.create(json!({})).await;
        assert_eq!((status, errors), (400, json!([{"text": ["This field is required."]}])));
    }
    assert_eq!((notes(&kitchen).await, errands(&kitchen).await.len()), (0, 0));
    let [mut line, _] = Line::both(&kitchen, "errands", "ann").await;
    assert_eq!(line.create(json!({"text": "shout"})).await.1["text"], "SHOUT");
    let taken = line.create(json!({"text": "shout"})).await;
    assert_eq!(
        taken,
        (400, json!([{"non_field_errors": ["The fields owner, text must make a unique set."]}]))
    );
    assert_eq!((notes(&kitchen).await, errands(&kitchen).await.len()), (1, 1));
}

async fn a_changed_row_gets_values_from_the_application(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for line in &mut Line::both(&kitchen, "errands", "ann").await {
        let id = line.create(json!({"text": "milk"})).await.1["id"].take();
        let before = notes(&kitchen).await;
        let changed = line.ask("update", json!({"pk": id, "data": {"text": "bread", "rank": 7}})).await;
        assert_eq!(changed, (200, json!({"id": id, "owner": "ann", "text": "bread", "rank": 1})));
        let changed = line.ask("patch", json!({"pk": id, "data": {}})).await;
        assert_eq!(changed, (200, json!({"id": id, "owner": "ann", "text": "bread", "rank": 2})));
        assert_eq!(notes(&kitchen).await, before + 2);
        for other in &mut Line::both(&kitchen, "errands", "ben").await {
            let denied = other.ask("patch", json!({"pk": id, "data": {"text": "mine"}})).await;
            assert_eq!(denied.0, 403);
            let missing = other.ask("patch", json!({"pk": 99, "data": {"text": "mine"}})).await;
            assert_eq!(missing.0, 404);
        }
        let hidden = line.ask("patch", json!({"pk": id, "data": {"text": "hidden"}})).await;
        assert_eq!(hidden.0, 200);
        assert_eq!(line.ask("patch", json!({"pk": id, "data": {"text": "x"}})).await.0, 404);
        assert_eq!(line.ask("delete", json!({"pk": id})).await.0, 404);
        assert_eq!(notes(&kitchen).await, before + 3);
        Errand::objects(&kitchen.db).delete(id.as_i64().expect("a key")).await.expect("a row");
    }
}

async fn a_row_is_deleted_as_the_application_allows(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for stream in ["errands", "plans"] {
        for line in &mut Line::both(&kitchen, stream, "ann").await {
            let mut keys = Vec::new();
            for text in ["kept", "milk"] {
                keys.push(line.create(json!({"text": text, "steps": []})).await.1["id"].take());
            }
            let before = notes(&kitchen).await;
            let kept = line.ask("delete", json!({"pk": keys[0]})).await;
            assert_eq!(kept, (400, json!(["It is kept."])), "{stream}");
            assert_eq!(line.ask("delete", json!({"pk": keys[1]})).await, (204, Value::Null));
            assert_eq!(line.ask("delete", json!({"pk": keys[1]})).await.0, 404);
            assert_eq!(notes(&kitchen).await, before + 1);
            let key = keys[0].as_i64().expect("a key");
            if stream == "plans" {
                let [mut ben, _] = Line::both(&kitchen, stream, "ben").await;
                assert_eq!(ben.ask("delete", json!({"pk": key})).await.0, 403);
                assert_eq!(ben.ask("patch", json!({"pk": key, "data": {}})).await.0, 403);
                assert_eq!(notes(&kitchen).await, before + 1, "the application is not asked");
            }
            Errand::objects(&kitchen.db).delete(key).await.expect("a row");
        }
    }
}

async fn nested_rows_are_written_after_the_application_was_asked(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for line in &mut Line::both(&kitchen, "plans", "ann").await {
        let steps = json!([{"what": "go"}, {"what": "buy"}]);
        for text in ["denied", "keyless"] {
            assert_ne!(line.create(json!({"text": text, "steps": steps})).await.0, 201);
        }
        assert_eq!(Step::objects(&kitchen.db).list().await.expect("steps").len(), 0);
        let (status, shown) = line.create(json!({"text": "shop", "steps": steps})).await;
        assert_eq!((status, &shown["owner"], &shown["steps"]), (201, &json!("ann"), &steps));
        let data = json!({"steps": [{"what": "pay"}]});
        let (status, shown) = line.ask("patch", json!({"pk": shown["id"], "data": data})).await;
        assert_eq!((status, &shown["steps"]), (200, &data["steps"]));
        let key = shown["id"].as_i64().expect("a key");
        let row = Errand::objects(&kitchen.db).get(key).await.expect("a row");
        assert_eq!(row.rank, Some(1));
        Errand::objects(&kitchen.db).delete(key).await.expect("a row");
    }
}

async fn events_tell_what_was_stored(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut reader = kitchen.open_as("errands", "eve").await;
    reader.ask("subscribe_to_errand_activity", json!({})).await.data(201);
    for line in &mut Line::both(&kitchen, "errands", "ann").await {
        assert_eq!(line.create(json!({"text": "denied"})).await.0, 403);
        let id = line.create(json!({"text": "shout"})).await.1["id"].take();
        let event = reader.client.expect_frame().await;
        assert_eq!((&event["action"], &event["data"]["owner"]), (&json!("create"), &json!("ann")));
        assert_eq!(event["data"]["text"], "SHOUT");
        assert_eq!(line.ask("delete", json!({"pk": id})).await.0, 204);
        assert_eq!(reader.client.expect_frame().await["action"], "delete");
    }
}
