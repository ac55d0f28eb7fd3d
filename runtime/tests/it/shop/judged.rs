//! The row that a permission lets pass is the row that is written.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use dcrf_runtime::{Db, Model as _, Value as Stored};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::goods::{MIGRATIONS, Product};
use super::{Server, on_files_and_postgres, product};

/// Whose the product is, and what it is called; none: it is gone.
async fn owner_and_name(db: &Db, key: i64) -> Option<(Stored, Stored)> {
    let row = Product::objects(db).get(key).await.ok()?;
    Some((row.value(3).clone(), row.value(1).clone()))
}

/// Has a request judged, changes the row, and lets the judgement be answered. Gives the answer, and the owners that were
/// judged.
async fn between(db: &Db, key: i64, frame: Value, change: &'static str) -> (Value, Vec<Stored>) {
    let server = Server::start(db).await;
    let gate = Arc::new(Semaphore::new(0));
    *server.watch.gate.lock().expect("no panic") = Some(Arc::clone(&gate));
    let mut client = server.open("owned").await;
    client.send(&frame).await;
    while server.watch.judged.lock().expect("no panic").is_empty() {
        tokio::task::yield_now().await;
    }
    db.execute(change, vec![key.into()]).await.expect("others write");
    gate.add_permits(10);
    let answer = client.expect_reply(&frame["request_id"]).await;
    let judged = server.watch.judged.lock().expect("no panic");
    (answer, judged.iter().map(|row| row.values()[3].clone()).collect())
}

fn requests(key: i64) -> [Value; 3] {
    [
        json!({"action": "patch", "request_id": 1, "pk": key, "data": {"name": "mine"}}),
        json!({"action": "patch", "request_id": 1, "pk": key, "data": {"name": "mine", "tags": []}}),
        json!({"action": "delete", "request_id": 1, "pk": key}),
    ]
}

const NOTE: &str = "UPDATE product SET note = '{\"b\": 1.0, \"a\": [ ]}' WHERE id = $1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_judged_is_what_is_written() {
    for index in 0..3 {
        on_files_and_postgres(&MIGRATIONS, |db| async move {
            let text = |text: &str| Stored::Text(text.to_owned());
            let key = product(&db, 1).await;
            db.execute(NOTE, vec![key.into()]).await.expect("a note");
            let frame = requests(key)[index].clone();
            let (answer, judged) =
                between(&db, key, frame, "UPDATE product SET owner = 'bob' WHERE id = $1").await;
            assert_eq!(answer["response_status"], 403, "{answer}");
            assert_eq!(judged, [text("me"), text("bob")]);
            assert_eq!(owner_and_name(&db, key).await, Some((text("bob"), text("plant"))));
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_judged_again_is_done() {
    for index in 0..3 {
        on_files_and_postgres(&MIGRATIONS, |db| async move {
            let text = |text: &str| Stored::Text(text.to_owned());
            let key = product(&db, 1).await;
            let frame = requests(key)[index].clone();
            let (answer, judged) =
                between(&db, key, frame, "UPDATE product SET quantity = 7 WHERE id = $1").await;
            assert_eq!(answer["response_status"], if index == 2 { 204 } else { 200 }, "{answer}");
            assert_eq!(judged, [text("me"), text("me")]);
            let left = (index < 2).then(|| (text("me"), text("mine")));
            assert_eq!(owner_and_name(&db, key).await, left);
            if index < 2 {
                assert_eq!(answer["data"]["quantity"], 7, "nothing of the others is lost: {answer}");
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_gone_by_then_is_not_found() {
    for index in 0..3 {
        on_files_and_postgres(&MIGRATIONS, |db| async move {
            let key = product(&db, 1).await;
            let frame = requests(key)[index].clone();
            let (answer, _) = between(&db, key, frame, "DELETE FROM product WHERE id = $1").await;
            assert_eq!(answer["response_status"], 404, "{answer}");
        })
        .await;
    }
}

/// A row that nobody changes meanwhile costs nothing more: a look-up and the write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn few_statements_are_enough() {
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        let server = Server::start(&db).await;
        let key = product(&db, 1).await;
        db.execute(NOTE, vec![key.into()]).await.expect("a note");
        for (stream, statements) in [("owned", 2), ("products", 1)] {
            let mut client = server.open(stream).await;
            let before = db.statements();
            let frame = requests(key)[0].clone();
            let answer = client.request(&frame).await;
            assert_eq!(answer["response_status"], 200, "{answer}");
            // The serializer shows the keys of a relation by one more.
            assert_eq!(db.statements() - before, statements + 1, "{stream} on {:?}", db.dialect());
        }
        for (stream, statements) in [("owned", 2), ("products", 1)] {
            let key = product(&db, 1).await;
            let mut client = server.open(stream).await;
            let before = db.statements();
            let answer = client.request(&requests(key)[2]).await;
            assert_eq!(answer["response_status"], 204, "{answer}");
            assert_eq!(db.statements() - before, statements, "{stream} on {:?}", db.dialect());
        }
        assert_eq!(server.watch.begun.load(Ordering::Relaxed), 0);
    })
    .await;
}
