//! A consumer at a path with parameters, to whose observers connections are subscribed from their beginning.

use std::collections::BTreeMap;
use std::time::Duration;

use dcrf_e2e::Database;
use dcrf_runtime::condition::Filter;
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Context, Json, Notice, PathParameters as _, Request, Result, RowEvent};
use kitchen::consumers::{AnnounceInput, DeskPath, DeskPathView, EnterInput};
use kitchen::models::Ticket;
use kitchen::{DeskHandler, LobbyHandler};
use serde_json::{Value, json};

use super::Kitchen;
use super::app::App;
use crate::on_both_databases;

impl DeskHandler for App {
    async fn is_welcome(&self, ctx: &Context, request: &Request<'_>) -> Result<bool> {
        Ok(ctx.user().id() != Some("deaf") || !request.action().starts_with("subscribe"))
    }

    async fn queryset(&self, ctx: &Context) -> Result<Filter<Ticket>> {
        let DeskPath { desk, view } = DeskPath::of(ctx)?;
        let at_desk = Ticket::DESK.eq(desk);
        Ok(match view {
            DeskPathView::All => at_desk,
            DeskPathView::Own => at_desk & Ticket::OWNER.eq(ctx.user().id().unwrap_or_default()),
        })
    }

    async fn place(&self, ctx: &Context) -> Result<BTreeMap<String, Option<String>>> {
        let scope = ctx.handshake();
        let known = [
            ("path", Some(scope.path().to_owned())),
            ("query", scope.query().map(str::to_owned)),
            ("agent", scope.header("user-agent").map(str::to_owned)),
            ("client", scope.client().map(|client| client.to_string())),
            ("subprotocol", scope.subprotocol().map(str::to_owned)),
        ];
        Ok(known.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    async fn tick(&self, ctx: &Context) -> Result<()> {
        self.tell("ticks".to_owned());
        let guard = Leaving(self.teller());
        ctx.spawn(|ctx| async move {
            let _guard = guard;
            for number in 1_u64.. {
                ctx.reply_as("tock", 206, &number)?;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Ok(())
        })
    }

    async fn announce(&self, ctx: &Context, input: AnnounceInput) -> Result<()> {
        let lobby = ctx.group_of("lobby", input.room);
        lobby.send_json(&json!({"desk": DeskPath::of(ctx)?.desk})).await?;
        lobby.send_reply("announce", "\"a\"", 200, &"hear ye").await
    }

    async fn marked_groups(&self, row: Ticket) -> Result<Vec<String>> {
        Ok(if row.text.contains('!') { vec![row.desk.to_string()] } else { Vec::new() })
    }

    async fn own_message(&self, event: RowEvent<Ticket>) -> Result<Notice> {
        Ok(Notice::Frame(Json::new(&json!({"own": event.row.text}))?))
    }

    async fn marked_message(&self, event: RowEvent<Ticket>) -> Result<Notice> {
        Ok(Notice::Event { action: "marked".to_owned(), status: 200, data: Json::new(&event.row.text)? })
    }

    async fn marked_connect_groups(&self, ctx: &Context) -> Result<Vec<String>> {
        Ok(vec![DeskPath::of(ctx)?.desk.to_string()])
    }
}

impl LobbyHandler for App {
    async fn enter(&self, ctx: &Context, input: EnterInput) -> Result<()> {
        ctx.group(input.room).join().await
    }
}

/// Tells the test when it is dropped.
struct Leaving(super::app::Teller);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.tell("stops ticking".to_owned());
    }
}

on_both_databases!(
    rows_are_those_of_the_path,
    connections_are_subscribed_from_their_beginning,
    a_connection_that_may_not_subscribe_is_not_subscribed,
    actions_know_the_request_of_their_connection,
    work_beside_requests_ends_with_the_connection,
    groups_of_another_stream_are_reached,
    who_asks_too_often_is_throttled,
);

async fn at(kitchen: &Kitchen, path: &str) -> TestClient {
    TestClient::connect(format!("ws://{}/ws/desks/{path}", kitchen.address())).await
}

fn create(desk: i64, owner: &str, text: &str) -> Value {
    json!({"action": "create", "request_id": 1, "data": {"desk": desk, "owner": owner, "text": text}})
}

async fn rows_are_those_of_the_path(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut all = at(&kitchen, "1/all/").await;
    for (desk, owner, text) in [(1, "ann", "a"), (1, "bob", "b"), (2, "ann", "c")] {
        assert_eq!(all.request(&create(desk, owner, text)).await["response_status"], 201);
    }
    for (path, expected) in
        [("1/all/", "ab"), ("2/all/", "c"), ("3/all/", ""), ("1/own/?ann", "a"), ("1/own/?bob", "b")]
    {
        let rows = at(&kitchen, path).await.request(&json!({"action": "list", "request_id": 2})).await;
        let rows = rows["data"].as_array().expect("rows").iter();
        let texts: String = rows.filter_map(|row| row["text"].as_str()).collect();
        assert_eq!(texts, expected, "{path}");
    }
    for path in ["x/all/", "1/none/", "1/"] {
        let url = format!("ws://{}/ws/desks/{path}", kitchen.address());
        assert_eq!(
            TestClient::try_connect(&url, &[]).await.expect_err("there is nothing").status,
            404,
            "{path}"
        );
    }
}

async fn connections_are_subscribed_from_their_beginning(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut ann, mut bob) = (at(&kitchen, "1/all/?ann").await, at(&kitchen, "2/all/?bob").await);
    let mut writer = at(&kitchen, "1/all/?writer").await;
    for ticket in [create(1, "ann", "a!"), create(1, "bob", "b"), create(2, "bob", "c")] {
        assert_eq!(writer.request(&ticket).await["response_status"], 201);
    }
    let mut heard = Vec::new();
    for _ in 0..4 {
        heard.push(ann.expect_frame().await);
    }
    // Within a change, the order is that of the observers.
    let event = |data: Value| json!({"errors": [], "data": data, "action": "create", "response_status": 200, "request_id": null});
    let row = |id: i64, owner: &str, text: &str| json!({"id": id, "desk": 1, "owner": owner, "text": text});
    let marked =
        json!({"errors": [], "data": "a!", "action": "marked", "response_status": 200, "request_id": null});
    let expected = [event(row(1, "ann", "a!")), json!({"own": "a!"}), marked, event(row(2, "bob", "b"))];
    for frame in expected {
        assert!(heard.contains(&frame), "{frame} is not in {heard:?}");
    }
    ann.expect_nothing().await;
    // Nobody can subscribe to what every connection hears anyway.
    let refused = ann.request(&json!({"action": "subscribe_to_marked", "request_id": 8})).await;
    assert_eq!(refused["response_status"], 405);
    // Who is at another desk gets the events of that desk alone.
    let frames = [bob.expect_frame().await, bob.expect_frame().await];
    assert!(frames.contains(&json!({"own": "c"})), "{frames:?}");
    bob.expect_nothing().await;
    // One's own subscription is a further one, under its id; a raw frame comes once.
    assert_eq!(
        ann.request(&json!({"action": "subscribe_to_own", "request_id": 7, "desk": 1, "owner": "ann"})).await
            ["response_status"],
        201
    );
    assert_eq!(writer.request(&create(1, "ann", "d")).await["response_status"], 201);
    let frames = [ann.expect_frame().await, ann.expect_frame().await];
    assert!(frames.contains(&json!({"own": "d"})), "{frames:?}");
    ann.expect_nothing().await;
}

