//! What is refused, in the words of Django REST Framework: everything at once, by field.

use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use kitchen::models::{Account, AccountChanges, NewAccount};
use serde_json::{Value, json};

use super::Kitchen;
use super::forms::specimen;
use crate::on_both_databases;

on_both_databases!(
    every_field_says_what_is_wrong_with_it,
    everything_is_said_at_once,
    what_is_required_is_required,
    nested_values_are_refused_where_they_are,
    unique_values_are_refused,
    the_application_checks_and_changes,
    messages_of_the_definition_replace_drfs,
    what_is_wrong_with_a_field_is_told_in_drfs_order,
    a_value_that_breaks_rules_may_be_taken_too,
    access_is_as_the_serializer_says,
    refused_writes_store_nothing,
);

async fn every_field_says_what_is_wrong_with_it(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let wrong_datetime = "Datetime has wrong format. Use one of these formats instead: \
                          YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].";
    for (name, sent, message) in [
        ("flag", json!("maybe"), "Must be a valid boolean."),
        ("flag", json!(null), "This field may not be null."),
        ("count", json!("four"), "A valid integer is required."),
        ("count", json!(true), "A valid integer is required."),
        ("count", json!(-2), "Ensure this value is greater than or equal to 0."),
        ("count", json!(12), "Ensure this value is less than or equal to 10."),
        (
            "large",
            json!(9_223_372_036_854_775_808_u64),
            "Ensure this value is less than or equal to 9223372036854775807.",
        ),
        ("ratio", json!("nan"), "A valid number is required."),
        ("title", json!([]), "Not a valid string."),
        ("title", json!(""), "This field may not be blank."),
        ("title", json!("x"), "Ensure this field has at least 2 characters."),
        ("title", json!("xxxxxxxxxxxxxxxxxxxxx"), "Ensure this field has no more than 20 characters."),
        ("title", json!("hey!"), "Enter a valid value."),
        ("title", json!("a\u{0}b"), "Null characters are not allowed."),
        ("mail", json!("a@b"), "Enter a valid email address."),
        ("site", json!("example"), "Enter a valid URL."),
        (
            "slug",
            json!("a b"),
            "Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.",
        ),
        ("uid", json!("abc"), "Must be a valid UUID."),
        ("v4", json!("10.0.0.256"), "Enter a valid IPv4 address."),
        ("day", json!("2023-02-29"), "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."),
        ("moment", json!("today"), wrong_datetime),
        (
            "clock",
            json!("25:00"),
            "Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]].",
        ),
        (
            "span",
            json!("long"),
            "Duration has wrong format. Use one of these formats instead: [DD] [HH:[MM:]]ss[.uuuuuu].",
        ),
        ("price", json!("abc"), "A valid number is required."),
        ("price", json!("1.234"), "Ensure that there are no more than 2 decimal places."),
        ("price", json!("12345.6"), "Ensure that there are no more than 4 digits before the decimal point."),
        ("state", json!("closed"), "\"closed\" is not a valid choice."),
        ("grade", json!(4), "\"4\" is not a valid choice."),
        ("grade", json!(true), "\"True\" is not a valid choice."),
        ("colour", json!([]), "\"[]\" is not a valid choice."),
        ("tags", json!("a"), "Expected a list of items but got type \"str\"."),
        ("prices", json!([]), "Expected a dictionary of items but got type \"list\"."),
        ("extra", json!([]), "Expected a dictionary of items but got type \"list\"."),
    ] {
        let answer = stream.create(specimen("wrong", json!({name: sent}))).await;
        answer.refuses(400, json!([{name: [message]}]));
    }
    stream.ask("list", json!({})).await.is(200, json!([]));
}

async fn everything_is_said_at_once(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let wrong = json!({"count": 13, "title": "!", "grade": 7, "uid": "x", "address": {"number": 0}, "tags": ["a", "a"]});
    let answer = stream.create(specimen("many", wrong)).await;
    let errors = json!([{
        "count": ["Ensure this value is a multiple of step size 2.", "Ensure this value is less than or equal to 10."],
        "title": ["Enter a valid value.", "Ensure this field has at least 2 characters."],
        "uid": ["Must be a valid UUID."],
        "grade": ["\"7\" is not a valid choice."],
        "address": {"street": ["This field is required."], "number": ["Ensure this value is greater than or equal to 1."]},
        "tags": ["Ensure this field has no repeated elements."]
    }]);
    answer.refuses(400, errors);
}

