//! Built-in actions that the application performs itself.

use dcrf_e2e::Database;
use dcrf_runtime::crud::ListInput;
use dcrf_runtime::{Context, Error, Model as _, Reply, Request, Result, mixins};
use kitchen::DutyHandler;
use kitchen::models::{Errand, ErrandChanges, NewNote, Note, Step};
use kitchen::serializers::{DutyCreate, DutyPatch, DutyUpdate};
use serde_json::{Value, json};

use super::Kitchen;
use super::app::App;
use super::performs::Line;
use crate::on_both_databases;

on_both_databases!(
    an_overridden_create_takes_what_is_valid,
    an_overridden_create_is_one_transaction,
    overridden_changes_get_the_row,
    an_overridden_delete_may_keep_the_row,
    overridden_actions_that_read_answer_what_they_like,
    overridden_subscriptions_hear_of_the_row,
    permissions_are_asked_before_an_overridden_action,
);

fn who(ctx: &Context) -> &str {
    ctx.user().id().unwrap_or_default()
}

async fn note(ctx: &Context, text: &str) -> Result<()> {
    Note::objects(ctx.db()).create(NewNote { text: text.to_owned(), stars: None }).await.map(drop)
}

impl DutyHandler for App {
    async fn validate_text(&self, _ctx: &Context, value: String) -> Result<String> {
        if value == "bad" { Err(Error::invalid("Not that.")) } else { Ok(value) }
    }

    async fn create(&self, ctx: &Context, mut data: DutyCreate) -> Result<Errand> {
        note(ctx, "create").await?;
        match data.text.as_str() {
            "long" => data.text = "x".repeat(21),
            "taken" => drop(mixins::create::<Errand, _>(ctx, copy(&data)).await?),
            _ => {}
        }
        let row: Errand = mixins::create(ctx, data).await?;
        if row.text == "late" { Err(Error::PermissionDenied) } else { Ok(row) }
    }

    async fn update(&self, ctx: &Context, row: Errand, data: DutyUpdate) -> Result<Errand> {
        if row.text == "frozen" {
            return Err(Error::field("text", "It is frozen."));
        }
        mixins::update(ctx, row, data).await
    }

    async fn patch(&self, ctx: &Context, row: Errand, mut data: DutyPatch) -> Result<Errand> {
        note(ctx, "patch").await?;
        data.rank = Some(Some(row.rank.unwrap_or_default() + 1));
        mixins::patch(ctx, row, data).await
    }

    async fn delete(&self, ctx: &Context, row: Errand) -> Result<()> {
        if row.text == "soft" {
            let changes = ErrandChanges { rank: Some(None), ..ErrandChanges::default() };
            return Errand::objects(ctx.db()).update(row.id, changes).await.map(drop);
        }
        mixins::delete(ctx, row).await
    }

    async fn list(&self, ctx: &Context, input: ListInput) -> Result<Reply> {
        if who(ctx) == "teapot" { Reply::json(418, &"short") } else { mixins::list(ctx, input).await }
    }

    async fn retrieve(&self, _ctx: &Context, mut row: Errand) -> Result<Errand> {
        row.text = row.text.to_uppercase();
        Ok(row)
    }

    async fn subscribe_instance(&self, ctx: &Context, request: &Request<'_>, key: i64) -> Result<Reply> {
        note(ctx, "subscribe").await?;
        mixins::subscribe_instance(ctx, request, key).await
    }

    async fn unsubscribe_instance(&self, ctx: &Context, key: i64) -> Result<Reply> {
        note(ctx, "unsubscribe").await?;
        mixins::unsubscribe_instance(ctx, key).await
    }

    async fn perform_create(&self, _ctx: &Context, mut values: ErrandChanges) -> Result<ErrandChanges> {
        values.rank.get_or_insert(Some(5));
        Ok(values)
    }

    async fn perform_destroy(&self, _ctx: &Context, row: Errand) -> Result<()> {
        if row.text == "kept" { Err(Error::invalid("It is kept.")) } else { Ok(()) }
    }

    async fn may_serve(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(who(ctx) != "nobody")
    }

    async fn may_serve_row(&self, ctx: &Context, row: &Errand) -> Result<bool> {
        Ok(row.owner == who(ctx))
    }
}

fn copy(data: &DutyCreate) -> DutyCreate {
    DutyCreate { text: data.text.clone(), rank: data.rank, key: data.key, steps: Vec::new() }
}

async fn notes(kitchen: &Kitchen) -> usize {
    Note::objects(&kitchen.db).list().await.expect("notes").len()
}

async fn errands(kitchen: &Kitchen) -> Vec<Errand> {
    Errand::objects(&kitchen.db).list().await.expect("errands")
}

/// Creates a duty, and gives its key.
async fn duty(line: &mut Line, text: &str) -> Value {
    let (status, mut shown) = line.create(json!({"text": text, "steps": []})).await;
    assert_eq!(status, 201, "{shown}");
    shown["id"].take()
}

async fn clear(kitchen: &Kitchen) {
    for row in errands(kitchen).await {
        Errand::objects(&kitchen.db).delete(row.id).await.expect("a row");
    }
}

async fn an_overridden_create_takes_what_is_valid(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for line in &mut Line::both(&kitchen, "duties", "ann").await {
        let before = notes(&kitchen).await;
        for (data, errors) in [
            (json!({"text": "bad", "steps": []}), json!([{"text": ["Not that."]}])),
            (json!({"steps": []}), json!([{"text": ["This field is required."]}])),
        ] {
            assert_eq!(line.create(data).await, (400, errors));
        }
        assert_eq!(notes(&kitchen).await, before, "the application is not called");
        let (status, shown) = line.create(json!({"text": "dig", "steps": [{"what": "go"}]})).await;
        assert_eq!((status, &shown["rank"], &shown["steps"]), (201, &json!(5), &json!([{"what": "go"}])));
        assert_eq!(errands(&kitchen).await[0].owner, "ann");
        let steps = Step::objects(&kitchen.db).list().await.expect("steps");
        assert_eq!(steps[0].by.as_deref(), Some("ann"));
        clear(&kitchen).await;
    }
}

