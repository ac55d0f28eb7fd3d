//! Who waits for whom.

use dcrf_runtime::db::{Dialect, Transaction};
use dcrf_runtime::meta::Isolation;
use dcrf_runtime::{Db, Error, Model as _, Value as Stored};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::goods::{MIGRATIONS, Product};
use super::{Server, answered, on_each_with, on_files_and_postgres, product, stock};
use crate::databases::{Postgres, file_url};

/// Until somebody waits for a lock on PostgreSQL.
async fn somebody_waits(db: &Db) {
    let waits =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while db.query(waits, Vec::new()).await.expect("an answer").is_empty() {
        tokio::task::yield_now().await;
    }
}

/// Somebody else gives the row away, and commits while a `detail` action waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_is_judged_when_it_is_locked() {
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        let server = Server::start(&db).await;
        let key = product(&db, 1).await;
        let mut client = server.open("owned").await;
        let transaction = db.begin().await.expect("a transaction");
        let give = "UPDATE product SET owner = 'bob' WHERE id = $1";
        transaction.db().execute(give, vec![key.into()]).await.expect("it is given");
        let frame = json!({"action": "give", "request_id": 1, "pk": key, "to": "eve"});
        client.send(&frame).await;
        if db.dialect() == Dialect::Postgres {
            somebody_waits(&db).await;
        }
        transaction.commit().await.expect("it is committed");
        let answer = client.expect_reply(&json!(1)).await;
        assert_eq!(answer["response_status"], 403, "{answer}");
        let judged = server.watch.judged.lock().expect("no panic").clone();
        assert_eq!(judged.len(), 1);
        assert_eq!(judged[0].values()[3], Stored::Text("bob".to_owned()));
    })
    .await;
}

/// A row leaves the queryset as another row changes, while it is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queryset_is_asked_about_the_locked_row() {
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        let server = Server::start(&db).await;
        db.execute("INSERT INTO shelf (keeper) VALUES ('me')", Vec::new()).await.expect("a shelf");
        let tags = json!({"name": "mine", "tags": []});
        for (action, more) in [("give", json!("eve")), ("patch", tags)] {
            let key = product(&db, 1).await;
            db.execute("UPDATE shelf SET keeper = 'me'", Vec::new()).await.expect("a keeper");
            db.execute("UPDATE product SET shelf = 1", Vec::new()).await.expect("they are on it");
            let mut client = server.open("kept").await;
            let transaction = db.begin().await.expect("a transaction");
            let other = transaction.db();
            other.execute("UPDATE shelf SET keeper = 'bob'", Vec::new()).await.expect("another keeper");
            let touch = "UPDATE product SET quantity = 2 WHERE id = $1";
            other.execute(touch, vec![key.into()]).await.expect("it is written");
            client
                .send(&json!({"action": action, "request_id": 1, "pk": key, "to": more, "data": more}))
                .await;
            if db.dialect() == Dialect::Postgres {
                somebody_waits(&db).await;
            }
            transaction.commit().await.expect("it is committed");
            let answer = client.expect_reply(&json!(1)).await;
            assert_eq!(answer["response_status"], 404, "{action}: {answer}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_locked_in_transactions_alone() {
    on_each_with(&MIGRATIONS, |db| async move {
        let keys = [product(&db, 1).await, product(&db, 2).await];
        let products = Product::objects(&db);
        let error = products.get_for_update(keys[0]).await.expect_err("there is no transaction");
        assert!(error.to_string().contains("make the action `atomic`, or use `Db::begin`"), "{error}");
        let both = || Product::ID.is_in(keys);
        assert!(products.filter(both()).list_for_update().await.is_err());
        let transaction = db.begin().await.expect("a transaction");
        let products = Product::objects(transaction.db());
        assert_eq!(products.get_for_update(keys[1]).await.expect("it is there").quantity(), 2);
        assert_eq!(products.get_for_update(keys[1] + 1).await.expect_err("there is none").status(), 404);
        let locked = products.filter(both()).list_for_update().await.expect("two rows");
        assert_eq!(locked.iter().map(Product::id).collect::<Vec<_>>(), keys);
        transaction.commit().await.expect("it is committed");
    })
    .await;
}

/// Each of two reads what the other writes: there is no order in which they could have run. One is lost, with whatever
/// else is tried in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_transaction_is_over() {
    let Some(postgres) = Postgres::create().await else { return };
    let db = Db::connect(&postgres.url, &MIGRATIONS).await.expect("PostgreSQL");
    let keys = [product(&db, 1).await, product(&db, 1).await];
    let begin = || db.begin_with(Isolation::Serializable);
    let (first, second) = (begin().await.expect("begun"), begin().await.expect("begun"));
    let touch = |of: &Transaction, read: i64, write: i64| {
        let of = of.db().clone();
        async move {
            let products = Product::objects(&of);
            let read = products.get(read).await?;
            products.patch(write, [Product::QUANTITY.set(read.quantity() + 1)]).await
        }
    };
    touch(&first, keys[0], keys[1]).await.expect("it is written");
    touch(&second, keys[1], keys[0]).await.expect("it is written");
    first.commit().await.expect("it is committed");
    let handle = second.db().clone();
    let lost = Product::objects(&handle).get(keys[0]).await.expect_err("it is lost");
    assert!(matches!(lost, Error::Unavailable(_)), "{lost}");
    let more = Product::objects(&handle).get(keys[0]).await.expect_err("it stays lost");
    assert!(more.to_string().contains("an earlier statement has lost the transaction"), "{more}");
    let commit = second.commit().await.expect_err("there is nothing to commit");
    assert_eq!((commit.status(), matches!(commit, Error::Unavailable(_))), (503, true), "{commit}");
    assert_eq!([stock(&db, keys[0]).await, stock(&db, keys[1]).await], [1, 2]);
    db.close().await;
    postgres.drop().await;
}

