//! Tests the session without a socket.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use axum::extract::ws::Utf8Bytes;

use super::state::AHEAD;
use super::*;
use crate::app::context::ConnectionInfo;
use crate::app::dispatch::{Dispatch, Page, Pages, Reply, ReplyFuture};
use crate::app::identity::Identity;
use crate::db::{Db, Migrations};
use crate::ground::future::BoxFuture;
use crate::ground::limits::Limits;
use crate::schema::meta::{AccessMeta, ActionMeta, ConsumerMeta};
use crate::{Context, Request};

static META: ConsumerMeta = ConsumerMeta {
    name: "Echo",
    stream: "echo",
    path: "/echo/",
    actions: &[
        ActionMeta::new("echo"),
        ActionMeta::new("never"),
        ActionMeta::new("beside").detached(),
        ActionMeta::new("pages"),
    ],
    model: None,
    access: AccessMeta::OPEN,
};

/// Twenty pages of numbers.
#[derive(Debug)]
struct Numbers {
    made: u64,
    fails: bool,
}

impl Pages for Numbers {
    fn next<'a>(&'a mut self, _: &'a dyn Dispatch, _: &'a Context) -> BoxFuture<'a, crate::Result<Page>> {
        self.made += 1;
        let number = self.made;
        Box::pin(async move {
            assert!(!self.fails || number < 3, "a test wants it so");
            Ok(Page { data: number.to_string().into_bytes(), last: number == 20 })
        })
    }
}

struct Echo;

impl Dispatch for Echo {
    fn meta(&self) -> &'static ConsumerMeta {
        &META
    }
    fn call<'a>(&'a self, _: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async {
            match request.action() {
                "echo" => Ok(Reply::empty(200)),
                "pages" => {
                    let fails = request.argument("fails").is_some();
                    let pages = Numbers { made: 0, fails };
                    Ok(Reply::new(200, b"0".to_vec()).followed_by(Box::new(pages)))
                }
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
        connection: Arc::new(ConnectionInfo::new(1, Identity::Anonymous)),
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
    // Two more frames had been read before: they wait.
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
async fn what_is_revoked_ends_answers_of_many_frames_and_refuses_what_waits() {
    let mut session = session(|_| ()).await;
    for text in [r#"{"action": "pages"}"#, ECHO] {
        session.text(text).expect("a place");
    }
    while session.outbound.len() < AHEAD {
        poll_fn(|cx| session.poll_done(cx)).await.expect("a place");
    }
    while session.outbound.pop().is_some() {}
    session.revoke().expect("a place");
    while !session.is_idle() {
        poll_fn(|cx| session.poll_done(cx)).await.expect("a place");
    }
    let refusal = session.outbound.pop().expect("a refusal");
    assert!(refusal.contains(r#""action":"echo","response_status":401"#), "{refusal}");
    // At most the page that was being made follows.
    assert!(session.outbound.len() <= 1 && !session.begin());
}

#[tokio::test]
async fn large_answers_count_by_their_bytes() {
    let mut session = session(|limits| limits.outbound_bytes = 1).await;
    session.text(ECHO).expect("a place");
    poll_fn(|cx| session.poll_done(cx)).await.expect("a place");
    session.text(ECHO).expect("a place");
    assert!(poll_fn(|cx| Poll::Ready(session.poll_done(cx))).await.is_pending());
    assert!(session.outbound.pop().is_some());
    assert!(!session.begin(), "it is being written");
    session.outbound.written();
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
    session.stop_sending();
    poll_fn(|cx| session.poll_drained(cx)).await;
    assert!(session.is_idle() && session.outbound.is_empty());
    assert_eq!((session.detached.len(), session.waiting_bytes), (0, 0));
}

const PAGES: &str = r#"{"action": "pages"}"#;

async fn settle(session: &mut Session) {
    while poll_fn(|cx| Poll::Ready(session.poll_done(cx))).await.is_ready() {}
}

#[tokio::test]
async fn pages_are_made_when_there_is_room_and_in_order() {
    let mut session = session(|_| ()).await;
    for text in [PAGES, ECHO] {
        session.text(text).expect("a place");
    }
    settle(&mut session).await;
    assert_eq!(session.outbound.len(), AHEAD);
    assert!(session.can_read(), "a stream that waits for its reader does not keep others from being heard");
    for number in 0..=20 {
        let frame = session.outbound.pop().expect("a page");
        let expected = format!(
            r#"{{"errors":[],"data":{number},"action":"pages","response_status":200,"request_id":null}}"#
        );
        assert_eq!(frame.as_str(), expected);
        session.begin();
        settle(&mut session).await;
        // The queue may also have the answer that waited for the last page.
        assert!(session.outbound.len() <= AHEAD + 1);
    }
    // The request after the pages was answered after them.
    assert_eq!(session.outbound.len(), 1);
    assert!(session.is_idle());
}

#[tokio::test]
async fn a_page_that_fails_is_the_last() {
    let mut session = session(|_| ()).await;
    session.text(r#"{"action": "pages", "fails": true}"#).expect("a place");
    settle(&mut session).await;
    let mut last = None;
    while let Some(frame) = session.outbound.pop() {
        last = Some(frame);
    }
    let text = r#"{"errors":["A server error occurred."],"data":null,"action":"pages","response_status":500,"request_id":null}"#;
    assert_eq!(last.expect("a frame").as_str(), text);
    assert!(session.is_idle());
}

#[tokio::test]
async fn nobody_to_hear_them_no_more_pages() {
    let mut session = session(|_| ()).await;
    session.text(PAGES).expect("a place");
    settle(&mut session).await;
    assert_eq!(session.parked.len(), 1);
    session.text(ECHO).expect("a place");
    session.stop_sending();
    poll_fn(|cx| session.poll_drained(cx)).await;
    assert!(session.is_idle() && session.parked.is_empty() && session.outbound.is_empty());
}