async fn an_overridden_create_is_one_transaction(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for line in &mut Line::both(&kitchen, "duties", "ann").await {
        for (text, status, errors) in [
            ("late", 403, json!(["You do not have permission to perform this action."])),
            ("long", 400, json!([{"text": ["Ensure this field has no more than 20 characters."]}])),
            ("taken", 400, json!([{"non_field_errors": ["The fields owner, text must make a unique set."]}])),
        ] {
            let refused = line.create(json!({"text": text, "steps": [{"what": "go"}]})).await;
            assert_eq!(refused, (status, errors), "{text}");
            assert_eq!((notes(&kitchen).await, errands(&kitchen).await.len()), (0, 0), "{text}");
        }
    }
}

async fn overridden_changes_get_the_row(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for line in &mut Line::both(&kitchen, "duties", "ann").await {
        let (id, frozen) = (duty(line, "dig").await, duty(line, "frozen").await);
        let before = notes(&kitchen).await;
        let patched = line.ask("patch", json!({"pk": id, "data": {"text": "bad"}})).await;
        assert_eq!(patched, (400, json!([{"text": ["Not that."]}])));
        assert_eq!(notes(&kitchen).await, before);
        let (status, shown) = line.ask("patch", json!({"pk": id, "data": {}})).await;
        assert_eq!((status, &shown["rank"], notes(&kitchen).await), (200, &json!(6), before + 1));
        let data = json!({"text": "rake", "steps": [{"what": "go"}]});
        let (status, shown) = line.ask("update", json!({"pk": id, "data": data})).await;
        assert_eq!((status, &shown["text"], &shown["steps"]), (200, &data["text"], &data["steps"]));
        let other = json!({"text": "dust", "steps": []});
        let refused = line.ask("update", json!({"pk": frozen, "data": other})).await;
        assert_eq!(refused, (400, json!([{"text": ["It is frozen."]}])));
        assert_eq!(line.ask("update", json!({"pk": 99, "data": data})).await.0, 404);
        clear(&kitchen).await;
    }
}

async fn an_overridden_delete_may_keep_the_row(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for line in &mut Line::both(&kitchen, "duties", "ann").await {
        for (text, answer, left) in [
            ("soft", (204, Value::Null), 1),
            ("kept", (400, json!(["It is kept."])), 1),
            ("dig", (204, Value::Null), 0),
        ] {
            let id = duty(line, text).await;
            assert_eq!(line.ask("delete", json!({"pk": id})).await, answer, "{text}");
            let rows = errands(&kitchen).await;
            assert_eq!(rows.len(), left, "{text}");
            assert!(text != "soft" || rows[0].rank.is_none());
            clear(&kitchen).await;
        }
    }
}

async fn overridden_actions_that_read_answer_what_they_like(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for line in &mut Line::both(&kitchen, "duties", "ann").await {
        let id = duty(line, "dig").await;
        let (status, shown) = line.ask("retrieve", json!({"pk": id})).await;
        assert_eq!((status, &shown["text"]), (200, &json!("DIG")));
        let (status, rows) = line.ask("list", json!({})).await;
        assert_eq!((status, &rows[0]["text"]), (200, &json!("dig")));
        for teapot in &mut Line::both(&kitchen, "duties", "teapot").await {
            assert_eq!(teapot.ask("list", json!({})).await, (418, json!("short")));
        }
        clear(&kitchen).await;
    }
}

async fn overridden_subscriptions_hear_of_the_row(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let [mut line, _] = Line::both(&kitchen, "duties", "ann").await;
    let id = duty(&mut line, "dig").await;
    let mut reader = kitchen.open_as("duties", "ann").await;
    reader.ask("subscribe_instance", json!({"pk": id})).await.data(201);
    assert_eq!(line.ask("patch", json!({"pk": id, "data": {}})).await.0, 200);
    assert_eq!(reader.client.expect_frame().await["data"]["rank"], 6);
    // A change that is rolled back is no event.
    assert_eq!(line.ask("patch", json!({"pk": id, "data": {"rank": "x"}})).await.0, 400);
    let ended =
        reader.client.request(&json!({"action": "unsubscribe_instance", "pk": id, "request_id": 1})).await;
    assert_eq!(ended["response_status"], 204);
    assert_eq!(line.ask("patch", json!({"pk": id, "data": {}})).await.0, 200);
    reader.client.expect_nothing().await;
    let texts: Vec<String> =
        Note::objects(&kitchen.db).list().await.expect("notes").into_iter().map(|note| note.text).collect();
    assert_eq!(texts, ["create", "subscribe", "patch", "unsubscribe", "patch"]);
}

async fn permissions_are_asked_before_an_overridden_action(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let [mut line, _] = Line::both(&kitchen, "duties", "ann").await;
    let id = duty(&mut line, "dig").await;
    for (name, actions) in [
        ("nobody", &["list", "create", "retrieve", "update", "patch", "delete", "subscribe_instance"][..]),
        ("ben", &["retrieve", "update", "patch", "delete", "subscribe_instance"]),
    ] {
        for other in &mut Line::both(&kitchen, "duties", name).await {
            for action in actions {
                let data = json!({"text": "x", "steps": []});
                let (status, _) = other.ask(action, json!({"pk": id, "data": data})).await;
                assert_eq!(status, 403, "{name} {action}");
            }
        }
    }
    assert_eq!(errands(&kitchen).await[0].text, "dig");
}