/// Another process has locked the file for longer than anybody waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_others_lock_is_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::connect(&file_url(&folder), &MIGRATIONS).await.expect("SQLite");
    let other = Db::connect(&file_url(&folder), &MIGRATIONS).await.expect("SQLite");
    let server = Server::start(&db).await;
    let key = product(&db, 5).await;
    let locked = other.begin().await.expect("a transaction");
    let (mut buyer, mut client) = (server.open("products").await, server.open("products").await);
    buyer.send(&json!({"action": "buy", "request_id": 1, "pk": key})).await;
    let add = json!({"action": "add", "request_id": 1, "pk": key, "by": 1});
    let answer = client.request(&add).await;
    assert_eq!(answer["response_status"], 503, "{answer}");
    assert!(answer["errors"][0].as_str().is_some_and(|text| text.contains("Nothing was stored")), "{answer}");
    drop(locked);
    let bought = buyer.expect_reply(&json!(1)).await;
    assert_eq!(bought["response_status"], 200, "the transaction runs again: {bought}");
    assert_eq!(stock(&db, key).await, 4);
    drop(server);
    db.close().await;
    other.close().await;
}

/// PostgreSQL looks for deadlocks after a second: too long for a test that is full of them.
const AT_ONCE: &str = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = ''20ms''', \
                       current_database()); END $$";

/// Half of all want one row first, half the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deadlocks_are_nobodys_error() {
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        if db.dialect() == Dialect::Postgres {
            db.execute(AT_ONCE, Vec::new()).await.expect("it is set for connections to come");
        }
        let server = Server::start(&db).await;
        let keys = [product(&db, 0).await, product(&db, 0).await];
        let mut sockets = JoinSet::new();
        for number in 0..4 {
            let mut client = server.open("products").await;
            sockets.spawn(async move {
                let keys = if number % 2 == 0 { keys } else { [keys[1], keys[0]] };
                for id in 0..10 {
                    let frame = json!({"action": "cross", "request_id": id, "keys": keys});
                    let answer = client.request(&frame).await;
                    assert_eq!(answered(&answer), (200, &Value::Null), "{answer}");
                }
            });
        }
        sockets.join_all().await;
        for key in keys {
            assert_eq!(stock(&db, key).await, 40, "each is done once");
        }
    })
    .await;
}

/// Two rows, or one, are related to the same others, given in one order and in the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_written_in_one_order() {
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        let server = Server::start(&db).await;
        for _ in 0..20 {
            db.execute("INSERT INTO tag DEFAULT VALUES", Vec::new()).await.expect("a tag");
        }
        let rows = [product(&db, 0).await, product(&db, 0).await];
        for keys in [[rows[0], rows[0]], rows] {
            let mut sockets = JoinSet::new();
            for (number, key) in keys.into_iter().enumerate() {
                let mut client = server.open("products").await;
                sockets.spawn(async move {
                    for id in 0..40 {
                        let mut tags: Vec<i64> = if id % 2 == 0 { (1..=20).collect() } else { Vec::new() };
                        if number == 1 {
                            tags.reverse();
                        }
                        let data = json!({"tags": tags});
                        let frame = json!({"action": "patch", "request_id": id, "pk": key, "data": data});
                        let answer = client.request(&frame).await;
                        assert_eq!(answer["response_status"], 200, "{answer}");
                    }
                });
            }
            sockets.join_all().await;
        }
    })
    .await;
}
