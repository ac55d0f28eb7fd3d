//! Migrations of the user's own between those of the generator, and one that stands for all.

use std::collections::BTreeMap;

use dcrf::emit;
use dcrf::evolve::{FOLDERS, Language, Previous};
use dcrf_e2e::Database;
use dcrf_runtime::db::MigrationTransaction;
use dcrf_runtime::dispatch::BoxFuture;
use dcrf_runtime::{Db, Service};

use super::introspection::{another, applied};
use super::{Files, compiled, evolved_from, generate, leak, migrations, run};
use crate::on_both_databases;

on_both_databases!(
    a_model_is_split_in_two_in_sql,
    a_model_is_split_in_two_in_rust,
    what_fails_leaves_nothing,
    one_stands_for_all,
);

const ADDRESS: &str = r#""Address": {"type": "object", "properties": {
    "person": {"x-foreign-key": "Person", "x-on-delete": "cascade"},
    "street": {"type": "string"}, "city": {"type": "string"}}, "required": ["person", "street", "city"]}"#;

fn person(street_and_city: &str, more: &str) -> &'static str {
    leak(format!(
        r#"{{"name": "blog", "models": {{"Person": {{"type": "object", "properties": {{"name": {{"type": "string"}}
            {street_and_city}}}, "required": ["name"]}}{more}}}}}"#
    ))
}

fn one() -> &'static str {
    person(r#", "street": {"type": "string", "default": ""}, "city": {"type": "string", "default": ""}"#, "")
}

fn two() -> &'static str {
    let more = format!(", {ADDRESS}");
    person(
        r#", "street": {"type": "string", "default": ""}, "city": {"type": "string", "default": ""}"#,
        &more,
    )
}

fn three() -> &'static str {
    person(r#", "street": {"x-drop": true}, "city": {"x-drop": true}"#, &format!(", {ADDRESS}"))
}

/// The files of three releases: an address beside the columns, rows that move there, and the columns gone.
fn split(language: Language, first: &Files) -> Files {
    let files = generate(two(), first);
    let mut previous = Previous::read(&files).expect("what was generated");
    let sql = "-- dcrf:step \"address\" Every person's street and city become an address.\n\
               INSERT INTO address (person_id, street, city) SELECT id, street, city FROM person;\n";
    let name = previous.add_own("split_addresses", language, [sql, sql].map(str::to_owned));
    assert_eq!(name, "0003_split_addresses");
    let files = evolved_from(two(), &previous, &[]).expect("nothing is refused");
    generate(three(), &files)
}

