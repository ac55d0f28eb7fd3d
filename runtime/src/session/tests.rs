//! The session without a socket.

use std::future::poll_fn;

use super::*;
use crate::db::Migrations;
use crate::dispatch::{Dispatch, Reply, ReplyFuture};
use crate::identity::Identity;
use crate::meta::{AccessMeta, ActionMeta, ConsumerMeta};
use crate::{Context, Request};

static META: ConsumerMeta = ConsumerMeta {
    name: "Echo",
    stream: "echo",
    path: "/echo/",
    actions: &[ActionMeta::new("echo"), ActionMeta::new("never"), ActionMeta::new("beside").detached()],
    model: None,
    access: AccessMeta::OPEN,
};

struct Echo;

impl Dispatch for Echo {
    fn meta(&self) -> &'static ConsumerMeta {
        &META
    }
    fn call<'a>(&'a self, _: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async {
            match request.action() {
                "echo" => Ok(Reply::empty(200)),
                _ => std::future::pending().await,
            }
        })
    }
}

pub(crate) async fn session(change: impl FnOnce(&mut Limits)) -> Session {
    let mut limits = Limits::default();
    change(&mut limits);
    let endpoint = Endpoint { streams: Box::new([Stream::new(Arc::new(Echo))]), multiplexed: false };
    let migrations = Migrations { sqlite: &[], postgres: &[] };
    Session::new(Caller {
        db: Db::connect("sqlite::memory:", &migrations).await.expect("a database in memory"),
        connection: Arc::new(Connection { id: 1, user: Identity::Anonymous }),
        endpoint: Arc::new(endpoint),
        limits: Arc::new(limits.workable()),
    })
}

const ECHO: &str = r#"{"action": "echo"}"#;

#[tokio::test]
async fn requests_begin_only_if_their_answers_have_a_place() {
    let mut session = session(|limits| (limits.outbound, limits.pending) = (3, 100)).await;
    for _ in 0..3 {
        session.text(ECHO).expect("a place");
    }
    while session.outbound.len() < 3 {
        poll_fn(|cx| session.poll_done(cx)).await.expect("a place");
    }
    assert!(!session.can_read());
    // Two more had been read before: they wait.
    for _ in 0..2 {
        session.text(ECHO).expect("nothing is sent yet");
    }
    assert!(poll_fn(|cx| Poll::Ready(session.poll_done(cx))).await.is_pending());
    assert!(session.outbound.pop().is_some());
    assert!(session.begin());
    poll_fn(|cx| session.poll_done(cx)).await.expect("a place");
    assert_eq!(session.outbound.len(), 3);
    assert!(!session.is_idle());
}

#[tokio::test]
async fn large_answers_count_by_their_bytes() {
    let mut session = session(|limits| limits.outbound_bytes = 1).await;
    session.text(ECHO).expect("a place");
    poll_fn(|cx| session.poll_done(cx)).await.expect("a place");
    session.text(ECHO).expect("a place");
    assert!(poll_fn(|cx| Poll::Ready(session.poll_done(cx))).await.is_pending());
    assert!(session.outbound.pop().is_some());
    assert!(session.begin());
}

#[tokio::test]
async fn what_is_sent_unasked_overflows() {
    let mut session = session(|limits| limits.outbound = 2).await;
    let frame = || Utf8Bytes::from_static("{}");
    assert_eq!(session.outbound.push(frame()), Ok(()));
    assert_eq!(session.outbound.push(frame()), Ok(()));
    assert_eq!(session.outbound.push(frame()), Err(Overflown));
    assert_eq!((session.outbound.len(), session.outbound.bytes()), (2, 4));
}

#[tokio::test]
async fn waiting_bytes_stop_the_reading() {
    let mut session = session(|limits| limits.pending_bytes = 30).await;
    session.text(r#"{"action": "never"}"#).expect("a place");
    assert!(session.can_read());
    session.text(ECHO).expect("a place");
    assert!(session.can_read());
    session.text(ECHO).expect("a place");
    assert!(!session.can_read());
}

#[tokio::test]
async fn a_deaf_session_finishes_what_it_received() {
    let mut session = session(|_| ()).await;
    for text in [ECHO, r#"{"action": "beside"}"#, ECHO, r#"{"action": "beside"}"#] {
        session.text(text).expect("a place");
    }
    session.deafen();
    poll_fn(|cx| session.poll_drained(cx)).await;
    assert!(session.is_idle() && session.outbound.is_empty());
    assert_eq!((session.detached.len(), session.waiting_bytes), (0, 0));
}
