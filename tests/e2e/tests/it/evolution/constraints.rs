//! Constraints that come, change and go over rows.

use std::collections::BTreeMap;

use dcrf::diag::Code;
use dcrf_e2e::Database;
use dcrf_runtime::{Db, Error};

use super::introspection::applied;
use super::{Files, generate, generate_allowing, leak, migrations, run};
use crate::on_both_databases;

on_both_databases!(
    constraints_come_change_and_go,
    rows_that_break_a_constraint_stop_the_migration,
    columns_of_constraints_change_their_types,
    values_that_are_replaced_are_checked_afterwards,
);

const PROPERTIES: &str = r#""name": { "type": "string" }, "state": { "enum": ["open", "closed"] },
    "stock": { "type": "integer" }, "least": { "type": "integer" }"#;

fn item(model: &str, properties: &str, constraints: &str) -> &'static str {
    leak(format!(
        r#"{{ "name": "blog", "models": {{ "{model}": {{ "type": "object", "properties": {{ {properties} }},
            "required": ["name", "state"], {constraints} }} }} }}"#
    ))
}

fn plain(constraints: &str) -> &'static str {
    let properties = PROPERTIES.replace(r#""integer""#, r#""integer", "default": 0"#);
    item("Item", &properties, constraints)
}

async fn becomes(database: &Database, definition: &'static str, former: &Files) -> Files {
    let files = generate(definition, former);
    applied(database, definition, &files).await;
    assert_eq!(generate(definition, &files), files, "what was done is silent");
    files
}

