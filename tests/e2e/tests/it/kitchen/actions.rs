//! Actions of the application's own.

use dcrf_e2e::Database;
use serde_json::{Value, json};

use super::Kitchen;
use super::server::column;
use crate::on_both_databases;

on_both_databases!(
    input_is_typed_and_comes_back,
    input_is_refused_in_full,
    output_is_a_value_a_row_rows_or_null,
    details_are_given_their_row,
    errors_of_the_application_are_told,
    names_are_those_of_the_wire,
    atomic_actions_store_all_or_nothing,
    atomic_actions_of_two_connections_both_succeed,
    a_held_transaction_blocks_no_reader,
    answers_of_one_connection_keep_their_order,
    detached_actions_hold_up_nobody,
    detached_actions_end_with_their_connection,
    panics_beside_the_connection_are_answered,
);

const SERVER_ERROR: &str = "A server error occurred.";

async fn input_is_typed_and_comes_back(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stove = kitchen.open("stove").await;
    let order = json!({"dish": "soup", "colour": "red"});
    stove
        .ask("cook-it", order)
        .await
        .is(200, json!({"dish": "soup", "heat": 2, "colour": "red", "sides": []}));
    let order = json!({
        "dish": " not trimmed ", "heat": 3, "colour": "green", "for": null, "limits": {"salt": 1.5, "fat": 0.0},
        "till": "2024-02-29T12:00:00Z",
        "sides": [{"what": "bread", "grams": 50}, {"what": "tray", "under": {"what": "table", "under": null}}]
    });
    stove.ask("cook-it", order.clone()).await.is(200, order.clone());
    let mut more = order.clone();
    more["unknown"] = json!([1]);
    stove.ask("cook-it", more).await.is(200, order);
}

async fn input_is_refused_in_full(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stove = kitchen.open("stove").await;
    let errors = json!([{"dish": ["This field is required."], "colour": ["This field is required."]}]);
    stove.ask("cook-it", json!({})).await.refuses(400, errors);
    let order = json!({
        "dish": "", "heat": 9, "colour": "blue", "limits": {"salt": "much"}, "till": "soon",
        "sides": [{"what": "good"}, {"grams": 0, "under": {"what": null}}]
    });
    let datetime = "Datetime has wrong format. Use one of these formats instead: \
                    YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].";
    let errors = json!([{
        "dish": ["Ensure this field has at least 1 characters."],
        "heat": ["\"9\" is not a valid choice."],
        "colour": ["\"blue\" is not a valid choice."],
        "sides": {"1": {
            "what": ["This field is required."],
            "grams": ["Ensure this value is greater than or equal to 1."],
            "under": {"what": ["This field may not be null."]}
        }},
        "limits": {"salt": ["A valid number is required."]},
        "till": [datetime]
    }]);
    stove.ask("cook-it", order).await.refuses(400, errors);
    let order =
        json!({"dish": "soup", "colour": "red", "sides": [{"what": "a"}, {"what": "b"}, {"what": "c"}]});
    let errors = json!([{"sides": {"non_field_errors": ["Ensure this field has no more than 2 elements."]}}]);
    stove.ask("cook-it", order).await.refuses(400, errors);
}

async fn output_is_a_value_a_row_rows_or_null(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut stove, mut notes) = (kitchen.open("stove").await, kitchen.open("notes").await);
    stove.ask("count", json!({"of": [1, 2, 3]})).await.is(200, json!(6));
    stove.ask("clean", json!({})).await.is(202, json!(null));
    notes.ask("best", json!({})).await.is(200, json!(null));
    notes.ask("starred", json!({})).await.is(200, json!([]));
    let row = notes.create(json!({"text": "a", "stars": 3})).await.data(201);
    notes.ask("best", json!({})).await.is(200, row.clone());
    notes.ask("starred", json!({})).await.is(200, json!([row]));
}

