//! Live lists: the answer to a list, and then the events of its rows.

use board::models::{Comment, Message, NewComment, NewTag, Tag};
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Db, Model as _};
use serde_json::{Value, json};

use super::resume::{greeted, replayed};
use super::snapshot::{INSERT, texts, unnumbered};
use super::{Node, event, new, on_each, said, told};

/// Lists, and subscribes to the list.
async fn live(client: &mut TestClient, id: i64, arguments: Value) -> Value {
    let mut ask = arguments;
    ask["action"] = json!("list");
    ask["request_id"] = json!(id);
    ask["$dcrf"]["live"] = json!(true);
    client.request(&ask).await
}

/// The key of the next event, which has nothing more: the row is gone from the list.
async fn gone(client: &mut TestClient, id: i64) -> Value {
    let event = event(client, id).await;
    assert_eq!((&event["action"], &event["response_status"]), (&json!("delete"), &json!(200)), "{event}");
    assert_eq!(event["data"].as_object().map(serde_json::Map::len), Some(1), "{event}");
    event["data"]["pk"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_enter_and_leave_a_live_list() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let messages = Message::objects(&node.db);
        let milk = messages.create(new(1, "Some MILK")).await.expect("stored");
        let tea = messages.create(new(1, "tea")).await.expect("stored");
        let mut client = greeted(&node, "messages").await;
        let open = live(&mut client, 1, json!({"filter": {"done": false, "room": 1}})).await;
        assert_eq!(texts(&open["data"]), ["Some MILK", "tea"], "{open}");
        assert!(open["response_status"] == 200 && open["$dcrf"]["pos"].is_string(), "{open}");
        let search = json!({"search": "milk", "order_by": ["-text"], "filter": {"room": 1}});
        assert_eq!(texts(&live(&mut client, 2, search).await["data"]), ["Some MILK"]);
        messages.patch(tea.id, [Message::TEXT.set("tea with milk")]).await.expect("stored");
        assert_eq!(told(&mut client, 1).await, said("update", "tea with milk"));
        assert_eq!(told(&mut client, 2).await, said("create", "tea with milk"));
        messages.patch(milk.id, [Message::DONE.set(true)]).await.expect("stored");
        assert_eq!(gone(&mut client, 1).await, json!(milk.id));
        assert_eq!(told(&mut client, 2).await, said("update", "Some MILK"));
        messages.patch(milk.id, [Message::TEXT.set("water")]).await.expect("stored");
        assert_eq!(gone(&mut client, 2).await, json!(milk.id));
        messages.patch(milk.id, [Message::DONE.set(false)]).await.expect("stored");
        assert_eq!(told(&mut client, 1).await, said("create", "water"));
        messages.delete(milk.id).await.expect("stored");
        assert_eq!(gone(&mut client, 1).await, json!(milk.id));
        messages.create(new(2, "elsewhere, with milk")).await.expect("stored");
        messages.create(new(1, "last")).await.expect("stored");
        assert_eq!(told(&mut client, 1).await, said("create", "last"));
        messages.delete(tea.id).await.expect("stored");
        assert_eq!(gone(&mut client, 2).await, json!(tea.id));
        // Who says nothing of positions gets a list.
        let mut old = node.open("messages").await;
        let answer = live(&mut old, 1, json!({})).await;
        assert!(answer["data"].is_array() && answer.get("$dcrf").is_none(), "{answer}");
        let end = json!({"action": "$unsubscribe", "request_id": 1});
        assert_eq!(old.request(&end).await["response_status"], 404);
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_told_everything() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let tags = Tag::objects(&node.db);
        for code in ["a", "b", "c"] {
            tags.create(NewTag { code: code.to_owned(), n: None }).await.expect("stored");
        }
        let mut client = greeted(&node, "tags").await;
        let page = live(&mut client, 1, json!({"limit": 2})).await;
        assert_eq!((&page["data"]["count"], &page["data"]["results"][1]["code"]), (&json!(3), &json!("b")));
        tags.create(NewTag { code: "d".to_owned(), n: None }).await.expect("stored");
        assert_eq!(event(&mut client, 1).await["data"]["code"], "d");
        let after = live(&mut client, 2, json!({"limit": 2, "offset": 1})).await;
        assert_eq!(after["errors"], json!([{"offset": ["A live list begins with its first row."]}]));
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_list_resumes() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let messages = Message::objects(&node.db);
        let stays = messages.create(new(1, "stays")).await.expect("stored");
        let leaves = messages.create(new(1, "leaves")).await.expect("stored");
        let mut client = greeted(&node, "messages").await;
        let filter = json!({"filter": {"room": 1}});
        let from = live(&mut client, 1, filter.clone()).await["$dcrf"]["pos"].clone();
        client.close().await;
        messages.patch(leaves.id, [Message::ROOM.set(2)]).await.expect("stored");
        messages.patch(stays.id, [Message::TEXT.set("has stayed")]).await.expect("stored");
        messages.create(new(1, "new")).await.expect("stored");
        let mut client = greeted(&node, "messages").await;
        let mut again = filter.clone();
        again["$dcrf"] = json!({"since": from});
        let answer = live(&mut client, 1, again.clone()).await;
        assert_eq!((&answer["response_status"], &answer["data"]), (&json!(200), &Value::Null), "{answer}");
        assert_eq!((&answer["$dcrf"]["resumed"], &answer["$dcrf"]["pos"]), (&json!(true), &from), "{answer}");
        let expected =
            [("delete".to_owned(), json!(leaves.id)), said("update", "has stayed"), said("create", "new")];
        assert_eq!(replayed(&mut client, 1).await, expected);
        messages.patch(stays.id, [Message::TEXT.set("now")]).await.expect("stored");
        assert_eq!(told(&mut client, 1).await, said("update", "now"));
        again["$dcrf"] = json!({"since": "none"});
        let answer = live(&mut client, 2, again).await;
        assert_eq!(texts(&answer["data"]), ["now", "new"], "{answer}");
        let why = (&answer["$dcrf"]["resumed"], &answer["$dcrf"]["reason"]);
        assert_eq!(why, (&json!(false), &json!("epoch")));
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_follow_from_the_rows_is_refused() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let row = Message::objects(&node.db).create(new(1, "row")).await.expect("stored");
        let mut client = greeted(&node, "replies").await;
        for (arguments, name) in [
            (json!({"filter": {"message__room": 1}}), "filter"),
            (json!({"search": "row"}), "search"),
            (json!({"order_by": ["message__room"]}), "order_by"),
        ] {
            let answer = live(&mut client, 1, arguments.clone()).await;
            assert_eq!(
                (&answer["response_status"], &answer["data"]),
                (&json!(400), &Value::Null),
                "{answer}"
            );
            assert!(answer["errors"][0].get(name).is_some(), "{answer}");
            // As a list that is not live it is answered.
            let mut list = arguments;
            list["action"] = json!("list");
            list["request_id"] = json!(2);
            assert_eq!(client.request(&list).await["response_status"], 200);
        }
        assert_eq!(live(&mut client, 1, json!({"filter": {"message": row.id}})).await["data"], json!([]));
        let comments = Comment::objects(&node.db);
        comments.create(NewComment { message: row.id, text: "c".to_owned() }).await.expect("stored");
        assert_eq!(told(&mut client, 1).await, said("create", "c"));
        for bad in [json!(5), json!({"live": 1})] {
            let ask = json!({"action": "list", "request_id": 3, "$dcrf": bad});
            assert_eq!(client.request(&ask).await["response_status"], 400);
        }
        let ask = json!({"action": "list", "$dcrf": {"live": true}});
        client.send(&ask).await;
        let refused = client.expect_event(|frame| frame["action"] == "list").await;
        assert_eq!(refused["errors"], json!([{"request_id": ["This field is required."]}]));
        // A list that the definition does not call live, and that the client may not read either.
        let mut both = TestClient::connect(format!("ws://{}/ws/", node.address)).await;
        let hello = json!({"action": "$hello", "request_id": 1, "data": {"protocol": 1}});
        both.request(&json!({"stream": "tags", "payload": hello})).await;
        let ask = json!({"action": "list", "request_id": 2, "$dcrf": {"live": true}});
        let refused = both.request(&json!({"stream": "comments", "payload": ask})).await["payload"].clone();
        assert_eq!((&refused["response_status"], &refused["data"]), (&json!(403), &Value::Null));
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_contains_what_is_committed_and_has_no_number_yet() {
    on_each(async |url| {
        if url.starts_with("sqlite") {
            return;
        }
        let node = Node::start(&url).await;
        let other = Db::connect(&url, &board::MIGRATIONS).await.expect("a database");
        let mut client = greeted(&node, "messages").await;
        let held = unnumbered(&other).await;
        node.db.execute(INSERT, vec!["a".into()]).await.expect("stored");
        node.db.execute(INSERT, vec!["b".into()]).await.expect("stored");
        node.db.execute("DELETE FROM message WHERE text = 'b'", vec![]).await.expect("stored");
        assert_eq!(texts(&live(&mut client, 1, json!({})).await["data"]), ["a"]);
        node.db.execute("UPDATE message SET text = 'c'", vec![]).await.expect("stored");
        drop(held);
        assert_eq!(told(&mut client, 1).await, said("update", "c"));
        node.kill();
    })
    .await;
}
