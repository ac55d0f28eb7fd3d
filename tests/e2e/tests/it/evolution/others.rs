//! What others have built upon a table stays when the table is made anew, or stops the migration.

use std::collections::BTreeMap;

use dcrf_e2e::Database;
use dcrf_runtime::Db;

use super::introspection::{applied, is_sqlite};
use super::{Files, generate, leak, migrations, run};
use crate::on_both_databases;

on_both_databases!(
    what_others_have_built_stays,
    a_column_of_others_is_not_lost,
    a_view_that_would_not_fit_stops_the_migration,
    rows_that_are_equal_stop_the_migration,
    what_the_server_fills_in_is_filled
);

fn items(properties: &str) -> &'static str {
    leak(format!(
        r#"{{"name": "shop", "models": {{"Item": {{"type": "object", "properties": {{"name": {{"type": "string"}}, {properties}}}, "required": ["name"]}}}}}}"#
    ))
}

const TWO: &str = r#""price": {"type": ["string", "null"], "format": "decimal", "x-max-digits": 10, "x-decimal-places": 2}"#;
const THREE: &str = r#""price": {"type": ["string", "null"], "format": "decimal", "x-max-digits": 11, "x-decimal-places": 3}"#;

async fn first(database: &Database, definition: &'static str, statements: &[&'static str]) -> Files {
    let files = generate(definition, &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("the first migration applies");
    run(&db, statements).await;
    db.close().await;
    files
}

async fn what_others_have_built_stays(database: Database) {
    let (price, log) = match is_sqlite(&database) {
        true => (
            "150",
            &[
                "CREATE TABLE log (name TEXT)",
                "CREATE TRIGGER noted AFTER UPDATE ON item BEGIN INSERT INTO log VALUES (OLD.name); END",
            ][..],
        ),
        false => (
            "1.50",
            &[
                "CREATE TABLE log (name TEXT)",
                "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (OLD.name); \
                 RETURN NULL; END $$",
                "CREATE TRIGGER noted AFTER DELETE ON item FOR EACH ROW EXECUTE FUNCTION note()",
            ][..],
        ),
    };
    let own = ["INSERT INTO item (name, price) VALUES ('a', ", price, "), ('b', NULL), ('c', ", price, ")"]
        .concat();
    let others = [
        leak(own),
        "DELETE FROM item WHERE name = 'c'",
        "CREATE VIEW named AS SELECT id, name FROM item WHERE name <> ''",
        "CREATE INDEX by_name ON item (name)",
        "CREATE TABLE shelf (item_id BIGINT REFERENCES item (id))",
        "INSERT INTO shelf VALUES (1)",
    ];
    let files = first(&database, items(TWO), &[&others[..], log].concat()).await;
    let files = generate(items(THREE), &files);
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("the second migration applies");
    let price = if is_sqlite(&database) { "1500" } else { "1.500" };
    let text = |sql: &'static str| database.text(sql);
    assert_eq!(text("SELECT CAST(price AS TEXT) FROM item WHERE name = 'a'").await, price);
    assert_eq!(text("SELECT CAST(count(*) AS TEXT) FROM named").await, "2");
    assert_eq!(text("SELECT CAST(count(*) AS TEXT) FROM log").await, "0", "no trigger has noted anything");
    let index = match is_sqlite(&database) {
        true => "SELECT tbl_name FROM sqlite_master WHERE name = 'by_name'",
        false => "SELECT tablename FROM pg_indexes WHERE indexname = 'by_name'",
    };
    assert_eq!(text(index).await, "item");
    run(&db, &["INSERT INTO item (name) VALUES ('d')", "UPDATE item SET name = 'e' WHERE name = 'd'"]).await;
    assert_eq!(text("SELECT CAST(id AS TEXT) FROM item WHERE name = 'e'").await, "4", "3 was given");
    let refused = db.execute("DELETE FROM item WHERE id = 1", Vec::new()).await;
    assert!(refused.is_err(), "the row is on a shelf of others");
    run(&db, &["DELETE FROM shelf", "DELETE FROM item WHERE name = 'e'"]).await;
    let noted = text("SELECT name FROM log ORDER BY name DESC LIMIT 1").await;
    assert_eq!(noted, if is_sqlite(&database) { "d" } else { "e" }, "the trigger is there");
    db.close().await;
}

async fn a_column_of_others_is_not_lost(database: Database) {
    let others =
        ["ALTER TABLE item ADD COLUMN secret TEXT", "INSERT INTO item (name, secret) VALUES ('a', 'mine')"];
    let files = first(&database, items(TWO), &others).await;
    let files = generate(items(THREE), &files);
    let done = Db::connect(&database.url(), migrations(&files)).await;
    match is_sqlite(&database) {
        true => {
            let error = done.expect_err("the column would be lost").to_string();
            assert!(
                error.contains("item has columns that no migration has made, and that would be lost: secret"),
                "{error}"
            );
        }
        false => done.expect("a table is not made anew").close().await,
    }
    assert_eq!(database.text("SELECT secret FROM item").await, "mine");
}

async fn a_view_that_would_not_fit_stops_the_migration(database: Database) {
    let others = ["INSERT INTO item (name) VALUES ('a')", "CREATE VIEW prices AS SELECT price FROM item"];
    let files = first(&database, items(TWO), &others).await;
    let files = generate(items(r#""price": {"x-drop": true}"#), &files);
    let error =
        Db::connect(&database.url(), migrations(&files)).await.expect_err("the view shows it").to_string();
    assert!(error.contains("prices"), "the view is named: {error}");
    assert_eq!(database.text("SELECT CAST(count(*) AS TEXT) FROM prices").await, "1", "nothing has changed");
}

async fn rows_that_are_equal_stop_the_migration(database: Database) {
    let others = ["INSERT INTO item (name) VALUES ('a'), ('b'), ('a')"];
    let files = first(&database, items(TWO), &others).await;
    let unique = leak(items(TWO).replacen(
        r#""name": {"type": "string"}"#,
        r#""name": {"type": "string", "x-unique": true}"#,
        1,
    ));
    let files = generate(unique, &files);
    let error =
        Db::connect(&database.url(), migrations(&files)).await.expect_err("two are equal").to_string();
    assert!(error.contains("these are: \"a\" (2 rows)"), "{error}");
    assert_eq!(database.text("SELECT CAST(count(*) AS TEXT) FROM item").await, "3");
}

async fn what_the_server_fills_in_is_filled(database: Database) {
    let files = first(&database, items(TWO), &["INSERT INTO item (name) VALUES ('a'), ('b')"]).await;
    let made = r#""made": {"type": "string", "format": "date-time", "x-auto-now-add": true},
        "day": {"type": "string", "format": "date", "x-auto-now": true},
        "clock": {"type": "string", "format": "time", "x-auto-now-add": true}, "#;
    let definition = leak(items(TWO).replacen(r#""price""#, &format!(r#"{made}"price""#), 1));
    let files = generate(definition, &files);
    applied(&database, definition, &files).await;
    let filled = "SELECT CAST(count(*) AS TEXT) FROM item WHERE made IS NOT NULL AND day IS NOT NULL AND clock IS NOT NULL";
    assert_eq!(database.text(filled).await, "2");
}
