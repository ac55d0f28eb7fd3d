//! Who may call a consumer, which rows they see, and what the application is told of connections.

use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use dcrf_runtime::test::TestClient;
use kitchen::models::{Memo, NewMemo, NewTeam, Team};
use serde_json::{Value, json};

use super::Kitchen;
use super::server::{Stream, column};
use crate::on_both_databases;

on_both_databases!(
    every_action_is_refused_without_data,
    a_permission_that_raises_answers_its_error,
    permissions_are_joined_by_and_or_and_not,
    a_row_that_a_permission_refuses_is_not_touched,
    rows_outside_of_the_queryset_are_not_there,
    creating_is_not_narrowed,
    handshakes_are_refused_by_can_connect,
    a_refused_stream_leaves_the_others_alone,
    what_refuses_nobody_lets_connect,
    the_application_is_told_of_connections_once,
    the_application_may_refuse_a_connection,
    requests_wait_until_the_application_was_told,
    streams_are_left_when_the_server_stops,
    the_repository_filters,
);

const DENIED: &str = "You do not have permission to perform this action.";

async fn as_(kitchen: &Kitchen, name: &str) -> Stream {
    kitchen.open_as("memos", name).await
}

async fn memo(kitchen: &Kitchen, owner: &str, text: &str, sealed: bool, team: Option<i64>) -> i64 {
    let new = NewMemo { team, owner: owner.into(), text: text.into(), sealed: Some(sealed), meta: None };
    Memo::objects(&kitchen.db).create(new).await.expect("a memo").id
}

async fn team(kitchen: &Kitchen, name: &str) -> i64 {
    Team::objects(&kitchen.db).create(NewTeam { name: name.into() }).await.expect("a team").id
}

async fn text_of(kitchen: &Kitchen, id: i64) -> String {
    Memo::objects(&kitchen.db).get(id).await.expect("a memo").text
}

async fn every_action_is_refused_without_data(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let id = memo(&kitchen, "nobody", "secret", false, None).await;
    let mut anonymous = kitchen.open("memos").await;
    let actions = [
        "list", "count", "retrieve", "create", "update", "patch", "delete", "sign", "stamp", "tally",
        "nonsense",
    ];
    for action in actions {
        for arguments in
            [json!({}), json!({"pk": id, "data": {"owner": "x", "text": "x"}}), json!({"pk": []})]
        {
            anonymous.ask(action, arguments).await.refuses(403, json!([DENIED]));
        }
    }
    // What is no request is refused as such first, and what is none of the actions last.
    let answer = anonymous.client.request(&json!({"request_id": "x"})).await;
    assert_eq!(answer["response_status"], 405, "{answer}");
    as_(&kitchen, "ann")
        .await
        .ask("nonsense", json!({}))
        .await
        .refuses(405, json!(["Method \"nonsense\" not allowed."]));
    assert_eq!(text_of(&kitchen, id).await, "secret");
}

async fn a_permission_that_raises_answers_its_error(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut ann = as_(&kitchen, "ann").await;
    let missing = json!(["Authentication credentials were not provided."]);
    ann.ask("list", json!({"say": "raise"})).await.refuses(401, missing);
    ann.ask("list", json!({"say": "no"})).await.refuses(403, json!([DENIED]));
    ann.ask("list", json!({"say": "panic"})).await.refuses(500, json!(["A server error occurred."]));
    assert_eq!(ann.ask("list", json!({})).await.data(200)["count"], 0);
    // Nobody is logged in: that comes first in the list, and the others are not asked.
    kitchen.open("memos").await.ask("list", json!({"say": "raise"})).await.refuses(403, json!([DENIED]));
}

async fn permissions_are_joined_by_and_or_and_not(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let public = team(&kitchen, "public").await;
    let id = memo(&kitchen, "ann", "x", false, Some(public)).await;
    for (name, allowed) in
        [("ann", true), ("ben", false), ("auditor", true), ("auditor-guest", false), ("guest", false)]
    {
        let mut stream = as_(&kitchen, name).await;
        let answer = stream.ask("stamp", json!({"pk": id})).await;
        if allowed {
            answer.is(200, json!(null))
        } else {
            answer.refuses(403, json!([DENIED]))
        }
        let answer = stream.ask("tally", json!({})).await;
        if name.ends_with("guest") { answer.refuses(403, json!([DENIED])) } else { answer.is(200, json!(1)) }
    }
    for (name, allowed) in [("ann", true), ("banned", false), ("banned with a badge", true)] {
        let mut gates = kitchen.open_as("gates", &name.replace(' ', "-")).await;
        let answer = gates.ask("knock", json!({})).await;
        if allowed {
            answer.data(200);
        } else {
            answer.refuses(403, json!([DENIED]))
        }
    }
}

