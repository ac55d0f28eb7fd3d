//! Serializers of more than columns: relations, nested rows read and written, paths, methods, depth, links.

use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use kitchen::models::{Author, Book, BookChanges, Genre, NewAuthor, NewBook, NewGenre};
use serde_json::{Value, json};

use super::Kitchen;
use super::server::column;
use crate::on_both_databases;

on_both_databases!(
    relations_are_lists_of_keys,
    bad_keys_of_relations_are_refused,
    nested_rows_are_shown,
    methods_and_paths_are_shown,
    depth_follows_relations_without_secrets,
    links_are_frames_that_can_be_sent,
    nested_lists_are_written_with_their_row,
    nested_errors_have_the_structure_of_the_payload,
    nested_foreign_keys_are_written_before_their_row,
    a_refused_nested_row_leaves_nothing_behind,
    relations_are_changed_by_the_application,
    subscribers_hear_of_relations_from_both_ends,
    a_row_that_is_given_away_meanwhile_is_not_written_with_its_relations,
);

/// Two authors, three genres, two books.
async fn fill(kitchen: &Kitchen) {
    let db = &kitchen.db;
    for name in ["Ada", "Bob"] {
        Author::objects(db)
            .create(NewAuthor { name: name.to_owned(), pen: Some("secret".to_owned()) })
            .await
            .expect("an author");
    }
    for label in ["crime", "drama", "essay"] {
        Genre::objects(db).create(NewGenre { label: label.to_owned() }).await.expect("a genre");
    }
    for (title, author) in [("One", 1), ("Other", 2)] {
        Book::objects(db)
            .create(NewBook { title: title.to_owned(), author, editor: None })
            .await
            .expect("a book");
    }
    Book::GENRES.set(db, 1, vec![3, 1]).await.expect("genres");
    Book::SEQUELS.add(db, 1, 2).await.expect("a sequel");
}

async fn relations_are_lists_of_keys(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut books = kitchen.open("books").await;
    let one =
        json!({"id": 1, "title": "One", "author": 1, "author_name": "Ada", "genres": [1, 3], "prequels": []});
    let other =
        json!({"id": 2, "title": "Other", "author": 2, "author_name": "Bob", "genres": [], "prequels": [1]});
    books.ask("list", json!({})).await.is(200, json!([one, other]));
    let data = json!({"title": "New", "author": "2", "genres": [2, "1", 2, 1.0], "prequels": [1], "author_name": "x"});
    let new = json!({"id": 3, "title": "New", "author": 2, "author_name": "Bob", "genres": [1, 2], "prequels": [1]});
    books.create(data).await.is(201, new);
    let patched = books.ask("patch", json!({"pk": 3, "data": {"genres": [3]}})).await.data(200);
    assert_eq!(patched["genres"], json!([3]));
    let kept = books.ask("patch", json!({"pk": 3, "data": {"title": "Newer"}})).await.data(200);
    assert_eq!(kept["genres"], json!([3]));
    let updated = books.ask("update", json!({"pk": 3, "data": {"title": "N", "author": 1}})).await.data(200);
    assert_eq!(updated["genres"], json!([3]));
    // A row that goes takes its relations along.
    kitchen.open("genres").await.ask("delete", json!({"pk": 3})).await.data(204);
    let row = books.ask("retrieve", json!({"pk": 3})).await.data(200);
    assert_eq!(row["genres"], json!([]));
}

async fn bad_keys_of_relations_are_refused(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut books = kitchen.open("books").await;
    for (genres, error) in [
        (json!([1, 99]), "Invalid pk \"99\" - object does not exist."),
        (json!(["x"]), "Incorrect type. Expected pk value, received str."),
        (json!([true]), "Incorrect type. Expected pk value, received bool."),
        (json!([[1]]), "Incorrect type. Expected pk value, received list."),
        (json!([null]), "Invalid pk \"None\" - object does not exist."),
        (json!("1"), "Expected a list of items but got type \"str\"."),
        (json!(1), "Expected a list of items but got type \"int\"."),
        (json!([]), "This list may not be empty."),
        (json!(null), "This field may not be null."),
    ] {
        let data = json!({"title": "x", "author": 1, "genres": genres});
        books.create(data).await.refuses(400, json!([{"genres": [error]}]));
    }
    let data = json!({"author": 77, "genres": [99]});
    let errors = json!([{
        "title": ["This field is required."],
        "author": ["Invalid pk \"77\" - object does not exist."],
        "genres": ["Invalid pk \"99\" - object does not exist."]
    }]);
    books.create(data).await.refuses(400, errors);
    assert_eq!(Book::objects(&kitchen.db).list().await.expect("books").len(), 2, "nothing was stored");
}