async fn details_are_given_their_row(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut notes = kitchen.open("notes").await;
    let row = notes.create(json!({"text": "a"})).await.data(201);
    let pk = row["id"].clone();
    notes.ask("star", json!({"pk": pk})).await.is(200, json!({"id": pk, "text": "a", "stars": 1}));
    notes
        .ask("star", json!({"pk": pk, "stars": 5}))
        .await
        .is(200, json!({"id": pk, "text": "a", "stars": 6}));
    notes.ask("retrieve", json!({"pk": pk})).await.is(200, json!({"id": pk, "text": "a", "stars": 6}));
    let errors = json!([{"stars": ["Ensure this value is greater than or equal to 1."]}]);
    notes.ask("star", json!({"pk": pk, "stars": 0})).await.refuses(400, errors);
    notes.ask("star", json!({"pk": 4711})).await.refuses(404, json!(["Not found"]));
    notes.ask("star", json!({"pk": "x", "stars": 0})).await.refuses(404, json!(["Not found"]));
    notes.ask("star", json!({})).await.refuses(400, json!([{"pk": ["This field is required."]}]));
}

async fn errors_of_the_application_are_told(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stove = kitchen.open("stove").await;
    for (how, status, errors) in [
        ("text", 400, json!(["A text."])),
        ("field", 400, json!([{"dish": ["Not that."]}])),
        ("whole", 400, json!([{"non_field_errors": ["None of it."]}])),
        ("missing", 404, json!(["Not found"])),
        ("forbidden", 403, json!(["You do not have permission to perform this action."])),
        ("teapot", 418, json!(["Short and stout."])),
        ("internal", 500, json!([SERVER_ERROR])),
        ("panic", 500, json!([SERVER_ERROR])),
        ("text", 400, json!(["A text."])),
    ] {
        stove.ask("refuse", json!({"how": how})).await.refuses(status, errors);
    }
}

async fn names_are_those_of_the_wire(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stove = kitchen.open("stove").await;
    for action in ["cook", "Cook-it", "cook_it", "", " count", "list", "create"] {
        let errors = json!([format!("Method \"{action}\" not allowed.")]);
        stove.ask(action, json!({"dish": "soup", "colour": "red"})).await.refuses(405, errors);
    }
    let mut notes = kitchen.open("notes").await;
    for action in ["update", "patch", "delete", "addAll", "__class__"] {
        notes.ask(action, json!({})).await.refuses(405, json!([format!("Method \"{action}\" not allowed.")]));
    }
}

async fn atomic_actions_store_all_or_nothing(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut notes = kitchen.open("notes").await;
    let texts = |page: Value| column(&page["results"], "text");
    let rows = notes.ask("add_all", json!({"texts": ["a", "b"]})).await.data(201);
    assert_eq!(column(&rows, "text"), ["a", "b"]);
    let failing = json!({"texts": ["c", "d"], "then": "fail"});
    notes.ask("add_all", failing).await.refuses(400, json!(["Not like this."]));
    let panicking = json!({"texts": ["e"], "then": "panic"});
    notes.ask("add_all", panicking).await.refuses(500, json!([SERVER_ERROR]));
    // The second is refused by a rule of the model, after the first is in.
    let errors = json!([{"text": ["Ensure this field has no more than 20 characters."]}]);
    notes.ask("add_all", json!({"texts": ["f", "x".repeat(21)]})).await.refuses(400, errors);
    assert_eq!(texts(notes.ask("list", json!({"limit": 5})).await.data(200)), ["a", "b"]);
    notes.ask("add_all", json!({"texts": ["g"]})).await.data(201);
    assert_eq!(texts(notes.ask("list", json!({"limit": 5})).await.data(200)), ["a", "b", "g"]);
}

async fn atomic_actions_of_two_connections_both_succeed(database: Database) {
    let mut kitchen = Kitchen::start(database).await;
    let (mut first, mut second) = (kitchen.open("notes").await, kitchen.open("notes").await);
    first.client.send(&json!({"action": "hold", "request_id": "first", "text": "first"})).await;
    let held = kitchen.signals.arrival().await;
    assert_eq!(held.ticket, "first");
    // The second may have to wait for the first, but not to fail.
    second.client.send(&json!({"action": "add_all", "request_id": "second", "texts": ["second"]})).await;
    held.go();
    for (stream, id, status) in [(&mut first, "first", 200), (&mut second, "second", 201)] {
        let answer = stream.client.expect_reply(&json!(id)).await;
        assert_eq!(answer["response_status"], status, "{answer}");
    }
    let rows = first.ask("list", json!({"order_by": "text"})).await.data(200);
    assert_eq!(column(&rows["results"], "text"), ["first", "second"]);
}