async fn a_row_that_a_permission_refuses_is_not_touched(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let sealed = memo(&kitchen, "ann", "sealed", true, None).await;
    let open = memo(&kitchen, "ann", "open", false, None).await;
    let mut ann = as_(&kitchen, "ann").await;
    let good = json!({"owner": "ann", "text": "changed", "sealed": false});
    for (action, data) in [
        ("retrieve", json!(null)),
        ("update", good.clone()),
        ("patch", json!({"text": "changed"})),
        ("patch", json!({})),
        // Before validation: what is wrong with the payload is not said.
        ("update", json!({})),
        ("patch", json!({"text": ""})),
        ("delete", json!(null)),
        ("sign", json!(null)),
        ("stamp", json!(null)),
    ] {
        ann.ask(action, json!({"pk": sealed, "data": data})).await.refuses(403, json!([DENIED]));
        assert_eq!(text_of(&kitchen, sealed).await, "sealed", "{action}");
        // There is none: that is said before.
        ann.ask(action, json!({"pk": 99, "data": data})).await.refuses(404, json!(["Not found"]));
    }
    // Lists are not asked row by row.
    assert_eq!(ann.ask("list", json!({})).await.data(200)["count"], 2);
    ann.ask("retrieve", json!({"pk": open})).await.data(200);
    ann.ask("patch", json!({"pk": open, "data": {"text": "1"}})).await.data(200);
    ann.ask("sign", json!({"pk": open})).await.data(200);
    assert_eq!(text_of(&kitchen, open).await, "1, signed ann");
    ann.ask("update", json!({"pk": open, "data": good})).await.data(200);
    ann.ask("patch", json!({"pk": open, "data": {"text": ""}}))
        .await
        .refuses(400, json!([{"text": ["This field may not be blank."]}]));
    ann.ask("delete", json!({"pk": open})).await.is(204, json!(null));
}

async fn rows_outside_of_the_queryset_are_not_there(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (public, private) = (team(&kitchen, "public").await, team(&kitchen, "private").await);
    let foreign = memo(&kitchen, "ben", "foreign", false, Some(private)).await;
    let teamless = memo(&kitchen, "ben", "teamless", true, None).await;
    let shared = memo(&kitchen, "ben", "shared", false, Some(public)).await;
    let own = memo(&kitchen, "ann", "own", false, None).await;
    let mut ann = as_(&kitchen, "ann").await;
    let page = ann.ask("list", json!({})).await.data(200);
    assert_eq!(
        (&page["count"], column(&page["results"], "id")),
        (&json!(2), vec![json!(shared), json!(own)])
    );
    ann.ask("count", json!({})).await.is(200, page["count"].clone());
    let page = ann.ask("list", json!({"filter": {"owner": "ben"}, "limit": 1})).await.data(200);
    assert_eq!((&page["count"], column(&page["results"], "id")), (&json!(1), vec![json!(shared)]));
    let page = ann.ask("list", json!({"filter": {"owner": "ben"}, "offset": 1})).await.data(200);
    assert_eq!((&page["count"], &page["results"]), (&json!(1), &json!([])));
    let good = json!({"owner": "ann", "text": "changed", "sealed": false});
    for hidden in [foreign, teamless] {
        for (action, data) in [
            ("retrieve", json!(null)),
            ("update", good.clone()),
            ("patch", json!({"text": "changed"})),
            ("patch", json!({})),
            ("patch", json!({"text": ""})),
            ("delete", json!(null)),
            ("sign", json!(null)),
            ("stamp", json!(null)),
        ] {
            ann.ask(action, json!({"pk": hidden, "data": data})).await.refuses(404, json!(["Not found"]));
        }
    }
    assert_eq!(text_of(&kitchen, foreign).await, "foreign");
    ann.ask("patch", json!({"pk": shared, "data": {"text": "seen"}})).await.data(200);
    // What leaves the queryset is answered, and not there the next time.
    let gone = ann.ask("patch", json!({"pk": shared, "data": {"team": private}})).await.data(200);
    assert_eq!(gone["team"], json!(private));
    ann.ask("retrieve", json!({"pk": shared})).await.refuses(404, json!(["Not found"]));
    ann.ask("delete", json!({"pk": own})).await.is(204, json!(null));
    assert_eq!(ann.ask("list", json!({})).await.data(200)["count"], 0);
}

