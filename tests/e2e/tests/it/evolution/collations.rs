//! Texts that were ordered as the database orders them: what the examples' first migrations made, which said no
//! collation, and what their second ones make of it.

use std::fs;
use std::path::Path;

use dcrf_e2e::{App, Database, Server};
use dcrf_runtime::Db;

use super::introspection::{another, applied, is_sqlite};
use super::{Files, leak, migrations, run};
use crate::on_both_databases;

on_both_databases!(rows_are_kept_and_ordered_by_code_points, every_example_is_as_if_made_at_once);

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// The second migrations, by the names of the examples.
const COLLATED: [(&str, &str); 4] = [
    ("users", "0002_collate_user.sql"),
    ("things", "0002_collate_thing.sql"),
    ("comments", "0002_collate_user_and_more.sql"),
    ("chat", "0002_collate_user_and_more.sql"),
];
/// By code points; where the database has an ICU collation, it has another order.
const NAMES: &str = "B Z a z Ä";
/// What comes after a name, as the runtime asks PostgreSQL for it.
const AFTER: &str = r#"SELECT id FROM "user" WHERE username COLLATE "C" > 'a' ORDER BY username COLLATE "C""#;
const ORDERED: &str = "SELECT string_agg(username, ' ' ORDER BY username) FROM \"user\"";

fn definition(example: &str) -> &'static str {
    let path = format!("{ROOT}/examples/{example}/{example}.json");
    leak(fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}")))
}

/// The migrations of an example, and the one before the second.
fn all_and_first(example: &str, second: &str) -> (Files, Files) {
    let mut files = Files::new();
    for folder in ["migrations/sqlite", "migrations/postgres"] {
        let path = Path::new(ROOT).join("generated").join(example).join(folder);
        let listed = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for entry in listed {
            let name = entry.expect("a file").file_name().into_string().expect("a plain name");
            let text = fs::read_to_string(path.join(&name));
            let text = text.unwrap_or_else(|error| panic!("{}/{name}: {error}", path.display()));
            files.insert(format!("{folder}/{name}"), text);
        }
        assert!(files.contains_key(&format!("{folder}/{second}")), "{example} has another second migration");
    }
    let mut first = files.clone();
    first.retain(|path, _| path.ends_with("/0001_initial.sql"));
    (files, first)
}

async fn rows_are_kept_and_ordered_by_code_points(database: Database) {
    let (example, second) = COLLATED[0];
    let (files, first) = all_and_first(example, second);
    let db = Db::connect(&database.url(), migrations(&first)).await.expect("the first migration applies");
    let joined = if is_sqlite(&database) { "0" } else { "now()" };
    for name in ["z", "a", "Ä", "Z", "B"] {
        let columns = "username, email, password, date_joined";
        let values = format!("'{name}', '{name}@example.com', 'x', {joined}");
        run(&db, &[leak(format!(r#"INSERT INTO "user" ({columns}) VALUES ({values})"#))]).await;
    }
    db.close().await;
    let whole = r#"SELECT string_agg(CAST(id AS TEXT) || username || email || password
                   || CAST(date_joined AS TEXT), ' ' ORDER BY id) FROM "user""#;
    let rows = database.text(whole).await;
    let provider = "SELECT datlocprovider::text FROM pg_database WHERE datname = current_database()";
    if !is_sqlite(&database) && database.text(provider).await == "i" {
        assert_ne!(database.text(ORDERED).await, NAMES);
        let plan = database.plan(AFTER).await.expect("PostgreSQL has one");
        assert!(!plan.contains("user_username_unique"), "{plan}");
    }

    let output = Server::migrate(App::Users, &database).await;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.starts_with("applied 0002_collate_user in "), "{said}");
    assert!(said.ends_with("is up to date: 2 migrations applied\n"), "{said}");
    assert_eq!(database.text(whole).await, rows, "every row is as it was");
    assert_eq!(database.text(ORDERED).await, NAMES);
    if let Some(plan) = database.plan(AFTER).await {
        let serves = "Index Scan using user_username_unique on \"user\"";
        assert!(plan.starts_with(serves) && plan.contains("Index Cond: (username > 'a'::text)"), "{plan}");
    }
    applied(&database, definition(example), &files).await;

    let output = Server::migrate(App::Users, &database).await;
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        format!("{} is up to date: nothing to do\n", database.url())
    );
}

async fn every_example_is_as_if_made_at_once(database: Database) {
    for (example, second) in COLLATED {
        let (files, first) = all_and_first(example, second);
        let database = another(&database).await;
        let db = Db::connect(&database.url(), migrations(&first)).await.expect("the first migration applies");
        db.close().await;
        applied(&database, definition(example), &files).await;
    }
}
