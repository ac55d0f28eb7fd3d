//! A node with one connection, whose mailbox is read.

use std::borrow::Cow;
use std::fmt::Display;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::time::{sleep, timeout};

use crate::app::context::{ConnectionInfo, Context};
use crate::app::dispatch::{Dispatch, ReplyFuture};
use crate::app::identity::Identity;
use crate::app::mailbox::{Mailbox, StreamSender};
use crate::change::{Body, Entry, Message, Topic};
use crate::db::Db;
use crate::db::no_database::NoDatabase;
use crate::feed::broker::BrokerOptions;
use crate::feed::hub::{Hub, Subscription};
use crate::ground::error::Result;
use crate::ground::limits::Limits;
use crate::schema::meta::Overflow;
use crate::schema::meta::{AccessMeta, ConsumerMeta};
use crate::{Reply, Request};

struct Nothing;

static META: ConsumerMeta = ConsumerMeta {
    name: "Nothing",
    stream: "nothing",
    path: "/nothing/",
    actions: &[],
    model: None,
    access: AccessMeta::OPEN,
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

/// The longest wait for anything that is expected to happen.
const PATIENCE: Duration = Duration::from_secs(120);

/// Returns options with frequent pings. The timeout is the usual one, because on a busy machine messages through
/// several processes take some time.
pub(super) fn options(namespace: &str) -> BrokerOptions {
    BrokerOptions {
        ping: Duration::from_millis(200),
        retry: Duration::from_millis(200),
        ..BrokerOptions::new(namespace)
    }
}

pub(super) struct Node {
    pub(super) db: Db,
    sender: StreamSender,
}

impl Node {
    /// Creates a node without a broker.
    pub(super) fn alone() -> Self {
        Self::of(Db::over(Arc::new(NoDatabase)).heard_by(Hub::start()), 1)
    }

    pub(super) async fn start(url: &str, options: BrokerOptions) -> Self {
        let node = Self::alone();
        node.db.use_broker(url, options).await.expect("the broker is there");
        node
    }

    /// Creates another connection of this node.
    pub(super) fn beside(&self) -> Self {
        Self::of(self.db.clone(), 2)
    }

    fn of(db: Db, connection: u64) -> Self {
        let mailbox =
            Arc::new(Mailbox::new(connection, &Limits { events: 100_000, ..Limits::default() }, None));
        Self { db, sender: StreamSender { mailbox, stream: 0, wrapper: None } }
    }

    async fn try_subscribe(&self, group: &str) -> Result<()> {
        let id = self.sender.mailbox.connection();
        let connection = ConnectionInfo::among(id, Identity::Anonymous, crate::Sessions::default());
        let context = Context::new(self.db.clone(), Arc::new(connection), "nothing", "subscribe", "1")
            .with_sender(self.sender.clone(), &(Arc::new(Nothing) as Arc<dyn Dispatch>));
        self.db.hub().join(Subscription::new(TOPIC, group, &context, Overflow::Close)?).await.map(drop)
    }

    pub(super) async fn subscribe(&self, group: &str) {
        self.try_subscribe(group).await.expect("the broker is there");
    }

    /// Waits until the node knows that the broker is down.
    pub(super) async fn is_cut_off(&self) {
        let cut_off = async {
            while self.db.hub().is_connected() {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(PATIENCE, cut_off).await.expect("the node notices that its broker is away");
    }

    /// Waits until subscriptions are refused, because the broker is known to be down.
    pub(super) async fn is_refused(&self, group: &str) {
        let refused = async {
            loop {
                match self.try_subscribe(group).await {
                    Err(error) => return assert_eq!(error.status(), 503),
                    // The node did not know it yet, or was subscribed to the channel already.
                    Ok(()) => self.unsubscribe(group),
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, refused).await.expect("nobody can subscribe without a broker");
    }

    pub(super) fn unsubscribe(&self, group: &str) {
        let channel = TOPIC.channel(group);
        self.db.hub().unsubscribe(self.sender.mailbox.connection(), |own| own.channel == channel);
    }

    /// Sends a message to a group.
    pub(super) async fn say(&self, group: &str, data: impl Display) {
        let data = Bytes::from(data.to_string());
        let body = Arc::new(Body::Event { action: Cow::Borrowed("\"said\""), status: 200, data });
        let message = Message { channel: TOPIC.channel(group), body, change: None };
        self.db.listener().publish(&self.db, vec![Entry::Message(message)]).await;
    }

    /// Returns the data of the next event, or `resync`.
    async fn next(&self) -> String {
        let frame = poll_fn(|cx| {
            self.sender.mailbox.register(cx.waker());
            self.sender.mailbox.take(|_| false).map_or(Poll::Pending, Poll::Ready)
        });
        let frame = frame.await;
        let envelope: Envelope<'_> = serde_json::from_str(&frame).expect("an envelope");
        assert_eq!((envelope.response_status, envelope.request_id, envelope.errors.len()), (200, 1, 0));
        match envelope.action {
            "said" => envelope.data.get().to_owned(),
            "resync" => {
                assert_eq!(envelope.data.get(), "null");
                "resync".to_owned()
            }
            other => panic!("{other}"),
        }
    }

    /// Returns the data of the next events.
    pub(super) async fn hear(&self, count: usize) -> Vec<String> {
        let mut heard = Vec::new();
        let all = async {
            while heard.len() < count {
                heard.push(self.next().await);
            }
        };
        let done = timeout(PATIENCE, all).await;
        assert!(done.is_ok(), "{} of {count} came, the last {:?}", heard.len(), heard.last());
        heard
    }

    /// Returns the data of all events until this one.
    pub(super) async fn hear_until(&self, last: &str) -> Vec<String> {
        let mut heard = Vec::new();
        while heard.last().is_none_or(|each| each != last) {
            heard.extend(self.hear(1).await);
        }
        heard
    }

    /// Asserts that no other event has arrived.
    pub(super) fn is_silent(&self) {
        assert_eq!(self.sender.mailbox.take(|_| false).map(|frame| frame.to_string()), None);
    }

    pub(super) async fn end(self) {
        self.db.close().await;
    }
}

#[derive(serde::Deserialize)]
struct Envelope<'a> {
    errors: Vec<String>,
    #[serde(borrow)]
    data: &'a RawValue,
    action: &'a str,
    response_status: u16,
    request_id: u64,
}
