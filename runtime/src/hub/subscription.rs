//! One subscription: of whom, to what, under which id.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{RequestId, Seat};
use crate::condition::Condition;
use crate::context::Context;
use crate::memory::{Excess, Held};
use crate::observer::meta::Overflow;
use crate::value::Value;

/// An observer, signal or group of a stream: the stream's name and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Topic {
    pub(crate) stream: &'static str,
    pub(crate) name: &'static str,
}

impl Topic {
    /// Its name among all of a node: those of its channels have one part more.
    pub(crate) fn name(self) -> String {
        format!("{}/{}", self.stream, self.name)
    }

    /// Whether this is its name.
    pub(crate) fn is_named(self, name: &str) -> bool {
        let rest = name.strip_prefix(self.stream).and_then(|rest| rest.strip_prefix('/'));
        rest == Some(self.name)
    }

    /// The name of one of its groups among all of a node.
    pub(crate) fn channel(self, group: &str) -> Arc<str> {
        format!("{}/{}/{group}", self.stream, self.name).into()
    }
}

/// Bytes of a subscription, its places in the maps of the hub included.
const BYTES: usize = 1024;

/// What a connection wants to hear.
pub(crate) struct Subscription {
    /// What of.
    pub(crate) topic: Topic,
    /// Which group.
    pub(crate) channel: Arc<str>,
    /// Under which id.
    pub(crate) request_id: RequestId,
    /// How the row was named, where it was named by another column than its key.
    pub(crate) lookup: Option<Value>,
    /// What rows must have.
    pub(crate) filter: Condition,
    /// Whose, as of the request that subscribed; its database is never a transaction.
    pub(crate) context: Context,
    /// Where events go.
    pub(crate) seat: Seat,
    /// What happens when more wait than may.
    pub(crate) overflow: Overflow,
    ended: AtomicBool,
    /// What of the connection's memory it is, once it is one.
    pub(super) held: Option<Held>,
}

impl Subscription {
    /// A subscription of whoever sent the request.
    pub(crate) fn new(topic: Topic, group: &str, context: &Context, seat: &Seat) -> Self {
        Self {
            topic,
            channel: topic.channel(group),
            request_id: RequestId::new(context.request_id()),
            lookup: None,
            filter: Condition::all(),
            context: context.outliving_request(),
            seat: seat.clone(),
            overflow: Overflow::Close,
            ended: AtomicBool::new(false),
            held: None,
        }
    }

    /// The same, for a reader who may be too slow.
    pub(crate) fn overflowing(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// The same, remembering how the row was named.
    pub(crate) fn by(mut self, lookup: Value) -> Self {
        self.lookup = Some(lookup);
        self
    }

    /// The same, of rows that have this alone.
    pub(crate) fn only(mut self, filter: Condition) -> Self {
        self.filter = filter;
        self
    }

    /// The same, counted as what the connection makes the process hold.
    ///
    /// # Errors
    /// There is no memory for it.
    pub(super) fn counted(mut self) -> Result<Self, Excess> {
        // The id is in the request as well, and as a value.
        let text = self.channel.len() + 3 * self.request_id.text().len();
        let bytes = BYTES + text + self.filter.bytes();
        self.held = self.context.share().map(|share| share.take(bytes)).transpose()?;
        Ok(self)
    }

    /// Whether it is to one row (the mixin `observer_instance`).
    pub(crate) fn is_of_single_row(&self) -> bool {
        self.topic.name == "instance"
    }

    /// The group's own name.
    pub(super) fn group(&self) -> &str {
        // `<stream>/<observer>/`
        let before = self.topic.stream.len() + self.topic.name.len() + 2;
        self.channel.get(before..).unwrap_or_default()
    }

    /// The connection's number.
    pub(crate) fn connection(&self) -> u64 {
        self.seat.mailbox.connection()
    }

    /// Whether both are one: of one connection and stream, to one group, under one id.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.connection() == other.connection()
            && self.channel == other.channel
            && self.seat.stream == other.seat.stream
            && self.request_id == other.request_id
    }

    /// From now on nothing is delivered, not even what waits.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("channel", &self.channel)
            .field("connection", &self.connection())
            .field("request_id", &self.request_id.text())
            .finish_non_exhaustive()
    }
}