async fn nested_rows_are_shown(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut details = kitchen.open("book_details").await;
    let ada = json!({"id": 1, "name": "Ada", "books": [1], "shout": "ADA", "latest": {"id": 1, "title": "One", "length": 3}});
    let expected = json!({
        "id": 1,
        "title": "One",
        "author": ada,
        "editor": null,
        "genres": [{"id": 1, "label": "crime"}, {"id": 3, "label": "essay"}],
        "sequels": [2]
    });
    details.ask("retrieve", json!({"pk": 1})).await.is(200, expected.clone());
    let all = details.ask("list", json!({})).await.data(200);
    assert_eq!(all[0], expected);
    assert_eq!(column(&all, "genres")[1], json!([]));
    let newest = kitchen.open("books").await.ask("newest", json!({})).await.data(200);
    assert_eq!(newest["author"]["name"], "Bob");
}

async fn methods_and_paths_are_shown(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut authors = kitchen.open("authors").await;
    let nobody = authors.create(json!({"name": "Eve", "shout": "ignored", "books": [1]})).await.data(201);
    assert_eq!(
        nobody,
        json!({"id": 3, "name": "Eve", "books": [], "shout": "EVE, one of 1", "latest": null})
    );
    let all = authors.ask("list", json!({})).await.data(200);
    assert_eq!(column(&all, "shout"), ["ADA, one of 3", "BOB, one of 3", "EVE, one of 3"]);
    assert_eq!(column(&all, "latest")[1], json!({"id": 2, "title": "Other", "length": 5}));
}

async fn depth_follows_relations_without_secrets(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let all = kitchen.open("book_depths").await.ask("list", json!({})).await.data(200);
    let bob = json!({"id": 2, "name": "Bob"});
    let sequel =
        json!({"id": 2, "title": "Other", "author": bob, "editor": null, "genres": [], "sequels": []});
    assert_eq!(
        all[0],
        json!({"id": 1, "title": "One", "author": {"id": 1, "name": "Ada"}, "sequels": [sequel]})
    );
}

async fn links_are_frames_that_can_be_sent(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let all = kitchen.open("book_links").await.ask("list", json!({})).await.data(200);
    let frame =
        |stream: &str, pk: i64| json!({"stream": stream, "payload": {"action": "retrieve", "pk": pk}});
    let expected = json!({
        "title": "One",
        "author": frame("authors", 1),
        "editor": null,
        "genres": [frame("genres", 1), frame("genres", 3)],
        "same_author": {"stream": "books", "payload": {"action": "list", "filter": {"title": "x"}, "limit": 2}}
    });
    assert_eq!(all[0], expected);
    let payload = all[0]["genres"][1]["payload"].clone();
    let mut genres = kitchen.open("genres").await;
    let answer = genres.client.request(&payload).await;
    assert_eq!(answer["data"], json!({"id": 3, "label": "essay"}));
}

fn purchase(items: Value) -> Value {
    json!({"reference": "O-1", "address": {"street": " Main ", "city": "Ur"}, "items": items})
}

async fn nested_lists_are_written_with_their_row(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut purchases = kitchen.open("purchases").await;
    let made = purchases.create(purchase(json!([{"sku": "a", "qty": 1}, {"sku": "b", "qty": "2"}]))).await;
    let shown = json!({
        "id": 1,
        "reference": "O-1",
        "address": {"street": "Main", "city": "Ur"},
        "items": [{"sku": "A", "qty": 1}, {"sku": "B", "qty": 2}]
    });
    made.is(201, shown);
    let patched =
        purchases.ask("patch", json!({"pk": 1, "data": {"address": {"city": "Uruk"}}})).await.data(200);
    assert_eq!(patched["address"], json!({"street": "Main", "city": "Uruk"}));
    assert_eq!(patched["items"], json!([{"sku": "A", "qty": 1}, {"sku": "B", "qty": 2}]));
    let patched =
        purchases.ask("patch", json!({"pk": 1, "data": {"items": [{"sku": "c", "qty": 3}]}})).await.data(200);
    assert_eq!(patched["items"], json!([{"sku": "C", "qty": 3}]));
    let data = json!({"reference": "O-2", "address": {"street": "S", "city": "C"}, "items": [{"sku": "d", "qty": 1}]});
    let updated = purchases.ask("update", json!({"pk": 1, "data": data})).await.data(200);
    assert_eq!(updated["items"], json!([{"sku": "D", "qty": 1}]));
    purchases.ask("delete", json!({"pk": 1})).await.data(204);
}

