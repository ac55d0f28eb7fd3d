//! A consumer whose actions have serializers of their own, and actions that take the payload of a serializer.

use dcrf_e2e::Database;
use dcrf_runtime::condition::Filter;
use dcrf_runtime::{Context, Error, Model as _, Result, mixins};
use kitchen::CounterHandler;
use kitchen::consumers::HandInInput;
use kitchen::models::{NewTicket, Ticket, TicketChanges};
use kitchen::serializers::{TicketOpeningCreate, TicketTextUpdate};
use serde_json::json;

use super::Kitchen;
use super::app::App;
use super::server::{Stream, column};
use crate::on_both_databases;

impl CounterHandler for App {
    /// The tickets of the desk that the frame names, or all.
    async fn queryset(&self, ctx: &Context) -> Result<Filter<Ticket>> {
        let desk = ctx.argument::<i64>("desk")?;
        Ok(desk.map_or(Ticket::ID.gt(0), |desk| Ticket::DESK.eq(desk)))
    }

    async fn validate_ticket_opening_text(&self, _ctx: &Context, value: String) -> Result<String> {
        if value == "bad" {
            Err(Error::invalid("Not that."))
        } else {
            Ok(value.trim_end_matches('.').to_owned())
        }
    }

    async fn ticket_line_loud(&self, _ctx: &Context, row: &Ticket) -> Result<String> {
        Ok(row.text.to_uppercase())
    }

    async fn update(&self, ctx: &Context, row: Ticket, data: TicketTextUpdate) -> Result<Ticket> {
        let text = format!("{}, was {}", data.text, row.text);
        mixins::update(ctx, row, TicketTextUpdate { text }).await
    }

    async fn hand_in(&self, ctx: &Context, data: TicketOpeningCreate, input: HandInInput) -> Result<Ticket> {
        let text = data.text.repeat(usize::try_from(input.times.unwrap_or(1)).unwrap_or(1));
        let new = NewTicket { desk: data.desk, owner: ctx.user().id().unwrap_or_default().to_owned(), text };
        Ticket::objects(ctx.db()).create(new).await
    }

    async fn scribble(&self, _ctx: &Context, data: TicketOpeningCreate) -> Result<String> {
        Ok(format!("{} at {}", data.text, data.desk))
    }

    async fn replace(&self, ctx: &Context, row: Ticket, data: TicketOpeningCreate) -> Result<Ticket> {
        let changes =
            TicketChanges { desk: Some(data.desk), text: Some(data.text), ..TicketChanges::default() };
        Ticket::objects(ctx.db()).update(row.id, changes).await
    }
}

on_both_databases!(
    each_action_reads_and_shows_by_its_serializer,
    an_action_takes_the_payload_of_a_serializer,
    a_queryset_sees_the_arguments_of_the_frame,
    a_list_and_its_events_agree,
);

async fn counter(kitchen: &Kitchen) -> Stream {
    kitchen.open_as("counter", "ann").await
}

async fn each_action_reads_and_shows_by_its_serializer(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut counter = counter(&kitchen).await;
    // The owner is the user, whatever the client says, and the validator of this serializer has changed the text.
    let made = counter.create(json!({"desk": 1, "text": "tea.", "owner": "eve"})).await;
    made.is(201, json!({"id": 1, "desk": 1, "text": "tea"}));
    counter.ask("list", json!({})).await.is(200, json!([{"id": 1, "text": "tea", "loud": "TEA"}]));
    let row = json!({"id": 1, "desk": 1, "owner": "ann", "text": "tea"});
    counter.ask("retrieve", json!({"pk": 1})).await.is(200, row);
    // A patch takes the text alone.
    let patched = counter.ask("patch", json!({"pk": 1, "data": {"text": "jam", "desk": 9}})).await;
    patched.is(200, json!({"id": 1, "text": "jam"}));
    let updated = counter.ask("update", json!({"pk": 1, "data": {"text": "bread"}})).await;
    updated.is(200, json!({"id": 1, "text": "bread, was jam"}));
    assert_eq!(counter.ask("retrieve", json!({"pk": 1})).await.data(200)["desk"], 1);
    let bad = json!({"desk": ["Ensure this value is greater than or equal to 1."], "text": ["Not that."]});
    counter.create(json!({"text": "bad", "desk": 0})).await.refuses(400, json!([bad]));
    let blank = counter.ask("patch", json!({"pk": 1, "data": {"text": ""}})).await;
    blank.refuses(400, json!([{"text": ["This field may not be blank."]}]));
    let missing = counter.ask("update", json!({"pk": 1, "data": {}})).await;
    missing.refuses(400, json!([{"text": ["This field is required."]}]));
    // The hidden field needs a user.
    let mut nobody = kitchen.open("counter").await;
    let refused = nobody.create(json!({"desk": 1, "text": "tea"})).await;
    refused.refuses(401, json!(["Authentication credentials were not provided."]));
}

