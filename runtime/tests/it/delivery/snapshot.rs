//! Subscriptions that begin with the rows that are there, and how they end.

use board::models::{Message, NewTag, Tag};
use dcrf_runtime::db::Transaction;
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Db, Model as _};
use serde_json::{Value, json};

use super::resume::{greeted, replayed};
use super::{Node, event, new, on_each, said, told};

/// Subscribes with the rows.
pub(super) async fn snapshot(client: &mut TestClient, ask: Value) -> Value {
    let mut ask = ask;
    ask["$dcrf"] = json!({"snapshot": true});
    let answer = client.request(&ask).await;
    assert_eq!(answer["response_status"], 201, "{answer}");
    assert!(answer["$dcrf"]["pos"].is_string() && answer["data"]["resumed"] == false, "{answer}");
    answer
}

/// The texts of rows.
pub(super) fn texts(rows: &Value) -> Vec<&str> {
    rows.as_array().expect("rows").iter().map(|row| row["text"].as_str().expect("a text")).collect()
}

/// Keeps what is committed from being numbered, until it is dropped.
pub(super) async fn unnumbered(db: &Db) -> Transaction {
    let held = db.begin().await.expect("begun");
    let lock = "SELECT pg_advisory_xact_lock(1684238956, hashoid('_dcrf_batch'::REGCLASS))::TEXT";
    held.db().query(lock, vec![]).await.expect("locked");
    held
}

pub(super) const INSERT: &str =
    "INSERT INTO message (room, text, done, score, secret) VALUES (1, $1, false, 0.5, 'hidden')";

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_begins_with_its_rows() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let messages = Message::objects(&node.db);
        let first = messages.create(new(1, "first")).await.expect("stored");
        messages.create(new(2, "elsewhere")).await.expect("stored");
        messages.create(new(1, "second")).await.expect("stored");
        messages.patch(first.id, [Message::DONE.set(true)]).await.expect("stored");
        let mut client = greeted(&node, "messages").await;
        let activity = json!({"action": "subscribe_to_activity", "request_id": 1, "room": 1});
        let answer = snapshot(&mut client, activity.clone()).await;
        let listed = json!({"action": "list", "request_id": 9, "filter": {"room": 1}});
        let list = client.request(&listed).await["data"].clone();
        // The same rows in the same form, in which nothing write-only is.
        assert_eq!(answer["data"], json!({"resumed": false, "rows": list}));
        assert!(answer["data"]["rows"][0].get("secret").is_none());
        let filtered = json!({"action": "subscribe_to_all", "request_id": 2, "filter": {"done": true}});
        assert_eq!(texts(&snapshot(&mut client, filtered).await["data"]["rows"]), ["first"]);
        let one = json!({"action": "subscribe_instance", "request_id": 3, "pk": first.id});
        assert_eq!(texts(&snapshot(&mut client, one).await["data"]["rows"]), ["first"]);
        // Without the arguments of a group there is none, and no row.
        let nothing = json!({"action": "subscribe_to_activity", "request_id": 4});
        assert_eq!(snapshot(&mut client, nothing).await["data"]["rows"], json!([]));
        // It is told what comes later, and nothing that it has.
        messages.patch(first.id, [Message::TEXT.set("later")]).await.expect("stored");
        for id in [1, 2, 3] {
            let later = event(&mut client, id).await;
            assert_eq!((&later["action"], &later["data"]["text"]), (&json!("update"), &json!("later")));
            assert!(later["$dcrf"]["pos"].as_str() > answer["$dcrf"]["pos"].as_str());
        }
        // Who says nothing of positions gets what it got before.
        let mut old = node.open("messages").await;
        let ask = json!({"action": "subscribe_to_all", "request_id": 1, "$dcrf": {"snapshot": true}});
        let answer = old.request(&ask).await;
        assert_eq!((&answer["data"], answer.get("$dcrf")), (&Value::Null, None), "{answer}");
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_resume_gets_the_rows() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let messages = Message::objects(&node.db);
        let row = messages.create(new(1, "row")).await.expect("stored");
        let mut client = greeted(&node, "messages").await;
        let ask = json!({"action": "subscribe_to_all", "request_id": 1});
        let from = snapshot(&mut client, ask.clone()).await["$dcrf"]["pos"].clone();
        client.close().await;
        messages.patch(row.id, [Message::TEXT.set("missed")]).await.expect("stored");
        let mut client = greeted(&node, "messages").await;
        let mut again = ask.clone();
        again["$dcrf"] = json!({"since": from, "snapshot": true});
        let answer = client.request(&again).await;
        assert_eq!(
            (&answer["data"]["resumed"], answer["data"].get("rows")),
            (&json!(true), None),
            "{answer}"
        );
        assert_eq!(replayed(&mut client, 1).await, [said("update", "missed")]);
        again["$dcrf"] = json!({"since": "none", "snapshot": true});
        let answer = client.request(&again).await;
        assert_eq!((&answer["data"]["resumed"], &answer["data"]["reason"]), (&json!(false), &json!("epoch")));
        assert_eq!(texts(&answer["data"]["rows"]), ["missed"]);
        messages.patch(row.id, [Message::TEXT.set("now")]).await.expect("stored");
        assert_eq!(told(&mut client, 1).await, said("update", "now"));
        node.kill();
    })
    .await;
}

