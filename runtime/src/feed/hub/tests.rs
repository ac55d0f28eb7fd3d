//! Tests the hub and the mailboxes, without sockets and rows.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::app::context::{ConnectionInfo, Context};
use crate::app::dispatch::{Dispatch, ReplyFuture};
use crate::app::identity::Identity;
use crate::app::mailbox::{Mailbox, MailboxEvent, StreamSender};
use crate::app::request_id::RequestId;
use crate::change::{Body, Change, ChangeKind, Entry, Topic};
use crate::db::Db;
use crate::db::no_database::NoDatabase;
use crate::ground::limits::Limits;
use crate::schema::meta::{
    ColumnMeta, ConsumerMeta, Kind, ModelMeta, ModelSql, ObserverMeta, Overflow, TypeMeta,
};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::{Reply, Request};

struct Nothing;

static META: ConsumerMeta = ConsumerMeta {
    name: "Nothing",
    stream: "nothing",
    path: "/nothing/",
    actions: &[],
    model: None,
    access: crate::schema::meta::AccessMeta::OPEN,
};

static MODEL: ModelMeta = ModelMeta {
    name: "Thing",
    verbose_name: "thing",
    table: "things",
    columns: &[ColumnMeta::new("id", TypeMeta::new(Kind::Integer))],
    key: 0,
    constraints: &[],
    ordering: &[],
    relations: &[],
    sql: ModelSql { select: "", get: "", insert: "", delete: "", returning: "" },
};

static OBSERVERS: [&ObserverMeta; 1] = [&ObserverMeta::new("things", &MODEL)];

impl Dispatch for Nothing {
    fn meta(&self) -> &'static ConsumerMeta {
        &META
    }
    fn observers(&self) -> &'static [&'static ObserverMeta] {
        &OBSERVERS
    }
    fn call<'a>(&'a self, _: &'a Context, _: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async { Ok(Reply::empty(200)) })
    }
}

const TOPIC: Topic = Topic { stream: "nothing", name: "things" };

fn db() -> Db {
    Db::over(Arc::new(NoDatabase)).heard_by(Hub::start())
}

fn sender(connection: u64, limit: usize) -> StreamSender {
    StreamSender {
        mailbox: Arc::new(Mailbox::new(connection, &Limits { events: limit, ..Limits::default() }, None)),
        stream: 0,
        wrapper: None,
    }
}

fn context(db: &Db, sender: &StreamSender, request_id: &str) -> Context {
    let connection =
        ConnectionInfo::among(sender.mailbox.connection(), Identity::Anonymous, crate::Sessions::default());
    Context::new(db.clone(), Arc::new(connection), "nothing", "subscribe", request_id)
        .with_sender(sender.clone(), &(Arc::new(Nothing) as Arc<dyn Dispatch>))
}

async fn subscribe(db: &Db, sender: &StreamSender, group: &str, request_id: &str) {
    let context = context(db, sender, request_id);
    let subscription =
        Subscription::new(TOPIC, group, &context, Overflow::Close).expect("there is a connection");
    db.hub().join(subscription).await.expect("memory refuses nothing");
}

fn message(group: &str) -> Message {
    let data = Bytes::from_static(b"{}");
    let body = Arc::new(Body::Event { action: Cow::Borrowed("\"update\""), status: 200, data });
    Message { channel: TOPIC.channel(group), body, change: None }
}

fn frames(sender: &StreamSender) -> Vec<String> {
    std::iter::from_fn(|| sender.mailbox.take(|_| false)).map(|frame| frame.to_string()).collect()
}

