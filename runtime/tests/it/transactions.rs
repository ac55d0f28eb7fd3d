//! Transactions: what they hide, what they undo, and that a broken one stops nobody. Migrations as well.

use super::databases::{Postgres, file_url, on_each, on_each_with, on_files_and_postgres};
use super::descriptors::{CATEGORY, MIGRATIONS};
use dcrf_runtime::db::{Dialect, Migration, Migrations};
use dcrf_runtime::{Db, Error, Object, store};

async fn add(db: &Db, name: &str) -> Result<(), Error> {
    let mut values = Object::empty(CATEGORY.columns.len());
    values.set(1, name);
    store::create(db, &CATEGORY, values).await.map(drop)
}

async fn count(db: &Db) -> usize {
    store::list(db, &CATEGORY).await.expect("rows").len()
}

#[tokio::test]
async fn writes_stay_or_go_together() {
    on_each(|db| async move {
        let transaction = db.begin().await.expect("begin");
        add(transaction.db(), "a").await.expect("a row");
        assert_eq!(count(transaction.db()).await, 1);
        // A refusal undoes itself alone.
        assert_eq!(add(transaction.db(), "a").await.expect_err("taken").status(), 400);
        add(transaction.db(), "b").await.expect("a row");
        transaction.commit().await.expect("commit");
        assert_eq!(count(&db).await, 2);

        let transaction = db.begin().await.expect("begin");
        let handle = transaction.db().clone();
        add(&handle, "c").await.expect("a row");
        drop(transaction);
        assert!(add(&handle, "d").await.is_err(), "the transaction is over");
        assert_eq!(count(&db).await, 2);
        add(&db, "e").await.expect("the writer goes on");
    })
    .await;
}

