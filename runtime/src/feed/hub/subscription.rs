//! One subscription: of whom, to what, under which id.

use std::fmt;
use std::sync::Arc;

use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::app::mailbox::{Mailbox, Recipient};
use crate::app::request_id::RequestId;
use crate::change::Topic;
use crate::condition::Condition;
use crate::ground::error::Result;
use crate::ground::memory::{Excess, Held};
use crate::schema::meta::Overflow;
use crate::schema::value::Value;

/// Bytes of a subscription, its places in the maps of the hub included.
const BYTES: usize = 1024;

/// What a connection wants to hear.
pub(crate) struct Subscription {
    /// What of.
    pub(crate) topic: Topic,
    /// Which group.
    pub(crate) channel: Arc<str>,
    /// How the row was named, where it was named by another column than its key.
    pub(crate) lookup: Option<Value>,
    /// What rows must have.
    pub(crate) filter: Condition,
    /// Whose, as of the request that subscribed; its database is never a transaction.
    pub(crate) context: Context,
    /// The consumer of its stream.
    pub(crate) consumer: Arc<dyn Dispatch>,
    /// Where events go.
    pub(crate) mailbox: Arc<Mailbox>,
    /// What the mailbox knows of it: its stream, id and policy of overflow, and whether it is over.
    pub(crate) recipient: Arc<Recipient>,
    /// What of the connection's memory it is, once it is one.
    pub(super) held: Option<Held>,
}

impl Subscription {
    /// A subscription of whoever sent the request, and what happens if they read too slowly.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if the context has no connection.
    pub(crate) fn new(topic: Topic, group: &str, context: &Context, overflow: Overflow) -> Result<Self> {
        let sender = context.sender()?;
        let (stream, wrapper) = (sender.stream, sender.wrapper.clone());
        let (request_id, bounds) = (RequestId::new(context.request_id()), context.shared_bounds());
        Ok(Self {
            topic,
            channel: topic.channel(group),
            lookup: None,
            filter: Condition::all(),
            context: context.outliving_request(),
            consumer: Arc::clone(context.consumer()?),
            mailbox: Arc::clone(&sender.mailbox),
            recipient: Arc::new(Recipient::new(stream, wrapper, request_id, overflow, bounds)),
            held: None,
        })
    }

    /// The id under which it is told.
    pub(crate) fn request_id(&self) -> &RequestId {
        &self.recipient.request_id
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
    pub(super) fn counted(mut self) -> std::result::Result<Self, Excess> {
        // The id is in the request as well, and as a value.
        let text = self.channel.len() + 3 * self.request_id().text().len();
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
        self.mailbox.connection()
    }

    /// Whether both are one: of one connection and stream, to one group, under one id.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.connection() == other.connection()
            && self.channel == other.channel
            && self.recipient.stream == other.recipient.stream
            && self.request_id() == other.request_id()
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("channel", &self.channel)
            .field("connection", &self.connection())
            .field("request_id", &self.request_id().text())
            .finish_non_exhaustive()
    }
}
