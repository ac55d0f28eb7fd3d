//! Every kind of column, there and back: the same JSON on both databases.

use dcrf_e2e::Database;
use serde_json::{Value, json};

use super::Kitchen;
use super::forms::specimen;
use super::server::Stream;
use crate::on_both_databases;

on_both_databases!(
    every_kind_comes_back_as_it_was_sent,
    what_is_not_sent_has_its_default,
    digits_and_fractions_are_kept,
    values_come_back_in_their_canonical_form,
    null_absent_and_empty_are_told_apart,
    json_columns_are_kept,
    update_replaces_what_is_required_and_keeps_the_rest,
    server_times_are_the_servers,
);

/// A row but for what the server makes up: its key and its times.
fn known(mut row: Value) -> Value {
    let fields = row.as_object_mut().expect("a row");
    for name in ["id", "made", "changed"] {
        assert!(fields.remove(name).is_some(), "{name} is missing");
    }
    row
}

/// Creates a specimen, looks at it in every way there is, and gives it.
async fn stored(stream: &mut Stream, data: Value) -> Value {
    let row = stream.create(data).await.data(201);
    let pk = row["id"].clone();
    stream.ask("retrieve", json!({"pk": pk})).await.is(200, row.clone());
    stream.ask("list", json!({"filter": {"id": pk}})).await.is(200, json!([row]));
    let patched = stream.ask("patch", json!({"pk": pk, "data": {}})).await.data(200);
    assert_eq!(known(patched), known(row.clone()), "patched with nothing");
    row
}

async fn every_kind_comes_back_as_it_was_sent(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let all = json!({
        "flag": true, "large": i64::MIN, "ratio": 1.25, "day": "1999-12-31", "price": "-1234.50",
        "state": "in-progress", "tags": ["a", "b"], "prices": {"x": 1.5, "y": 0.0}, "extra": {"a": [null, {}]},
        "free": [1, "two", null], "second_address": {"street": "Side St"}, "memo": "m", "maybe_text": "t",
        "maybe_count": -3, "maybe_flag": false, "maybe_ratio": -0.5, "maybe_moment": "1970-01-01T00:00:00Z",
        "maybe_price": "0.01"
    });
    let data = specimen("all", all);
    let row = stored(&mut stream, data.clone()).await;
    assert_eq!(known(row.clone()), data);
    // Each alone, by a patch that says the same of another row.
    let other = stored(&mut stream, specimen("other", json!({}))).await["id"].clone();
    for (name, value) in data.as_object().expect("an object").iter().filter(|(name, _)| *name != "slug") {
        let patched = stream.ask("patch", json!({"pk": other, "data": {name: value}})).await.data(200);
        assert_eq!(patched[name], *value, "{name}");
        let found = stream.ask("retrieve", json!({"pk": other})).await.data(200);
        assert_eq!(found[name], *value, "{name}");
    }
}

async fn what_is_not_sent_has_its_default(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let row = stored(&mut stream, specimen("plain", json!({}))).await;
    let defaults = json!({
        "flag": false, "large": 0, "ratio": 0.5, "day": "2024-02-29", "price": "0.00", "state": "open", "tags": [],
        "prices": {}, "extra": null, "free": {"made": ["by", "default"]}, "second_address": null, "memo": "",
        "maybe_text": null, "maybe_count": null, "maybe_flag": null, "maybe_ratio": null, "maybe_moment": null,
        "maybe_price": null
    });
    assert_eq!(known(row), specimen("plain", defaults));
}

async fn digits_and_fractions_are_kept(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let cases = [
        ("fortune", "99999999999999999999.99999999"),
        ("fortune", "-99999999999999999999.99999999"),
        ("fortune", "0.00000001"),
        ("fortune", "0.00000000"),
        ("price", "9999.99"),
        ("price", "-0.01"),
        ("moment", "2024-02-29T23:59:59.999999Z"),
        ("moment", "0001-01-01T00:00:00Z"),
        ("moment", "9999-12-31T23:59:59.999999Z"),
        ("moment", "1969-12-31T23:59:59.999999Z"),
        ("day", "0001-01-01"),
        ("day", "9999-12-31"),
        ("clock", "00:00:00"),
        ("clock", "23:59:59.999999"),
        ("span", "-1 23:59:59.999999"),
        ("span", "00:00:00"),
        ("span", "10000 00:00:00.000001"),
        ("data", ""),
        ("title", "ünï \u{1F980}"),
    ];
    let pk = stored(&mut stream, specimen("digits", json!({}))).await["id"].clone();
    for (name, value) in cases {
        let patched = stream.ask("patch", json!({"pk": pk, "data": {name: value}})).await.data(200);
        assert_eq!(patched[name], value, "{name} after a patch");
        let found = stream.ask("retrieve", json!({"pk": pk})).await.data(200);
        assert_eq!(found[name], value, "{name} as stored");
    }
    for number in [0.1, 1e300, 5e-324, 1.7976931348623157e308, 0.30000000000000004] {
        let patched = stream.ask("patch", json!({"pk": pk, "data": {"ratio": number}})).await.data(200);
        assert_eq!(patched["ratio"], number);
        assert_eq!(stream.ask("retrieve", json!({"pk": pk})).await.data(200)["ratio"], number);
    }
    for number in [i64::MAX, i64::MIN, (1 << 53) + 1] {
        let patched = stream.ask("patch", json!({"pk": pk, "data": {"large": number}})).await.data(200);
        assert_eq!(patched["large"], number);
    }
}

