//! Relations that name their rows by another field than the key.

use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use kitchen::models::{Author, Folder, Genre, Meeting, Memo, NewAuthor, NewGenre, NewMemo};
use serde_json::json;

use super::Kitchen;
use super::performs::Line;
use crate::on_both_databases;

on_both_databases!(
    lists_of_rows_are_named_by_a_field,
    a_row_is_named_by_a_field,
    hidden_rows_are_answered_as_those_that_are_not_there,
);

async fn kitchen_with_genres(database: Database) -> Kitchen {
    let kitchen = Kitchen::start(database).await;
    for label in ["crime", "drama", "essay"] {
        Genre::objects(&kitchen.db).create(NewGenre { label: label.to_owned() }).await.expect("a genre");
    }
    kitchen
}

async fn lists_of_rows_are_named_by_a_field(database: Database) {
    let kitchen = kitchen_with_genres(database).await;
    let author = NewAuthor { name: "Ann".to_owned(), pen: None };
    let author = Author::objects(&kitchen.db).create(author).await.expect("an author").id;
    for (id, line) in (1..).zip(&mut Line::both(&kitchen, "labels", "ann").await) {
        let book =
            json!({"title": "Ink", "author": author, "by": "Eve", "genres": ["essay", "crime", "essay"]});
        let mut shown =
            json!({"id": id, "title": "Ink", "author": author, "by": "Ann", "genres": ["crime", "essay"]});
        assert_eq!(line.create(book).await, (201, shown.clone()));
        let patched = line.ask("patch", json!({"pk": id, "data": {"genres": ["drama"]}})).await;
        shown["genres"] = json!(["drama"]);
        assert_eq!(patched, (200, shown.clone()));
        assert_eq!(line.ask("retrieve", json!({"pk": id})).await, (200, shown));
        for (genres, error) in [
            (json!(["drama", "opera"]), "Object with label=opera does not exist."),
            (json!([null]), "Object with label=None does not exist."),
            (json!([["drama"]]), "Invalid value."),
            (json!("drama"), "Expected a list of items but got type \"str\"."),
        ] {
            let refused = line.ask("patch", json!({"pk": id, "data": {"genres": genres}})).await;
            assert_eq!(refused, (400, json!([{"genres": [error]}])));
        }
    }
}

async fn a_row_is_named_by_a_field(database: Database) {
    let kitchen = kitchen_with_genres(database).await;
    for line in &mut Line::both(&kitchen, "meetings", "ann").await {
        let meeting = |kind| {
            json!({
                "day": "29.02.2024", "begins": "2024-02-29T09:30", "rooms": ["red"], "name": "standup", "kind": kind,
            })
        };
        let (status, shown) = line.create(meeting(json!("drama"))).await;
        assert_eq!((status, &shown["kind"]), (201, &json!("drama")));
        let id = shown["id"].as_i64().expect("a key");
        let row = Meeting::objects(&kitchen.db).get(id).await.expect("a row");
        assert_eq!(row.kind, Some(2));
        let (status, shown) = line.ask("patch", json!({"pk": id, "data": {"kind": ""}})).await;
        assert_eq!((status, &shown["kind"]), (200, &json!(null)));
        let refused = line.create(meeting(json!("opera"))).await;
        assert_eq!(refused, (400, json!([{"kind": ["Object with label=opera does not exist."]}])));
        let refused = line.create(meeting(json!({}))).await;
        assert_eq!(refused, (400, json!([{"kind": ["Invalid value."]}])));
    }
}

async fn hidden_rows_are_answered_as_those_that_are_not_there(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut keys = Vec::new();
    for owner in ["ann", "ben"] {
        let new =
            NewMemo { team: None, owner: owner.into(), text: "x".into(), sealed: Some(false), meta: None };
        keys.push(Memo::objects(&kitchen.db).create(new).await.expect("a memo").id);
    }
    let (own, hidden) = (keys[0], keys[1]);
    for line in &mut Line::both(&kitchen, "folder_slugs", "ann").await {
        for key in [hidden, 99] {
            let error = json!([format!("Object with id={key} does not exist.")]);
            for (field, value) in [("cover", json!(key)), ("extras", json!([own, key]))] {
                let refused = line.create(json!({"label": "a", field: value})).await;
                assert_eq!(refused, (400, json!([{field: error}])));
            }
        }
        let (status, shown) = line.create(json!({"label": "a", "cover": own, "extras": [own]})).await;
        assert_eq!((status, &shown["cover"], &shown["extras"]), (201, &json!(own), &json!([own])));
    }
    assert_eq!(Folder::objects(&kitchen.db).list().await.expect("folders").len(), 2);
}
