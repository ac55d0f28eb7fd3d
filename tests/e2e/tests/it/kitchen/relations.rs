//! Keys of other rows: that they are there, and what their deletion does.

use dcrf_e2e::Database;
use serde_json::{Value, json};

use super::Kitchen;
use super::server::{Stream, column};
use crate::on_both_databases;

on_both_databases!(
    keys_of_every_kind_lead_to_rows,
    keys_that_lead_nowhere_are_refused,
    deletions_cascade_protect_and_set_null,
    sets_are_unique_together,
    rows_are_found_by_another_field,
    text_keys_are_given_and_checked,
    rows_are_filtered_by_the_rows_they_refer_to,
);

const NOWHERE: &str = "00000000-0000-4000-8000-000000000000";

async fn category(stream: &mut Stream, name: &str) -> Value {
    stream.create(json!({"name": name})).await.data(201)["id"].clone()
}

async fn keys_of_every_kind_lead_to_rows(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut categories, mut countries, mut items) =
        (kitchen.open("categories").await, kitchen.open("countries").await, kitchen.open("items").await);
    let birds = category(&mut categories, "birds").await;
    countries
        .create(json!({"code": "CH", "title": "Switzerland"}))
        .await
        .is(201, json!({"code": "CH", "title": "Switzerland"}));
    let first = items.create(json!({"category": birds, "country": "CH", "position": 1})).await.data(201);
    assert_eq!(
        first,
        json!({"pk": first["pk"], "category": birds, "country": "CH", "kin": null, "position": 1})
    );
    let data = json!({"category": birds, "kin": first["pk"], "position": 2});
    let second = items.create(data).await.data(201);
    assert_eq!(second["kin"], first["pk"]);
    items
        .ask("patch", json!({"pk": second["pk"], "data": {"kin": null, "country": "CH"}}))
        .await
        .is(200, json!({"pk": second["pk"], "category": birds, "country": "CH", "kin": null, "position": 2}));
}

async fn keys_that_lead_nowhere_are_refused(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut categories, mut items) = (kitchen.open("categories").await, kitchen.open("items").await);
    let birds = category(&mut categories, "birds").await;
    let answer = items.create(json!({"category": NOWHERE, "country": "XX", "kin": 99, "position": 1})).await;
    let errors = json!([{
        "category": [format!("Invalid pk \"{NOWHERE}\" - object does not exist.")],
        "country": ["Invalid pk \"XX\" - object does not exist."],
        "kin": ["Invalid pk \"99\" - object does not exist."]
    }]);
    answer.refuses(400, errors);
    let row = items.create(json!({"category": birds, "position": 1})).await.data(201);
    let errors = json!([{"kin": ["Invalid pk \"99\" - object does not exist."]}]);
    items.ask("patch", json!({"pk": row["pk"], "data": {"kin": 99}})).await.refuses(400, errors);
    for (sent, message) in
        [(json!(null), "This field may not be null."), (json!([]), "“[]” is not a valid UUID.")]
    {
        let answer = items.create(json!({"category": sent, "position": 2})).await;
        let errors = answer;
        let text = format!("{errors:?}");
        assert!(text.contains("category"), "{text}");
        errors.refuses(400, json!([{"category": [message]}]));
    }
    let errors = json!([{"kin": ["Incorrect type. Expected pk value, received str."]}]);
    items.create(json!({"category": birds, "kin": "x", "position": 2})).await.refuses(400, errors);
    // It is refused together with what is wrong with the others.
    let errors = json!([{"kin": ["Invalid pk \"99\" - object does not exist."], "position": ["This field is required."]}]);
    items.create(json!({"category": birds, "kin": 99})).await.refuses(400, errors);
}

async fn deletions_cascade_protect_and_set_null(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut categories, mut countries, mut items) =
        (kitchen.open("categories").await, kitchen.open("countries").await, kitchen.open("items").await);
    let birds = category(&mut categories, "birds").await;
    let owls = categories.create(json!({"name": "owls", "parent": birds})).await.data(201)["id"].clone();
    countries.create(json!({"code": "CH", "title": "Switzerland"})).await.data(201);
    countries.create(json!({"code": "FR", "title": "France"})).await.data(201);
    let owl =
        items.create(json!({"category": owls, "country": "CH", "position": 1})).await.data(201)["pk"].clone();
    let bird =
        items.create(json!({"category": birds, "kin": owl, "position": 1})).await.data(201)["pk"].clone();
    let other =
        items.create(json!({"category": owls, "kin": bird, "position": 2})).await.data(201)["pk"].clone();

    let errors = json!(["Cannot delete this country: it is referred to by item.country_id."]);
    countries.ask("delete", json!({"pk": "CH"})).await.refuses(409, errors);
    countries.ask("delete", json!({"pk": "FR"})).await.is(204, json!(null));
    items.ask("delete", json!({"pk": owl})).await.is(204, json!(null));
    let row = items.ask("retrieve", json!({"pk": bird})).await.data(200);
    assert_eq!(row["kin"], json!(null), "set-null");
    countries.ask("delete", json!({"pk": "CH"})).await.is(204, json!(null));

    categories.ask("delete", json!({"which": "birds"})).await.is(204, json!(null));
    let rows = items.ask("list", json!({})).await.data(200);
    assert_eq!(column(&rows, "pk"), [other], "a cascade takes the birds and leaves the owls");
    assert_eq!(column(&rows, "kin"), [json!(null)], "what a cascade takes is set to null as well");
    categories.ask("list", json!({})).await.is(200, json!([{"id": owls, "name": "owls", "parent": null}]));
    categories.ask("delete", json!({"which": "birds"})).await.refuses(404, json!(["Not found"]));
}