async fn what_is_required_is_required(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let required = [
        "count", "title", "mail", "site", "slug", "uid", "v4", "v6", "moment", "clock", "span", "fortune",
        "data", "grade", "colour", "address",
    ];
    let errors: serde_json::Map<String, Value> =
        required.iter().map(|name| ((*name).to_owned(), json!(["This field is required."]))).collect();
    stream.create(json!({})).await.refuses(400, json!([errors]));
    let pk = stream.create(specimen("there", json!({}))).await.data(201)["id"].clone();
    stream.ask("update", json!({"pk": pk, "data": {}})).await.refuses(400, json!([errors]));
    let none = json!([{"non_field_errors": ["No data provided"]}]);
    stream.ask("create", json!({})).await.refuses(400, none.clone());
    stream.create(json!(null)).await.refuses(400, none);
    let list = json!([{"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}]);
    stream.create(json!([])).await.refuses(400, list);
    stream.ask("update", json!({"pk": 4711, "data": {}})).await.refuses(404, json!(["Not found"]));
}

async fn nested_values_are_refused_where_they_are(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let tenants = |tenants: Value| json!({"street": "S", "tenants": tenants});
    let no_object = "Invalid data. Expected a dictionary, but got int.";
    for (name, sent, errors) in [
        ("address", json!(null), json!(["This field may not be null."])),
        ("address", json!(5), json!({"non_field_errors": [no_object]})),
        ("address", json!({}), json!({"street": ["This field is required."]})),
        (
            "address",
            tenants(json!([{"name": "good"}, {}, {"name": null}])),
            json!({"tenants": {
                "1": {"name": ["This field is required."]},
                "2": {"name": ["This field may not be null."]}
            }}),
        ),
        ("address", tenants(json!([5])), json!({"tenants": {"0": {"non_field_errors": [no_object]}}})),
        (
            "tags",
            json!(["ok", 5, "much too long"]),
            json!({"1": ["Not a valid string."], "2": ["Ensure this field has no more than 10 characters."]}),
        ),
        ("tags", json!(["a", "b", "c", "d"]), json!(["Ensure this field has no more than 3 elements."])),
        (
            "prices",
            json!({"good": 1, "bad": -1, "worse": "x"}),
            json!({"bad": ["Ensure this value is greater than or equal to 0."], "worse": ["A valid number is required."]}),
        ),
    ] {
        let answer = stream.create(specimen("nested", json!({name: sent}))).await;
        answer.refuses(400, json!([{name: errors}]));
    }
    let unknown = specimen("nested", json!({"address": {"street": "S", "planet": "Mars"}}));
    let answer = stream.create(unknown).await;
    let errors = format!("{answer:?}");
    assert!(errors.contains("planet"), "an unknown key of a closed object is named: {errors}");
}

async fn unique_values_are_refused(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let pk = stream.create(specimen("one", json!({}))).await.data(201)["id"].clone();
    let other = stream.create(specimen("two", json!({}))).await.data(201)["id"].clone();
    let taken = json!([{"slug": ["specimen with this slug already exists."]}]);
    stream.create(specimen("one", json!({}))).await.refuses(400, taken.clone());
    let data = json!({"slug": "one"});
    stream.ask("patch", json!({"pk": other, "data": data})).await.refuses(400, taken);
    assert_eq!(
        stream.ask("patch", json!({"pk": pk, "data": data})).await.data(200)["slug"],
        "one",
        "its own"
    );
    // With another field that is wrong, both are said.
    let answer = stream.create(specimen("one", json!({"count": 12}))).await;
    let errors = json!([{
        "count": ["Ensure this value is less than or equal to 10."],
        "slug": ["specimen with this slug already exists."]
    }]);
    answer.refuses(400, errors);
}

async fn the_application_checks_and_changes(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("accounts").await;
    let account = |name: &str, bio: &str| json!({"name": name, "bio": bio, "secret": "s"});
    let row = stream.create(account("ALICE", "who")).await.data(201);
    assert_eq!(row, json!({"id": row["id"], "name": "alice", "bio": "nobody yet", "age": null, "score": 7}));
    let pk = row["id"].clone();
    let row = stream.ask("patch", json!({"pk": pk, "data": {"bio": "who"}})).await.data(200);
    assert_eq!(row["bio"], "was alice", "`validate` is given the row");
    stream.create(account("root", "b")).await.refuses(400, json!([{"name": ["Nobody is called that."]}]));
    stream
        .create(account("banned", "b"))
        .await
        .refuses(403, json!(["You do not have permission to perform this action."]));
    for (bio, errors) in [
        ("text", json!({"non_field_errors": ["A text."]})),
        ("list", json!({"non_field_errors": ["A list."]})),
        ("object", json!({"secret": ["An object."]})),
    ] {
        stream.create(account("somebody", bio)).await.refuses(400, json!([errors]));
    }
    // `validate` is for payloads whose fields are all good.
    let answer = stream.create(json!({"name": "root", "bio": "text"})).await;
    answer.refuses(400, json!([{"name": ["Nobody is called that."], "secret": ["This field is required."]}]));
    // A name that is taken only after `validate_name` has changed it.
    stream.create(account("Alice", "b")).await.refuses(400, json!([{"name": ["Somebody else is that."]}]));
}

async fn messages_of_the_definition_replace_drfs(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("accounts").await;
    stream.create(json!({"bio": "b", "secret": "s"})).await.refuses(400, json!([{"name": ["Who are you?"]}]));
    let data = json!({"name": "ab", "bio": "b", "secret": "s"});
    stream.create(data).await.refuses(400, json!([{"name": ["Too short: 3 at least."]}]));
    let data = json!({"name": "abc", "bio": "b", "secret": "s"});
    stream.create(data.clone()).await.data(201);
    stream.create(data).await.refuses(400, json!([{"name": ["Somebody else is that."]}]));
    // The rule that has no text of its own keeps DRF's.
    let data = json!({"name": "a".repeat(31), "bio": "b", "secret": "s"});
    stream
        .create(data)
        .await
        .refuses(400, json!([{"name": ["Ensure this field has no more than 30 characters."]}]));
}

async fn what_is_wrong_with_a_field_is_told_in_drfs_order(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut specimens, mut countries) = (kitchen.open("specimens").await, kitchen.open("countries").await);
    let (pattern, nul) = ("Enter a valid value.", "Null characters are not allowed.");
    for (title, messages) in [
        (json!("!"), json!([pattern, "Ensure this field has at least 2 characters."])),
        (json!("!".repeat(21)), json!([pattern, "Ensure this field has no more than 20 characters."])),
        (
            json!(format!("{}\u{0}", "!".repeat(21))),
            json!([pattern, "Ensure this field has no more than 20 characters.", nul]),
        ),
        (json!("!\u{0}"), json!([pattern, nul])),
        (json!("x".repeat(21)), json!(["Ensure this field has no more than 20 characters."])),
        (json!(true), json!(["Not a valid string."])),
        (json!(" "), json!(["This field may not be blank."])),
        (Value::Null, json!(["This field may not be null."])),
    ] {
        specimens
            .create(specimen("wrong", json!({"title": title})))
            .await
            .refuses(400, json!([{"title": messages}]));
    }
    let answer =
        specimens.create(specimen("wrong", json!({"mail": true, "site": [], "slug": {}, "v4": 5}))).await;
    let errors = json!([{
        "mail": ["Enter a valid email address."],
        "site": ["Enter a valid URL."],
        "slug": ["Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens."],
        "v4": ["Enter a valid IPv4 or IPv6 address."]
    }]);
    answer.refuses(400, errors);
    // Beside a pattern `invalid` is the pattern's text: what is no text at all is another matter.
    let (capitals, long) = ("Capital letters, please.", "Ensure this field has no more than 2 characters.");
    for (code, messages) in [
        (json!(true), json!(["Not a valid string."])),
        (json!([]), json!(["Not a valid string."])),
        (json!("ch"), json!([capitals])),
        (json!(41), json!([capitals])),
        (json!("abc"), json!([capitals, long])),
        (json!("ABC"), json!([long])),
        (json!(""), json!(["This field may not be blank."])),
    ] {
        countries.create(json!({"code": code, "title": "x"})).await.refuses(400, json!([{"code": messages}]));
    }
}

async fn a_value_that_breaks_rules_may_be_taken_too(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut accounts, mut countries) = (kitchen.open("accounts").await, kitchen.open("countries").await);
    // The model is laxer than the serializer.
    let short = NewAccount {
        name: "ab".into(),
        secret: "secret".into(),
        bio: None,
        age: None,
        pin: None,
        score: None,
    };
    let id = Account::objects(&kitchen.db).create(short).await.expect("the model takes it").id;
    let data = json!({"name": "ab", "bio": "b", "secret": "s"});
    let both = json!([{"name": ["Somebody else is that.", "Too short: 3 at least."]}]);
    accounts.create(data.clone()).await.refuses(400, both);
    let one = json!([{"name": ["Too short: 3 at least."]}]);
    accounts.create(json!({"name": "cd", "bio": "b", "secret": "s"})).await.refuses(400, one.clone());
    accounts.ask("patch", json!({"pk": id, "data": {"name": "ab"}})).await.refuses(400, one.clone());
    let errors = json!([{"name": ["Too short: 3 at least.", "Null characters are not allowed."]}]);
    accounts.create(json!({"name": "a\u{0}", "bio": "b", "secret": "s"})).await.refuses(400, errors);
    let raw =
        r#"{"action": "create", "request_id": 9, "data": {"name": "\ud800b", "bio": "b", "secret": "s"}}"#;
    accounts.client.send_text(raw).await;
    let answer = accounts.client.expect_reply(&json!(9)).await;
    let errors =
        json!([{"name": ["Too short: 3 at least.", "Surrogate characters are not allowed: U+D800."]}]);
    assert_eq!(answer["errors"], errors);
    countries.create(json!({"code": "CH", "title": "x"})).await.data(201);
    let taken = json!([{"code": ["country with this code already exists."]}]);
    countries.create(json!({"code": "CH", "title": "y"})).await.refuses(400, taken);
}

async fn access_is_as_the_serializer_says(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("accounts").await;
    let data =
        json!({"name": "alice", "bio": "b", "secret": "s", "pin": "1234", "age": 99, "score": 99, "id": 99});
    let row = stream.create(data).await.data(201);
    let id = row["id"].as_i64().expect("a key");
    assert_eq!(row, json!({"id": id, "name": "alice", "bio": "b", "age": null, "score": 7}));
    let stored = Account::objects(&kitchen.db).get(id).await.expect("it is stored");
    let (secret, pin) = (stored.secret.get().expect("it is read"), stored.pin.get().expect("it is read"));
    assert_eq!((secret.as_str(), pin.as_str(), stored.age), ("s", "1234", None));
    let changes = AccountChanges { age: Some(Some(40)), ..AccountChanges::default() };
    Account::objects(&kitchen.db).update(id, changes).await.expect("the application may");
    let row = stream.ask("patch", json!({"pk": id, "data": {"age": 1, "pin": "5678"}})).await.data(200);
    assert_eq!(row, json!({"id": id, "name": "alice", "bio": "b", "age": 40, "score": 7}));
    let errors = json!([{"bio": ["This field may not be blank."]}]);
    stream.ask("patch", json!({"pk": id, "data": {"bio": ""}})).await.refuses(400, errors);
    let errors = json!([{"bio": ["This field is required."]}]);
    stream.create(json!({"name": "bobby", "secret": "s"})).await.refuses(400, errors);
    stream.ask("delete", json!({"pk": id})).await.refuses(405, json!(["Method \"delete\" not allowed."]));
}

async fn refused_writes_store_nothing(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let row = stream.create(specimen("one", json!({}))).await.data(201);
    let pk = row["id"].clone();
    let data = json!({"memo": "changed", "count": 12});
    let errors = json!([{"count": ["Ensure this value is less than or equal to 10."]}]);
    stream.ask("patch", json!({"pk": pk, "data": data})).await.refuses(400, errors);
    stream.ask("retrieve", json!({"pk": pk})).await.is(200, row);
}
