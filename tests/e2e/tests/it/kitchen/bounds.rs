//! How much, how long and what a client may send: whatever a database could not take is refused before.

use dcrf_e2e::Database;
use dcrf_runtime::Limits;
use serde_json::{Value, json};

use super::Kitchen;
use super::forms::specimen;
use super::server::Stream;
use crate::on_both_databases;

on_both_databases!(
    filters_have_bounds,
    long_values_are_compared,
    unique_texts_may_be_too_long,
    null_characters_are_never_stored,
    texts_that_are_no_unicode_are_refused,
    numbers_out_of_range_are_refused,
    many_keys_are_taken,
);

async fn generous(database: Database) -> Kitchen {
    let mut limits = Limits::default();
    limits.frame = 4 * 1024 * 1024;
    limits.pending_bytes = 8 * 1024 * 1024;
    Kitchen::with_limits(database, limits).await
}

/// The reply to a frame that is written out: `arguments` beside `action`.
async fn ask_raw(stream: &mut Stream, action: &str, arguments: &str) -> Value {
    let frame = format!(r#"{{"action": "{action}", "request_id": "raw", {arguments}}}"#);
    stream.client.send_text(frame).await;
    stream.client.expect_reply(&json!("raw")).await
}

async fn filters_have_bounds(database: Database) {
    let kitchen = generous(database).await;
    let mut stream = kitchen.open("specimens").await;
    stream.create(specimen("one", json!({"count": 4, "ratio": 0.5}))).await.data(201);
    let too_many = json!(["Ensure this field has no more than 1000 elements."]);
    let numbers: Vec<i64> = (0..40_000).collect();
    for action in ["list", "subscribe_to_findings"] {
        let errors = json!([{"filter": {"count__in": too_many}}]);
        stream
            .ask(action, json!({"filter": {"count__in": numbers}, "state": "open"}))
            .await
            .refuses(400, errors);
        let many: String = (0..101).map(|_| r#""count": 4,"#).collect();
        let answer =
            ask_raw(&mut stream, action, &format!(r#""filter": {{{}}}"#, many.trim_end_matches(','))).await;
        assert_eq!(
            answer["errors"],
            json!([{"filter": ["Ensure this field has no more than 100 elements."]}])
        );
        let thousand: Vec<i64> = (0..1000).collect();
        let names = [
            "count",
            "large",
            "id",
            "grade",
            "maybe_count",
            "ratio",
            "price",
            "fortune",
            "title",
            "mail",
            "slug",
        ];
        let mut filter = serde_json::Map::new();
        for name in names {
            let values = if name == "grade" { json!(vec![1; 1000]) } else { json!(thousand) };
            filter.insert(format!("{name}__in"), values);
        }
        let errors = json!([{"filter": ["Ensure this field has no more than 10000 values in all."]}]);
        stream.ask(action, json!({"filter": filter})).await.refuses(400, errors);
        filter.remove("slug__in");
        stream.ask(action, json!({"filter": filter})).await.data(if action == "list" { 200 } else { 201 });
    }
    // As many as are allowed, of every kind.
    for (name, value) in [
        ("count", json!(4)),
        ("ratio", json!(0.5)),
        ("title", json!("x")),
        ("uid", json!("6fa459ea-ee8a-3ca4-894e-db77e160355e")),
        ("day", json!("2024-02-29")),
        ("moment", json!("2024-02-29T12:00:00Z")),
        ("clock", json!("12:00:00")),
        ("span", json!("00:00:01")),
        ("price", json!("0.00")),
        ("fortune", json!("1.5")),
        ("data", json!("AA==")),
        ("flag", json!(false)),
        ("state", json!("open")),
        ("grade", json!("1")),
    ] {
        let filter = json!({format!("{name}__in"): vec![value; 1000]});
        stream.ask("list", json!({"filter": filter})).await.data(200);
    }
    // Of equal keys the last counts.
    let answer = ask_raw(&mut stream, "list", r#""filter": {"count": 6, "count": 4}"#).await;
    assert_eq!(answer["data"].as_array().map(Vec::len), Some(1), "{answer}");
}

async fn long_values_are_compared(database: Database) {
    let kitchen = generous(database).await;
    let mut stream = kitchen.open("specimens").await;
    let long = "long ".repeat(20_000).trim_end().to_owned();
    stream.create(specimen("one", json!({"maybe_text": long}))).await.data(201);
    for lookup in ["maybe_text", "maybe_text__contains", "maybe_text__starts_with", "maybe_text__gte"] {
        let rows = stream.ask("list", json!({"filter": {lookup: long}})).await.data(200);
        assert_eq!(rows.as_array().map(Vec::len), Some(1), "{lookup}");
    }
    stream.ask("retrieve", json!({"pk": long})).await.refuses(404, json!(["Not found"]));
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    for filter in
        [json!({"maybe_text": deep}), json!({"count__in": [deep]}), json!({"day__range": [deep, deep]})]
    {
        let answer = ask_raw(&mut stream, "list", &format!(r#""filter": {filter}"#)).await;
        assert_eq!(answer["response_status"], json!(400), "{answer}");
    }
    let mut countries = kitchen.open("countries").await;
    countries.ask("retrieve", json!({"pk": long})).await.refuses(404, json!(["Not found"]));
    let answer =
        kitchen.open("items").await.create(json!({"category": long, "country": long, "position": 1})).await;
    let errors = json!([{
        "category": [format!("“{long}” is not a valid UUID.")],
        "country": [format!("Invalid pk \"{long}\" - object does not exist.")]
    }]);
    answer.refuses(400, errors);
}

async fn unique_texts_may_be_too_long(database: Database) {
    let postgres = database.url().starts_with("postgres");
    let kitchen = generous(database).await;
    let mut stream = kitchen.open("specimens").await;
    let pk = stream.create(specimen("one", json!({}))).await.data(201)["id"].clone();
    // What a database compresses it may index: this it cannot.
    let noise: String =
        (0..400).map(|number: u64| format!("{:x}-", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let errors = json!([{"slug": ["This value is too long to be indexed."]}]);
    let created = stream.create(specimen("two", json!({"slug": noise}))).await;
    if !postgres {
        created.data(201);
        return;
    }
    created.refuses(400, errors.clone());
    stream.ask("patch", json!({"pk": pk, "data": {"slug": noise}})).await.refuses(400, errors.clone());
    let whole = specimen("two", json!({"slug": noise}));
    stream.ask("update", json!({"pk": pk, "data": whole})).await.refuses(400, errors);
    let rows = stream.ask("list", json!({"filter": {"slug": noise}})).await.data(200);
    assert_eq!(rows, json!([]));
    stream.ask("patch", json!({"pk": pk, "data": {"slug": "short"}})).await.data(200);
}

async fn null_characters_are_never_stored(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let pk = stream.create(specimen("one", json!({}))).await.data(201)["id"].clone();
    let nul = "Null characters are not allowed.";
    for (data, errors) in [
        (json!({"memo": "a\u{0}b"}), json!({"memo": [nul]})),
        (json!({"tags": ["\u{0}"]}), json!({"tags": {"0": [nul]}})),
        (json!({"state": "\u{0}"}), json!({"state": ["\"\u{0}\" is not a valid choice."]})),
        (json!({"address": {"street": "\u{0}"}}), json!({"address": {"street": [nul]}})),
    ] {
        stream.create(specimen("two", data.clone())).await.refuses(400, json!([errors]));
        stream.ask("patch", json!({"pk": pk, "data": data})).await.refuses(400, json!([errors]));
    }
    for action in ["list", "subscribe_to_findings"] {
        for lookup in
            ["maybe_text", "maybe_text__contains", "maybe_text__starts_with", "maybe_text__lt", "slug"]
        {
            let errors = json!([{"filter": {lookup: [nul]}}]);
            stream.ask(action, json!({"filter": {lookup: "\u{0}"}})).await.refuses(400, errors);
        }
        let errors = json!([{"filter": {"maybe_text__in": [nul]}}]);
        stream.ask(action, json!({"filter": {"maybe_text__in": ["a", "\u{0}"]}})).await.refuses(400, errors);
    }
    stream.ask("list", json!({"search": "\u{0}"})).await.refuses(400, json!([{"search": [nul]}]));
    stream.ask("retrieve", json!({"pk": "1\u{0}"})).await.refuses(404, json!(["Not found"]));
    let mut countries = kitchen.open("countries").await;
    countries.ask("retrieve", json!({"pk": "C\u{0}"})).await.refuses(404, json!(["Not found"]));
    let answer = kitchen.open("items").await.ask("list", json!({"filter": {"country": "C\u{0}"}})).await;
    answer.refuses(400, json!([{"filter": {"country": ["A valid key is required."]}}]));
    // In any JSON it is an escape, which both databases keep.
    for free in [json!("a\u{0}"), json!({"\u{0}": ["\u{0}"]})] {
        let row = stream.ask("patch", json!({"pk": pk, "data": {"free": free}})).await.data(200);
        assert_eq!(row["free"], free);
        assert_eq!(stream.ask("retrieve", json!({"pk": pk})).await.data(200)["free"], free);
    }
}

async fn texts_that_are_no_unicode_are_refused(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let pk = stream.create(specimen("one", json!({}))).await.data(201)["id"].clone();
    let wrong = "Surrogate characters are not allowed: U+D800.";
    let patch = |data: &str| format!(r#""pk": {pk}, "data": {data}"#);
    for (action, arguments, errors) in [
        ("patch", patch(r#"{"memo": "a\ud800"}"#), json!([{"memo": [wrong]}])),
        ("patch", patch(r#"{"tags": ["\ud800"]}"#), json!([{"tags": {"0": [wrong]}}])),
        ("patch", patch(r#"{"uid": "\ud800"}"#), json!([{"uid": ["Must be a valid UUID."]}])),
        (
            "list",
            r#""filter": {"maybe_text": "\ud800"}"#.to_owned(),
            json!([{"filter": {"maybe_text": [wrong]}}]),
        ),
        (
            "list",
            r#""filter": {"maybe_text__in": ["a", "\ud800"]}"#.to_owned(),
            json!([{"filter": {"maybe_text__in": [wrong]}}]),
        ),
        ("list", r#""search": "\ud800""#.to_owned(), json!([{"search": [wrong]}])),
        (
            "subscribe_to_findings",
            r#""filter": {"maybe_text": "\ud800"}"#.to_owned(),
            json!([{"filter": {"maybe_text": [wrong]}}]),
        ),
    ] {
        let answer = ask_raw(&mut stream, action, &arguments).await;
        assert_eq!((&answer["response_status"], &answer["errors"]), (&json!(400), &errors), "{arguments}");
    }
    let answer = ask_raw(&mut stream, "retrieve", r#""pk": "\ud800""#).await;
    assert_eq!(answer["response_status"], json!(404), "{answer}");
    let answer = ask_raw(&mut kitchen.open("countries").await, "retrieve", r#""pk": "\ud800""#).await;
    assert_eq!(answer["response_status"], json!(404), "{answer}");
    for free in [r#""\ud800""#, r#"{"a": ["x", "\ud800"]}"#, r#"{"\ud800": 1}"#] {
        let answer = ask_raw(&mut stream, "patch", &patch(&format!(r#"{{"free": {free}}}"#))).await;
        assert_eq!(answer["errors"], json!([{"free": [wrong]}]), "{free}");
    }
    for (field, value) in [("extra", r#"{"\ud800": 1}"#), ("prices", r#"{"\udfff": 1}"#)] {
        let answer = ask_raw(&mut stream, "patch", &patch(&format!(r#"{{"{field}": {value}}}"#))).await;
        assert_eq!(answer["errors"], json!([{field: ["Value must be valid JSON."]}]));
    }
    let address = r#"{"address": {"street": "s", "\ud800": 1}}"#;
    let answer = ask_raw(&mut stream, "patch", &patch(address)).await;
    assert_eq!(answer["errors"], json!([{"address": {"non_field_errors": ["Value must be valid JSON."]}}]));
}

async fn numbers_out_of_range_are_refused(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let pk = stream.create(specimen("one", json!({}))).await.data(201)["id"].clone();
    let most = "Ensure this value is less than or equal to 9223372036854775807.";
    let least = "Ensure this value is greater than or equal to -9223372036854775808.";
    let number = "A valid number is required.";
    for (field, value, text) in [
        ("large", "9223372036854775808", most),
        ("large", "1e18", "A valid integer is required."),
        ("large", "-9223372036854775809", least),
        ("maybe_count", "123456789012345678901234567890", most),
        ("ratio", "1e309", number),
        ("maybe_ratio", "-1e999", number),
        ("price", "1e400", number),
        ("price", "100000", "Ensure that there are no more than 4 digits before the decimal point."),
        ("maybe_moment", "\"0001-01-01T00:00:00+14:00\"", "Datetime value out of range."),
        ("span", "\"1000000000 00:00:00\"", "The number of days must be between -999999999 and 999999999."),
    ] {
        let patch = format!(r#""pk": {pk}, "data": {{"{field}": {value}}}"#);
        let answer = ask_raw(&mut stream, "patch", &patch).await;
        assert_eq!(
            (&answer["response_status"], &answer["errors"]),
            (&json!(400), &json!([{field: [text]}])),
            "{field}"
        );
        let filter = format!(r#""filter": {{"{field}": {value}}}"#);
        for action in ["list", "subscribe_to_findings"] {
            let answer = ask_raw(&mut stream, action, &filter).await;
            assert_eq!(answer["response_status"], json!(400), "{filter}: {answer}");
        }
    }
    for (field, value) in [
        ("large", "9223372036854775807"),
        ("large", "-9223372036854775808"),
        ("maybe_ratio", "1.7976931348623157e308"),
        ("maybe_ratio", "5e-324"),
    ] {
        let patch = format!(r#""pk": {pk}, "data": {{"{field}": {value}}}"#);
        let answer = ask_raw(&mut stream, "patch", &patch).await;
        assert_eq!(answer["response_status"], json!(200), "{answer}");
        let answer = ask_raw(&mut stream, "list", &format!(r#""filter": {{"{field}": {value}}}"#)).await;
        assert_eq!(answer["data"].as_array().map(Vec::len), Some(1), "{answer}");
    }
    for pk in ["9223372036854775808", "1e30", "-1", "\"99999999999999999999\"", "1e400"] {
        let answer = ask_raw(&mut stream, "retrieve", &format!(r#""pk": {pk}"#)).await;
        assert_eq!(answer["response_status"], json!(404), "{pk}: {answer}");
    }
    for window in [
        r#""limit": 99999999999999999999, "offset": 99999999999999999999"#,
        r#""limit": 1e400, "offset": -5"#,
    ] {
        let answer = ask_raw(&mut kitchen.open("notes").await, "list", window).await;
        assert_eq!(answer["response_status"], json!(200), "{window}: {answer}");
    }
}

async fn many_keys_are_taken(database: Database) {
    let kitchen = generous(database).await;
    let (mut authors, mut books) = (kitchen.open("authors").await, kitchen.open("books").await);
    let author = authors.create(json!({"name": "a"})).await.data(201)["id"].clone();
    let genre = kitchen.open("genres").await.create(json!({"label": "g"})).await.data(201)["id"].clone();
    let keys: Vec<i64> = (1000..80_000).collect();
    let errors = json!([{"genres": ["Invalid pk \"1000\" - object does not exist."]}]);
    books.create(json!({"title": "t", "author": author, "genres": keys})).await.refuses(400, errors);
    // Repeats are one.
    let made =
        books.create(json!({"title": "t", "author": author, "genres": vec![genre.clone(); 80_000]})).await;
    assert_eq!(made.data(201)["genres"], json!([genre]));
}