/// What is committed and seen, but has no number yet, is in the rows. Told once more, the row would go back.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_rows_contain_is_not_told() {
    on_each(async |url| {
        if url.starts_with("sqlite") {
            return;
        }
        let node = Node::start(&url).await;
        let other = Db::connect(&url, &board::MIGRATIONS).await.expect("a database");
        let mut client = greeted(&node, "messages").await;
        let mut tags = greeted(&node, "tags").await;
        node.db.execute(INSERT, vec!["a".into()]).await.expect("stored");
        let held = unnumbered(&other).await;
        node.db.execute(INSERT, vec!["b".into()]).await.expect("stored");
        node.db.execute("UPDATE message SET text = 'a 2' WHERE text = 'a'", vec![]).await.expect("stored");
        node.db.execute("TRUNCATE tag", vec![]).await.expect("stored");
        let open = other.begin().await.expect("begun");
        open.db().execute(INSERT, vec!["open".into()]).await.expect("stored");
        let ask = json!({"action": "subscribe_to_all", "request_id": 1});
        assert_eq!(texts(&snapshot(&mut client, ask).await["data"]["rows"]), ["a 2", "b"]);
        snapshot(&mut tags, json!({"action": "subscribe_to_tags", "request_id": 1})).await;
        // These are not in it: one was open, one comes later.
        open.commit().await.expect("stored");
        node.db.execute("UPDATE message SET text = 'b 2' WHERE text = 'b'", vec![]).await.expect("stored");
        drop(held);
        let events = [told(&mut client, 1).await, told(&mut client, 1).await];
        assert_eq!(events, [said("create", "open"), said("update", "b 2")]);
        Tag::objects(&node.db).create(NewTag { code: "t".to_owned(), n: None }).await.expect("stored");
        assert_eq!(event(&mut tags, 1).await["action"], "create");
        node.kill();
    })
    .await;
}

