//! Tests reads of a file: on which thread they run, what stops them, and what they may not do.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use sqlx::SqlSafeStr;
use tokio::task::yield_now;
use tokio::time::timeout;

use super::{READERS, Readers, SHARES};
use crate::db::fair_queue::FairQueue;
use crate::db::sqlite::local::Location;
use crate::db::{Arg, DbResult, Outcome, Requester, Shape, Statement};
use crate::schema::value::Value;

/// The longest wait of a test.
const LIMIT: Duration = Duration::from_secs(60);
/// The statement takes some hundred times the budget of the calling thread.
const LONG: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) \
                    SELECT max(i) FROM n";
/// The statement takes longer than the test needs to see that it has begun.
const LONGER: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000000) \
                      SELECT max(i) FROM n";
const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

fn readers(directory: &Path, name: &str) -> (Readers, Connection) {
    let path = directory.join(name);
    let writer = Connection::open(&path).expect("a file");
    writer.execute_batch("CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (7)").expect("a table");
    (Readers::new(Location::file(&path, "mode=rwc"), LIMIT, FairQueue::new(SHARES)).expect("readers"), writer)
}

async fn read(readers: &Readers, sql: impl SqlSafeStr, args: Vec<Arg>) -> DbResult<Vec<Vec<Value>>> {
    let read = readers.run(Statement::read(sql, args, Shape::Untyped).long(), &Requester::Application);
    let Outcome { rows, .. } = timeout(LIMIT, read).await.expect("in time")?;
    Ok(rows.iter().map(|row| row.values().to_vec()).collect())
}

#[tokio::test]
async fn a_long_read_lets_others_run() {
    let directory = tempfile::tempdir().expect("a directory");
    let (readers, _writer) = readers(directory.path(), "a.sqlite3");
    let readers = Arc::new(readers);
    let long = tokio::spawn({
        let readers = Arc::clone(&readers);
        async move { read(&readers, LONGER, Vec::new()).await }
    });
    // There is only this thread: it is free as soon as the read is on another one.
    while readers.blocking.available_permits() == READERS && !long.is_finished() {
        yield_now().await;
    }
    assert!(!long.is_finished());
    let short = read(&readers, "SELECT a FROM t", Vec::new()).await.expect("a row");
    assert_eq!(short, [[Value::Integer(7)]]);
    let long = timeout(LIMIT, long).await.expect("in time").expect("no panic");
    assert_eq!(long.expect("a row"), [[Value::Integer(5_000_000)]]);
    assert_eq!(readers.blocking.available_permits(), READERS);
}

#[tokio::test]
async fn reads_that_wait_for_a_thread_hold_no_connection() {
    let directory = tempfile::tempdir().expect("a directory");
    let (readers, _writer) = readers(directory.path(), "a.sqlite3");
    let readers = Arc::new(readers);
    let all = readers.blocking.acquire_many(READERS as u32).await.expect("permits");
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let readers = Arc::clone(&readers);
            tokio::spawn(async move { read(&readers, LONG, Vec::new()).await })
        })
        .collect();
    // Each of them has its turn, exceeds the budget, and waits.
    for _ in 0..1_000 {
        yield_now().await;
    }
    assert_eq!(readers.idle().len(), 1);
    drop(all);
    for read in waiting {
        let rows = timeout(LIMIT, read).await.expect("in time").expect("no panic");
        assert_eq!(rows.expect("a row"), [[Value::Integer(300_000)]]);
    }
    assert!(readers.idle().len() <= READERS);
}

#[tokio::test]
async fn short_reads_run_where_they_are_asked_however_many_there_are() {
    let directory = tempfile::tempdir().expect("a directory");
    let (readers, _writer) = readers(directory.path(), "a.sqlite3");
    // None of these may ever wait for a thread.
    let _all = readers.blocking.acquire_many(READERS as u32).await.expect("permits");
    for _ in 0..10_000 {
        assert_eq!(
            read(&readers, "SELECT a FROM t", Vec::new()).await.expect("a row"),
            [[Value::Integer(7)]]
        );
    }
    assert_eq!(readers.idle().len(), 1);
}

