//! What somebody else writes, where the model asks for it. It is told some time after it was committed, so that these
//! tests wait for an event, and know that there is none before it when another one comes first.

use dcrf_e2e::Database;
use dcrf_runtime::{Db, Model as _};
use kitchen::models::{Book, BookChanges, Specimen};
use serde_json::{Value, json};

use super::super::Kitchen;
use super::super::forms::specimen;
use super::super::server::Stream;
use super::event;
use crate::on_both_databases;

on_both_databases!(
    others_are_heard_of,
    every_kind_of_value_comes_as_it_is,
    changes_of_one_transaction_are_told_when_it_is_committed,
    what_is_rolled_back_is_not_heard_of,
    a_row_that_moves_leaves_one_group_and_joins_another,
    many_rows_change_at_once,
    what_the_runtime_writes_is_told_once,
    statements_of_the_application_are_heard_of,
    many_to_many_relations_are_heard_of,
    what_was_written_while_nobody_served_is_taken,
    one_of_several_servers_tells,
    what_cannot_be_read_is_a_gap,
    a_server_does_not_start_without_its_triggers,
);

/// Stores another specimen like the first, with this slug.
macro_rules! copy {
    ($slug:literal) => {
        concat!(
            "INSERT INTO specimen (flag, count, large, ratio, title, mail, site, slug, uid, v4, v6, day, moment, clock, \
             span, price, fortune, data, state, grade, colour, address, tags, prices, extra, free, second_address, \
             memo, maybe_text, maybe_count, maybe_flag, maybe_ratio, maybe_moment, maybe_price, made, changed) SELECT \
             flag, count, large, ratio, title, mail, site, '",
            $slug,
            "', uid, v4, v6, day, moment, clock, span, price, fortune, data, state, grade, colour, address, tags, \
             prices, extra, free, second_address, memo, maybe_text, maybe_count, maybe_flag, maybe_ratio, \
             maybe_moment, maybe_price, made, changed FROM specimen WHERE id = 1"
        )
    };
}

/// A kitchen with one specimen, whose key is 1, and somebody who hears of the keys of all.
async fn kitchen(database: Database) -> (Kitchen, Stream) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    stream.create(specimen("first", json!({}))).await.data(201);
    assert_eq!(stream.under("s", "subscribe_to_traces", json!({})).await, 201);
    (kitchen, stream)
}

fn trace(action: &str, pk: i64) -> Value {
    event(action, 200, json!({"pk": pk}), "s")
}

impl Kitchen {
    fn is_sqlite(&self) -> bool {
        self.database.url().starts_with("sqlite")
    }

