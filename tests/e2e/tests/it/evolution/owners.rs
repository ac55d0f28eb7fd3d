//! Tables that go, and tables that change hands.

use std::collections::BTreeMap;

use dcrf::diag::Code;
use dcrf_e2e::Database;
use dcrf_runtime::Db;

use super::introspection::{another, applied, is_sqlite};
use super::{evolved, generate, generate_allowing, leak, migrations, run};
use crate::on_both_databases;

on_both_databases!(
    tables_that_refer_to_each_other_go_together,
    who_owns_a_table_may_change,
    a_table_of_others_becomes_ours,
);

fn of(models: &str) -> &'static str {
    leak(format!(r#"{{"name": "blog", "models": {{{models}}}}}"#))
}

fn codes(refused: &[(Code, String)]) -> Vec<&'static str> {
    refused.iter().map(|(code, _)| code.as_str()).collect()
}

async fn tables_that_refer_to_each_other_go_together(database: Database) {
    const KEPT: &str =
        r#""Post": {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}"#;
    const BEFORE: &str = r#""Post": {"type": "object", "properties": {"title": {"type": "string"},
            "owner": {"x-foreign-key": "Hen"}, "tags": {"x-many-to-many": "Egg"}}, "required": ["title", "owner"]},
        "Hen": {"type": "object", "properties": {"egg": {"x-foreign-key": "Egg", "type": ["integer", "null"]},
            "friends": {"x-many-to-many": "Hen"}}},
        "Egg": {"type": "object", "properties": {"hen": {"x-foreign-key": "Hen", "type": ["integer", "null"]}}}"#;
    let files = generate(of(BEFORE), &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("the first migration applies");
    run(
        &db,
        &[
            "INSERT INTO hen (egg_id) VALUES (NULL)",
            "INSERT INTO egg (hen_id) VALUES (1)",
            "UPDATE hen SET egg_id = 1",
            "INSERT INTO post (title, owner_id) VALUES ('one', 1)",
            "INSERT INTO post_tags (post_id, egg_id) VALUES (1, 1)",
        ],
    )
    .await;
    db.close().await;
    let refused = evolved(of(KEPT), &files, &[]).expect_err("much would be lost");
    // The table of `Hen.friends` goes with `Hen`.
    assert_eq!(codes(&refused), ["drop-table", "drop-table", "drop-table", "drop-column"]);
    let said = r#""Post": {"type": "object", "properties": {"title": {"type": "string"},
            "owner": {"x-drop": true}, "tags": {"x-drop": true}}, "required": ["title"]},
        "Hen": {"x-drop": true}, "Egg": {"x-drop": true}"#;
    let files = generate(of(said), &files);
    applied(&database, of(said), &files).await;
    assert_eq!(database.text("SELECT title FROM post").await, "one");
    for again in [said, KEPT, said] {
        assert_eq!(migrations(&generate(of(again), &files)).sqlite.len(), 2, "it is done");
    }
}

async fn who_owns_a_table_may_change(database: Database) {
    let task = |more: &str, done: &str| {
        of(&format!(
            r#""Task": {{"type": "object", {more} "properties": {{"title": {{"type": "string", "x-index": true}},
                "after": {{"x-many-to-many": "Task"}}{done}}}, "required": ["title"]}}"#
        ))
    };
    let done = r#", "done": {"type": "boolean", "default": false}"#;
    let files = generate(task("", ""), &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("the first migration applies");
    run(
        &db,
        &[
            "INSERT INTO task (title) VALUES ('one')",
            "INSERT INTO task_after (from_task_id, to_task_id) VALUES (1, 1)",
        ],
    )
    .await;
    db.close().await;
    // Somebody else's, whatever the definition says of it meanwhile.
    let mut files = generate(task(r#""x-managed": false,"#, ""), &files);
    files = generate(task(r#""x-managed": false,"#, done), &files);
    assert_eq!(migrations(&files).sqlite.len(), 1, "no migration touches it");
    let gone = generate(of(r#""Other": {"type": "object", "properties": {}}"#), &files);
    assert!(!gone.values().any(|text| text.contains("DROP")), "a table of others is not dropped");
    let refused = evolved(of(r#""Task": {"x-drop": true}"#), &files, &[]).expect_err("no migration drops it");
    assert_eq!(codes(&refused), ["taken-former-name"]);
    // Ours again, as it was left.
    let same = generate(task("", ""), &files);
    assert_eq!(migrations(&same).sqlite.len(), 1, "nothing is to be done");
    let files = generate(task("", done), &files);
    assert_eq!(migrations(&files).sqlite.len(), 2);
    applied(&database, task("", done), &files).await;
    let query =
        "SELECT title || to_task_id FROM task JOIN task_after ON from_task_id = task.id WHERE NOT done";
    assert_eq!(database.text(query.replace("NOT done", "done = FALSE").leak()).await, "one1");
}

async fn a_table_of_others_becomes_ours(database: Database) {
    let audit = |more: &str| {
        of(&format!(
            r#""Audit": {{"type": "object", {more} "properties": {{"line": {{"type": "string", "x-index": true}}}},
                "required": ["line"]}}"#
        ))
    };
    let files = generate(audit(r#""x-managed": false,"#), &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("there is nothing to apply");
    let key = if is_sqlite(&database) {
        "CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, line TEXT NOT NULL)"
    } else {
        "CREATE TABLE audit (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, line TEXT NOT NULL)"
    };
    run(&db, &[key, "INSERT INTO audit (line) VALUES ('one')"]).await;
    db.close().await;
    let refused = evolved(audit(""), &files, &[]).expect_err("the table may be there");
    assert_eq!(codes(&refused), ["adopt-table"]);
    let files = generate_allowing(audit(""), &files, &[Code::AdoptTable]);
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("the table is taken as it is");
    run(&db, &["INSERT INTO audit (line) VALUES ('two')"]).await;
    db.close().await;
    assert_eq!(database.text("SELECT string_agg(line, ' ' ORDER BY id) FROM audit").await, "one two");
    assert_eq!(generate(audit(""), &files), files, "it is ours now");
    // Where it is not there, it is made: the migrations of an empty database.
    applied(&another(&database).await, audit(""), &files).await;
}
