//! Write-only fields without a column: what a new player sends beside the row.

use dcrf_e2e::Database;
use dcrf_runtime::{Context, Error, Result, mixins};
use kitchen::consumers::PlayerEntryHandler;
use kitchen::models::{Player, PlayerChanges};
use kitchen::serializers::PlayerEntryPatch;
use serde_json::json;

use super::Kitchen;
use super::app::App;
use crate::on_both_databases;

on_both_databases!(
    what_has_no_column_is_validated_and_given_to_the_application,
    what_has_no_column_is_never_shown,
);

impl PlayerEntryHandler for App {
    async fn validate_captcha(&self, _: &Context, value: String) -> Result<String> {
        if value == "robot" { Err(Error::invalid("No machines.")) } else { Ok(value.to_uppercase()) }
    }

    async fn validate(
        &self,
        _: &Context,
        row: Option<Player>,
        mut data: PlayerEntryPatch,
    ) -> Result<PlayerEntryPatch> {
        let name = data.name.clone().or(row.map(|row| row.name));
        if data.again.clone().flatten().is_some_and(|again| Some(again) != name) {
            return Err(Error::field("again", "This is another name."));
        }
        if let Some(guests) = &mut data.guests {
            guests.push(7);
        }
        Ok(data)
    }

    async fn perform_create(&self, ctx: &Context, mut values: PlayerChanges) -> Result<PlayerChanges> {
        let captcha: Option<String> = ctx.validated("captcha")?;
        let guests: Option<Vec<i64>> = ctx.validated("guests")?;
        let newsletter: Option<bool> = ctx.validated("newsletter")?;
        values.name = values.name.map(|name| format!("{name} {captcha:?} {guests:?} {newsletter:?}"));
        Ok(values)
    }

    async fn perform_update(
        &self,
        ctx: &Context,
        _: Player,
        mut values: PlayerChanges,
    ) -> Result<PlayerChanges> {
        let guests: Option<Vec<i64>> = ctx.validated("guests")?;
        values.name = values.name.map(|name| format!("{name} {guests:?}"));
        Ok(values)
    }

    async fn patch(&self, ctx: &Context, row: Player, mut data: PlayerEntryPatch) -> Result<Player> {
        if let Some(captcha) = &data.captcha {
            data.name = Some(captcha.clone());
        }
        mixins::patch(ctx, row, data).await
    }
}

async fn what_has_no_column_is_validated_and_given_to_the_application(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut entries = kitchen.open("entries").await;
    entries.create(json!({"name": "Ada"})).await.refuses(400, json!([{"captcha": ["Prove it."]}]));
    for (data, errors) in [
        (json!({"captcha": "robot"}), json!({"captcha": ["No machines."]})),
        (json!({"captcha": "A1"}), json!({"captcha": ["This value does not match the required pattern."]})),
        (json!({"captcha": true}), json!({"captcha": ["This value does not match the required pattern."]})),
        (json!({"captcha": ""}), json!({"captcha": ["This field may not be blank."]})),
        (
            json!({"captcha": "abcdefg"}),
            json!({"captcha": ["Ensure this field has no more than 6 characters."]}),
        ),
        (json!({"captcha": "a", "again": "Bob"}), json!({"again": ["This is another name."]})),
        (
            json!({"captcha": "a", "guests": [0]}),
            json!({"guests": {"0": [
                "Ensure this value is greater than or equal to 1."
            ]}}),
        ),
        (json!({"captcha": "a", "newsletter": null}), json!({"newsletter": ["This field may not be null."]})),
    ] {
        let mut row = json!({"name": "Ada"});
        row.as_object_mut().expect("an object").extend(data.as_object().expect("an object").clone());
        entries.create(row).await.refuses(400, json!([errors]));
    }
    let data =
        json!({"name": "Ada", "captcha": " abc ", "again": "Ada", "guests": ["2"], "newsletter": "yes"});
    let row = json!({"id": 1, "name": "Ada Some(\"ABC\") Some([2, 7]) Some(true)"});
    entries.create(data).await.is(201, row);
    let row = json!({"id": 2, "name": "Bob Some(\"X\") Some([7]) None"});
    entries.create(json!({"name": "Bob", "captcha": "x", "again": null})).await.is(201, row);
    let row = json!({"id": 2, "name": "Cyd Some([7])"});
    let data = json!({"name": "Cyd", "captcha": "x"});
    entries.ask("update", json!({"pk": 2, "data": data})).await.is(200, row);
    let required = json!([{"captcha": ["Prove it."]}]);
    entries.ask("update", json!({"pk": 2, "data": {"name": "Cyd"}})).await.refuses(400, required);
    let row = json!({"id": 2, "name": "Y None"});
    entries.ask("patch", json!({"pk": 2, "data": {"captcha": "y"}})).await.is(200, row);
}

async fn what_has_no_column_is_never_shown(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut entries, mut players) = (kitchen.open("entries").await, kitchen.open("entries").await);
    entries.ask("subscribe_to_activity", json!({})).await.data(201);
    let row = players.create(json!({"name": "Ada", "captcha": "secret"})).await.data(201);
    let keys: Vec<&String> = row.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["id", "name"]);
    let event = entries.client.expect_event(|frame| frame["action"] == "create").await;
    let keys: Vec<&String> = event["data"].as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["id", "name"], "{event}");
}