async fn a_connection_that_may_not_subscribe_is_not_subscribed(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut deaf, mut writer) = (at(&kitchen, "1/all/?deaf").await, at(&kitchen, "1/all/?writer").await);
    assert_eq!(writer.request(&create(1, "deaf", "a!")).await["response_status"], 201);
    deaf.expect_nothing().await;
    assert_eq!(deaf.request(&json!({"action": "list", "request_id": 1})).await["response_status"], 200);
}

async fn actions_know_the_request_of_their_connection(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let url = format!("ws://{}/ws/desks/1/all/?ann&x=1", kitchen.address());
    let headers = [("user-agent", "tests/1"), ("sec-websocket-protocol", "v0, kitchen.v1")];
    let mut client = TestClient::try_connect(&url, &headers).await.expect("a connection");
    let place = client.request(&json!({"action": "place", "request_id": 1})).await;
    let expected = json!({
        "path": "/ws/desks/1/all/", "query": "ann&x=1", "agent": "tests/1", "client": "127.0.0.1",
        "subprotocol": "kitchen.v1",
    });
    assert_eq!(place["data"], expected);
}

async fn work_beside_requests_ends_with_the_connection(database: Database) {
    let mut kitchen = Kitchen::start(database).await;
    let mut client = at(&kitchen, "1/all/").await;
    assert_eq!(client.request(&json!({"action": "tick", "request_id": "t"})).await["response_status"], 202);
    for number in 1..=3 {
        let frame = client.expect_event(|frame| frame["action"] == "tock").await;
        let expected = json!({"errors": [], "data": number, "action": "tock", "response_status": 206, "request_id": "t"});
        assert_eq!(frame, expected);
    }
    // Requests are answered meanwhile.
    assert_eq!(client.request(&json!({"action": "list", "request_id": 2})).await["response_status"], 200);
    assert_eq!(kitchen.signals.told().await, "ticks");
    drop(client);
    assert_eq!(kitchen.signals.told().await, "stops ticking");
    kitchen.quiet().await;
}