async fn an_action_takes_the_payload_of_a_serializer(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut counter = counter(&kitchen).await;
    let made = counter.ask("hand_in", json!({"data": {"desk": 2, "text": "ho."}, "times": 2})).await;
    made.is(201, json!({"id": 1, "desk": 2, "owner": "ann", "text": "hoho"}));
    counter.ask("scribble", json!({"desk": 3, "text": "x", "unknown": 1})).await.is(200, json!("x at 3"));
    let replaced = counter.ask("replace", json!({"pk": 1, "with": {"desk": 4, "text": "new"}})).await;
    replaced.is(200, json!({"id": 1, "text": "new", "loud": "NEW"}));
    let required = json!({"desk": ["This field is required."], "text": ["This field is required."]});
    let list = "Invalid data. Expected a dictionary, but got list.";
    let valid = json!({"desk": 1, "text": "x"});
    for (action, frame, errors) in [
        ("hand_in", json!({"data": {}}), required.clone()),
        ("hand_in", json!({}), json!({"non_field_errors": ["No data provided"]})),
        ("hand_in", json!({"data": []}), json!({"non_field_errors": [list]})),
        ("hand_in", json!({"data": valid, "more": 1}), json!({"more": ["Unknown field."]})),
        ("scribble", json!({}), required),
        ("scribble", json!({"desk": 1, "text": "bad"}), json!({"text": ["Not that."]})),
        (
            "replace",
            json!({"pk": 1, "with": {"desk": "x", "text": "y"}}),
            json!({
                "desk": ["A valid integer is required."]
            }),
        ),
    ] {
        counter.ask(action, frame).await.refuses(400, json!([errors]));
    }
    counter.ask("replace", json!({"pk": 9, "with": {}})).await.refuses(404, json!(["Not found"]));
}

async fn a_queryset_sees_the_arguments_of_the_frame(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut counter = counter(&kitchen).await;
    for desk in [1, 2, 2] {
        counter.create(json!({"desk": desk, "text": "x"})).await.data(201);
    }
    for (frame, expected) in
        [(json!({}), vec![1, 2, 3]), (json!({"desk": 2}), vec![2, 3]), (json!({"desk": null}), vec![1, 2, 3])]
    {
        assert_eq!(column(&counter.ask("list", frame).await.data(200), "id"), expected);
    }
    counter.ask("retrieve", json!({"pk": 1, "desk": 2})).await.refuses(404, json!(["Not found"]));
    let replace = json!({"pk": 1, "desk": 2, "with": {}});
    counter.ask("replace", replace).await.refuses(404, json!(["Not found"]));
    let wrong = counter.ask("list", json!({"desk": "x"})).await;
    wrong.refuses(400, json!([{"desk": ["This value is not valid."]}]));
}

async fn a_list_and_its_events_agree(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut heard, mut counter) = (counter(&kitchen).await, counter(&kitchen).await);
    // The arguments of a subscription restrict its events.
    heard.ask("subscribe_to_lines", json!({"desk": 2})).await.data(201);
    for desk in [1, 2] {
        counter.create(json!({"desk": desk, "text": "x"})).await.data(201);
    }
    let event = heard.client.expect_frame().await;
    assert_eq!(
        (&event["action"], &event["data"]),
        (&json!("create"), &json!({"id": 2, "text": "x", "loud": "X"}))
    );
    heard.ask("list", json!({"desk": 2})).await.is(200, json!([event["data"]]));
}