/// A transaction that is committed while the rows are read is told after them.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_while_the_rows_are_read_is_told() {
    on_each(async |url| {
        if url.starts_with("sqlite") {
            return;
        }
        let node = Node::start(&url).await;
        let other = Db::connect(&url, &board::MIGRATIONS).await.expect("a database");
        let row = Message::objects(&node.db).create(new(1, "before")).await.expect("stored");
        let mut client = greeted(&node, "messages").await;
        let between = other.begin().await.expect("begun");
        between.db().execute("LOCK TABLE message IN ACCESS EXCLUSIVE MODE", vec![]).await.expect("locked");
        let ask = json!({"action": "subscribe_to_all", "request_id": 1, "$dcrf": {"snapshot": true}});
        client.send(&ask).await;
        // Its state of the database is fixed once it waits for the table.
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'message'::REGCLASS";
        while node.db.query_as::<(i64,)>(waiting, vec![]).await.expect("a number") != [(1,)] {
            tokio::task::yield_now().await;
        }
        Message::objects(between.db()).patch(row.id, [Message::TEXT.set("between")]).await.expect("stored");
        between.commit().await.expect("stored");
        let answer = client.expect_event(|frame| frame["request_id"] == 1).await;
        assert_eq!(texts(&answer["data"]["rows"]), ["before"], "{answer}");
        assert_eq!(told(&mut client, 1).await, said("update", "between"));
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_rows_than_a_list_may_have_are_refused() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let tags = Tag::objects(&node.db);
        for code in 0..5 {
            tags.create(NewTag { code: code.to_string(), n: None }).await.expect("stored");
        }
        let mut client = greeted(&node, "tags").await;
        let ask = json!({"action": "subscribe_to_tags", "request_id": 1});
        assert_eq!(
            snapshot(&mut client, ask.clone()).await["data"]["rows"].as_array().map(Vec::len),
            Some(5)
        );
        tags.create(NewTag { code: "5".to_owned(), n: None }).await.expect("stored");
        assert_eq!(event(&mut client, 1).await["action"], "create");
        let mut more = ask.clone();
        more["request_id"] = json!(2);
        more["$dcrf"] = json!({"snapshot": true});
        let refused = client.request(&more).await;
        assert_eq!((&refused["response_status"], &refused["data"]), (&json!(400), &Value::Null));
        let text = "This subscription shows more than 5 rows: filter it, or leave `snapshot` out.";
        assert_eq!(refused["errors"], json!([text]));
        // It is not subscribed.
        let end = json!({"action": "$unsubscribe", "request_id": 2});
        assert_eq!(client.request(&end).await["response_status"], 404);
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_has_no_rows() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let mut both = TestClient::connect(format!("ws://{}/ws/", node.address)).await;
        let frame = |stream: &str, payload: Value| json!({"stream": stream, "payload": payload});
        let hello = json!({"action": "$hello", "request_id": 1, "data": {"protocol": 1}});
        assert_eq!(both.request(&frame("tags", hello)).await["payload"]["response_status"], 200);
        let ask = json!({"action": "subscribe_to_comments", "request_id": 2, "$dcrf": {"snapshot": true}});
        let refused = both.request(&frame("comments", ask)).await["payload"].clone();
        assert_eq!((&refused["response_status"], &refused["data"]), (&json!(403), &Value::Null));
        assert_eq!(refused.get("$dcrf"), None);
        let end = json!({"action": "$unsubscribe", "request_id": 2});
        assert_eq!(both.request(&frame("comments", end)).await["payload"]["response_status"], 403);
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_ends_by_its_id() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let messages = Message::objects(&node.db);
        let row = messages.create(new(1, "row")).await.expect("stored");
        let mut client = greeted(&node, "messages").await;
        for ask in [
            json!({"action": "subscribe_to_all", "request_id": 1}),
            json!({"action": "subscribe_to_activity", "request_id": 2, "room": 1}),
            json!({"action": "subscribe_instance", "request_id": "x", "pk": row.id}),
            json!({"action": "subscribe_to_momentary", "request_id": 4}),
            json!({"action": "list", "request_id": 5, "$dcrf": {"live": true}}),
            json!({"action": "subscribe_to_all", "request_id": 6}),
        ] {
            assert!(client.request(&ask).await["response_status"].as_i64() < Some(202));
        }
        for id in [json!(1), json!(2), json!("x"), json!(4), json!(5)] {
            let end = json!({"action": "$unsubscribe", "request_id": id});
            let ended = client.request(&end).await;
            assert_eq!((&ended["response_status"], &ended["data"]), (&json!(200), &Value::Null), "{ended}");
            assert_eq!((&ended["action"], &ended["errors"]), (&json!("$unsubscribe"), &json!([])));
            assert_eq!(client.request(&end).await["response_status"], 404);
        }
        messages.patch(row.id, [Message::TEXT.set("later")]).await.expect("stored");
        let told = client.expect_frame().await;
        assert_eq!((&told["request_id"], &told["action"]), (&json!(6), &json!("update")), "{told}");
        assert_eq!(client.expect_frame().await["action"], "$position");
        assert_eq!(client.request(&json!({"action": "$unsubscribe"})).await["response_status"], 400);
        // The ids of a multiplexed socket are those of its streams.
        let mut both = TestClient::connect(format!("ws://{}/ws/", node.address)).await;
        let ask = json!({"stream": "messages", "payload": {"action": "subscribe_to_all", "request_id": 1}});
        assert_eq!(both.request(&ask).await["payload"]["response_status"], 201);
        for (stream, status) in [("tags", 404), ("messages", 200)] {
            let end = json!({"stream": stream, "payload": {"action": "$unsubscribe", "request_id": 1}});
            assert_eq!(both.request(&end).await["payload"]["response_status"], status);
        }
        node.kill();
    })
    .await;
}
