//! `const`, `enum`, `uniqueItems` and exact numbers: plain JSON is taken as it is written, fields as DRF takes them.

use dcrf_e2e::Database;
use dcrf_runtime::test::TestClient;
use serde_json::{Value, json};

use super::Kitchen;
use crate::on_both_databases;

on_both_databases!(
    inputs_are_what_they_have_to_be,
    what_only_looks_like_it_is_refused,
    constants_in_columns_are_of_json,
    fields_of_serializers_are_read_as_drf_reads_them,
);

/// The reply to an action of the stove, raw or multiplexed, with the input as it is written.
async fn ask(client: &mut TestClient, multiplexed: bool, action: &str, input: &str) -> Value {
    let input = if input.is_empty() { String::new() } else { format!(", {input}") };
    let frame = format!(r#"{{"action": "{action}", "request_id": "r"{input}}}"#);
    let frame = if multiplexed { format!(r#"{{"stream": "stove", "payload": {frame}}}"#) } else { frame };
    client.send_text(frame).await;
    let mut answer = client.expect_frame().await;
    if multiplexed { answer["payload"].take() } else { answer }
}

/// A raw and a multiplexed connection.
async fn connections(kitchen: &Kitchen) -> [(TestClient, bool); 2] {
    [(kitchen.open("stove").await.client, false), (kitchen.multiplexed_as("somebody").await, true)]
}

const NEEDED: &str = r#""one": 1, "level": "low""#;

async fn inputs_are_what_they_have_to_be(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for (mut client, multiplexed) in connections(&kitchen).await {
        for (input, shown) in [
            (r#""nothing": null"#, json!({"nothing": null})),
            (r#""no": false"#, json!({"no": false})),
            (r#""zero": 0"#, json!({"zero": 0})),
            (r#""zero": -0.0"#, json!({"zero": 0})),
            (r#""hundred": 100"#, json!({"hundred": 100})),
            (r#""hundred": 1.00e2"#, json!({"hundred": 100})),
            (r#""half": 5e-1"#, json!({"half": 0.5})),
            (r#""large": 12345678901234567890"#, json!({"large": 12_345_678_901_234_567_890_u64})),
            (r#""digit": "\u0031""#, json!({"digit": "1"})),
            (r#""list": [1.0, {"a": null}]"#, json!({"list": [1.0, {"a": null}]})),
            (r#""entry": {"b": [true, "\u00e9"], "a": 1}"#, json!({"entry": {"b": [true, "é"], "a": 1}})),
            (r#""corner": {"y": -15e-1, "x": 0.0}"#, json!({"corner": {"x": 0.0, "y": -1.5}})),
            (r#""one": 1.0"#, json!({"one": 1})),
            (r#""level": "high""#, json!({"level": "high"})),
            (r#""maybe": null"#, json!({"maybe": null})),
            (r#""grade": 0.0"#, json!({"grade": 0})),
            (r#""grade": 1e2"#, json!({"grade": 100})),
            (r#""any": [0]"#, json!({"any": [0]})),
            (r#""price": 100000000"#, json!({"price": 100_000_000.0})),
            (r#""price": 4.35"#, json!({"price": 4.35})),
        ] {
            let answer = ask(&mut client, multiplexed, "fix", input).await;
            assert_eq!(
                (&answer["response_status"], &answer["data"]),
                (&json!(200), &shown),
                "{input}: {answer}"
            );
        }
    }
}

async fn what_only_looks_like_it_is_refused(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let constant = |text: &str| json!([format!("Ensure this value is {text}.")]);
    let choice = |text: &str| json!([format!("\"{text}\" is not a valid choice.")]);
    let null = json!(["This field may not be null."]);
    let (pattern, long) = ("Enter a valid value.", "Ensure this field has no more than 4 characters.");
    for (mut client, multiplexed) in connections(&kitchen).await {
        let mut wrong = Vec::new();
        for (input, field, messages) in [
            (r#""nothing": 0"#, "nothing", constant("null")),
            (r#""nothing": "null""#, "nothing", constant("null")),
            (r#""no": 0"#, "no", constant("false")),
            (r#""no": "false""#, "no", constant("false")),
            (r#""zero": "0""#, "zero", constant("0")),
            (r#""zero": false"#, "zero", constant("0")),
            (r#""half": "0.5""#, "half", constant("0.5")),
            (r#""large": 12345678901234567891"#, "large", constant("12345678901234567890")),
            (r#""large": null"#, "large", constant("12345678901234567890")),
            (r#""digit": 1"#, "digit", constant("\"1\"")),
            (r#""list": [1, {"a": 0}]"#, "list", constant(r#"[1,{"a":null}]"#)),
            (r#""list": [{"a": null}, 1]"#, "list", constant(r#"[1,{"a":null}]"#)),
            (r#""entry": {"a": 1, "b": [1, "é"]}"#, "entry", constant(r#"{"a":1,"b":[true,"é"]}"#)),
            (r#""entry": {"a": 1}"#, "entry", constant(r#"{"a":1,"b":[true,"é"]}"#)),
            (r#""corner": {"x": 0, "y": -1}"#, "corner", constant(r#"{"x":0,"y":-1.5}"#)),
            (r#""one": null"#, "one", null.clone()),
            (r#""level": null"#, "level", null.clone()),
            (r#""maybe": "high""#, "maybe", choice("high")),
            (r#""grade": "0""#, "grade", choice("0")),
            (r#""grade": false"#, "grade", choice("False")),
            (r#""price": 4.351"#, "price", json!(["Ensure this value is a multiple of step size 0.01."])),
            (r#""word": "ABCDE""#, "word", json!([pattern, long])),
        ] {
            let answer = ask(&mut client, multiplexed, "fix", input).await;
            let errors = json!([{field: messages}]);
            if (&answer["response_status"], &answer["errors"]) != (&json!(400), &errors) {
                wrong.push(format!("{input}: {answer}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        let answer = ask(&mut client, multiplexed, "fix", NEEDED).await;
        assert_eq!(answer["data"], json!({"one": 1, "level": "low"}));
    }
}

async fn constants_in_columns_are_of_json(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut drawings = kitchen.open("drawings").await;
    let drawing = |notes: Value| json!({"shape": {"kind": "circle", "radius": 1}, "notes": notes});
    let notes = json!({
        "author": "a", "version": 1.0, "draft": false, "reply": null, "place": {"y": [null, "it's"], "x": 0.0},
        "seals": [0, false, "0", null, {"a": 1, "b": 2}], "more": 7
    });
    let made = drawings.create(drawing(notes.clone())).await.data(201);
    let mut shown = notes;
    shown["version"] = json!(1);
    assert_eq!(made["notes"], shown);
    // Read from the database, put into a struct and stored again.
    let grown = drawings.ask("grow", json!({"pk": made["id"], "by": 0})).await.data(200);
    shown["grown"] = json!(0);
    assert_eq!(grown["notes"], shown);
    for (key, wrong, text) in [
        ("version", json!("1"), "Ensure this value is 1."),
        ("draft", json!(0), "Ensure this value is false."),
        ("reply", json!(false), "Ensure this value is null."),
        ("place", json!({"x": 0, "y": ["it's", null]}), r#"Ensure this value is {"x":0,"y":[null,"it's"]}."#),
        ("seals", json!([0, -0.0]), "Ensure this field has no repeated elements."),
        ("seals", json!([1, true, 1.0]), "Ensure this field has no repeated elements."),
        (
            "seals",
            json!([{"a": 1, "b": 2}, {"b": 2.0, "a": 1}]),
            "Ensure this field has no repeated elements.",
        ),
    ] {
        let answer = drawings.create(drawing(json!({"author": "a", key: wrong}))).await;
        answer.refuses(400, json!([{"notes": {key: [text]}}]));
    }
}

async fn fields_of_serializers_are_read_as_drf_reads_them(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (small, pattern) = ("Small letters, please.", "This value does not match the required pattern.");
    let (short, long) =
        ("Ensure this field has at least 2 characters.", "Ensure this field has no more than 4 characters.");
    for (mut client, multiplexed) in connections(&kitchen).await {
        for (data, shown) in [
            (
                r#"{"off": 0, "text": " abc ", "grade": "0"}"#,
                json!({"text": "abc", "off": false, "grade": 0}),
            ),
            (
                r#"{"off": "no", "entry": {"a": [1.0, null]}}"#,
                json!({"off": false, "entry": {"a": [1.0, null]}}),
            ),
        ] {
            let answer = ask(&mut client, multiplexed, "label", &format!(r#""data": {data}"#)).await;
            assert_eq!(
                (&answer["response_status"], &answer["data"]),
                (&json!(200), &shown),
                "{data}: {answer}"
            );
        }
        for (data, errors) in [
            // A `RegexField` has one text for what is no text and for what does not match, and asks for the pattern last.
            (
                r#"{"text": true, "plain": [], "both": {}}"#,
                json!({"text": [small], "plain": [pattern], "both": ["A text, please."]}),
            ),
            (
                r#"{"text": "ABCDE", "plain": "A", "both": 5}"#,
                json!({"text": [long, small], "plain": [pattern], "both": [small]}),
            ),
            (
                r#"{"text": "A", "plain": ""}"#,
                json!({"text": [short, small], "plain": ["This field may not be blank."]}),
            ),
            (
                r#"{"off": 1, "grade": 0.0}"#,
                json!({"off": ["Ensure this value is false."], "grade": ["\"0.0\" is not a valid choice."]}),
            ),
            (
                r#"{"entry": {"a": [true, null]}}"#,
                json!({"entry": [r#"Ensure this value is {"a":[1,null]}."#]}),
            ),
        ] {
            let answer = ask(&mut client, multiplexed, "label", &format!(r#""data": {data}"#)).await;
            assert_eq!(
                (&answer["response_status"], &answer["errors"]),
                (&json!(400), &json!([errors])),
                "{data}: {answer}"
            );
        }
    }
}