async fn groups_of_another_stream_are_reached(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut lobby = kitchen.multiplexed_as("ann").await;
    let enter = json!({"stream": "lobby", "payload": {"action": "enter", "request_id": 1, "room": "r"}});
    assert_eq!(lobby.request(&enter).await["payload"]["response_status"], 200);
    let mut desk = at(&kitchen, "3/all/").await;
    let announce = json!({"action": "announce", "request_id": 1, "room": "r"});
    assert_eq!(desk.request(&announce).await["response_status"], 200);
    assert_eq!(lobby.expect_frame().await, json!({"stream": "lobby", "payload": {"desk": 3}}));
    let answer = json!({"errors": [], "data": "hear ye", "action": "announce", "response_status": 200, "request_id": "a"});
    assert_eq!(lobby.expect_frame().await, json!({"stream": "lobby", "payload": answer}));
    // What has only the database, such as an HTTP route or a job, sends as well.
    kitchen.db.group("lobby", "r").send_json(&json!({"from": "a job"})).await.expect("it is sent");
    assert_eq!(lobby.expect_frame().await["payload"], json!({"from": "a job"}));
}

async fn who_asks_too_often_is_throttled(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let place = json!({"action": "place", "request_id": 1});
    for path in ["1/all/?ann", "2/all/?ann", "1/own/?ann"] {
        assert_eq!(at(&kitchen, path).await.request(&place).await["response_status"], 200);
    }
    let mut ann = at(&kitchen, "1/all/?ann").await;
    let refused = ann.request(&place).await;
    assert_eq!(refused["response_status"], 429, "{refused}");
    let text = refused["errors"][0].as_str().expect("a sentence");
    assert!(text.starts_with("Request was throttled. Expected available in 3"), "{text}");
    // Neither other actions nor other users are counted with it, and a connection counts for itself.
    assert_eq!(ann.request(&json!({"action": "list", "request_id": 2})).await["response_status"], 200);
    assert_eq!(at(&kitchen, "1/all/?bob").await.request(&place).await["response_status"], 200);
    let delete = json!({"action": "delete", "request_id": 3, "pk": 1});
    assert_eq!(ann.request(&delete).await["response_status"], 404);
    assert_eq!(ann.request(&delete).await["response_status"], 429);
    assert_eq!(at(&kitchen, "1/all/?ann").await.request(&delete).await["response_status"], 404);
}
