//! The typed repository, outside of sockets: the same rules.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use dcrf_e2e::Database;
use dcrf_runtime::{Db, Error, Model as _, Uuid};
use kitchen::models::{
    Category, Country, CountryChanges, Item, ItemChanges, NewCategory, NewCountry, NewItem, NewNote, Note,
    NoteChanges, Specimen,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Kitchen;
use super::forms::specimen;
use crate::on_both_databases;

on_both_databases!(
    a_job_reads_and_writes,
    the_rules_are_those_of_the_socket,
    transactions_commit_and_roll_back,
    a_transaction_refuses_and_goes_on,
    a_route_of_the_application_uses_it,
    a_row_that_cannot_be_read_hides_no_other,
);

async fn open(database: &Database) -> Db {
    Db::connect(&database.url(), &kitchen::MIGRATIONS).await.expect("a database to connect to")
}

fn note(text: &str) -> NewNote {
    NewNote { text: text.to_owned(), stars: None }
}

fn item(category: Uuid, position: i64) -> NewItem {
    NewItem { category, country: None, kin: None, position }
}

async fn category(db: &Db, name: &str) -> Uuid {
    let new = NewCategory { id: None, name: name.to_owned(), parent: None };
    Category::objects(db).create(new).await.expect("a category").id
}

/// What a client would be told.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>, status: u16, errors: &Value) {
    let error = result.expect_err("it is refused");
    let mut text = Vec::new();
    error.detail().write_errors(&mut text);
    let found: Value = serde_json::from_slice(&text).expect("JSON");
    assert_eq!((error.status(), &found), (status, errors), "{error}");
}

/// As where an enum has lost a value without a migration.
async fn a_row_that_cannot_be_read_hides_no_other(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    for slug in ["first", "second"] {
        stream.create(specimen(slug, json!({}))).await.data(201);
    }
    let lost = "UPDATE specimen SET state = 'lost' WHERE slug = 'first'";
    assert_eq!(kitchen.db.execute(lost, Vec::new()).await.expect("it is SQL"), 1);
    let specimens = Specimen::objects(&kitchen.db);
    let slugs = |rows: Vec<Specimen>| rows.into_iter().map(|row| row.slug).collect::<Vec<_>>();
    assert_eq!(slugs(specimens.list().await.expect("a list")), ["second"]);
    assert!(matches!(specimens.get(1).await, Err(Error::Internal(_))), "who asks for it is told");
}

async fn a_job_reads_and_writes(database: Database) {
    let db = open(&database).await;
    let notes = Note::objects(&db);
    assert_eq!(notes.list().await.expect("rows"), []);
    let first = notes.create(note("a")).await.expect("a row");
    assert_eq!((first.text.as_str(), first.stars), ("a", 0));
    let second = notes.create(NewNote { stars: Some(5), ..note("b") }).await.expect("a row");
    assert_eq!(notes.list().await.expect("rows"), [first.clone(), second.clone()]);
    assert_eq!(notes.get(second.id).await.expect("the row"), second);
    let changes = NoteChanges { stars: Some(1), ..NoteChanges::default() };
    let changed = notes.update(first.id, changes).await.expect("the row");
    assert_eq!(changed, Note { stars: 1, ..first.clone() });
    assert_eq!(notes.update(first.id, NoteChanges::default()).await.expect("the row"), changed);
    notes.delete(first.id).await.expect("it was there");
    for gone in [notes.get(first.id).await.map(drop), notes.delete(first.id).await] {
        refused(gone, 404, &json!(["Not found"]));
    }
    refused(notes.update(first.id, NoteChanges::default()).await, 404, &json!(["Not found"]));
    assert_eq!(notes.list().await.expect("rows"), [second]);
    db.close().await;
}