async fn nested_errors_have_the_structure_of_the_payload(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut purchases = kitchen.open("purchases").await;
    let required = "This field is required.";
    for (items, errors) in [
        (
            json!([{"sku": "a", "qty": 1}, {"sku": "too long a", "qty": 0}]),
            json!({"1": {
                "sku": ["Ensure this field has no more than 6 characters."],
                "qty": ["Ensure this value is greater than or equal to 1."]
            }}),
        ),
        (
            json!([{"sku": "none", "qty": 1}, {}]),
            json!({
                "0": {"sku": ["There is none."]},
                "1": {"sku": [required], "qty": [required]}
            }),
        ),
        (json!([]), json!({"non_field_errors": ["This list may not be empty."]})),
        (json!("x"), json!({"non_field_errors": ["Expected a list of items but got type \"str\"."]})),
        (
            json!([1, null]),
            json!({
                "0": {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]},
                "1": ["This field may not be null."]
            }),
        ),
        (
            json!([{}, {}, {}, {}]),
            json!({"non_field_errors": ["Ensure this field has no more than 3 elements."]}),
        ),
        (json!(null), json!(["This field may not be null."])),
    ] {
        purchases.create(purchase(items)).await.refuses(400, json!([{"items": errors}]));
    }
    let data = json!({"reference": "bad", "address": "x"});
    let errors = json!([{
        "reference": ["A reference starts with O-."],
        "address": {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]},
        "items": [required]
    }]);
    purchases.create(data).await.refuses(400, errors);
    let data = json!({"reference": "O-1", "address": {"street": ""}, "items": [{"sku": "a", "qty": 1}]});
    let errors = json!([{"address": {"street": ["This field may not be blank."], "city": [required]}}]);
    purchases.create(data).await.refuses(400, errors);
    let many = purchase(json!([{"sku": "a", "qty": 101}]));
    purchases
        .create(many)
        .await
        .refuses(400, json!([{"non_field_errors": ["An order holds at most 100 pieces."]}]));
}

async fn nested_foreign_keys_are_written_before_their_row(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut books = kitchen.open("books_with_authors").await;
    let made = books.create(json!({"title": "T", "author": {"name": "Cyd", "pen": "p"}})).await;
    let shown = json!({"id": 3, "title": "T", "author": {"id": 3, "name": "Cyd"}, "editor": null});
    let mut made = made.data(201);
    // `pen` is write-only in the model, and so in the serializer.
    assert_eq!(made.take(), shown);
    let patched = books
        .ask("patch", json!({"pk": 3, "data": {"author": {"name": "Cid"}, "editor": {"name": "Dee"}}}))
        .await;
    let shown = json!({"id": 3, "title": "T", "author": {"id": 3, "name": "Cid"}, "editor": {"id": 4, "name": "Dee"}});
    patched.is(200, shown);
    let patched = books.ask("patch", json!({"pk": 3, "data": {"editor": null}})).await.data(200);
    assert_eq!(patched["editor"], Value::Null);
    let refused = books.ask("patch", json!({"pk": 3, "data": {"author": null, "editor": {}}})).await;
    refused.refuses(400, json!([{"author": ["This field may not be null."]}]));
    let refused = books.ask("patch", json!({"pk": 3, "data": {"editor": {}}})).await;
    refused.refuses(400, json!([{"editor": {"name": ["This field is required."]}}]));
}

