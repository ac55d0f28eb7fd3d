//! Every node tells the log, once and in one order.

use board::models::{Comment, Message, NewComment};
use dcrf_runtime::{Db, Model as _};
use serde_json::json;
use tokio::net::TcpListener;

use super::{Board, Node, event, new, on_each, said, subscribe, told};

#[tokio::test(flavor = "multi_thread")]
async fn every_node_tells_each_change_once() {
    on_each(async |url| {
        let (a, b) = (Node::start(&url).await, Node::start(&url).await);
        let (mut here, mut there) = (a.open("messages").await, b.open("messages").await);
        subscribe(&mut here, "subscribe_to_all", 1).await;
        subscribe(&mut here, "subscribe_to_momentary", 2).await;
        subscribe(&mut there, "subscribe_to_all", 1).await;
        subscribe(&mut there, "subscribe_to_momentary", 2).await;
        let mut writer = a.open("messages").await;
        for round in 0..20 {
            let create = json!({"action": "create", "request_id": 9, "data": {"room": 1, "text": format!("a{round}")}});
            let key = writer.request(&create).await["data"]["id"].clone();
            let patch = json!({"action": "patch", "request_id": 9, "pk": key, "data": {"text": format!("b{round}")}});
            assert_eq!(writer.request(&patch).await["response_status"], 200);
            // A save that changes nothing is a change.
            let nothing = json!({"action": "patch", "request_id": 9, "pk": key, "data": {}});
            assert_eq!(writer.request(&nothing).await["response_status"], 200);
            let delete = json!({"action": "delete", "request_id": 9, "pk": key});
            assert_eq!(writer.request(&delete).await["response_status"], 204);
        }
        for client in [&mut here, &mut there] {
            for round in 0..20 {
                assert_eq!(told(client, 1).await, said("create", &format!("a{round}")));
                assert_eq!(told(client, 1).await, said("update", &format!("b{round}")));
                assert_eq!(told(client, 1).await, said("update", &format!("b{round}")));
                let gone = event(client, 1).await;
                assert_eq!(gone["action"], "delete");
                // The value of a write-only field is nowhere, nor is a member that only new clients know.
                assert!(gone["data"].get("secret").is_none() && gone.get("$dcrf").is_none(), "{gone}");
            }
        }
        // Without a broker an observer that does not read the log is told on its node alone.
        assert_eq!(told(&mut here, 2).await, said("create", "a0"));
        there.expect_nothing().await;
        a.kill();
        b.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_of_others_are_told() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let mut client = node.open("messages").await;
        subscribe(&mut client, "subscribe_to_all", 1).await;
        let mut momentary = node.open("messages").await;
        subscribe(&mut momentary, "subscribe_to_momentary", 1).await;
        let db = &node.db;
        let insert = "INSERT INTO message (room, text, done, score, secret) VALUES (1, 'sql', $1, 0.1, 'hidden')";
        db.execute(insert, vec![false.into()]).await.expect("stored");
        let created = event(&mut client, 1).await;
        assert_eq!((&created["action"], &created["data"]["score"]), (&json!("create"), &json!(0.1)));
        db.execute("UPDATE message SET text = 'sql 2'", vec![]).await.expect("stored");
        assert_eq!(told(&mut client, 1).await, said("update", "sql 2"));
        db.execute("DELETE FROM message", vec![]).await.expect("stored");
        assert_eq!(event(&mut client, 1).await["action"], "delete");
        let logged = "SELECT count(*) FROM _dcrf_log WHERE CAST(before AS TEXT) LIKE '%hidden%' OR CAST(after AS TEXT) \
                      LIKE '%hidden%'";
        assert_eq!(db.query_as::<(i64,)>(logged, vec![]).await.expect("a number"), [(0,)]);
        if url.starts_with("postgres") {
            db.execute("TRUNCATE message CASCADE", vec![]).await.expect("stored");
            assert_eq!(event(&mut client, 1).await["action"], "resync");
        }
        momentary.expect_nothing().await;
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_node_has_stored_is_told() {
    on_each(async |url| {
        let (a, b) = (Node::start(&url).await, Node::start(&url).await);
        let mut client = b.open("messages").await;
        subscribe(&mut client, "subscribe_to_all", 1).await;
        // The tail of this node ends before its write, which therefore nobody on this node tells.
        let db = a.db.clone();
        a.kill();
        Message::objects(&db).create(new(1, "survives")).await.expect("stored");
        drop(db);
        assert_eq!(told(&mut client, 1).await, said("create", "survives"));
        b.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_tells_one_change_of_each_row() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let first = Message::objects(&node.db).create(new(1, "first")).await.expect("stored");
        let mut client = node.open("messages").await;
        subscribe(&mut client, "subscribe_to_all", 1).await;
        let twice = json!({"action": "twice", "request_id": 2, "id": first.id});
        assert_eq!(client.request(&twice).await["response_status"], 200);
        let failed = json!({"action": "twice", "request_id": 3, "id": first.id, "fail": true});
        assert_eq!(client.request(&failed).await["response_status"], 400);
        assert_eq!(told(&mut client, 1).await, said("update", "twice"));
        Message::objects(&node.db).create(new(1, "last")).await.expect("stored");
        assert_eq!(told(&mut client, 1).await, said("create", "last"));
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cascades_and_groups_are_told() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let row = Message::objects(&node.db).create(new(1, "row")).await.expect("stored");
        let comments = Comment::objects(&node.db);
        for text in ["x", "y"] {
            comments.create(NewComment { message: row.id, text: text.to_owned() }).await.expect("stored");
        }
        let mut client = node.open("messages").await;
        for (room, id) in [(1, 1), (2, 2)] {
            let ask = json!({"action": "subscribe_to_activity", "request_id": id, "room": room});
            assert_eq!(client.request(&ask).await["response_status"], 201);
        }
        let ask = json!({"action": "subscribe_to_all", "request_id": 3, "filter": {"done": true}});
        assert_eq!(client.request(&ask).await["response_status"], 201);
        Message::objects(&node.db).patch(row.id, [Message::ROOM.set(2)]).await.expect("stored");
        assert_eq!(event(&mut client, 1).await["action"], "delete");
        assert_eq!(event(&mut client, 2).await["action"], "create");
        Message::objects(&node.db).patch(row.id, [Message::DONE.set(true)]).await.expect("stored");
        assert_eq!(event(&mut client, 2).await["action"], "update");
        assert_eq!(event(&mut client, 3).await["action"], "create");
        Message::objects(&node.db).delete(row.id).await.expect("stored");
        assert_eq!(event(&mut client, 3).await["action"], "delete");
        let gone = "SELECT count(*) FROM _dcrf_log WHERE \"table\" = 'comment' AND op = 'D'";
        assert_eq!(node.db.query_as::<(i64,)>(gone, vec![]).await.expect("a number"), [(2,)]);
        node.kill();
    })
    .await;
}

/// The sequence of PostgreSQL numbers the first of these first.
#[tokio::test(flavor = "multi_thread")]
async fn what_commits_late_is_told_late() {
    on_each(async |url| {
        if url.starts_with("sqlite") {
            return;
        }
        let (a, b) = (Node::start(&url).await, Node::start(&url).await);
        let mut client = b.open("messages").await;
        subscribe(&mut client, "subscribe_to_all", 1).await;
        let late = a.db.begin().await.expect("begun");
        Message::objects(late.db()).create(new(1, "late")).await.expect("stored");
        Message::objects(&a.db).create(new(1, "early")).await.expect("stored");
        assert_eq!(told(&mut client, 1).await, said("create", "early"));
        late.commit().await.expect("stored");
        assert_eq!(told(&mut client, 1).await, said("create", "late"));
        a.kill();
        b.kill();
    })
    .await;
}

/// Someone has restored a backup beneath a server that runs, or a standby that lagged has taken over.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_another_one_is_noticed() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let mut client = node.open("messages").await;
        subscribe(&mut client, "subscribe_to_all", 1).await;
        Message::objects(&node.db).create(new(1, "before")).await.expect("stored");
        assert_eq!(told(&mut client, 1).await, said("create", "before"));
        let lost = match url.starts_with("sqlite") {
            true => "UPDATE _dcrf_log SET tag = tag + 1",
            false => "DELETE FROM _dcrf_batch WHERE k > 0",
        };
        node.db.execute(lost, vec![]).await.expect("lost");
        assert_eq!(event(&mut client, 1).await["action"], "resync");
        Message::objects(&node.db).create(new(1, "after")).await.expect("stored");
        assert_eq!(told(&mut client, 1).await, said("create", "after"));
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_its_triggers_does_not_start() {
    on_each(async |url| {
        let db = Db::connect(&url, &board::MIGRATIONS).await.expect("a database");
        let gone = match url.starts_with("sqlite") {
            true => "DROP TRIGGER _dcrf_tag_update_log",
            false => "DROP TRIGGER _dcrf_log ON tag",
        };
        db.execute(gone, vec![]).await.expect("dropped");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let served = board::service(Board).serve(listener, db, std::future::pending()).await;
        let said = served.expect_err("it cannot log").to_string();
        assert!(said.contains("tag does not have the triggers by which changes are logged"), "{said}");
    })
    .await;
}