async fn values_come_back_in_their_canonical_form(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let pk = stored(&mut stream, specimen("forms", json!({}))).await["id"].clone();
    for (name, sent, kept) in [
        ("title", json!("  trimmed "), json!("trimmed")),
        ("title", json!(12), json!("12")),
        ("count", json!("6"), json!(6)),
        ("count", json!(" 8.0 "), json!(8)),
        ("flag", json!("yes"), json!(true)),
        ("flag", json!(0), json!(false)),
        ("ratio", json!("2"), json!(2.0)),
        ("price", json!(1e2), json!("100.00")),
        ("price", json!("+5"), json!("5.00")),
        ("fortune", json!("1.5"), json!("1.50000000")),
        ("v6", json!("2001:DB8:0:0::1"), json!("2001:db8::1")),
        ("uid", json!("{6F7C9A3E0B5D4C1E9C550D9F3A1B2C3D}"), json!("6f7c9a3e-0b5d-4c1e-9c55-0d9f3a1b2c3d")),
        ("uid", json!(1), json!("00000000-0000-0000-0000-000000000001")),
        ("day", json!("2024-W09-4"), json!("2024-02-29")),
        ("moment", json!("2024-02-29 12:30"), json!("2024-02-29T12:30:00Z")),
        ("moment", json!("2024-02-29T12:30:45,5+02:00"), json!("2024-02-29T10:30:45.500000Z")),
        ("clock", json!("1:2:3"), json!("01:02:03")),
        ("span", json!("90"), json!("00:01:30")),
        ("span", json!("-P1DT1S"), json!("-2 23:59:59")),
        ("grade", json!("3"), json!(3)),
        ("maybe_flag", json!(""), json!(null)),
        ("maybe_price", json!(""), json!(null)),
    ] {
        let patched = stream.ask("patch", json!({"pk": pk, "data": {name: sent}})).await.data(200);
        assert_eq!(patched[name], kept, "{name}: {sent}");
        let found = stream.ask("retrieve", json!({"pk": pk})).await.data(200);
        assert_eq!(found[name], kept, "{name}: {sent}");
    }
}

async fn null_absent_and_empty_are_told_apart(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let given = json!({"maybe_text": "t", "maybe_count": 0, "memo": "m", "extra": {}, "second_address": {"street": "S"}});
    let row = stored(&mut stream, specimen("three", given)).await;
    assert_eq!(row["extra"], json!({}));
    assert_eq!(row["maybe_count"], 0);
    let pk = row["id"].clone();
    let rest = stream.ask("patch", json!({"pk": pk, "data": {"maybe_text": null}})).await.data(200);
    assert_eq!(rest["maybe_text"], json!(null));
    assert_eq!((&rest["maybe_count"], &rest["memo"]), (&json!(0), &json!("m")), "absent keeps its value");
    let nulls = json!({"maybe_count": null, "extra": null, "second_address": null, "memo": ""});
    let row = stream.ask("patch", json!({"pk": pk, "data": nulls})).await.data(200);
    assert_eq!(
        (&row["maybe_count"], &row["extra"], &row["second_address"], &row["memo"]),
        (&json!(null), &json!(null), &json!(null), &json!(""))
    );
    stream.ask("retrieve", json!({"pk": pk})).await.is(200, {
        let mut same = row.clone();
        same["changed"] = row["changed"].clone();
        same
    });
    let null_list = stream.ask("list", json!({"filter": {"maybe_count": null}})).await.data(200);
    assert_eq!(null_list.as_array().map(Vec::len), Some(1));
}