async fn people(database: &Database) -> Files {
    let files = generate(one(), &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("the first migration applies");
    run(&db, &["INSERT INTO person (name, street, city) VALUES ('Ada', 'Rue 1', 'Paris'), ('Bo', 'Gata 2', 'Oslo')"])
        .await;
    db.close().await;
    files
}

async fn is_split(database: &Database) {
    let addresses = "SELECT name || ': ' || street || ', ' || city FROM person JOIN address ON person_id = person.id \
                     ORDER BY person.id DESC LIMIT 1";
    assert_eq!(database.text(addresses).await, "Bo: Gata 2, Oslo");
    assert_eq!(database.text("SELECT CAST(count(*) AS TEXT) FROM address").await, "2");
    let recorded = "SELECT name FROM _dcrf_migrations WHERE version = 3";
    assert_eq!(database.text(recorded).await, "0003_split_addresses");
}

async fn a_model_is_split_in_two_in_sql(database: Database) {
    let files = split(Language::Sql, &people(&database).await);
    assert_eq!(migrations(&files).sqlite.len(), 4);
    applied(&database, three(), &files).await;
    is_split(&database).await;
}

fn move_rows<'a>(tables: &'a mut MigrationTransaction<'_>) -> BoxFuture<'a, dcrf_runtime::Result<()>> {
    Box::pin(async move {
        for mut row in tables.query("SELECT id, street, city FROM person ORDER BY id", Vec::new()).await? {
            let (id, street, city): (i64, String, String) = (row.take(0)?, row.take(1)?, row.take(2)?);
            let sql = "INSERT INTO address (person_id, street, city) VALUES ($1, $2, $3)";
            tables.execute(sql, vec![id.into(), street.into(), city.into()]).await?;
        }
        Ok(())
    })
}

async fn a_model_is_split_in_two_in_rust(database: Database) {
    let files = split(Language::Rust, &people(&database).await);
    let list = *migrations(&files);
    let service = || Service::new("blog", list);
    for (service, message) in [
        (service(), "0003_split_addresses is done in Rust, and the application does not register it"),
        (
            service().migration("0003_split", move_rows),
            "registers the migration 0003_split, and the generated crate",
        ),
        (
            service()
                .migration("0003_split_addresses", move_rows)
                .migration("0003_split_addresses", move_rows),
            "registers the migration 0003_split_addresses twice",
        ),
    ] {
        let error = service.connect(&database.url()).await.expect_err(message).to_string();
        assert!(error.contains(message), "{error}");
    }
    let error = Db::connect(&database.url(), &list).await.expect_err("it knows no application").to_string();
    assert!(error.contains("`Service::connect` in the place of `Db::connect`"), "{error}");
    for _ in 0..2 {
        let service = service().migration("0003_split_addresses", move_rows);
        let db = service.connect(&database.url()).await.expect("the migrations apply");
        is_split(&database).await;
        db.close().await;
    }
}

/// All that is pending is one transaction, whoever does it.
async fn what_fails_leaves_nothing(database: Database) {
    let files = split(Language::Rust, &people(&database).await);
    let service = |run: fn() -> dcrf_runtime::Error, goes_on: bool| {
        Service::new("blog", *migrations(&files)).migration("0003_split_addresses", move |tables| {
            Box::pin(async move {
                move_rows(tables).await?;
                assert!(tables.execute("COMMIT", Vec::new()).await.is_err(), "it is not theirs to end");
                if goes_on {
                    // An error that nobody minds is one all the same.
                    let _ = tables.execute("INSERT INTO nowhere VALUES (1)", Vec::new()).await;
                    return Ok(());
                }
                Err(run())
            })
        })
    };
    for (goes_on, message) in
        [(false, "migration 3 (0003_split_addresses): internal: enough"), (true, "has failed")]
    {
        let service = service(|| dcrf_runtime::Error::internal("enough"), goes_on);
        let error = service.connect(&database.url()).await.expect_err("it fails").to_string();
        assert!(error.contains(message), "{error}");
        assert_eq!(database.text("SELECT CAST(count(*) AS TEXT) FROM _dcrf_migrations").await, "1");
        assert_eq!(database.text("SELECT street FROM person ORDER BY id LIMIT 1").await, "Rue 1");
    }
}

/// The files once one migration stands for all.
fn squash(definition: &'static str, files: &Files, name: &str) -> Files {
    let mut previous = Previous::read(files).expect("what was generated");
    let told = FOLDERS.map(|folder| previous.told(folder));
    let (api, _) = compiled(definition);
    previous.replace_all(name.to_owned(), emit::squashed(&api, told, Default::default()));
    evolved_from(definition, &previous, &[]).expect("nothing is refused")
}

async fn connect(database: &Database, files: &Files) -> Result<(), String> {
    let db = Db::connect(&database.url(), migrations(files)).await.map_err(|error| error.to_string())?;
    db.close().await;
    Ok(())
}

async fn one_stands_for_all(database: Database) {
    let recorded = "SELECT CAST(count(*) AS TEXT) FROM _dcrf_migrations";
    let first = people(&database).await;
    let halfway = another(&database).await;
    connect(&halfway, &first).await.expect("the first migration applies");
    let files = split(Language::Sql, &first);
    connect(&database, &files).await.expect("all apply");
    let squashed = squash(three(), &files, "0004_squashed");
    assert_eq!(migrations(&squashed).sqlite.len(), 1);
    // Who has applied all has nothing to do; who has some is told what is missing; who has none has it at once.
    applied(&database, three(), &squashed).await;
    is_split(&database).await;
    assert_eq!(database.text(recorded).await, "4");
    let error = connect(&halfway, &squashed).await.expect_err("three are missing");
    assert!(error.contains("has applied no more than 0001_initial: run the release before"), "{error}");
    let fresh = another(&database).await;
    applied(&fresh, three(), &squashed).await;
    assert_eq!(fresh.text(recorded).await, "1");
    connect(&halfway, &files).await.expect("the release before");
    connect(&halfway, &squashed).await.expect("then the next");

    // It goes on from there, and stands for that, too, wherever a database began.
    let four = person(r#", "note": {"type": "string", "default": ""}"#, &format!(", {ADDRESS}"));
    let more = generate(four, &squashed);
    assert_eq!(migrations(&more).sqlite.last().map(|last| last.version), Some(5));
    let again = squash(four, &more, "0005_squashed");
    for database in [&database, &fresh, &halfway] {
        applied(database, four, &more).await;
        applied(database, four, &again).await;
    }
    let before = another(&database).await;
    connect(&before, &squashed).await.expect("one migration");
    let error = connect(&before, &again).await.expect_err("one is missing");
    assert!(error.contains("no more than 0004_squashed"), "{error}");
    // A text that is another is not counted.
    let mut edited = again.clone();
    for text in edited.iter_mut().filter(|(path, _)| path.ends_with(".sql")).map(|(_, text)| text) {
        *text = text.replace(r#""sha256":""#, r#""sha256":"0"#);
    }
    let error = connect(&database, &edited).await.expect_err("other checksums");
    assert!(error.contains("has changed since it was applied"), "{error}");
}
