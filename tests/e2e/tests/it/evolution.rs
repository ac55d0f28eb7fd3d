//! A definition that changes: the next migration brings the tables there, and the rows with them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use dcrf::config::Config;
use dcrf::diag::{Code, Sink};
use dcrf::emit::emit;
use dcrf::evolve::{Previous, SNAPSHOT, evolve};
use dcrf::ir::{Api, Runtime};
use dcrf::resolve::Places;
use dcrf::syntax::Loader;
use dcrf_e2e::Database;
use dcrf_runtime::db::{Migration, Migrations};
use dcrf_runtime::{Db, Error};

use crate::on_both_databases;

mod any_type;
mod collations;
mod constraints;
mod introspection;
mod keys;
mod names;
mod others;
mod own;
mod owners;
mod unique;

on_both_databases!(
    rows_survive,
    what_notes_changes_comes_and_goes,
    an_applied_migration_may_not_change,
    line_ends_are_no_change,
    a_default_is_what_it_is_whatever_is_in_it,
    servers_that_start_at_once_migrate_once
);

const BEFORE: &str = r#"{
  "name": "blog",
  "models": {
    "Author": { "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] },
    "Post": {
      "type": "object",
      "properties": {
        "title": { "type": "string", "x-index": true },
        "rating": { "type": "integer" },
        "subtitle": { "type": ["string", "null"] },
        "author": { "x-foreign-key": "Author", "x-on-delete": "cascade" },
        "legacy": { "type": "string", "default": "old" }
      },
      "required": ["title", "rating", "author"]
    },
    "Comment": {
      "type": "object",
      "properties": { "post": { "x-foreign-key": "Post", "x-on-delete": "cascade" }, "text": { "type": "string" } },
      "required": ["post", "text"]
    }
  }
}"#;

/// A renamed table and column, a column more and one less, another type, null no more, a unique column, another
/// reaction to deletions, and a new table: on SQLite the tables of authors and posts are rebuilt for that.
const AFTER: &str = r#"{
  "name": "blog",
  "models": {
    "Writer": { "type": "object", "x-was": "Author", "properties": { "name": { "type": "string" } }, "required": ["name"] },
    "Post": {
      "type": "object",
      "properties": {
        "headline": { "type": "string", "x-was": "title", "x-unique": true },
        "rating": { "type": "string" },
        "subtitle": { "type": "string", "default": "none" },
        "author": { "x-foreign-key": "Writer", "x-on-delete": "restrict" },
        "stars": { "type": "integer", "default": 3 },
        "legacy": { "x-drop": true },
        "note": { "type": ["string", "null"] }
      },
      "required": ["headline", "rating", "author"]
    },
    "Comment": {
      "type": "object",
      "properties": { "post": { "x-foreign-key": "Post", "x-on-delete": "cascade" }, "text": { "type": "string" } },
      "required": ["post", "text"]
    },
    "Tag": {
      "type": "object",
      "properties": { "post": { "x-foreign-key": "Post", "x-on-delete": "cascade" } },
      "required": ["post"]
    }
  }
}"#;

struct Text(&'static str);

impl Loader for Text {
    fn load(&self, _path: &Path) -> io::Result<Vec<u8>> {
        Ok(self.0.as_bytes().to_vec())
    }
}

/// The files of a run, by their paths.
type Files = BTreeMap<String, String>;

/// The files that a definition becomes beside those of an earlier run; nothing is refused.
fn generate(definition: &'static str, former: &Files) -> Files {
    generate_allowing(definition, former, &[])
}

/// As [`generate`], where something may be lost.
fn generate_allowing(definition: &'static str, former: &Files, allowed: &[Code]) -> Files {
    evolved(definition, former, allowed)
        .unwrap_or_else(|refused| panic!("{definition} is refused: {refused:?}"))
}

/// The files that a definition becomes beside those of an earlier run, or why it is refused.
fn evolved(definition: &'static str, former: &Files, allowed: &[Code]) -> Result<Files, Vec<(Code, String)>> {
    evolved_from(definition, &Previous::read(former).expect("the former output is whole"), allowed)
}

/// The same, of what an earlier run has left; the files of the user's own migrations are among them.
fn evolved_from(
    definition: &'static str,
    previous: &Previous,
    allowed: &[Code],
) -> Result<Files, Vec<(Code, String)>> {
    let (api, places) = compiled(definition);
    let sink = Sink::new();
    let evolution = evolve(&api, &places, previous, allowed, &sink);
    let config = Config { runtime: Runtime::Version("0.1.0".to_owned()), client: api.client.is_some() };
    let found = || sink.finish().iter().map(|each| (each.code, each.message.clone())).collect::<Vec<_>>();
    let plan = evolution.map(|evolution| emit(&api, &config, &evolution)).ok_or_else(found)?;
    Ok(plan.files.into_iter().chain(plan.own).collect())
}

fn compiled(definition: &'static str) -> (Api, Places) {
    let compiled = dcrf::compile(&[PathBuf::from("blog.json")], &Text(definition));
    let messages: Vec<_> = compiled.diagnostics.iter().map(|diagnostic| &diagnostic.message).collect();
    compiled.api.zip(compiled.places).unwrap_or_else(|| panic!("errors: {messages:?}"))
}

/// The migrations among the files, as a generated crate has them.
pub(crate) fn migrations(files: &Files) -> &'static Migrations {
    let names = |folder: &str| -> Vec<String> {
        match files.contains_key(SNAPSHOT) {
            true => {
                let previous = Previous::read(files).expect("the output is whole");
                previous.listed().iter().map(|listed| listed.name.clone()).collect()
            }
            // Some files of an output, none of which are done in Rust.
            false => {
                let names = files.keys().filter_map(|path| path.strip_prefix(folder)?.strip_suffix(".sql"));
                names.map(str::to_owned).collect()
            }
        }
    };
    let of = |folder: &str| -> &'static [Migration] {
        let migration = |name: String| {
            let (version, name) = (name[..4].parse().expect("it has a number"), leak(name));
            match files.get(&format!("{folder}{name}.sql")) {
                Some(sql) => Migration { version, name, sql: leak(sql.clone()) },
                None => Migration::in_rust(version, name),
            }
        };
        Box::leak(names(folder).into_iter().map(migration).collect())
    };
    let migrations = Migrations { sqlite: of("migrations/sqlite/"), postgres: of("migrations/postgres/") };
    Box::leak(Box::new(migrations))
}

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