async fn creating_is_not_narrowed(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut ann = as_(&kitchen, "ann").await;
    let row = ann.create(json!({"owner": "ben", "text": "for you"})).await.data(201);
    ann.ask("retrieve", json!({"pk": row["id"]})).await.refuses(404, json!(["Not found"]));
    as_(&kitchen, "ben").await.ask("retrieve", json!({"pk": row["id"]})).await.is(200, row);
}

async fn status(kitchen: &Kitchen, path: &str) -> u16 {
    match TestClient::try_connect(&format!("ws://{}{path}", kitchen.address()), &[]).await {
        Ok(_) => 101,
        Err(refused) => {
            assert!(!refused.body.contains("secret"), "{}", refused.body);
            refused.status
        }
    }
}

async fn handshakes_are_refused_by_can_connect(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for (name, expected) in
        [("key", 101), ("ann", 403), ("raising", 401), ("failing", 500), ("panicking", 500)]
    {
        assert_eq!(status(&kitchen, &format!("/ws/vaults/?{name}")).await, expected, "{name}");
    }
    assert_eq!(status(&kitchen, "/ws/vaults/").await, 403);
    // IsAuthenticated lets everybody connect.
    assert_eq!(status(&kitchen, "/ws/memos/").await, 101);
}

async fn a_refused_stream_leaves_the_others_alone(database: Database) {
    let mut kitchen = Kitchen::start(database).await;
    let mut client = kitchen.multiplexed_as("ann").await;
    assert_eq!(kitchen.signals.told().await, "ann enters memos");
    let frame =
        |stream: &str, id: u64| json!({"stream": stream, "payload": {"action": "unlock", "request_id": id}});
    for id in [1, 2] {
        let answer = client.request(&frame("vaults", id)).await;
        let expected = json!({"stream": "vaults", "payload": {
            "errors": [DENIED], "data": null, "action": "unlock", "response_status": 403, "request_id": id
        }});
        assert_eq!(answer, expected);
        let other = json!({"stream": "memos", "payload": {"action": "tally", "request_id": id + 10}});
        assert_eq!(client.request(&other).await["payload"]["data"], 0);
    }
    for name in ["raising", "failing", "panicking"] {
        let mut client = kitchen.multiplexed_as(name).await;
        assert_eq!(client.request(&frame("vaults", 1)).await["payload"]["response_status"], 403, "{name}");
    }
    let mut client = kitchen.multiplexed_as("key").await;
    assert_eq!(client.request(&frame("vaults", 1)).await["payload"]["response_status"], 200);
}

async fn what_refuses_nobody_lets_connect(database: Database) {
    let kitchen = Kitchen::start(database).await;
    // `{"or": ["HasBadge", {"not": "IsBanned"}]}`: the badge refuses the connection, and a negation says nothing.
    for path in ["/ws/gates/", "/ws/gates/?banned", "/ws/gates/?badge", "/ws/?banned"] {
        assert_eq!(status(&kitchen, path).await, 101, "{path}");
    }
}

async fn the_application_is_told_of_connections_once(database: Database) {
    let mut kitchen = Kitchen::start(database).await;
    memo(&kitchen, "ann", "x", false, None).await;
    let ann = as_(&kitchen, "ann").await;
    assert_eq!(kitchen.signals.told().await, "ann enters memos");
    drop(ann);
    assert_eq!(kitchen.signals.told().await, "ann leaves memos with 1");
    // One that fails while it leaves keeps nobody else from leaving: the gates panic.
    let client = kitchen.multiplexed_as("key").await;
    let mut told = [kitchen.signals.told().await, kitchen.signals.told().await];
    told.sort();
    assert_eq!(told, ["key enters memos", "key enters vaults"]);
    client.close().await;
    let mut told = [kitchen.signals.told().await, kitchen.signals.told().await, kitchen.signals.told().await];
    told.sort();
    assert_eq!(told, ["key leaves gates", "key leaves memos with 0", "key leaves vaults"]);
    // A stream that was refused was not entered, and is not left.
    drop(kitchen.multiplexed_as("ben").await);
    let mut told = [kitchen.signals.told().await, kitchen.signals.told().await, kitchen.signals.told().await];
    told.sort();
    assert_eq!(told, ["ben enters memos", "ben leaves gates", "ben leaves memos with 0"]);
    kitchen.quiet().await;
}