    async fn others(&self, statements: &[&'static str]) {
        self.database.transaction(statements, true).await;
    }
}

impl Stream {
    async fn hears(&mut self, events: &[Value]) {
        for event in events {
            assert_eq!(self.client.expect_frame().await, *event);
        }
    }
}

async fn others_are_heard_of(database: Database) {
    let (kitchen, mut stream) = kitchen(database).await;
    kitchen.others(&[copy!("second")]).await;
    stream.hears(&[trace("create", 2)]).await;
    kitchen.others(&["UPDATE specimen SET title = 'another' WHERE id = 2"]).await;
    stream.hears(&[trace("update", 2)]).await;
    kitchen.others(&["UPDATE specimen SET id = 7 WHERE id = 2"]).await;
    stream.hears(&[trace("delete", 2), trace("create", 7)]).await;
    kitchen.others(&["DELETE FROM specimen WHERE id = 7"]).await;
    stream.hears(&[trace("delete", 7)]).await;
}

async fn every_kind_of_value_comes_as_it_is(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let all = json!({
        "flag": true, "large": i64::MIN, "ratio": 0.1 + 0.2, "day": "1999-12-31", "price": "-1234.50",
        "fortune": "12345678901234567890.12345678", "tags": ["a", "b"], "prices": {"x": 1.5, "y": 0.0},
        "extra": {"z": [null, {}], "a": "\u{e9}\"\\"}, "free": null, "memo": "m\n'\"", "maybe_text": "t",
        "maybe_count": i64::MAX, "maybe_flag": false, "maybe_ratio": -5e-324, "data": "AAH/",
        "maybe_moment": "1969-12-31T23:59:59.999999Z", "maybe_price": "0.01"
    });
    stream.create(specimen("first", all)).await.data(201);
    assert_eq!(stream.under("s", "subscribe_to_findings", json!({"state": "open"})).await, 201);
    kitchen.others(&[copy!("second"), "UPDATE specimen SET maybe_flag = NULL WHERE id = 1"]).await;
    let (created, updated) = (stream.client.expect_frame().await, stream.client.expect_frame().await);
    for (heard, action, pk) in [(created, "create", 2), (updated, "update", 1)] {
        let row = stream.ask("retrieve", json!({"pk": pk})).await.data(200);
        assert_eq!(heard, event(action, 200, row, "s"));
    }
}

async fn changes_of_one_transaction_are_told_when_it_is_committed(database: Database) {
    let (kitchen, mut stream) = kitchen(database).await;
    kitchen
        .others(&[
            copy!("second"),
            "UPDATE specimen SET title = 'another'",
            "UPDATE specimen SET title = 'a third'",
            copy!("third"),
            "DELETE FROM specimen WHERE slug = 'third'",
        ])
        .await;
    if kitchen.is_sqlite() {
        // It does not say what belongs together.
        stream.hears(&[trace("create", 2)]).await;
        for _ in 0..2 {
            stream.hears(&[trace("update", 1), trace("update", 2)]).await;
        }
        stream.hears(&[trace("create", 3), trace("delete", 3)]).await;
    } else {
        stream.hears(&[trace("create", 2), trace("update", 1)]).await;
    }
    kitchen.others(&["DELETE FROM specimen WHERE id = 2"]).await;
    stream.hears(&[trace("delete", 2)]).await;
}

async fn what_is_rolled_back_is_not_heard_of(database: Database) {
    let (kitchen, mut stream) = kitchen(database).await;
    kitchen.database.transaction(&[copy!("second"), "UPDATE specimen SET title = 'another'"], false).await;
    kitchen.others(&["DELETE FROM specimen WHERE id = 1"]).await;
    stream.hears(&[trace("delete", 1)]).await;
}

async fn a_row_that_moves_leaves_one_group_and_joins_another(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    let row = stream.create(specimen("first", json!({}))).await.data(201);
    for state in ["open", "done"] {
        assert_eq!(stream.under(state, "subscribe_to_findings", json!({"state": state})).await, 201);
    }
    kitchen.others(&["UPDATE specimen SET state = 'done'"]).await;
    let mut row = row;
    row["state"] = json!("done");
    stream.hears(&[event("delete", 200, row.clone(), "open"), event("create", 200, row, "done")]).await;
}

async fn many_rows_change_at_once(database: Database) {
    let (kitchen, mut stream) = kitchen(database).await;
    // More than are taken at once.
    let numbered = if kitchen.is_sqlite() { NUMBERED_SQLITE } else { NUMBERED_POSTGRES };
    kitchen.others(&[numbered]).await;
    for pk in 2..=1024 {
        stream.hears(&[trace("create", pk)]).await;
    }
    kitchen.others(&["UPDATE specimen SET memo = 'all'"]).await;
    for _ in 0..1024 {
        assert_eq!(stream.client.expect_frame().await["action"], "update");
    }
    kitchen.others(&["DELETE FROM specimen WHERE id = 1024"]).await;
    stream.hears(&[trace("delete", 1024)]).await;
}

async fn what_the_runtime_writes_is_told_once(database: Database) {
    let (kitchen, mut stream) = kitchen(database).await;
    let mut other = kitchen.open("specimens").await;
    other.create(specimen("second", json!({}))).await.data(201);
    other.ask("patch", json!({"pk": 2, "data": {"title": "another"}})).await.data(200);
    stream.hears(&[trace("create", 2), trace("update", 2)]).await;
    // In a transaction; what the application's own statement does beside it is not the runtime's to tell.
    let transaction = kitchen.db.begin().await.expect("a transaction");
    let db = transaction.db();
    let all = Specimen::objects(db).list().await.expect("specimens");
    Specimen::objects(db).delete(2).await.expect("it is there");
    db.execute("UPDATE specimen SET title = 'mine' WHERE id = 1", Vec::new()).await.expect("a statement");
    assert_eq!(all.len(), 2);
    transaction.commit().await.expect("a commit");
    stream.hears(&[trace("delete", 2), trace("update", 1)]).await;
    // One that has failed takes nothing along.
    other
        .create(specimen("first", json!({})))
        .await
        .refuses(400, json!([{"slug": ["specimen with this slug already exists."]}]));
    kitchen.others(&["DELETE FROM specimen WHERE id = 1"]).await;
    stream.hears(&[trace("delete", 1)]).await;
}

async fn statements_of_the_application_are_heard_of(database: Database) {
    let (kitchen, mut stream) = kitchen(database).await;
    kitchen.db.execute(copy!("second"), Vec::new()).await.expect("a statement");
    stream.hears(&[trace("create", 2)]).await;
    // And those of a program that has the same models, and serves nothing.
    let db = Db::connect(&kitchen.database.url(), &kitchen::MIGRATIONS).await.expect("the same database");
    Specimen::objects(&db).delete(2).await.expect("it is there");
    db.close().await;
    stream.hears(&[trace("delete", 2)]).await;
}

async fn many_to_many_relations_are_heard_of(database: Database) {
    let kitchen = Kitchen::start(database).await;
    kitchen.open("authors").await.create(json!({"name": "ann"})).await.data(201);
    kitchen.open("genres").await.create(json!({"label": "crime"})).await.data(201);
    kitchen.open("books").await.create(json!({"title": "one", "author": 1})).await.data(201);
    let mut stream = kitchen.open("book_details").await;
    assert_eq!(stream.under("s", "subscribe_instance", json!({"pk": 1})).await, 201);
    kitchen.others(&["INSERT INTO book_genres (book_id, genre_id) VALUES (1, 1)"]).await;
    let heard = stream.client.expect_frame().await;
    assert_eq!((&heard["action"], &heard["data"]["genres"][0]["label"]), (&json!("update"), &json!("crime")));
    // The runtime tells of its own.
    Book::GENRES.remove(&kitchen.db, 1, 1).await.expect("a relation that ends");
    assert_eq!(stream.client.expect_frame().await["data"]["genres"], json!([]));
    let changes = BookChanges { title: Some("two".to_owned()), ..BookChanges::default() };
    Book::objects(&kitchen.db).update(1, changes).await.expect("a change");
    assert_eq!(stream.client.expect_frame().await["data"]["title"], "two");
    // A cascade of the database.
    kitchen.others(&["DELETE FROM book WHERE id = 1"]).await;
    stream.hears(&[event("delete", 204, json!({"pk": 1}), "s")]).await;
}

async fn what_was_written_while_nobody_served_is_taken(database: Database) {
    let db = Db::connect(&database.url(), &kitchen::MIGRATIONS).await.expect("a database");
    db.execute("INSERT INTO author (name) VALUES ('ann')", Vec::new()).await.expect("an author");
    db.close().await;
    database.transaction(&["INSERT INTO book (title, author_id) VALUES ('one', 1)"], true).await;
    assert_eq!(database.text(NOTED).await, "1");
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("book_details").await;
    assert_eq!(stream.under("s", "subscribe_instance", json!({"pk": 1})).await, 201);
    // What is heard last was taken after everything else was told, and deleted.
    for title in ["UPDATE book SET title = 'two'", "UPDATE book SET title = 'three'"] {
        kitchen.others(&[title]).await;
        let heard = stream.client.expect_event(|frame| frame["data"]["title"] != "one").await;
        assert_eq!(heard["action"], "update");
    }
    assert_eq!(kitchen.database.text(OLD).await, "0");
}

async fn one_of_several_servers_tells(database: Database) {
    let (kitchen, mut stream) = kitchen(database).await;
    let beside = kitchen.beside().await;
    let mut other = beside.open("specimens").await;
    assert_eq!(other.under("s", "subscribe_to_traces", json!({})).await, 201);
    let mut told = Vec::new();
    for _ in 0..20 {
        kitchen.others(&["UPDATE specimen SET memo = memo || 'x'"]).await;
        // Without a broker only its own subscribers hear of it.
        let heard = tokio::select! {
            heard = stream.client.expect_frame() => heard,
            heard = other.client.expect_frame() => heard,
        };
        told.push(heard);
    }
    assert_eq!(told, vec![trace("update", 1); 20]);
    stream.heard_nothing().await;
    other.heard_nothing().await;
}

/// A note of a table whose columns are others now.
async fn what_cannot_be_read_is_a_gap(database: Database) {
    let (kitchen, mut stream) = kitchen(database).await;
    let note = r#"INSERT INTO _dcrf_change ("table", "before", "after") VALUES ('specimen', '{"id": "x"}', '{"id": "x"}')"#;
    let notify = if kitchen.is_sqlite() { "SELECT 1" } else { "SELECT pg_notify('_dcrf_change', '')" };
    kitchen.others(&[note, notify]).await;
    stream.hears(&[event("resync", 200, Value::Null, "s")]).await;
    kitchen.others(&[copy!("second")]).await;
    stream.hears(&[trace("create", 2)]).await;
}

async fn a_server_does_not_start_without_its_triggers(database: Database) {
    let db = Db::connect(&database.url(), &kitchen::MIGRATIONS).await.expect("a database");
    let sqlite = database.url().starts_with("sqlite");
    let drop =
        if sqlite { "DROP TRIGGER _dcrf_specimen_update" } else { "DROP TRIGGER _dcrf_change ON specimen" };
    db.execute(drop, Vec::new()).await.expect("a trigger");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let service = kitchen::service(super::super::app::App::new().0);
    let refused =
        service.serve(listener, db, std::future::pending()).await.expect_err("a trigger is missing");
    let text = refused.to_string();
    assert!(text.contains("specimen does not have the triggers by which changes"), "{text}");
}

const NOTED: &str = "SELECT CAST(count(*) AS TEXT) FROM _dcrf_change";
const OLD: &str = "SELECT CAST(count(*) AS TEXT) FROM _dcrf_change WHERE id = 1";

/// Stores 1023 specimens like the first, from these numbers.
macro_rules! numbered {
    ($numbers:literal) => {
        concat!(
            "INSERT INTO specimen (flag, count, large, ratio, title, mail, site, slug, uid, v4, v6, day, moment, clock, \
             span, price, fortune, data, state, grade, colour, address, tags, prices, free, memo, made, changed) ",
            $numbers,
            " SELECT flag, count, large, ratio, title, mail, site, 'n-' || n, uid, v4, v6, day, moment, clock, span, \
             price, fortune, data, state, grade, colour, address, tags, prices, free, memo, made, changed FROM \
             specimen, numbers WHERE id = 1 ORDER BY n"
        )
    };
}

const NUMBERED_SQLITE: &str =
    numbered!("WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1023)");
const NUMBERED_POSTGRES: &str = numbered!("WITH numbers (n) AS (SELECT generate_series(1, 1023))");

mod postgres_alone {
    use super::{Database, kitchen, trace};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_lost_connection_loses_nothing() {
        let Some(database) = Database::postgres().await else { return };
        let (kitchen, mut stream) = kitchen(database).await;
        kitchen
            .others(&[
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> \
                 pg_backend_pid()",
                copy!("second"),
            ])
            .await;
        stream.hears(&[trace("create", 2)]).await;
        kitchen.others(&["DELETE FROM specimen WHERE id = 1"]).await;
        stream.hears(&[trace("delete", 1)]).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_table_that_is_emptied_is_heard_of() {
        let Some(database) = Database::postgres().await else { return };
        let (kitchen, mut stream) = kitchen(database).await;
        kitchen.others(&[copy!("second")]).await;
        kitchen.others(&["TRUNCATE specimen"]).await;
        stream.hears(&[trace("create", 2), trace("delete", 1), trace("delete", 2)]).await;
    }
}