async fn refuses(db: &Db, statements: &[&'static str]) {
    for statement in statements {
        let outcome = db.execute(statement, Vec::new()).await;
        assert!(matches!(outcome, Err(Error::Database(_))), "{statement}: {outcome:?}");
    }
}

async fn constraints_come_change_and_go(database: Database) {
    const BOTH: &str = r#""x-constraints": [
        { "name": "one_open", "unique": ["name"], "condition": { "state": "open" } },
        { "name": "enough", "check": { "stock__gte": { "field": "least" } } }
    ]"#;
    let mut files = becomes(&database, plain(r#""x-index": []"#), &BTreeMap::new()).await;
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("nothing is left to do");
    run(&db, &["INSERT INTO item (name, state, stock) VALUES ('a', 'open', 3), ('a', 'closed', 1), ('b', 'open', 0)"])
        .await;
    db.close().await;

    files = becomes(&database, plain(BOTH), &files).await;
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("nothing is left to do");
    refuses(
        &db,
        &[
            "INSERT INTO item (name, state) VALUES ('a', 'open')",
            "UPDATE item SET state = 'open' WHERE id = 2",
            "UPDATE item SET least = 4 WHERE id = 1",
        ],
    )
    .await;
    run(
        &db,
        &["INSERT INTO item (name, state) VALUES ('a', 'closed')", "UPDATE item SET least = 3 WHERE id = 1"],
    )
    .await;
    db.close().await;

    // A renamed table and a renamed column need no other constraint.
    let properties = r#""title": { "type": "string", "x-was": "name" }, "state": { "enum": ["open", "closed"] },
        "stock": { "type": "integer", "default": 0 }, "amount": { "type": "integer", "default": 0, "x-was": "least" }"#;
    let renamed = BOTH.replace(r#"["name"]"#, r#"["title"]"#).replace(r#""least""#, r#""amount""#);
    let definition = item("Ware", properties, &format!(r#""x-was": "Item", {renamed}"#))
        .replace(r#"["name", "state"]"#, r#"["title", "state"]"#);
    let before = files.len();
    files = becomes(&database, leak(definition), &files).await;
    let added: Vec<&String> = files.keys().filter(|path| path.contains("/0003_")).collect();
    assert_eq!((files.len() - before, added.len()), (2, 2), "one migration: {added:?}");
    for path in added {
        assert!(!files[path].contains("one_open") && !files[path].contains("enough"), "{}", files[path]);
    }
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("nothing is left to do");
    refuses(
        &db,
        &["INSERT INTO ware (title, state) VALUES ('a', 'open')", "UPDATE ware SET amount = 4 WHERE id = 1"],
    )
    .await;
    db.close().await;

    // Other conditions, and one constraint less.
    let other = r#""x-constraints": [{ "name": "enough", "check": { "anyOf": [{ "stock__gt": 0 }, { "title__starts_with": "b" }, { "not": { "state": "open" } }] } }]"#;
    let definition = item(
        "Ware",
        &properties.replace(r#", "x-was": "name""#, "").replace(r#", "x-was": "least""#, ""),
        other,
    );
    let definition = definition.replace(r#"["name", "state"]"#, r#"["title", "state"]"#);
    files = becomes(&database, leak(definition), &files).await;
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("nothing is left to do");
    refuses(&db, &["UPDATE ware SET stock = 0 WHERE id = 1"]).await;
    run(
        &db,
        &[
            "INSERT INTO ware (title, state, stock) VALUES ('a', 'open', 1)",
            "UPDATE ware SET amount = 4 WHERE id = 1",
        ],
    )
    .await;
    db.close().await;
    let rows = database.text("SELECT CAST(count(*) AS TEXT) FROM ware").await;
    assert_eq!(rows, "5");
}

async fn rows_that_break_a_constraint_stop_the_migration(database: Database) {
    let first = generate(plain(r#""x-index": []"#), &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&first)).await.expect("the first migration applies");
    run(
        &db,
        &["INSERT INTO item (name, state, stock) VALUES ('a', 'open', 3), ('a', 'open', -1), ('b', 'closed', 0), ('b', 'closed', -2)"],
    )
    .await;
    db.close().await;
    for (constraint, told) in [
        (
            r#"{ "name": "one_open", "unique": ["name"], "condition": { "state": "open" } }"#,
            "item: no two rows may be equal in name from now on, and these are: \"a\" (2 rows)",
        ),
        (
            r#"{ "name": "there", "check": { "stock__gte": 0 } }"#,
            "item: these rows break the constraint there, which applies from now on: id 2, id 4",
        ),
    ] {
        let files = generate(plain(&format!(r#""x-constraints": [{constraint}]"#)), &first);
        let error =
            Db::connect(&database.url(), migrations(&files)).await.expect_err("rows prevent it").to_string();
        assert!(error.contains(told), "{error}");
    }
    // Nothing has changed, and rows outside of the condition may be equal.
    let closed = r#"{ "name": "one_named_a", "unique": ["state"], "condition": { "name": "c" } }"#;
    let files = generate(plain(&format!(r#""x-constraints": [{closed}]"#)), &first);
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("no row prevents it");
    db.close().await;
}

async fn columns_of_constraints_change_their_types(database: Database) {
    let constraints = |stock: &str, state: &str| {
        format!(
            r#""x-constraints": [
                {{ "name": "of_stock", "check": {{ "stock__gte": {stock} }} }},
                {{ "name": "of_state", "unique": ["name"], "condition": {{ "state": {state} }} }},
                {{ "name": "of_key", "unique": ["code"], "condition": {{ "code__isnull": false, "at__gt": "2024-01-01T00:00:00Z" }} }}
            ]"#
        )
    };
    let more = r#""code": { "type": ["string", "null"] }, "at": { "type": ["string", "null"], "format": "date-time" }"#;
    let properties = |stock: &str| {
        format!(
            r#""name": {{ "type": "string" }}, "state": {{ "type": "string" }}, "stock": {stock}, {more}"#
        )
    };
    let integer = properties(r#"{ "type": "integer", "default": 1 }"#);
    let decimal = properties(
        r#"{ "type": "string", "format": "decimal", "x-max-digits": 8, "x-decimal-places": 2, "default": "1.00" }"#,
    );
    let mut files =
        becomes(&database, item("Item", &integer, &constraints("0", "\"open\"")), &BTreeMap::new()).await;
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("nothing is left to do");
    run(&db, &["INSERT INTO item (name, state, stock) VALUES ('a', 'open', 3)"]).await;
    db.close().await;
    files = becomes(&database, item("Item", &decimal, &constraints("\"0.50\"", "\"open\"")), &files).await;
    let wider = decimal.replace("\"x-max-digits\": 8", "\"x-max-digits\": 10");
    files = becomes(&database, item("Item", &wider, &constraints("\"0.50\"", "\"open\"")), &files).await;
    let uuids = wider
        .replace(r#""state": { "type": "string" }"#, r#""state": { "type": "string", "format": "email" }"#);
    files =
        becomes(&database, item("Item", &uuids, &constraints("\"0.50\"", "\"open@example.com\"")), &files)
            .await;
    let nullable = uuids.replace(
        r#""at": { "type": ["string", "null"]"#,
        r#""at": { "type": "string", "default": "2025-01-01T00:00:00Z""#,
    );
    files =
        becomes(&database, item("Item", &nullable, &constraints("\"0.50\"", "\"open@example.com\"")), &files)
            .await;
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("nothing is left to do");
    let less = if super::introspection::is_sqlite(&database) {
        "UPDATE item SET stock = 49"
    } else {
        "UPDATE item SET stock = 0.49"
    };
    refuses(&db, &[less]).await;
    run(&db, &["UPDATE item SET code = 'x'"]).await;
    db.close().await;
    assert_eq!(database.text("SELECT name || '/' || code FROM item").await, "a/x");
}

/// Neither the former check nor the new one admits all values on the way.
async fn values_that_are_replaced_are_checked_afterwards(database: Database) {
    let of = |values: &str, backfill: &str, check: &str| {
        let properties = format!(
            r#""name": {{ "type": "string" }}, "state": {{ "enum": {values}, "x-backfill": {backfill} }}"#
        );
        item(
            "Item",
            &properties,
            &format!(r#""x-constraints": [{{ "name": "known", "check": {{ "state__in": {check} }} }}]"#),
        )
    };
    let first = generate(of(r#"["old", "open"]"#, "\"open\"", r#"["old", "open"]"#), &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&first)).await.expect("the first migration applies");
    run(&db, &["INSERT INTO item (name, state) VALUES ('a', 'old'), ('b', 'open')"]).await;
    db.close().await;
    let definition = of(r#"["new", "open"]"#, r#"{ "values": { "old": "new" } }"#, r#"["new", "open"]"#);
    let files = generate_allowing(definition, &first, &[Code::NarrowedEnum]);
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("the second migration applies");
    refuses(&db, &["UPDATE item SET state = 'old'"]).await;
    db.close().await;
    assert_eq!(database.text("SELECT state FROM item WHERE id = 1").await, "new");
}