async fn the_rules_are_those_of_the_socket(database: Database) {
    let db = open(&database).await;
    let long = json!([{"text": ["Ensure this field has no more than 20 characters."]}]);
    refused(Note::objects(&db).create(note(&"x".repeat(21))).await, 400, &long);
    let kept = Note::objects(&db).create(note("kept")).await.expect("a row");
    let changes = NoteChanges { text: Some("x".repeat(21)), ..NoteChanges::default() };
    refused(Note::objects(&db).update(kept.id, changes).await, 400, &long);

    let country = |code: &str| NewCountry { code: code.to_owned(), name: "name".to_owned() };
    let countries = Country::objects(&db);
    countries.create(country("CH")).await.expect("a row");
    refused(
        countries.create(country("CH")).await,
        400,
        &json!([{"code": ["country with this code already exists."]}]),
    );
    refused(countries.create(country("x!")).await, 400, &json!([{"code": ["Enter a valid value."]}]));
    let changes = CountryChanges { name: Some("Schweiz".to_owned()) };
    assert_eq!(countries.update("CH".to_owned(), changes).await.expect("the row").name, "Schweiz");

    let birds = category(&db, "birds").await;
    let again = NewCategory { id: None, name: "birds".to_owned(), parent: None };
    let taken = json!([{"name": ["category with this name already exists."]}]);
    refused(Category::objects(&db).create(again).await, 400, &taken);
    let own = NewCategory { id: Some(Uuid::random()), name: "owls".to_owned(), parent: Some(birds) };
    let owls = Category::objects(&db).create(own.clone()).await.expect("a row");
    assert_eq!(Some(owls.id), own.id, "a uuid may be given");

    let items = Item::objects(&db);
    let missing = NewItem { country: Some("XX".to_owned()), kin: Some(99), ..item(Uuid::random(), 1) };
    let category_key = missing.category.to_string();
    refused(
        items.create(missing).await,
        400,
        &json!([{
            "category": [format!("Invalid pk \"{category_key}\" - object does not exist.")],
            "country": ["Invalid pk \"XX\" - object does not exist."],
            "kin": ["Invalid pk \"99\" - object does not exist."]
        }]),
    );
    let first =
        items.create(NewItem { country: Some("CH".to_owned()), ..item(birds, 1) }).await.expect("a row");
    let set = json!([{"non_field_errors": ["The fields category, position must make a unique set."]}]);
    refused(items.create(item(birds, 1)).await, 400, &set);
    let changes = ItemChanges { kin: Some(Some(99)), ..ItemChanges::default() };
    let nowhere = json!([{"kin": ["Invalid pk \"99\" - object does not exist."]}]);
    refused(items.update(first.id, changes).await, 400, &nowhere);
    let protected = json!(["Cannot delete this country: it is referred to by item.country_id."]);
    refused(countries.delete("CH".to_owned()).await, 409, &protected);
    Category::objects(&db).delete(birds).await.expect("it was there");
    assert_eq!(items.list().await.expect("rows"), [], "a cascade");
    assert_eq!(Category::objects(&db).get(owls.id).await.expect("the row").parent, None, "set-null");
    db.close().await;
}

async fn transactions_commit_and_roll_back(database: Database) {
    let db = open(&database).await;
    let texts = async || -> Vec<String> {
        Note::objects(&db).list().await.expect("rows").into_iter().map(|note| note.text).collect()
    };
    let transaction = db.begin().await.expect("a transaction");
    Note::objects(transaction.db()).create(note("rolled back")).await.expect("a row");
    assert_eq!(
        Note::objects(transaction.db()).list().await.expect("rows").len(),
        1,
        "it sees its own writes"
    );
    let left = transaction.db().clone();
    drop(transaction);
    assert!(Note::objects(&left).list().await.is_err(), "its handle is of no more use");
    assert_eq!(texts().await, [""; 0]);

    let transaction = db.begin().await.expect("a transaction");
    let row = Note::objects(transaction.db()).create(note("a")).await.expect("a row");
    let changes = NoteChanges { text: Some("b".to_owned()), ..NoteChanges::default() };
    Note::objects(transaction.db()).update(row.id, changes).await.expect("the row");
    Note::objects(transaction.db()).create(note("c")).await.expect("a row");
    transaction.commit().await.expect("it is stored");
    assert_eq!(texts().await, ["b", "c"]);

    let transaction = db.begin().await.expect("a transaction");
    Note::objects(transaction.db()).delete(row.id).await.expect("it was there");
    refused(transaction.db().begin().await.map(drop), 500, &json!(["A server error occurred."]));
    drop(transaction);
    assert_eq!(texts().await, ["b", "c"]);
    db.close().await;
}

async fn a_transaction_refuses_and_goes_on(database: Database) {
    let db = open(&database).await;
    let transaction = db.begin().await.expect("a transaction");
    let inside = transaction.db();
    let birds = category(inside, "birds").await;
    let again = NewCategory { id: None, name: "birds".to_owned(), parent: None };
    let taken = json!([{"name": ["category with this name already exists."]}]);
    refused(Category::objects(inside).create(again).await, 400, &taken);
    let nowhere = NewItem { kin: Some(99), ..item(birds, 1) };
    let missing = json!([{"kin": ["Invalid pk \"99\" - object does not exist."]}]);
    refused(Item::objects(inside).create(nowhere).await, 400, &missing);
    Item::objects(inside).create(item(birds, 1)).await.expect("a refusal does not end the transaction");
    transaction.commit().await.expect("it is stored");
    assert_eq!(Item::objects(&db).list().await.expect("rows").len(), 1);
    assert_eq!(Category::objects(&db).list().await.expect("rows").len(), 1);
    db.close().await;
}

async fn text_of(State(db): State<Db>, Path(id): Path<i64>) -> (StatusCode, String) {
    match Note::objects(&db).get(id).await {
        Ok(note) => (StatusCode::OK, note.text),
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.detail().to_string())
        }
    }
}

/// The whole answer to a GET.
async fn fetch(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the server is there");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the server answers");
    answer
}

async fn a_route_of_the_application_uses_it(database: Database) {
    let pages = |db: Db| Router::new().route("/notes/{id}", get(text_of)).with_state(db);
    let kitchen = Kitchen::with_pages(database, pages).await;
    let row = kitchen.open("notes").await.create(json!({"text": "over a socket"})).await.data(201);
    let answer = fetch(kitchen.address(), &format!("/notes/{}", row["id"])).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("over a socket"), "{answer}");
    let answer = fetch(kitchen.address(), "/notes/4711").await;
    assert!(answer.starts_with("HTTP/1.1 404") && answer.ends_with("\"Not found\""), "{answer}");
}