async fn the_application_may_refuse_a_connection(database: Database) {
    let mut kitchen = Kitchen::start(database).await;
    let mut refused = as_(&kitchen, "unwelcome").await;
    assert_eq!(refused.client.expect_close().await, 1008);
    assert_eq!(kitchen.signals.told().await, "unwelcome enters memos");
    let mut client = kitchen.multiplexed_as("unwelcome").await;
    assert_eq!(kitchen.signals.told().await, "unwelcome enters memos");
    let tally = json!({"stream": "memos", "payload": {"action": "tally", "request_id": 1}});
    assert_eq!(client.request(&tally).await["payload"]["response_status"], 403);
    assert_eq!(client.request(&tally).await["payload"]["errors"], json!([DENIED]));
    let knock = json!({"stream": "gates", "payload": {"action": "knock", "request_id": 2}});
    assert_eq!(client.request(&knock).await["payload"]["response_status"], 200);
    drop(client);
    assert_eq!(kitchen.signals.told().await, "unwelcome leaves gates");
    // Another failure is no refusal.
    let mut stumbling = as_(&kitchen, "stumbling").await;
    stumbling.ask("tally", json!({})).await.is(200, json!(0));
    drop(stumbling);
    assert_eq!(kitchen.signals.told().await, "stumbling enters memos");
    assert_eq!(kitchen.signals.told().await, "stumbling leaves memos with 0");
    kitchen.quiet().await;
}

async fn requests_wait_until_the_application_was_told(database: Database) {
    let mut kitchen = Kitchen::start(database).await;
    let mut client = kitchen.multiplexed_as("slow").await;
    let arrival = kitchen.signals.arrival().await;
    assert_eq!(arrival.ticket, "slow enters");
    client.send(&json!({"stream": "memos", "payload": {"action": "tally", "request_id": 1}})).await;
    // Other streams do not wait.
    let knock = json!({"stream": "gates", "payload": {"action": "knock", "request_id": 2}});
    let first = client.request(&knock).await;
    assert_eq!(first["stream"], "gates");
    client.expect_nothing().await;
    arrival.go();
    assert_eq!(client.expect_reply(&json!(1)).await["payload"]["data"], 0);
}

async fn streams_are_left_when_the_server_stops(database: Database) {
    let mut kitchen = Kitchen::start(database).await;
    memo(&kitchen, "ann", "x", false, None).await;
    let mut ann = as_(&kitchen, "ann").await;
    let mut client = kitchen.multiplexed_as("key").await;
    for _ in 0..3 {
        kitchen.signals.told().await;
    }
    kitchen.stop();
    assert_eq!(ann.client.expect_close().await, 1012);
    assert_eq!(client.expect_close().await, 1012);
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(kitchen.signals.told().await);
    }
    told.sort();
    let expected =
        ["ann leaves memos with 1", "key leaves gates", "key leaves memos with 0", "key leaves vaults"];
    assert_eq!(told, expected);
    kitchen.quiet().await;
}

async fn the_repository_filters(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let public = team(&kitchen, "public").await;
    for (owner, text, sealed, team) in
        [("ann", "b", false, None), ("ann", "a", true, Some(public)), ("ben", "Ab", false, Some(public))]
    {
        memo(&kitchen, owner, text, sealed, team).await;
    }
    let memos = Memo::objects(&kitchen.db);
    let found = async |filter| -> Vec<Value> {
        let rows: Vec<Memo> = memos.filter(filter).list().await.expect("rows");
        rows.into_iter().map(|row| json!(row.text)).collect()
    };
    assert_eq!(found(Memo::OWNER.eq("ann")).await, ["b", "a"]);
    assert_eq!(found(Memo::OWNER.eq("ann") & !Memo::SEALED.eq(true)).await, ["b"]);
    assert_eq!(found(Memo::TEXT.lt("a")).await, ["Ab"], "by code points, on every database");
    assert_eq!(found(Memo::TEXT.contains("b")).await, ["b", "Ab"]);
    assert_eq!(found(Memo::TEAM.is_null()).await, ["b"]);
    assert_eq!(found(Memo::TEAM.ne(public)).await, [] as [&str; 0]);
    assert_eq!(found(!Memo::TEAM.related(Team::NAME.eq("public"))).await, ["b"]);
    assert_eq!(found(Memo::ID.is_in([2, 3]) & Memo::OWNER.is_in(["ben", "x"])).await, ["Ab"]);
    assert_eq!(found(!Memo::META_COLUMN.is_null() & Memo::OWNER.ne("ann")).await, ["Ab"]);
    let ann = || memos.filter(Memo::OWNER.eq("ann"));
    assert_eq!(ann().first().await.expect("a read").map(|memo| memo.text).as_deref(), Some("b"));
    assert_eq!(ann().filter(Memo::SEALED.eq(true)).count().await.expect("a read"), 1);
    assert!(ann().exists().await.expect("a read"));
    assert!(!memos.filter(Memo::OWNER.eq("cat")).exists().await.expect("a read"));
}
