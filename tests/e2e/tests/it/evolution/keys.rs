//! The key of a table that nobody refers to becomes another one; one that others refer to, of another type.

use std::collections::BTreeMap;

use dcrf::diag::Code;
use dcrf_e2e::Database;
use dcrf_runtime::Db;

use super::introspection::applied;
use super::{evolved, generate, leak, migrations, run};
use crate::on_both_databases;

on_both_databases!(
    another_column_becomes_the_key,
    a_key_with_children_becomes_a_text,
    a_required_reference_is_filled
);

fn of(models: &str) -> &'static str {
    leak(format!(r#"{{"name": "shop", "models": {{{models}}}}}"#))
}

async fn another_column_becomes_the_key(database: Database) {
    let numbered =
        of(r#""Item": {"type": "object", "properties": {"slug": {"type": "string", "x-unique": true},
        "size": {"type": "integer"}}, "required": ["slug", "size"]}"#);
    let named =
        of(r#""Item": {"type": "object", "properties": {"slug": {"type": "string", "x-primary-key": true},
        "size": {"type": "integer"}, "id": {"x-drop": true}}, "required": ["slug", "size"]}"#);
    let again = of(
        r#""Item": {"type": "object", "properties": {"slug": {"type": "string"}, "size": {"type": "integer"}},
        "required": ["slug", "size"]}"#,
    );
    let mut files = generate(numbered, &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("the first migration applies");
    run(&db, &["INSERT INTO item (slug, size) VALUES ('a', 1), ('b', 2)"]).await;
    db.close().await;
    for definition in [named, again] {
        files = generate(definition, &files);
        applied(&database, definition, &files).await;
        let rows = "SELECT string_agg(slug || CAST(size AS TEXT), ' ' ORDER BY slug) FROM item";
        assert_eq!(database.text(rows).await, "a1 b2");
    }
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("nothing is left to do");
    run(&db, &["INSERT INTO item (slug, size) VALUES ('c', 3)"]).await;
    assert_eq!(database.text("SELECT CAST(id AS TEXT) FROM item WHERE slug = 'c'").await, "3");
    db.close().await;
}

fn book(key: &str, reference: &str) -> &'static str {
    of(&format!(
        r#""Book": {{"type": "object", "properties": {{{key}"title": {{"type": "string"}},
        "sequel": {{"x-foreign-key": "Book", "x-on-delete": "set-null", "type": ["{reference}", "null"]}},
        "genres": {{"x-many-to-many": "Genre"}}}}, "required": ["title"]}},
        "Genre": {{"type": "object", "properties": {{"name": {{"type": "string"}}}}, "required": ["name"]}},
        "Page": {{"type": "object", "properties": {{"book": {{"x-foreign-key": "Book"}}}}, "required": ["book"]}}"#
    ))
}

async fn a_key_with_children_becomes_a_text(database: Database) {
    let numbered = book("", "integer");
    let text = book(r#""id": {"type": "string", "x-primary-key": true}, "#, "string");
    let uuid = book(r#""id": {"type": "string", "format": "uuid", "x-primary-key": true}, "#, "string");
    let files = generate(numbered, &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("the first migration applies");
    run(
        &db,
        &[
            "INSERT INTO book (title) VALUES ('One')",
            "INSERT INTO book (title, sequel_id) VALUES ('Two', 1)",
            "INSERT INTO genre (name) VALUES ('Tale')",
            "INSERT INTO book_genres (book_id, genre_id) VALUES (2, 1)",
            "INSERT INTO page (book_id) VALUES (2)",
        ],
    )
    .await;
    db.close().await;
    let codes = |refused: Vec<(Code, String)>| refused.into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    let refused = evolved(uuid, &files, &[]).expect_err("no integer is a uuid");
    assert_eq!(codes(refused), [Code::ChangedKey], "and what refers to it is not told of");
    let files = generate(text, &files);
    applied(&database, text, &files).await;
    let rows = "SELECT b.id || b.sequel_id || p.book_id || g.book_id || CAST(g.genre_id AS TEXT) FROM book b, page p, \
                book_genres g WHERE b.title = 'Two'";
    assert_eq!(database.text(rows).await, "21221");
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("nothing is left to do");
    let refused = db.execute("INSERT INTO page (book_id) VALUES ('7')", Vec::new()).await;
    assert!(refused.is_err(), "the foreign key is there");
    db.close().await;
}

async fn a_required_reference_is_filled(database: Database) {
    let models = |page: &str| {
        of(&format!(
            r#""Book": {{"type": "object", "properties": {{"title": {{"type": "string"}}}}, "required": ["title"]}},
            "Page": {{"type": "object", "properties": {{{page}}}}}"#
        ))
    };
    let files = generate(models(r#""number": {"type": "integer", "default": 1}"#), &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("the first migration applies");
    run(
        &db,
        &["INSERT INTO book (title) VALUES ('One'), ('Two')", "INSERT INTO page (number) VALUES (1), (2)"],
    )
    .await;
    db.close().await;
    let page = r#""number": {"type": "integer", "default": 1},
        "book": {"x-foreign-key": "Book", "x-backfill": {"sql": "number"}}"#;
    let definition = leak(models(page).replacen(
        r#"{"type": "object", "properties": {"number""#,
        r#"{"type": "object", "required": ["book"], "properties": {"number""#,
        1,
    ));
    let files = generate(definition, &files);
    applied(&database, definition, &files).await;
    let rows = "SELECT string_agg(CAST(book_id AS TEXT), ' ' ORDER BY id) FROM page";
    assert_eq!(database.text(rows).await, "1 2");
}
