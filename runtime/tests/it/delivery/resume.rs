//! Clients that know positions, and come back.

use board::models::{Message, NewTag, Tag};
use dcrf_runtime::Model as _;
use dcrf_runtime::test::TestClient;
use serde_json::{Value, json};

use super::{Node, event, new, on_each, subscribe};

pub(super) async fn hello(client: &mut TestClient) -> Value {
    let said = client.request(&json!({"action": "$hello", "request_id": "h", "data": {"protocol": 1}})).await;
    assert_eq!((&said["response_status"], &said["data"]["protocol"]), (&json!(200), &json!(1)), "{said}");
    assert_eq!(said["data"]["schema"], "other");
    said["$dcrf"]["pos"].clone()
}

pub(super) async fn greeted(node: &Node, stream: &str) -> TestClient {
    let mut client = node.open(stream).await;
    hello(&mut client).await;
    client
}

/// Subscribes from a position on.
pub(super) async fn since(client: &mut TestClient, action: &str, id: i64, position: &Value) -> Value {
    client.request(&json!({"action": action, "request_id": id, "$dcrf": {"since": position}})).await
}

/// The next position that the whole socket has.
pub(super) async fn position(client: &mut TestClient) -> Value {
    client.expect_event(|frame| frame["action"] == "$position").await["$dcrf"]["pos"].clone()
}