async fn json_columns_are_kept(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let pk = stored(&mut stream, specimen("json", json!({}))).await["id"].clone();
    for (name, value) in [
        ("free", json!("a text")),
        ("free", json!(1.5)),
        ("free", json!(false)),
        ("free", json!([])),
        ("free", json!({"z": 1, "a": {"b": [null, "\u{e9}\n\"", 1e30]}})),
        ("extra", json!({"z": 1, "a": 2})),
        ("tags", json!(["b", "a"])),
        ("prices", json!({"b": 1.5, "a": 2.0})),
        (
            "address",
            json!({"street": "S", "tenants": [{"name": "N", "since": null}, {"name": "", "since": "2024-02-29"}]}),
        ),
        ("address", json!({"street": ""})),
        ("second_address", json!({"street": "S", "number": 1})),
    ] {
        let patched = stream.ask("patch", json!({"pk": pk, "data": {name: value}})).await.data(200);
        assert_eq!(patched[name], value, "{name}");
        let found = stream.ask("retrieve", json!({"pk": pk})).await.data(200);
        assert_eq!(found[name], value, "{name} as stored");
    }
    // Numbers keep the digits that no `f64` has.
    let text = format!(
        "{{\"action\": \"patch\", \"request_id\": \"n\", \"pk\": {pk}, \"data\": {{\"free\": [0.1000, 123456789012345678901234567890]}}}}"
    );
    stream.client.send_text(text).await;
    match stream.client.next_message().await {
        Some(message) => {
            let text = message.into_text().expect("a text");
            assert!(text.contains("123456789012345678901234567890"), "{text}");
        }
        None => panic!("the socket has ended"),
    }
}

async fn update_replaces_what_is_required_and_keeps_the_rest(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let given = json!({"maybe_text": "kept", "large": 7, "tags": ["kept"]});
    let pk = stored(&mut stream, specimen("old", given.clone())).await["id"].clone();
    let data = specimen("new", json!({"count": 10}));
    let row = stream.ask("update", json!({"pk": pk, "data": data})).await.data(200);
    assert_eq!((&row["slug"], &row["count"]), (&json!("new"), &json!(10)));
    for name in ["maybe_text", "large", "tags"] {
        assert_eq!(row[name], given[name], "{name} was not sent");
    }
}

async fn server_times_are_the_servers(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let past = "1999-01-01T00:00:00Z";
    let row = stored(&mut stream, specimen("times", json!({"made": past, "changed": past, "id": 77}))).await;
    assert!(row["made"] != past && row["changed"] != past && row["id"] != 77, "{row}");
    assert_eq!(row["made"], row["changed"]);
    let pk = row["id"].clone();
    let later =
        stream.ask("patch", json!({"pk": pk, "data": {"memo": "m", "made": past, "changed": past}})).await;
    let later = later.data(200);
    assert_eq!(later["made"], row["made"], "x-auto-now-add is set once");
    let moment = |row: &Value| row["changed"].as_str().expect("a moment").to_owned();
    assert!(moment(&later) > moment(&row), "x-auto-now is set on every write: {later}");
}

/// SQLite keeps any text in a column of JSON; PostgreSQL refuses it where it is written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_json_is_never_sent() {
    const FAILED: &str = "A server error occurred.";
    let kitchen = Kitchen::start(Database::sqlite()).await;
    let mut stream = kitchen.open("specimens").await;
    for slug in ["first", "second"] {
        stream.create(specimen(slug, json!({}))).await.data(201);
    }
    let mut listening = kitchen.open("specimens").await;
    let subscribed = listening.under("s", "subscribe_to_findings", json!({"state": "open"})).await;
    assert_eq!(subscribed, 201);
    for text in [
        "UPDATE specimen SET free = 'NaN' WHERE id = 1",
        "UPDATE specimen SET free = '{\"a\": ' WHERE id = 1",
    ] {
        kitchen.database.transaction(&[text], true).await;
        stream.ask("retrieve", json!({"pk": 1})).await.refuses(500, json!([FAILED]));
        stream.ask("list", json!({})).await.refuses(500, json!([FAILED]));
        stream.ask("list", json!({"filter": {"slug": "second"}})).await.data(200);
        // What is written is not read again, and so it is not stored.
        let patch = json!({"pk": 1, "data": {"title": "Other"}});
        stream.ask("patch", patch).await.refuses(500, json!([FAILED]));
        let title = "SELECT title FROM specimen WHERE id = 1";
        let mut stored = kitchen.db.query(title, Vec::new()).await.expect("a row");
        let title: String = stored[0].take(0).expect("a title");
        assert_ne!(title, "Other");
    }
    // It is mended by whoever has written it, and that is the first that is heard of.
    kitchen.database.transaction(&["UPDATE specimen SET free = '[1]' WHERE id = 1"], true).await;
    let heard = listening.client.expect_frame().await;
    assert_eq!((&heard["action"], &heard["data"]["free"]), (&json!("update"), &json!([1])), "{heard}");
    stream.ask("retrieve", json!({"pk": 1})).await.is(200, heard["data"].clone());
}