#[tokio::test]
async fn nobody_sees_what_is_not_committed() {
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        let transaction = db.begin().await.expect("begin");
        add(transaction.db(), "a").await.expect("a row");
        assert_eq!(count(&db).await, 0);
        transaction.commit().await.expect("commit");
        assert_eq!(count(&db).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_panic_or_a_cancellation_gives_the_connection_back() {
    on_each(|db| async move {
        let own = db.clone();
        let panics = tokio::spawn(async move {
            let transaction = own.begin().await.expect("begin");
            add(transaction.db(), "a").await.expect("a row");
            panic!("on purpose");
        });
        assert!(panics.await.is_err());
        let own = db.clone();
        let (begun, wait) = tokio::sync::oneshot::channel();
        let cancelled = tokio::spawn(async move {
            let transaction = own.begin().await.expect("begin");
            add(transaction.db(), "b").await.expect("a row");
            begun.send(()).expect("a listener");
            std::future::pending::<()>().await;
            drop(transaction);
        });
        wait.await.expect("begun");
        cancelled.abort();
        assert!(cancelled.await.is_err());
        add(&db, "c").await.expect("the writer goes on");
        assert_eq!(count(&db).await, 1);
    })
    .await;
}

#[tokio::test]
async fn statements_cancelled_midway_do_no_harm() {
    on_each(|db| async move {
        for _ in 0..50 {
            let own = db.clone();
            let task = tokio::spawn(async move {
                let transaction = own.begin().await.expect("begin");
                for number in 0..20 {
                    add(transaction.db(), &format!("n{number}")).await.expect("a row");
                }
                std::future::pending::<()>().await;
                drop(transaction);
            });
            tokio::task::yield_now().await;
            task.abort();
            let _ = task.await;
        }
        add(&db, "last").await.expect("the writer goes on");
        assert_eq!(count(&db).await, 1);
    })
    .await;
}

static CHANGED: Migrations = Migrations {
    sqlite: &[Migration { version: 1, name: "init", sql: "CREATE TABLE other (id INTEGER)" }],
    postgres: &[Migration { version: 1, name: "init", sql: "CREATE TABLE other (id INTEGER)" }],
};
static BROKEN: Migrations = Migrations {
    sqlite: &[Migration {
        version: 7,
        name: "b",
        sql: "CREATE TABLE t (id INTEGER); CREATE TABLE t (id INTEGER)",
    }],
    postgres: &[Migration {
        version: 7,
        name: "b",
        sql: "CREATE TABLE t (id INTEGER); CREATE TABLE t (id INTEGER)",
    }],
};

#[tokio::test]
async fn migrations_run_once_and_never_change() {
    let folder = tempfile::tempdir().expect("a folder");
    migrations_at(&file_url(&folder)).await;
    if let Some(postgres) = Postgres::create().await {
        migrations_at(&postgres.url).await;
        postgres.drop().await;
    }
}

async fn migrations_at(url: &str) {
    // Servers that start at once.
    let starts: Vec<_> = (0..4)
        .map(|_| {
            let url = url.to_owned();
            tokio::spawn(async move { Db::connect(&url, &MIGRATIONS).await })
        })
        .collect();
    for start in starts {
        let db = start.await.expect("no panic").expect("a connection");
        db.close().await;
    }
    let db = Db::connect(url, &MIGRATIONS).await.expect("again");
    add(&db, "a").await.expect("a row");
    db.close().await;
    assert!(add(&db, "b").await.is_err(), "closed");
    let error = Db::connect(url, &CHANGED).await.expect_err("changed");
    assert!(error.to_string().contains("has changed"), "{error}");
    let error = Db::connect(url, &BROKEN).await.expect_err("broken");
    assert!(error.to_string().contains("migration 7 (b)"), "{error}");
    let db = Db::connect(url, &MIGRATIONS).await.expect("nothing of it is left");
    assert_eq!(count(&db).await, 1);
    assert!(db.query("SELECT * FROM t", Vec::new()).await.is_err());
    db.close().await;
}

const DEFERRED: &str = "CREATE TABLE a (id BIGINT PRIMARY KEY);
    CREATE TABLE b (id BIGINT PRIMARY KEY, a BIGINT NOT NULL REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO a VALUES (1)";
static DEFERRED_CHECKS: Migrations = Migrations {
    sqlite: &[Migration { version: 1, name: "deferred", sql: DEFERRED }],
    postgres: &[Migration { version: 1, name: "deferred", sql: DEFERRED }],
};

#[tokio::test]
async fn a_commit_that_fails_is_the_failure_of_one() {
    on_each_with(&DEFERRED_CHECKS, |db| async move {
        let writes: Vec<_> = (0..100_i64)
            .map(|id| {
                let db = db.clone();
                // Every tenth refers to a row that is not there, which only a commit finds out.
                let a: i64 = if id % 10 == 0 { 9 } else { 1 };
                let sql = "INSERT INTO b (id, a) VALUES ($1, $2)";
                tokio::spawn(async move { (id, db.execute(sql, vec![id.into(), a.into()]).await) })
            })
            .collect();
        for write in writes {
            let (id, result) = write.await.expect("no panic");
            assert_eq!(result.is_err(), id % 10 == 0, "{id}");
        }
        let mut rows = db.query("SELECT COUNT(*) FROM b", Vec::new()).await.expect("a count");
        assert_eq!(rows[0].take::<i64>(0).expect("a number"), 90);
    })
    .await;
}

/// Django declares its foreign keys as deferred.
#[tokio::test]
async fn a_statement_of_a_transaction_makes_deferred_checks_on_postgresql() {
    on_each_with(&DEFERRED_CHECKS, |db| async move {
        if db.dialect() == Dialect::Sqlite {
            return;
        }
        let insert = "INSERT INTO b (id, a) VALUES ($1, $2)";
        let transaction = db.begin().await.expect("begin");
        assert!(transaction.db().execute(insert, vec![1_i64.into(), 9_i64.into()]).await.is_err());
        transaction.db().execute(insert, vec![2_i64.into(), 1_i64.into()]).await.expect("a row");
        transaction.commit().await.expect("commit");
        // An application that needs them at the commit says so.
        let transaction = db.begin().await.expect("begin");
        let later = transaction.db().execute("SET CONSTRAINTS ALL DEFERRED", Vec::new());
        later.await.expect("a setting");
        for sql in ["INSERT INTO b (id, a) VALUES (3, 9)", "INSERT INTO a (id) VALUES (9)"] {
            transaction.db().execute(sql, Vec::new()).await.expect("a row");
        }
        transaction.commit().await.expect("commit");
        let mut rows = db.query("SELECT COUNT(*) FROM b", Vec::new()).await.expect("a count");
        assert_eq!(rows[0].take::<i64>(0).expect("a number"), 2);
    })
    .await;
}

/// Three connections open a database: that of transactions, that of groups, and those that read.
#[tokio::test]
async fn every_connection_opens_what_the_url_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().display();
    let files = [
        format!("sqlite:{folder}/a.db"),
        format!("sqlite://{folder}/b.db?mode=rwc"),
        format!("sqlite:///{folder}/c.db"),
        format!("sqlite:{folder}/d%3Fe%23f%25%20.db?cache=shared"),
        format!("sqlite:file:{folder}/g.db"),
        format!("sqlite:file://{folder}/h.db"),
    ];
    let memory = ["sqlite::memory:", "sqlite://one?mode=memory", "sqlite://two?mode=memory&cache=private"];
    for url in files.iter().map(String::as_str).chain(memory) {
        let db = Db::connect(url, &MIGRATIONS).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        add(&db, "a").await.unwrap_or_else(|error| panic!("{url}: {error}"));
        let transaction = db.begin().await.expect("begin");
        assert_eq!(count(transaction.db()).await, 1, "{url}");
        add(transaction.db(), "b").await.expect("a row");
        transaction.commit().await.expect("commit");
        assert_eq!(count(&db).await, 2, "{url}");
        db.close().await;
    }
    for url in &files {
        let db = Db::connect(url, &MIGRATIONS).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(count(&db).await, 2, "{url}");
        db.close().await;
    }
}

#[tokio::test]
async fn lost_connections_are_replaced() {
    let Some(postgres) = Postgres::create().await else { return };
    // So many that eight of them may be transactions.
    let url = format!("{}?pool=27", postgres.url);
    let db = Db::connect(&url, &MIGRATIONS).await.expect("PostgreSQL");
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(db.begin().await.expect("begin"));
    }
    drop(open);
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
    db.query(kill, Vec::new()).await.expect("an answer");
    for _ in 0..12 {
        assert_eq!(count(&db).await, 0);
    }
    db.query(kill, Vec::new()).await.expect("an answer");
    let transaction = db.begin().await.expect("begin");
    add(transaction.db(), "a").await.expect("a row");
    transaction.commit().await.expect("commit");
    db.close().await;
    postgres.drop().await;
}

#[tokio::test]
async fn a_database_that_does_not_hold_every_text_is_refused() {
    let Some(postgres) = Postgres::create().await else { return };
    let admin = Db::connect(&postgres.url, &MIGRATIONS).await.expect("PostgreSQL");
    let name = format!("ascii_{}", dcrf_runtime::Uuid::random().to_string().replace('-', ""));
    let made = "ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0";
    admin.execute(format!("CREATE DATABASE {name} {made}").leak(), Vec::new()).await.expect("a database");
    let (base, _) = postgres.url.rsplit_once('/').expect("a URL with a database");
    let refused = Db::connect(&format!("{base}/{name}"), &MIGRATIONS).await.expect_err("it is not UTF8");
    assert!(refused.to_string().contains("its encoding is SQL_ASCII"), "{refused}");
    admin.execute(format!("DROP DATABASE {name}").leak(), Vec::new()).await.expect("nobody uses it");
    admin.close().await;
    postgres.drop().await;
}