/// What is replayed up to the next position: the actions with the rows' texts, or the keys.
pub(super) async fn replayed(client: &mut TestClient, id: i64) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    loop {
        let frame = client.expect_frame().await;
        if frame["action"] == "$position" {
            return all;
        }
        assert_eq!(
            (&frame["request_id"], &frame["$dcrf"]["replayed"]),
            (&json!(id), &json!(true)),
            "{frame}"
        );
        let data = &frame["data"];
        let what = if frame["action"] == "delete" { data["pk"].clone() } else { data["text"].clone() };
        all.push((frame["action"].as_str().expect("an action").to_owned(), what));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_say_hello_are_told_positions() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let (mut old, mut client) = (node.open("messages").await, node.open("messages").await);
        subscribe(&mut old, "subscribe_to_all", 1).await;
        let first = hello(&mut client).await;
        let subscribed = client.request(&json!({"action": "subscribe_to_all", "request_id": 1})).await;
        assert!(subscribed["$dcrf"]["pos"].as_str() >= first.as_str(), "{subscribed}");
        assert_eq!(subscribed["data"], Value::Null);
        let mut last = subscribed["$dcrf"]["pos"].clone();
        for round in 0..5 {
            Message::objects(&node.db).create(new(1, &format!("{round}"))).await.expect("stored");
            let told = event(&mut client, 1).await;
            let pos = told["$dcrf"]["pos"].clone();
            assert!(pos.as_str() > last.as_str() && told["$dcrf"].get("replayed").is_none(), "{told}");
            last = position(&mut client).await;
            assert!(last.as_str() >= pos.as_str());
            assert!(event(&mut old, 1).await.get("$dcrf").is_none());
        }
        // On a multiplexed socket everything is in frames of its stream.
        let mut both = TestClient::connect(format!("ws://{}/ws/", node.address)).await;
        let said = json!({"stream": "tags", "payload": {"action": "$hello", "request_id": 1, "data": {"protocol": 1}}});
        assert_eq!(both.request(&said).await["payload"]["response_status"], 200);
        let ask = json!({"stream": "messages", "payload": {"action": "subscribe_to_all", "request_id": 2}});
        assert!(both.request(&ask).await["payload"]["$dcrf"]["pos"].is_string());
        Message::objects(&node.db).create(new(1, "both")).await.expect("stored");
        let told = both.expect_frame().await;
        assert_eq!((&told["stream"], &told["payload"]["action"]), (&json!("messages"), &json!("create")));
        assert!(told["payload"]["$dcrf"]["pos"].is_string(), "{told}");
        let end = both.expect_frame().await;
        assert_eq!((&end["stream"], &end["payload"]["action"]), (&json!("tags"), &json!("$position")), "{end}");
        // What is refused, and what is no greeting.
        let mut guarded = node.open("comments").await;
        let refused = guarded.request(&json!({"action": "$hello", "request_id": 1, "data": {"protocol": 1}})).await;
        assert_eq!(refused["response_status"], 403);
        for data in [json!(null), json!({}), json!({"protocol": 0}), json!({"protocol": "x"})] {
            let bad = json!({"action": "$hello", "request_id": 9, "data": data});
            assert_eq!(old.request(&bad).await["response_status"], 400);
        }
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_is_told_the_last_state_of_each_row() {
    on_each(async |url| {
        let (a, b) = (Node::start(&url).await, Node::start(&url).await);
        let messages = Message::objects(&a.db);
        let changed = messages.create(new(1, "changed")).await.expect("stored");
        let gone = messages.create(new(1, "gone")).await.expect("stored");
        let moved = messages.create(new(2, "moved")).await.expect("stored");
        let left = messages.create(new(1, "left")).await.expect("stored");
        messages.create(new(1, "same")).await.expect("stored");
        let mut client = greeted(&a, "messages").await;
        let ask = json!({"action": "subscribe_to_activity", "request_id": 1, "room": 1});
        let from = client.request(&ask).await["$dcrf"]["pos"].clone();
        client.close().await;
        for text in ["x", "y", "z"] {
            messages.patch(changed.id, [Message::TEXT.set(text)]).await.expect("stored");
        }
        messages.delete(gone.id).await.expect("stored");
        messages.patch(moved.id, [Message::ROOM.set(1)]).await.expect("stored");
        messages.patch(left.id, [Message::ROOM.set(3)]).await.expect("stored");
        let brief = messages.create(new(1, "brief")).await.expect("stored");
        messages.delete(brief.id).await.expect("stored");
        messages.create(new(1, "new")).await.expect("stored");
        messages.create(new(7, "elsewhere")).await.expect("stored");
        let text = |action: &str, text: &str| (action.to_owned(), json!(text));
        let key = |key: i64| ("delete".to_owned(), json!(key));
        let mut expected = vec![
            text("update", "z"),
            key(gone.id),
            text("create", "moved"),
            key(left.id),
            key(brief.id),
            text("create", "new"),
        ];
        // Any node can tell it.
        for node in [&a, &b] {
            let mut client = greeted(node, "messages").await;
            let ask = json!({"action": "subscribe_to_activity", "request_id": 1, "room": 1, "$dcrf": {"since": from}});
            let answer = client.request(&ask).await;
            assert_eq!((&answer["response_status"], &answer["data"]["resumed"]), (&json!(201), &json!(true)), "{answer}");
            assert_eq!(answer["$dcrf"]["pos"], from);
            assert_eq!(replayed(&mut client, 1).await, expected);
            // It is live from there on, and nothing is told twice.
            let now = Message::objects(&b.db).create(new(1, "now")).await.expect("stored");
            let told = event(&mut client, 1).await;
            assert_eq!((&told["data"]["text"], told["$dcrf"].get("replayed")), (&json!("now"), None));
            position(&mut client).await;
            Message::objects(&b.db).delete(now.id).await.expect("stored");
            assert_eq!(event(&mut client, 1).await["action"], "delete");
            expected.push(key(now.id));
        }
        a.kill();
        b.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_and_single_rows_resume() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let messages = Message::objects(&node.db);
        let row = messages.create(new(1, "row")).await.expect("stored");
        let mut client = greeted(&node, "messages").await;
        let ask = json!({"action": "subscribe_to_all", "request_id": 1, "filter": {"done": true}});
        let from = client.request(&ask).await["$dcrf"]["pos"].clone();
        client.close().await;
        messages.patch(row.id, [Message::DONE.set(true)]).await.expect("stored");
        let mut client = greeted(&node, "messages").await;
        let again = json!({"action": "subscribe_to_all", "request_id": 1, "filter": {"done": true}, "$dcrf": {"since": from}});
        assert_eq!(client.request(&again).await["data"]["resumed"], true);
        assert_eq!(replayed(&mut client, 1).await, [("create".to_owned(), json!("row"))]);
        let one = json!({"action": "subscribe_instance", "request_id": 2, "pk": row.id, "$dcrf": {"since": from}});
        let answer = client.request(&one).await;
        assert_eq!((&answer["response_status"], &answer["data"]["resumed"]), (&json!(201), &json!(true)), "{answer}");
        assert_eq!(replayed(&mut client, 2).await, [("update".to_owned(), json!("row"))]);
        // A row that matched in between and does not now is deleted.
        let from = client.request(&json!({"action": "subscribe_to_all", "request_id": 3})).await["$dcrf"]["pos"].clone();
        client.close().await;
        messages.patch(row.id, [Message::DONE.set(false)]).await.expect("stored");
        let mut client = greeted(&node, "messages").await;
        let again = json!({"action": "subscribe_to_all", "request_id": 1, "filter": {"done": true}, "$dcrf": {"since": from}});
        assert_eq!(client.request(&again).await["data"]["resumed"], true);
        assert_eq!(replayed(&mut client, 1).await, [("delete".to_owned(), json!(row.id))]);
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_resumed_is_refused_whole() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let mut client = greeted(&node, "tags").await;
        let from =
            client.request(&json!({"action": "subscribe_to_tags", "request_id": 1})).await["$dcrf"]["pos"]
                .clone();
        let tags = Tag::objects(&node.db);
        for code in 0..101 {
            tags.create(NewTag { code: code.to_string(), n: None }).await.expect("stored");
        }
        // More rows than `max_replay`.
        let mut other = greeted(&node, "tags").await;
        let answer = since(&mut other, "subscribe_to_tags", 1, &from).await;
        assert_eq!(answer["response_status"], 201);
        assert_eq!(answer["data"], json!({"resumed": false, "reason": "limit"}));
        // It is subscribed nevertheless, from the position of the answer on.
        tags.create(NewTag { code: "next".to_owned(), n: None }).await.expect("stored");
        let next = event(&mut other, 1).await;
        assert_eq!(next["data"]["code"], "next");
        assert!(next["$dcrf"]["pos"].as_str() > answer["$dcrf"]["pos"].as_str());
        // Positions of another log, and texts that are none.
        let good = from.as_str().expect("a position").to_owned();
        let mut tag = good.clone();
        let last = if tag.pop() == Some('0') { '1' } else { '0' };
        tag.push(last);
        let later = format!("ffff{}", &good[4..]);
        for bad in [tag, later, "x".to_owned(), String::new()] {
            let answer = since(&mut other, "subscribe_to_tags", 2, &json!(bad)).await;
            assert_eq!(answer["data"], json!({"resumed": false, "reason": "epoch"}), "{bad}");
        }
        let wrong = since(&mut other, "subscribe_to_tags", 2, &json!(5)).await;
        assert_eq!(wrong["response_status"], 400);
        if url.starts_with("postgres") {
            let from = since(&mut other, "subscribe_to_tags", 3, &Value::Null).await["$dcrf"]["pos"].clone();
            node.db.execute("TRUNCATE tag", vec![]).await.expect("stored");
            let gap = other.expect_event(|frame| frame["action"] == "resync").await;
            assert_eq!((&gap["data"], &gap["$dcrf"]["reason"]), (&Value::Null, &json!("many")), "{gap}");
            let answer = since(&mut client, "subscribe_to_tags", 2, &from).await;
            assert_eq!(answer["data"], json!({"resumed": false, "reason": "limit"}));
        }
        node.kill();
    })
    .await;
}

/// Writers write while clients come back again and again: what each has in the end is what a list shows.
#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_again_and_again_has_what_a_list_shows() {
    on_each(async |url| {
        let (a, b) = (Node::start(&url).await, Node::start(&url).await);
        let writers: Vec<_> = (0..3_i64)
            .map(|writer| {
                let db = if writer == 0 { b.db.clone() } else { a.db.clone() };
                tokio::spawn(async move {
                    let messages = Message::objects(&db);
                    let mut own = Vec::new();
                    for round in 0..60_i64 {
                        match round % 4 {
                            0 | 1 => own.push(messages.create(new(round % 2, "new")).await.expect("stored").id),
                            2 => {
                                let key = own[usize::try_from(round).expect("small") % own.len()];
                                let change = [Message::TEXT.set(format!("{writer} {round}")), Message::ROOM.set(round % 3)];
                                messages.patch(key, change).await.expect("stored");
                            }
                            _ if round % 8 == 3 => messages.delete(own.remove(0)).await.expect("stored"),
                            _ => {}
                        }
                    }
                })
            })
            .collect();
        let mut view: std::collections::BTreeMap<i64, Value> = std::collections::BTreeMap::new();
        let (mut cursor, mut over) = (Value::Null, 0);
        while over < 2 {
            // The last two rounds are after the last write.
            over += usize::from(writers.iter().all(tokio::task::JoinHandle::is_finished));
            let mut client = greeted(if over % 2 == 0 { &a } else { &b }, "messages").await;
            let ask = json!({"action": "subscribe_to_activity", "request_id": 1, "room": 1, "$dcrf": {"since": cursor}});
            let answer = client.request(&ask).await;
            if cursor.is_null() {
                cursor = answer["$dcrf"]["pos"].clone();
                client.close().await;
                continue;
            }
            assert_eq!(answer["data"]["resumed"], true, "{answer}");
            // The connection ends after some frames, wherever that is.
            for _ in 0..if over > 0 { usize::MAX } else { 7 } {
                let frame = client.expect_frame().await;
                let pos = frame["$dcrf"]["pos"].clone();
                assert!(pos.as_str() >= cursor.as_str(), "{frame}");
                let data = &frame["data"];
                match frame["action"].as_str().expect("an action") {
                    "$position" => {
                        cursor = pos;
                        break;
                    }
                    "delete" => {
                        view.remove(&data["pk"].as_i64().or(data["id"].as_i64()).expect("a key"));
                    }
                    _ => {
                        view.insert(data["id"].as_i64().expect("a key"), data.clone());
                    }
                }
                // There is one subscription on this socket, so that its cursor is that of the socket.
                cursor = frame["$dcrf"]["pos"].clone();
            }
        }
        for writer in writers {
            writer.await.expect("no panic");
        }
        let mut reader = a.open("messages").await;
        let rows = reader.request(&json!({"action": "list", "request_id": 1, "filter": {"room": 1}})).await;
        let rows: Vec<Value> = rows["data"].as_array().expect("rows").clone();
        assert_eq!(view.into_values().collect::<Vec<_>>(), rows);
        a.kill();
        b.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_changes_is_two_rows() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let tags = Tag::objects(&node.db);
        tags.create(NewTag { code: "a".to_owned(), n: None }).await.expect("stored");
        let mut client = greeted(&node, "tags").await;
        let from =
            client.request(&json!({"action": "subscribe_to_tags", "request_id": 1})).await["$dcrf"]["pos"]
                .clone();
        node.db.execute("UPDATE tag SET code = 'b'", vec![]).await.expect("stored");
        let (gone, made) = (event(&mut client, 1).await, event(&mut client, 1).await);
        assert_eq!((&gone["action"], &made["action"]), (&json!("delete"), &json!("create")));
        // Whoever has got only the first is told both again.
        assert!(gone["$dcrf"]["pos"].as_str() < made["$dcrf"]["pos"].as_str());
        assert_eq!(gone["$dcrf"]["pos"], from);
        let mut other = greeted(&node, "tags").await;
        let answer = since(&mut other, "subscribe_to_tags", 1, &from).await;
        assert_eq!(answer["data"]["resumed"], true);
        let (gone, made) = (event(&mut other, 1).await, event(&mut other, 1).await);
        let mut both = [gone["action"].clone(), made["action"].clone()];
        both.sort_by_key(Value::to_string);
        assert_eq!(both, [json!("create"), json!("delete")]);
        assert!(gone["$dcrf"]["pos"].as_str() < made["$dcrf"]["pos"].as_str());
        node.kill();
    })
    .await;
}
