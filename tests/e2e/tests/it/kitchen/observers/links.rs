//! Many-to-many relations: who follows them hears of every row whose relations change, by whatever changes them.

use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use kitchen::models::{Author, Book, Genre, NewAuthor, NewBook, NewGenre};
use serde_json::{Value, json};

use super::event;
use crate::kitchen::Kitchen;
use crate::kitchen::server::column;
use crate::on_both_databases;

on_both_databases!(
    a_row_that_goes_is_told_to_those_that_show_it,
    a_cascade_is_told_to_those_that_show_what_goes,
    other_links_are_told_at_both_ends,
);

/// A kitchen with an author of the first book and one of the others; the first has genres 1 and 2, the second genre 1,
/// and the second is a sequel of the first.
async fn kitchen(database: Database) -> Kitchen {
    let kitchen = Kitchen::start(database).await;
    let db = &kitchen.db;
    for name in ["Ada", "Bob"] {
        Author::objects(db).create(NewAuthor { name: name.into(), pen: None }).await.expect("an author");
    }
    for label in ["crime", "drama", "of no book"] {
        Genre::objects(db).create(NewGenre { label: label.into() }).await.expect("a genre");
    }
    for (title, author) in [("One", 1), ("Two", 2), ("Three", 2)] {
        let new = NewBook { title: title.into(), author, editor: None };
        Book::objects(db).create(new).await.expect("a book");
    }
    Book::GENRES.set(db, 1, vec![1, 2]).await.expect("genres");
    Book::GENRES.set(db, 2, vec![1]).await.expect("a genre");
    Book::SEQUELS.set(db, 1, vec![2]).await.expect("a sequel");
    // Changes are told in their order, and this answer comes when all are: who subscribes later hears of none of them.
    kitchen.open("genres").await.ask("delete", json!({"pk": 3})).await.data(204);
    kitchen
}

/// The action, the key and the keys of what is shown of a relation, of every event that has come.
async fn told(stream: &mut crate::kitchen::server::Stream, relation: &str) -> Vec<Value> {
    assert_eq!(stream.under("barrier", "no such action", json!({})).await, 405);
    let mut events = Vec::new();
    while let Some(event) = stream.client.take_early() {
        events.push(json!([event["action"], event["data"]["id"], column(&event["data"][relation], "id")]));
    }
    events
}

async fn a_row_that_goes_is_told_to_those_that_show_it(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut depths, mut details) = (kitchen.open("book_depths").await, kitchen.open("book_details").await);
    let mut genres = kitchen.open("genres").await;
    assert_eq!(depths.under("s", "subscribe_to_series", json!({})).await, 201);
    // Who does not follow relations hears of the book alone, as with DCRF.
    assert_eq!(depths.under("e", "subscribe_to_editions", json!({})).await, 201);
    assert_eq!(details.under("d", "subscribe_instance", json!({"pk": 1})).await, 201);
    genres.ask("delete", json!({"pk": 2})).await.data(204);
    assert_eq!(told(&mut details, "genres").await, [json!(["update", 1, [1]])]);
    assert_eq!(told(&mut depths, "sequels").await, [json!(["update", 1, [2]])]);
    // Of one that two books show, two updates.
    genres.ask("delete", json!({"pk": 1})).await.data(204);
    assert_eq!(told(&mut details, "genres").await, [json!(["update", 1, []])]);
    let both = [json!(["update", 1, [2]]), json!(["update", 2, []])];
    assert_eq!(told(&mut depths, "sequels").await, both);
    // A book that is shown by another, in depth.
    Book::objects(&kitchen.db).delete(2).await.expect("it is there");
    let gone = [json!(["update", 1, []]), json!(["delete", 2, []]), json!(["delete", 2, []])];
    assert_eq!(told(&mut depths, "sequels").await, gone);
}

async fn a_cascade_is_told_to_those_that_show_what_goes(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut depths, mut genres) = (kitchen.open("book_depths").await, kitchen.open("genres").await);
    assert_eq!(depths.under("s", "subscribe_to_series", json!({})).await, 201);
    assert_eq!(genres.under("g", "subscribe_to_shelving", json!({})).await, 201);
    // With the author go books 2 and 3; a book that goes is not changed before.
    kitchen.open("authors").await.ask("delete", json!({"pk": 2})).await.data(204);
    let gone = [json!(["update", 1, []]), json!(["delete", 3, []]), json!(["delete", 2, []])];
    assert_eq!(told(&mut depths, "sequels").await, gone);
    let crime = |id| event("update", 200, json!({"id": 1, "label": "crime"}), id);
    genres.heard(vec![crime("g")]).await;
}

async fn other_links_are_told_at_both_ends(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut details, mut genres) = (kitchen.open("book_details").await, kitchen.open("genres").await);
    assert_eq!(details.under("d", "subscribe_instance", json!({"pk": 1})).await, 201);
    assert_eq!(genres.under("g", "subscribe_to_shelving", json!({})).await, 201);
    kitchen.open("books").await.ask("patch", json!({"pk": 1, "data": {"genres": [2]}})).await.data(200);
    assert_eq!(told(&mut details, "genres").await, [json!(["update", 1, [2]])]);
    genres.heard(vec![event("update", 200, json!({"id": 1, "label": "crime"}), "g")]).await;
}