async fn run(db: &Db, statements: &[&'static str]) {
    for statement in statements {
        db.execute(statement, Vec::new()).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

async fn rows_survive(database: Database) {
    let first = generate(BEFORE, &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&first)).await.expect("the first migration applies");
    run(
        &db,
        &[
            "INSERT INTO author (name) VALUES ('Ada')",
            "INSERT INTO post (title, rating, subtitle, author_id) VALUES ('One', 7, NULL, 1), ('Two', 8, 'x', 1)",
            "INSERT INTO comment (post_id, text) VALUES (1, 'first'), (2, 'second')",
        ],
    )
    .await;
    db.close().await;

    let second = generate(AFTER, &first);
    let list = migrations(&second);
    assert_eq!((list.sqlite.len(), list.postgres.len()), (2, 2), "one migration more");
    for (path, text) in first.iter().filter(|(path, _)| path.ends_with(".sql")) {
        assert_eq!(second.get(path), Some(text), "an applied migration is never changed");
    }
    assert_eq!(generate(AFTER, &second), second, "the same definition asks for no migration");

    let db = Db::connect(&database.url(), list).await.expect("the second migration applies");
    let post = "SELECT headline || '/' || rating || '/' || subtitle || '/' || CAST(stars AS TEXT) || '/' \
                || CAST(author_id AS TEXT) FROM post WHERE id = 1";
    assert_eq!(database.text(post).await, "One/7/none/3/1");
    assert_eq!(database.text("SELECT name FROM writer").await, "Ada");
    assert_eq!(
        database.text("SELECT CAST(count(*) AS TEXT) FROM comment").await,
        "2",
        "no cascade on the way"
    );
    run(&db, &["INSERT INTO tag (post_id) VALUES (2)", "DELETE FROM post WHERE id = 2"]).await;
    assert_eq!(
        database.text("SELECT CAST(count(*) AS TEXT) FROM comment").await,
        "1",
        "the cascade is there"
    );
    assert_eq!(database.text("SELECT CAST(count(*) AS TEXT) FROM tag").await, "0");
    for refused in [
        "DELETE FROM writer",
        "INSERT INTO post (headline, rating, author_id) VALUES ('One', '1', 1)",
        "INSERT INTO post (headline, rating, author_id) VALUES ('Three', '1', 9)",
        "UPDATE post SET subtitle = NULL",
    ] {
        let outcome = db.execute(refused, Vec::new()).await;
        assert!(matches!(outcome, Err(Error::Database(_))), "{refused}: {outcome:?}");
    }
    // The numbering goes on (PostgreSQL has spent numbers on the refused rows).
    run(&db, &["INSERT INTO post (headline, rating, author_id) VALUES ('Three', '1', 1)"]).await;
    let fresh =
        "SELECT CASE WHEN id > 2 THEN 'fresh' ELSE 'used before' END FROM post WHERE headline = 'Three'";
    assert_eq!(database.text(fresh).await, "fresh");
    db.close().await;
}

fn stock(model: &str, properties: &str, more: &str) -> &'static str {
    leak(format!(
        r#"{{"name": "stock", "models": {{"{model}": {{"type": "object", "properties": {{{properties}}}{more}}}}}}}"#
    ))
}

async fn what_notes_changes_comes_and_goes(database: Database) {
    const LEVEL: &str = r#""level": {"type": "integer", "default": 0}"#;
    // On SQLite the table is rebuilt for it.
    const TEXT: &str = r#""level": {"type": "string", "default": "0"}, "more": {"type": ["string", "null"]}"#;
    const ASKS: &str = r#", "x-observe-database": true"#;
    const RENAMED: &str = r#", "x-observe-database": true, "x-was": "Part""#;
    let noted = "SELECT CAST(count(*) AS TEXT) FROM _dcrf_change";
    let mut files = BTreeMap::new();
    let mut expected = 0;
    for (model, properties, more, write) in [
        ("Part", LEVEL, "", "INSERT INTO part (level) VALUES (1)"),
        ("Part", LEVEL, ASKS, "INSERT INTO part (level) VALUES (2)"),
        ("Part", TEXT, ASKS, "INSERT INTO part (level, more) VALUES ('3', 'x')"),
        ("Piece", TEXT, RENAMED, "UPDATE piece SET level = '4' WHERE id = 1"),
    ] {
        files = generate(stock(model, properties, more), &files);
        let db = Db::connect(&database.url(), migrations(&files)).await.expect("a migration applies");
        run(&db, &[write]).await;
        if !more.is_empty() {
            expected += 1;
            assert_eq!(database.text(noted).await, expected.to_string(), "{write}");
        }
        db.close().await;
    }
    let less = format!(r#"{LEVEL}, "more": {{"x-drop": true}}"#);
    files = generate(stock("Piece", &less, ""), &files);
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("the last migration applies");
    run(&db, &["INSERT INTO piece (level) VALUES (5)"]).await;
    assert!(db.execute("SELECT 1 FROM _dcrf_change", Vec::new()).await.is_err(), "nothing is left");
    db.close().await;
}

async fn an_applied_migration_may_not_change(database: Database) {
    let mut files = generate(BEFORE, &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("the first migration applies");
    db.close().await;
    for (_, text) in files.iter_mut().filter(|(path, _)| path.ends_with(".sql")) {
        text.push_str("-- edited\n");
    }
    let error = Db::connect(&database.url(), migrations(&files)).await.expect_err("it has changed");
    assert!(error.to_string().contains("has changed since it was applied"), "{error}");
}

/// A checkout may change the ends of lines: git's `core.autocrlf`.
async fn line_ends_are_no_change(database: Database) {
    const CHANGED: &str = r#"{"name": "blog", "models": {"Post": {"type": "object", "properties": {
        "title": {"type": "string"}, "stars": {"type": "integer", "default": 0}}, "required": ["title"]}}}"#;
    const FIRST: &str = r#"{"name": "blog", "models": {"Post": {"type": "object", "properties": {
        "title": {"type": "string"}}, "required": ["title"]}}}"#;
    let crlf = |files: &Files| -> Files {
        files.iter().map(|(path, text)| (path.clone(), text.replace('\n', "\r\n"))).collect()
    };
    let first = generate(FIRST, &BTreeMap::new());
    let second = generate(CHANGED, &first);
    for files in [crlf(&first), first.clone(), second.clone(), crlf(&second), second.clone()] {
        let db = Db::connect(&database.url(), migrations(&files)).await.expect("the same migrations");
        run(&db, &["INSERT INTO post (title) VALUES ('One')"]).await;
        db.close().await;
    }
    assert_eq!(database.text("SELECT CAST(count(*) AS TEXT) FROM _dcrf_migrations").await, "2");
    assert_eq!(database.text("SELECT CAST(count(*) AS TEXT) FROM post").await, "5");
}