async fn sets_are_unique_together(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut categories, mut items) = (kitchen.open("categories").await, kitchen.open("items").await);
    let (birds, owls) = (category(&mut categories, "birds").await, category(&mut categories, "owls").await);
    let first = items.create(json!({"category": birds, "position": 1})).await.data(201)["pk"].clone();
    let taken = json!([{"non_field_errors": ["The fields category, position must make a unique set."]}]);
    items.create(json!({"category": birds, "position": 1})).await.refuses(400, taken.clone());
    let second = items.create(json!({"category": owls, "position": 1})).await.data(201)["pk"].clone();
    items.ask("patch", json!({"pk": second, "data": {"category": birds}})).await.refuses(400, taken.clone());
    items.ask("patch", json!({"pk": first, "data": {"position": 1}})).await.data(200);
    let data = json!({"category": birds, "position": 1});
    items.ask("update", json!({"pk": second, "data": data})).await.refuses(400, taken);
    // Not looked at while a field is wrong.
    let errors = json!([{"kin": ["Invalid pk \"99\" - object does not exist."]}]);
    items.create(json!({"category": birds, "position": 1, "kin": 99})).await.refuses(400, errors);
}

async fn rows_are_found_by_another_field(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut categories = kitchen.open("categories").await;
    let birds = category(&mut categories, "birds").await;
    let row = json!({"id": birds, "name": "birds", "parent": null});
    categories.ask("retrieve", json!({"which": "birds"})).await.is(200, row);
    categories.ask("retrieve", json!({"which": "Birds"})).await.refuses(404, json!(["Not found"]));
    categories
        .ask("retrieve", json!({"pk": birds}))
        .await
        .refuses(400, json!([{"which": ["This field is required."]}]));
    for which in [json!(null), json!([]), json!({}), json!("")] {
        categories.ask("retrieve", json!({"which": which})).await.refuses(404, json!(["Not found"]));
    }
    let renamed = json!({"id": birds, "name": "owls", "parent": null});
    categories
        .ask("patch", json!({"which": "birds", "data": {"name": "owls"}}))
        .await
        .is(200, renamed.clone());
    categories.ask("update", json!({"which": "owls", "data": {"name": "owls"}})).await.is(200, renamed);
    categories.ask("patch", json!({"which": "birds", "data": {}})).await.refuses(404, json!(["Not found"]));
}

async fn text_keys_are_given_and_checked(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut countries = kitchen.open("countries").await;
    countries.create(json!({"code": "CH", "title": "Switzerland"})).await.data(201);
    let errors = json!([{"code": ["country with this code already exists."]}]);
    countries.create(json!({"code": "CH", "title": "Again"})).await.refuses(400, errors);
    let errors = json!([{"code": ["Capital letters, please."]}]);
    countries.create(json!({"code": "ch", "title": "x"})).await.refuses(400, errors);
    countries
        .create(json!({"title": "x"}))
        .await
        .refuses(400, json!([{"code": ["This field is required."]}]));
    countries
        .ask("retrieve", json!({"pk": "CH"}))
        .await
        .is(200, json!({"code": "CH", "title": "Switzerland"}));
    countries.ask("retrieve", json!({"pk": "XX"})).await.refuses(404, json!(["Not found"]));
    let row = json!({"code": "CH", "title": "Schweiz"});
    countries.ask("patch", json!({"pk": "CH", "data": {"title": "Schweiz"}})).await.is(200, row.clone());
    countries.ask("list", json!({"filter": {"title": "Schweiz"}})).await.is(200, json!([row]));
    let long = json!([{"title": ["Ensure this field has no more than 60 characters."]}]);
    countries.create(json!({"code": "XX", "title": "x".repeat(61)})).await.refuses(400, long);
}

async fn rows_are_filtered_by_the_rows_they_refer_to(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut categories, mut countries, mut items) =
        (kitchen.open("categories").await, kitchen.open("countries").await, kitchen.open("items").await);
    let (birds, owls) = (category(&mut categories, "birds").await, category(&mut categories, "owls").await);
    countries.create(json!({"code": "CH", "title": "Switzerland"})).await.data(201);
    let first =
        items.create(json!({"category": birds, "country": "CH", "position": 1})).await.data(201)["pk"]
            .clone();
    let second =
        items.create(json!({"category": owls, "kin": first, "position": 1})).await.data(201)["pk"].clone();
    for (filter, expected) in [
        (json!({"category": birds}), vec![first.clone()]),
        (json!({"category__in": [birds, owls]}), vec![first.clone(), second.clone()]),
        (json!({"category": NOWHERE}), vec![]),
        (json!({"country": "CH"}), vec![first.clone()]),
        (json!({"country__isnull": true}), vec![second.clone()]),
        (json!({"country": null, "kin": first}), vec![second.clone()]),
        (json!({"kin__isnull": false}), vec![second.clone()]),
    ] {
        let rows = items.ask("list", json!({"filter": filter})).await.data(200);
        assert_eq!(column(&rows, "pk"), expected, "{filter}");
    }
}
