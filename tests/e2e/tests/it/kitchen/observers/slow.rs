//! Readers who do not read, over real sockets: each policy does what it says, and nobody else notices.

use std::time::Duration;

use dcrf_e2e::{Database, LIMIT};
use dcrf_runtime::{Limits, Model as _};
use futures_util::StreamExt as _;
use kitchen::models::{Memo, MemoChanges, NewMemo};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::kitchen::Kitchen;
use crate::kitchen::server::Stream;

/// In all more than the sockets of both sides hold by themselves: a narrow one here, and there what a system gives to
/// a socket that is not read.
const UPDATES: usize = 3_000;
const LENGTH: usize = 90;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_is_served_by_the_policy_and_others_as_ever() {
    let mut limits = Limits::default();
    limits.events = 16;
    // That who does not read is dropped in the end is not what is tested here.
    let never = Duration::from_secs(3600);
    (limits.ping_after, limits.write_timeout, limits.close_within) = (never, never, never);
    let kitchen = Kitchen::with_narrow_lines(Database::sqlite(), limits).await;
    let new =
        NewMemo { team: None, owner: "ann".into(), text: "first".into(), sealed: Some(false), meta: None };
    let id = Memo::objects(&kitchen.db).create(new).await.expect("a memo").id;
    let mut closed = subscribed(&kitchen, "subscribe_to_memo_activity").await;
    let mut coalesced = subscribed(&kitchen, "subscribe_to_latest_memos").await;
    let mut dropped = subscribed(&kitchen, "subscribe_to_some_memos").await;
    let mut bystander = subscribed(&kitchen, "subscribe_to_memo_activity").await;

    for number in 0..UPDATES {
        let changes = MemoChanges { text: Some(text(number)), ..MemoChanges::default() };
        Memo::objects(&kitchen.db).update(id, changes).await.expect("a memo");
        // Nobody is held up: every event has come before the next is made.
        let event = bystander.client.expect_frame().await;
        assert_eq!((&event["action"], number_of(&event)), (&json!("update"), Some(number)));
    }

    let (events, code) = read(&mut closed, |_| false).await;
    assert_eq!(code, Some(1013));
    assert!(events.len() < UPDATES, "{} events", events.len());
    assert!(in_order(&events), "what came before the end came in order");

    let last = |event: &Value| number_of(event) == Some(UPDATES - 1);
    let (events, code) = read(&mut coalesced, last).await;
    assert_eq!(code, None);
    assert!(events.len() < UPDATES && in_order(&events), "{} events", events.len());
    assert!(events.iter().all(|event| event["action"] == "update"), "the last state, and no word of others");

    // The newest are left out: it ends with how many.
    let (events, code) = read(&mut dropped, |event| event["action"] == "dropped").await;
    assert_eq!(code, None);
    let count = events.last().and_then(|event| event["data"]["count"].as_u64()).expect("a count");
    assert_eq!(events.len() - 1 + usize::try_from(count).expect("small"), UPDATES, "none is lost in silence");
    // And it goes on.
    let changes = MemoChanges { text: Some("on".to_owned()), ..MemoChanges::default() };
    Memo::objects(&kitchen.db).update(id, changes).await.expect("a memo");
    assert_eq!(dropped.client.expect_frame().await["data"]["text"], "on");
}

async fn subscribed(kitchen: &Kitchen, action: &str) -> Stream {
    let mut stream = kitchen.open_as("memos", "ann").await;
    assert_eq!(stream.under("s", action, json!({})).await, 201);
    stream
}

/// A long text that begins with a number.
fn text(number: usize) -> String {
    format!("{number} {}", "x".repeat(LENGTH))
}

fn number_of(event: &Value) -> Option<usize> {
    event["data"]["text"].as_str()?.split(' ').next()?.parse().ok()
}

fn in_order(events: &[Value]) -> bool {
    events.iter().filter_map(number_of).is_sorted()
}

/// What has come, up to an event or to the end, with the code of the end.
async fn read(stream: &mut Stream, last: impl Fn(&Value) -> bool) -> (Vec<Value>, Option<u16>) {
    let mut events = Vec::new();
    loop {
        match timeout(LIMIT, stream.client.socket().next()).await.expect("a frame or an end comes in time") {
            Some(Ok(Message::Text(text))) => {
                let event: Value = serde_json::from_str(&text).expect("JSON");
                let done = last(&event);
                events.push(event);
                if done {
                    return (events, None);
                }
            }
            Some(Ok(Message::Close(frame))) => return (events, frame.map(|frame| frame.code.into())),
            Some(Ok(_)) => {}
            Some(Err(error)) => panic!("after {} events: {error}", events.len()),
            None => panic!("after {} events the socket has ended without a word", events.len()),
        }
    }
}