/// The rows that are there get the default from the migration, whose text may have gone through a checkout.
async fn a_default_is_what_it_is_whatever_is_in_it(database: Database) {
    const FIRST: &str = r#"{"name": "blog", "models": {"Post": {"type": "object", "properties": {
        "title": {"type": "string"}}, "required": ["title"]}}}"#;
    const SECOND: &str = r#"{"name": "blog", "models": {"Post": {"type": "object", "properties": {
        "title": {"type": "string"},
        "text": {"type": "string", "default": "it's\r\n\u202e\\n\tdone\n"},
        "plain": {"type": "string", "default": "'; --"}}, "required": ["title"]}}}"#;
    let first = generate(FIRST, &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&first)).await.expect("the first migration applies");
    run(&db, &["INSERT INTO post (title) VALUES ('One')"]).await;
    db.close().await;
    let mut second = generate(SECOND, &first);
    second.values_mut().for_each(|text| *text = text.replace('\n', "\r\n"));
    let db = Db::connect(&database.url(), migrations(&second)).await.expect("the second migration applies");
    run(&db, &["INSERT INTO post (title) VALUES ('Two')"]).await;
    for row in ["SELECT text || plain FROM post WHERE id = 1", "SELECT text || plain FROM post WHERE id = 2"]
    {
        assert_eq!(database.text(row).await, "it's\r\n\u{202e}\\n\tdone\n'; --");
    }
    db.close().await;
}

async fn servers_that_start_at_once_migrate_once(database: Database) {
    let list = migrations(&generate(BEFORE, &BTreeMap::new()));
    let url = database.url();
    let starts = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { Db::connect(&url, list).await })
    });
    let starts: Vec<_> = starts.collect();
    for start in starts {
        start.await.expect("no panic").expect("each of them starts").close().await;
    }
    assert_eq!(database.text("SELECT CAST(count(*) AS TEXT) FROM _dcrf_migrations").await, "1");
}