#[tokio::test]
async fn a_read_that_nobody_waits_for_stops() {
    let directory = tempfile::tempdir().expect("a directory");
    let (readers, _writer) = readers(directory.path(), "a.sqlite3");
    let endless =
        readers.run(Statement::read(ENDLESS, Vec::new(), Shape::Untyped).long(), &Requester::Application);
    assert!(timeout(Duration::from_millis(20), endless).await.is_err());
    // Closing waits for all reads in progress.
    timeout(LIMIT, readers.close()).await.expect("it has stopped");
    let closed = read(&readers, "SELECT a FROM t", Vec::new()).await;
    assert!(matches!(closed, Err(sqlx::Error::PoolClosed)), "{closed:?}");
    timeout(LIMIT, readers.closing()).await.expect("it is closed");
}

#[tokio::test]
async fn a_read_waits_for_whoever_has_locked_the_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let (readers, writer) = readers(directory.path(), "a.sqlite3");
    let readers = Arc::new(readers);
    // Without a write-ahead log, a writer excludes readers.
    writer.execute_batch("BEGIN EXCLUSIVE; UPDATE t SET a = 8").expect("a lock");
    let waiting = tokio::spawn({
        let readers = Arc::clone(&readers);
        async move { read(&readers, "SELECT a FROM t", Vec::new()).await }
    });
    while readers.blocking.available_permits() == READERS && !waiting.is_finished() {
        yield_now().await;
    }
    writer.execute_batch("COMMIT").expect("a commit");
    let waited = timeout(LIMIT, waiting).await.expect("in time").expect("no panic");
    assert_eq!(waited.expect("a row"), [[Value::Integer(8)]]);
}

#[tokio::test]
async fn arguments_go_by_their_numbers() {
    let directory = tempfile::tempdir().expect("a directory");
    let (readers, _writer) = readers(directory.path(), "a.sqlite3");
    let args = || vec![Arg::plain("one"), Arg::plain(2_i64), Arg::plain(Value::Null)];
    let rows = read(&readers, "SELECT $2, $1, $2, $3", args()).await.expect("a row");
    let text = Value::Text("one".to_owned());
    assert_eq!(rows, [[Value::Integer(2), text.clone(), Value::Integer(2), Value::Null]]);
    let rows = read(&readers, "SELECT ?2, ?1", args()).await.expect("a row");
    assert_eq!(rows, [[Value::Integer(2), text]]);
    // An argument that was bound before must not be kept.
    let missing = read(&readers, "SELECT $2, $1, $2, $3", vec![Arg::plain("one")]).await;
    assert!(matches!(missing, Err(sqlx::Error::Encode(_))), "{missing:?}");
}

#[tokio::test]
async fn what_is_no_read_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let (readers, _writer) = readers(directory.path(), "a.sqlite3");
    for sql in ["DELETE FROM t", "SELECT 1; DELETE FROM t", "SELECT a FROM nowhere", "SELECT"] {
        let refused = read(&readers, sql, Vec::new()).await;
        assert!(refused.is_err(), "{sql}: {refused:?}");
    }
    let error = read(&readers, "DELETE FROM t", Vec::new()).await.expect_err("a write");
    let code = error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned());
    assert_eq!(code.as_deref(), Some("8"), "SQLITE_READONLY");
    assert_eq!(
        read(&readers, "SELECT count(*) FROM t", Vec::new()).await.expect("a row"),
        [[Value::Integer(1)]]
    );
}

#[tokio::test]
async fn a_file_may_be_called_anything() {
    let directory = tempfile::tempdir().expect("a directory");
    for name in ["with space", "100%", "a?b=c", "a#b", "%20", "ä"] {
        let (readers, _writer) = readers(directory.path(), name);
        let rows = read(&readers, "SELECT a FROM t", Vec::new()).await.expect(name);
        assert_eq!(rows, [[Value::Integer(7)]], "{name}");
    }
}
