//! Names that tables, indexes and what databases name themselves share: each is there once, whatever a definition says.

use std::collections::BTreeMap;

use dcrf::diag::Code;
use dcrf_e2e::Database;
use dcrf_runtime::Db;

use super::introspection::applied;
use super::{Files, generate, generate_allowing, leak, migrations, run};
use crate::on_both_databases;

on_both_databases!(
    all_at_once,
    one_after_the_other,
    what_is_rebuilt_is_beside_no_table,
    a_foreign_key_of_another_name_goes,
    what_is_cut_to_one_name_is_renamed,
);

fn of(models: &str) -> &'static str {
    leak(format!(r#"{{"name": "blog", "models": {{{models}}}}}"#))
}

async fn becomes(database: &Database, definition: &'static str, former: &Files) -> Files {
    let files = generate_allowing(definition, former, &[Code::DropTable, Code::PossibleRename]);
    applied(database, definition, &files).await;
    assert_eq!(generate(definition, &files), files, "what was done is silent");
    files
}

const KIN: &str = r#""Kin": { "type": "object", "properties": {} }"#;
/// Both want `order_item_kin_id_index`.
const ORDER: &str = r#""Order": { "type": "object", "properties": { "item_kin": { "x-foreign-key": "Kin" } }, "required": ["item_kin"] }"#;
const ITEM: &str = r#""OrderItem": { "type": "object", "properties": { "kin": { "x-foreign-key": "Kin" } }, "required": ["kin"] }"#;

/// Names that SQLite has for the number of a row; two indexes of one table, and a table, of one name; names of more than
/// 63 bytes, which are the same in the first 63.
const MORE: &str = r#"
    "Entry": {
      "type": "object",
      "properties": {
        "rowid": { "type": "string", "default": "" }, "oid": { "type": "integer", "x-index": true, "default": 1 },
        "number": { "type": "string", "default": "", "x-column": "_rowid_" }, "a": { "type": "integer", "default": 1 },
        "b": { "type": "integer", "default": 1 }, "a_b": { "type": "integer", "x-index": true, "default": 1 },
        "a_long_name_of_a_column_that_is_cut_together_with_its_table_1": { "type": "integer", "x-index": true, "default": 1 },
        "a_long_name_of_a_column_that_is_cut_together_with_its_table_2": { "type": "integer", "x-index": true, "default": 1 }
      },
      "x-index": [["a", "b"]]
    },
    "Indexed": { "type": "object", "x-table": "entry_oid_index", "properties": {} }"#;

async fn all_at_once(database: Database) {
    let definition = of(&format!("{KIN}, {ORDER}, {ITEM}, {MORE}"));
    let files = becomes(&database, definition, &BTreeMap::new()).await;
    let schema = &files["migrations/schema.json"];
    assert_eq!(schema.matches("\"order_item_kin_id_index\"").count(), 1, "{schema}");
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("nothing is left to do");
    run(
        &db,
        &["INSERT INTO entry (rowid, oid) VALUES ('x', 7)", "UPDATE entry SET rowid = 'y' WHERE oid = 7"],
    )
    .await;
    assert_eq!(database.text("SELECT rowid FROM entry WHERE id = 1").await, "y");
    db.close().await;
}

async fn one_after_the_other(database: Database) {
    let mut files = becomes(&database, of(&format!("{KIN}, {ORDER}")), &BTreeMap::new()).await;
    files = becomes(&database, of(&format!("{KIN}, {ORDER}, {ITEM}")), &files).await;
    files = becomes(&database, of(&format!("{KIN}, {ORDER}, {ITEM}, {MORE}")), &files).await;
    // The name is free again, and nobody takes it: names stay.
    let files_without = generate_allowing(of(&format!("{KIN}, {ITEM}")), &files, &[Code::DropTable]);
    let schema = &files_without["migrations/schema.json"];
    assert!(schema.contains("\"order_item_kin_id_index_") && !schema.contains("\"order_item_kin_id_index\""));
    let db = Db::connect(&database.url(), migrations(&files_without)).await.expect("tables are dropped");
    db.close().await;
    // What goes is in the way of what comes: its index goes first.
    let files = generate(of(&format!("{KIN}, {ORDER}")), &BTreeMap::new());
    let other =
        generate_allowing(of(&format!("{KIN}, {ITEM}")), &files, &[Code::DropTable, Code::PossibleRename]);
    assert!(other["migrations/schema.json"].contains("\"order_item_kin_id_index\""));
    let fresh = if database.url().starts_with("sqlite") {
        Some(Database::sqlite())
    } else {
        Database::postgres().await
    };
    let fresh = fresh.expect("there was one");
    applied(&fresh, of(&format!("{KIN}, {ITEM}")), &other).await;
}

async fn what_is_rebuilt_is_beside_no_table(database: Database) {
    let models = |ty: &str| {
        of(&format!(
            r#""A": {{ "type": "object", "properties": {{ "x": {{ "type": "{ty}" }} }}, "required": ["x"] }},
               "New": {{ "type": "object", "x-table": "a__new", "properties": {{}} }},
               "Newer": {{ "type": "object", "x-table": "A__NEW1", "properties": {{}} }}"#
        ))
    };
    let files = becomes(&database, models("integer"), &BTreeMap::new()).await;
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("nothing is left to do");
    run(&db, &["INSERT INTO a (x) VALUES (7)"]).await;
    db.close().await;
    becomes(&database, models("string"), &files).await;
    assert_eq!(database.text("SELECT x FROM a").await, "7");
}

/// What an earlier version of the generator left behind when it renamed a table.
async fn a_foreign_key_of_another_name_goes(database: Database) {
    let models = |author: &str, more: &str| {
        of(&format!(
            r#""Author": {{ "type": "object", "properties": {{}} }},
               "{author}": {{ "type": "object", {more} "properties": {{ "author": {{ "x-foreign-key": "Author" }} }}, "required": ["author"] }}"#
        ))
    };
    let files = becomes(&database, models("Book", ""), &BTreeMap::new()).await;
    if database.url().starts_with("postgres") {
        let rename =
            ["ALTER TABLE book RENAME CONSTRAINT book_author_id_reference TO tome_author_id_reference"];
        database.transaction(&rename, true).await;
    }
    let renamed = models("Novel", r#""x-was": "Book","#);
    let files = generate(renamed, &files);
    Db::connect(&database.url(), migrations(&files)).await.expect("the table is renamed").close().await;
    let protected = models("Novel", "")
        .replace(r#""x-foreign-key": "Author""#, r#""x-foreign-key": "Author", "x-on-delete": "protect""#);
    becomes(&database, leak(protected), &files).await;
}

async fn what_is_cut_to_one_name_is_renamed(database: Database) {
    let long = "a".repeat(60);
    let models = |one: &str, two: &str| {
        of(&format!(
            r#""One": {{ "type": "object", "x-table": "{one}", "properties": {{}} }},
               "Two": {{ "type": "object", "x-table": "{two}", "properties": {{}} }}"#
        ))
    };
    let files = becomes(&database, models(&format!("{long}1"), "two"), &BTreeMap::new()).await;
    let files = generate(models(&format!("{long}1"), &format!("{long}2")), &files);
    Db::connect(&database.url(), migrations(&files)).await.expect("it is renamed").close().await;
    let files = generate(models(&format!("{long}2"), &format!("{long}1")), &files);
    Db::connect(&database.url(), migrations(&files)).await.expect("they are swapped").close().await;
}