async fn a_held_transaction_blocks_no_reader(database: Database) {
    let mut kitchen = Kitchen::start(database).await;
    let (mut writer, mut reader) = (kitchen.open("notes").await, kitchen.open("notes").await);
    let row = reader.create(json!({"text": "before"})).await.data(201);
    writer.client.send(&json!({"action": "hold", "request_id": "h", "text": "held"})).await;
    let held = kitchen.signals.arrival().await;
    // While the transaction is open: others read, and see nothing of it.
    reader.ask("retrieve", json!({"pk": row["id"]})).await.is(200, row.clone());
    let page = reader.ask("list", json!({})).await.data(200);
    assert_eq!(column(&page["results"], "text"), ["before"]);
    held.go();
    let answer = writer.client.expect_reply(&json!("h")).await;
    assert_eq!(answer["response_status"], 200, "{answer}");
    let page = reader.ask("list", json!({})).await.data(200);
    assert_eq!(column(&page["results"], "text"), ["before", "held"]);
}

async fn answers_of_one_connection_keep_their_order(database: Database) {
    let mut kitchen = Kitchen::start(database).await;
    let mut stove = kitchen.open("stove").await;
    stove.client.send(&json!({"action": "wait", "request_id": 0, "ticket": "slow"})).await;
    for number in 1..20 {
        stove.client.send(&json!({"action": "count", "request_id": number, "of": [number]})).await;
    }
    // What comes after it has been received when another connection is served.
    kitchen.open("stove").await.ask("count", json!({"of": []})).await.is(200, json!(0));
    kitchen.signals.arrival().await.go();
    for number in 0..20 {
        let frame = stove.client.expect_frame().await;
        assert_eq!(frame["request_id"], number, "{frame}");
        let data = if number == 0 { json!("slow") } else { json!(number) };
        assert_eq!(frame["data"], data, "{frame}");
    }
}

async fn detached_actions_hold_up_nobody(database: Database) {
    let mut kitchen = Kitchen::start(database).await;
    let mut stove = kitchen.open("stove").await;
    for ticket in ["one", "two"] {
        stove.client.send(&json!({"action": "simmer", "request_id": ticket, "ticket": ticket})).await;
    }
    let mut held = vec![kitchen.signals.arrival().await, kitchen.signals.arrival().await];
    held.sort_by_key(|arrival| arrival.ticket.clone());
    stove.ask("count", json!({"of": [1, 1]})).await.is(200, json!(2));
    // They are answered when they are ready, not in the order they came.
    for ticket in ["two", "one"] {
        held.pop().expect("two are held").go();
        let frame = stove.client.expect_frame().await;
        assert_eq!((&frame["request_id"], &frame["data"]), (&json!(ticket), &json!(ticket)), "{frame}");
    }
    let errors = json!([{"ticket": ["This field is required."]}]);
    stove.ask("simmer", json!({})).await.refuses(400, errors);
}

async fn detached_actions_end_with_their_connection(database: Database) {
    let mut kitchen = Kitchen::start(database).await;
    let mut stove = kitchen.open("stove").await;
    stove.client.send(&json!({"action": "simmer", "request_id": 1, "ticket": "polite"})).await;
    let _held = kitchen.signals.arrival().await;
    stove.client.close().await;
    assert_eq!(kitchen.signals.cancelled().await, "polite");
    let mut stove = kitchen.open("stove").await;
    stove.client.send(&json!({"action": "simmer", "request_id": 1, "ticket": "gone"})).await;
    let _held = kitchen.signals.arrival().await;
    drop(stove);
    assert_eq!(kitchen.signals.cancelled().await, "gone");
}

async fn panics_beside_the_connection_are_answered(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stove = kitchen.open("stove").await;
    stove.ask("burn", json!({})).await.refuses(500, json!([SERVER_ERROR]));
    stove.ask("clean", json!({})).await.is(202, json!(null));
}
