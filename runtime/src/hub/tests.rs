//! The hub and the mailboxes, without sockets and rows.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::context::{Connection, Context};
use crate::db::Migrations;
use crate::dispatch::{Dispatch, ReplyFuture};
use crate::identity::Identity;
use crate::meta::ConsumerMeta;
use crate::{Reply, Request};

struct Nothing;

static META: ConsumerMeta = ConsumerMeta {
    name: "Nothing",
    stream: "nothing",
    path: "/nothing/",
    actions: &[],
    model: None,
    access: crate::meta::AccessMeta::OPEN,
};

impl Dispatch for Nothing {
    fn meta(&self) -> &'static ConsumerMeta {
        &META
    }
    fn call<'a>(&'a self, _: &'a Context, _: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async { Ok(Reply::empty(200)) })
    }
}

const TOPIC: Topic = Topic { stream: "nothing", name: "things" };

async fn db() -> Db {
    let migrations = Migrations { sqlite: &[], postgres: &[] };
    Db::connect("sqlite::memory:", &migrations).await.expect("a database in memory")
}

fn seat(connection: u64, limit: usize) -> Seat {
    Seat {
        mailbox: Arc::new(Mailbox::new(connection, limit)),
        stream: 0,
        wrapper: None,
        dispatch: Arc::new(Nothing),
    }
}

async fn subscribe(db: &Db, seat: &Seat, group: &str, request_id: &str) {
    let connection =
        Connection::among(seat.mailbox.connection(), Identity::Anonymous, crate::Sessions::default());
    let context = Context::new(db.clone(), Arc::new(connection), "nothing", "subscribe", request_id);
    let subscription = Subscription::new(TOPIC, group, &context, seat);
    db.hub().join(subscription).await.expect("memory refuses nothing");
}

fn message(group: &str) -> Message {
    let data = Bytes::from_static(b"{}");
    let body = Arc::new(Body::Event { action: Cow::Borrowed("\"update\""), status: 200, data });
    Message { channel: TOPIC.channel(group), body, change: None }
}

fn frames(seat: &Seat) -> Vec<String> {
    std::iter::from_fn(|| seat.mailbox.take(|_| false)).map(|frame| frame.to_string()).collect()
}

#[tokio::test]
async fn a_group_is_heard_by_those_who_subscribed() {
    let (db, a, b) = (db().await, seat(1, 9), seat(2, 9));
    subscribe(&db, &a, "g", "1").await;
    subscribe(&db, &a, "g", "1").await;
    subscribe(&db, &a, "g", "1.0").await;
    subscribe(&db, &b, "h", "1").await;
    assert_eq!(db.hub().subscriptions(), 3);
    db.hub().publish(&db, vec![Entry::Message(message("g"))]).await;
    let of = |id: &str| {
        format!(r#"{{"errors":[],"data":{{}},"action":"update","response_status":200,"request_id":{id}}}"#)
    };
    assert_eq!(frames(&a), [of("1"), of("1.0")]);
    assert_eq!(frames(&b), [""; 0]);
    db.hub().disconnect(1);
    assert!(db.hub().is_heard(TOPIC));
    db.hub().disconnect(2);
    assert!(!db.hub().is_heard(TOPIC));
    let state = db.hub().state();
    assert!(state.channels.is_empty() && state.connections.is_empty() && state.topics.is_empty());
}

#[tokio::test]
async fn what_waits_is_not_delivered_when_its_subscription_is_over() {
    let (db, a) = (db().await, seat(1, 9));
    subscribe(&db, &a, "g", "1").await;
    subscribe(&db, &a, "g", "2").await;
    db.hub().publish(&db, vec![Entry::Message(message("g"))]).await;
    assert_eq!(db.hub().unsubscribe(1, |own| own.request_id == RequestId::new("1")), 1);
    assert_eq!(frames(&a).len(), 1);
}

#[tokio::test]
async fn events_wait_for_a_busy_stream_and_frames_of_its_own_do_not() {
    let (db, a) = (db().await, seat(1, 9));
    subscribe(&db, &a, "g", "1").await;
    db.hub().publish(&db, vec![Entry::Message(message("g"))]).await;
    a.send_now(b"7");
    assert!(a.mailbox.has(|_| true));
    assert_eq!(a.mailbox.take(|_| true).as_deref(), Some("7"));
    assert!(!a.mailbox.has(|_| true) && a.mailbox.has(|_| false));
    a.mailbox.close(1000);
    assert_eq!(a.mailbox.trouble(), Some(Mail::Close(1000)));
}

#[tokio::test]
async fn a_full_mailbox_says_so_and_concerns_nobody_else() {
    let (db, a, b) = (db().await, seat(1, 2), seat(2, 9));
    subscribe(&db, &a, "g", "1").await;
    subscribe(&db, &b, "g", "1").await;
    for _ in 0..3 {
        db.hub().publish(&db, vec![Entry::Message(message("g"))]).await;
    }
    assert_eq!(a.mailbox.trouble(), Some(Mail::Overflown));
    assert_eq!(frames(&a).len(), 0);
    assert_eq!((b.mailbox.trouble(), frames(&b).len()), (None, 3));
}

#[tokio::test]
async fn a_connection_that_has_gone_subscribes_to_nothing() {
    let (db, a) = (db().await, seat(1, 9));
    a.mailbox.shut();
    subscribe(&db, &a, "g", "1").await;
    assert_eq!(db.hub().subscriptions(), 0);
}
