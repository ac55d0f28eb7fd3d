//! A full disk, by the number of pages that a database in this process may have.

use std::collections::BTreeSet;
use std::time::Instant;

use dcrf_e2e::Database;
use dcrf_runtime::{Error, Reason};
use serde_json::json;

use super::judge::{Tally, Verdict, judge};
use super::world::get;
use super::{Report, seeded};
use crate::kitchen::Kitchen;

/// Faults of a run.
const FAULTS: usize = 25;

/// How many pages the database has, or may have from now on.
async fn pages(kitchen: &Kitchen, sql: &'static str) -> i64 {
    let rows = kitchen.db.query(sql, Vec::new()).await.expect("a setting");
    let first = rows.into_iter().next().expect("an answer").take(0);
    first.expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told() {
    let mut random = seeded("full");
    let kitchen = Kitchen::start(Database::sqlite()).await;
    kitchen.open("boards").await.create(json!({"name": "first"})).await.data(201);
    let mut cards = kitchen.open("cards").await;
    let (mut tally, mut report) = (Tally::default(), Report::default());
    // A page has room for some of them.
    let long = "x".repeat(90);
    let list = json!({"action": "list", "request_id": 0});
    let mut number = 0;
    for _ in 0..FAULTS {
        let began = Instant::now();
        // What it has, and no more.
        pages(&kitchen, "PRAGMA max_page_count = 1").await;
        let (mut refused, wanted) = (0, 1 + random.below(5));
        while refused < wanted {
            number += 1;
            let text = format!("{number}/{long}");
            let frame = json!({"action": "create", "request_id": number, "data": {"board": 1, "text": text}});
            let answer = cards.client.request(&frame).await;
            let verdict = judge(&answer);
            if verdict == Verdict::Refused("The database is full.".to_owned()) {
                refused += 1;
            }
            tally.write(text, verdict);
            let read = cards.client.request(&list).await;
            tally.read("a list", &judge(&read));
        }
        if random.below(4) == 0 {
            let told = async {
                while get(kitchen.address(), "/readyz").await != (503, "The database is full.".to_owned()) {}
            };
            tokio::time::timeout(dcrf_e2e::LIMIT, told).await.expect("a probe is told");
        }
        pages(&kitchen, "PRAGMA max_page_count = 1000000").await;
        if random.below(4) == 0 {
            // Nobody has written since: it has found out by itself.
            let told = async { while get(kitchen.address(), "/readyz").await.0 != 200 {} };
            tokio::time::timeout(dcrf_e2e::LIMIT, told).await.expect("a probe is told");
        }
        report.count("SQLite: the disk full", began);
    }
    let stored = cards.client.request(&list).await;
    let texts = stored["data"].as_array().expect("a list").iter();
    let texts: BTreeSet<String> =
        texts.map(|row| row["text"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(tally.missed(&texts), [] as [String; 0]);
    report.print(&tally);
}

/// SQLite ends a transaction by itself when the disk is full. What comes after that in it is not stored either.
#[tokio::test]
async fn nothing_of_a_transaction_is_stored_that_the_database_has_ended() {
    let kitchen = Kitchen::start(Database::sqlite()).await;
    let transaction = kitchen.db.begin().await.expect("a transaction");
    let db = transaction.db().clone();
    let insert = "INSERT INTO board (name, colour) VALUES ($1, '')";
    db.execute(insert, vec!["before".into()]).await.expect("there is room");
    db.query("PRAGMA max_page_count = 1", Vec::new()).await.expect("a setting");
    let (first, second) = tokio::join!(
        db.execute(insert, vec!["x".repeat(100_000).into()]),
        // It waits for its turn, and may have been asked for before.
        db.execute(insert, vec!["after".into()]),
    );
    for error in [first.expect_err("there is no room"), second.expect_err("nor is there a transaction")] {
        assert!(matches!(&error, Error::Unavailable(outage) if outage.reason == Reason::Full), "{error}");
    }
    assert!(db.execute(insert, vec!["later".into()]).await.is_err());
    transaction.commit().await.expect_err("nothing is left");
    let rows = kitchen.db.query("SELECT name FROM board", Vec::new()).await.expect("a list");
    assert!(rows.is_empty(), "{rows:?}");
}