#[tokio::test]
async fn a_group_is_heard_by_those_who_subscribed() {
    let (db, a, b) = (db(), sender(1, 9), sender(2, 9));
    subscribe(&db, &a, "g", "1").await;
    subscribe(&db, &a, "g", "1").await;
    subscribe(&db, &a, "g", "1.0").await;
    subscribe(&db, &b, "h", "1").await;
    assert_eq!(db.hub().subscriptions(), 3);
    db.listener().publish(&db, vec![Entry::Message(message("g"))]).await;
    let of = |id: &str| {
        format!(r#"{{"errors":[],"data":{{}},"action":"update","response_status":200,"request_id":{id}}}"#)
    };
    assert_eq!(frames(&a), [of("1"), of("1.0")]);
    assert_eq!(frames(&b), [""; 0]);
    db.hub().disconnect(1);
    assert!(db.hub().is_heard_here(TOPIC));
    db.hub().disconnect(2);
    assert!(!db.hub().is_heard_here(TOPIC));
    let state = db.hub().state();
    assert!(state.channels.is_empty() && state.connections.is_empty() && state.topics.is_empty());
}

#[tokio::test]
async fn what_waits_is_not_delivered_when_its_subscription_is_over() {
    let (db, a) = (db(), sender(1, 9));
    subscribe(&db, &a, "g", "1").await;
    subscribe(&db, &a, "g", "2").await;
    db.listener().publish(&db, vec![Entry::Message(message("g"))]).await;
    assert_eq!(db.hub().unsubscribe(1, |own| *own.request_id() == RequestId::new("1")), 1);
    assert_eq!(frames(&a).len(), 1);
}

#[tokio::test]
async fn events_wait_for_a_busy_stream_and_frames_of_its_own_do_not() {
    let (db, a) = (db(), sender(1, 9));
    subscribe(&db, &a, "g", "1").await;
    db.listener().publish(&db, vec![Entry::Message(message("g"))]).await;
    a.send_now(b"7");
    assert!(a.mailbox.has(|_| true));
    assert_eq!(a.mailbox.take(|_| true).as_deref(), Some("7"));
    assert!(!a.mailbox.has(|_| true) && a.mailbox.has(|_| false));
    a.mailbox.close(1000);
    assert_eq!(a.mailbox.trouble(), Some(MailboxEvent::Close(1000)));
}

#[tokio::test]
async fn a_full_mailbox_says_so_and_concerns_nobody_else() {
    let (db, a, b) = (db(), sender(1, 2), sender(2, 9));
    subscribe(&db, &a, "g", "1").await;
    subscribe(&db, &b, "g", "1").await;
    for _ in 0..3 {
        db.listener().publish(&db, vec![Entry::Message(message("g"))]).await;
    }
    assert_eq!(a.mailbox.trouble(), Some(MailboxEvent::Overflown));
    assert_eq!(frames(&a).len(), 0);
    assert_eq!((b.mailbox.trouble(), frames(&b).len()), (None, 3));
}

#[tokio::test]
async fn a_connection_that_has_gone_subscribes_to_nothing() {
    let (db, a) = (db(), sender(1, 9));
    a.mailbox.shut();
    subscribe(&db, &a, "g", "1").await;
    assert_eq!(db.hub().subscriptions(), 0);
}

/// Returns a change of the row with this key, as a message to the group `g`.
fn told(kind: ChangeKind, key: i64, text: &str) -> Message {
    let row = Row::new(vec![Value::Integer(key)]);
    let change = match kind {
        ChangeKind::Created => Change::created(&MODEL, row),
        ChangeKind::Deleted => Change::deleted(&MODEL, row),
        _ => Change::updated(&MODEL, None, row),
    };
    let data = Bytes::from(format!("\"{text}\""));
    let body = Arc::new(Body::Event { action: Cow::Borrowed("\"update\""), status: 200, data });
    let body = body.with_action(kind.into());
    Message { channel: TOPIC.channel("g"), body, change: Some((Arc::new(change), kind)) }
}

/// Returns the frames of a reader that takes nothing until all messages were sent: actions and data.
async fn read_late(
    overflow: Overflow,
    limit: usize,
    messages: Vec<Message>,
) -> (Option<MailboxEvent>, Vec<(String, String)>) {
    let (db, a) = (db(), sender(1, limit));
    let context = context(&db, &a, "1");
    let subscription = Subscription::new(TOPIC, "g", &context, overflow).expect("there is a connection");
    db.hub().join(subscription).await.expect("memory refuses nothing");
    for message in messages {
        db.listener().publish(&db, vec![Entry::Message(message)]).await;
    }
    let trouble = a.mailbox.trouble();
    let read = |frame: String| {
        let frame: serde_json::Value = serde_json::from_str(&frame).expect("JSON");
        (frame["action"].as_str().unwrap_or_default().to_owned(), frame["data"].to_string())
    };
    (trouble, frames(&a).into_iter().map(read).collect())
}

fn texts(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(action, data)| ((*action).to_owned(), (*data).to_owned())).collect()
}

#[tokio::test]
async fn events_of_one_row_become_one_for_a_reader_who_wants_that() {
    use ChangeKind::{Created, Deleted, Updated};
    let messages = vec![
        told(Created, 1, "a"),
        told(Updated, 2, "b"),
        told(Updated, 1, "c"),
        // The mailbox is full from here on.
        told(Updated, 1, "d"),
        told(Created, 3, "e"),
        told(Deleted, 3, "e"),
        told(Deleted, 2, "b"),
        told(Created, 2, "f"),
    ];
    let (trouble, read) = read_late(Overflow::Coalesce, 3, messages).await;
    assert_eq!(trouble, None);
    // Row 1 is created, because no event of it was sent yet; row 3 was created and deleted; row 2 exists again.
    assert_eq!(read, texts(&[("update", "\"b\""), ("create", "\"d\""), ("update", "\"f\"")]));
    // There are too many rows: nothing can be merged.
    let rows = (1..=4).map(|key| told(Updated, key, "x")).collect();
    assert_eq!(read_late(Overflow::Coalesce, 3, rows).await, (Some(MailboxEvent::Overflown), Vec::new()));
}

#[tokio::test]
async fn events_that_are_left_out_are_counted_in_their_place() {
    use ChangeKind::Updated;
    let rows = (1..=6).map(|key| told(Updated, key, "x")).collect();
    let (trouble, read) = read_late(Overflow::Drop, 2, rows).await;
    assert_eq!(trouble, None);
    assert_eq!(read, texts(&[("update", "\"x\""), ("update", "\"x\""), ("dropped", r#"{"count":4}"#)]));
}