async fn a_refused_nested_row_leaves_nothing_behind(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut purchases = kitchen.open("purchases").await;
    purchases.create(purchase(json!([{"sku": "a", "qty": 1}]))).await.data(201);
    let again = purchases.create(purchase(json!([{"sku": "b", "qty": 1}]))).await;
    again.refuses(400, json!([{"reference": ["purchase with this reference already exists."]}]));
    let all = purchases.ask("list", json!({})).await.data(200);
    assert_eq!(column(&all, "items"), [json!([{"sku": "A", "qty": 1}])]);
}

async fn relations_are_changed_by_the_application(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let db = &kitchen.db;
    assert_eq!(Book::GENRES.keys(db, 1).await.expect("keys"), [1, 3]);
    Book::GENRES.add(db, 1, 1).await.expect("what is there already stays");
    Book::GENRES.add(db, 1, 2).await.expect("another");
    Book::GENRES.remove(db, 1, 3).await.expect("one less");
    Book::GENRES.remove(db, 1, 3).await.expect("none less");
    let labels: Vec<String> =
        Book::GENRES.list(db, 1).await.expect("rows").into_iter().map(|genre| genre.label).collect();
    assert_eq!(labels, ["crime", "drama"]);
    assert_eq!(Genre::BOOKS.keys(db, 2).await.expect("the way back"), [1]);
    assert_eq!(Book::PREQUELS.keys(db, 2).await.expect("of itself"), [1]);
    let nowhere = Book::GENRES.add(db, 1, 99).await;
    assert!(matches!(nowhere, Err(dcrf_runtime::Error::Validation(_))), "{nowhere:?}");
}

async fn subscribers_hear_of_relations_from_both_ends(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut details = kitchen.open("book_details").await;
    details.ask("subscribe_instance", json!({"pk": 1})).await.data(201);
    Book::GENRES.add(&kitchen.db, 1, 2).await.expect("a genre more");
    let event = details.client.expect_event(|_| true).await;
    assert_eq!((&event["action"], &event["response_status"]), (&json!("update"), &json!(200)));
    assert_eq!(column(&event["data"]["genres"], "label"), ["crime", "drama", "essay"]);
    assert_eq!(event["data"]["author"]["shout"], "ADA");
    Genre::BOOKS.remove(&kitchen.db, 1, 1).await.expect("a genre less");
    let event = details.client.expect_event(|_| true).await;
    assert_eq!(column(&event["data"]["genres"], "label"), ["drama", "essay"]);
}

/// Another transaction has given the row away when the write comes: the write waits for its end, and finds nothing.
async fn a_row_that_is_given_away_meanwhile_is_not_written_with_its_relations(database: Database) {
    let is_postgres = database.url().starts_with("postgres");
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut ada = kitchen.open_as("own_books", "Ada").await;
    ada.ask("patch", json!({"pk": 1, "data": {"genres": [1, 2]}})).await.data(200);
    for data in [json!({"genres": [3]}), json!({"title": "Hers", "genres": [3]})] {
        let transaction = kitchen.db.begin().await.expect("a transaction");
        let away = BookChanges { author: Some(2), ..BookChanges::default() };
        Book::objects(transaction.db()).update(1, away).await.expect("it is there");
        let frame = json!({"action": "patch", "request_id": "race", "pk": 1, "data": data});
        ada.client.send(&frame).await;
        if is_postgres {
            tokio::select! {
                () = somebody_waits(&kitchen) => {}
                answer = ada.client.expect_frame() => panic!("it did not wait: {answer}"),
            }
        }
        transaction.commit().await.expect("a commit");
        let answer = ada.client.expect_frame().await;
        assert_eq!((&answer["request_id"], &answer["response_status"]), (&json!("race"), &json!(404)));
        assert_eq!(Book::GENRES.keys(&kitchen.db, 1).await.expect("keys"), [1, 2]);
        assert_eq!(Book::objects(&kitchen.db).get(1).await.expect("it is there").title, "One");
        let back = BookChanges { author: Some(1), ..BookChanges::default() };
        Book::objects(&kitchen.db).update(1, back).await.expect("it is there");
    }
}

/// Until a connection to the database of the test waits for a lock.
async fn somebody_waits(kitchen: &Kitchen) {
    let sql =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while kitchen.db.query(sql, Vec::new()).await.expect("an answer").is_empty() {
        tokio::task::yield_now().await;
    }
}
