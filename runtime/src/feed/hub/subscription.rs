//! A subscription: its connection, its group, and its id.

use std::fmt;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::app::mailbox::{Mailbox, Recipient};
use crate::app::request_id::RequestId;
use crate::change::Topic;
use crate::db::log::{LogSnapshot, LoggedBy};
use crate::feed::filter::RowFilter;
use crate::feed::log::Concerned;
use crate::ground::error::Result;
use crate::ground::memory::{Excess, Held};
use crate::schema::meta::{LIST, ObserverMeta, Overflow};
use crate::schema::value::Value;

/// The bytes of a subscription, including its places in the maps of the hub.
const BYTES: usize = 1024;

/// A subscription of a connection.
pub(crate) struct Subscription {
    /// The observer.
    pub(crate) topic: Topic,
    /// The channel of the group.
    pub(crate) channel: Arc<str>,
    /// The value by which the row was looked up, unless it was looked up by its key.
    pub(crate) lookup: Option<Value>,
    /// The filter of rows.
    pub(crate) filter: RowFilter,
    /// The context of the request that subscribed; its database is never a transaction.
    pub(crate) context: Context,
    /// The consumer of its stream.
    pub(crate) consumer: Arc<dyn Dispatch>,
    /// The mailbox for events.
    pub(crate) mailbox: Arc<Mailbox>,
    /// The mailbox's record of it: its stream, id and overflow policy, and whether it has ended.
    pub(crate) recipient: Arc<Recipient>,
    /// Its part of the connection's memory, once it is counted.
    pub(super) held: Option<Held>,
    /// Whether its events come from the log of changes.
    logged: bool,
    /// Those to whom it belongs, if its rights depend on rows.
    concerned: Vec<Concerned>,
    /// Whether a client that has come back is being told what it has missed: until then nothing else is told.
    resuming: AtomicBool,
    /// What the rows with which it has begun contain, so that it is not told of that once more.
    read: OnceLock<LogSnapshot>,
}

impl Subscription {
    /// Creates a subscription for the sender of a request, with a policy for slow readers.
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
            filter: RowFilter::default(),
            context: context.outliving_request(),
            consumer: Arc::clone(context.consumer()?),
            mailbox: Arc::clone(&sender.mailbox),
            recipient: Arc::new(Recipient::new(stream, wrapper, request_id, overflow, bounds)),
            held: None,
            logged: false,
            concerned: Vec::new(),
            resuming: AtomicBool::new(false),
            read: OnceLock::new(),
        })
    }

    /// Returns the id of its events.
    pub(crate) fn request_id(&self) -> &RequestId {
        &self.recipient.request_id
    }

    /// Records the value by which the row was looked up.
    pub(crate) fn by(mut self, lookup: Value) -> Self {
        self.lookup = Some(lookup);
        self
    }

    /// Restricts it to rows that match a filter.
    pub(crate) fn only(mut self, filter: impl Into<RowFilter>) -> Self {
        self.filter = filter.into();
        self
    }

    /// Lets its events come from the log of changes; with `resuming` only after [`live`](Self::live).
    pub(crate) fn logged(mut self, resuming: bool) -> Self {
        self.logged = true;
        let observer = self.observer();
        self.concerned = observer
            .map_or_else(Vec::new, |observer| Concerned::of_subscriber(observer, self.context.user()));
        self.resuming = AtomicBool::new(resuming);
        self
    }

    /// Tells whether its events come from the log of changes.
    pub(crate) fn is_logged(&self) -> bool {
        self.logged
    }

    /// Returns those to whom it belongs: an entry of the log that concerns any of them may have changed its rights.
    pub(crate) fn concerned(&self) -> &[Concerned] {
        &self.concerned
    }

    /// Returns its observer.
    pub(crate) fn observer(&self) -> Option<&'static ObserverMeta> {
        let observers = self.consumer.observers();
        observers.iter().find(|observer| observer.name == self.topic.name).copied()
    }

    /// Lets it be told of changes from now on.
    pub(crate) fn live(&self) {
        self.resuming.store(false, Ordering::Release);
    }

    /// Tells whether it is not told of changes yet.
    pub(super) fn is_resuming(&self) -> bool {
        self.resuming.load(Ordering::Acquire)
    }

    /// Lets it begin with rows that were read in a snapshot. It begins once.
    pub(crate) fn begin_after(&self, snapshot: LogSnapshot) {
        let _ = self.read.set(snapshot);
    }

    /// Tells whether the rows with which it has begun contain what a transaction has done.
    pub(crate) fn has_read(&self, by: LoggedBy) -> bool {
        self.read.get().is_some_and(|snapshot| snapshot.contains(by))
    }

    /// Tells whether it is told now of what a transaction has done, or of something without one.
    pub(super) fn is_told_of(&self, by: Option<LoggedBy>) -> bool {
        !self.is_resuming() && !by.is_some_and(|by| self.has_read(by))
    }

    /// Counts the subscription in the memory of the connection.
    ///
    /// # Errors
    /// There is not enough memory for it.
    pub(super) fn counted(mut self) -> std::result::Result<Self, Excess> {
        // The id is kept in the request as well, and as a value.
        let text = self.channel.len() + 3 * self.request_id().text().len();
        let concerned: usize = self.concerned.iter().map(Concerned::bytes).sum();
        let bytes = BYTES + concerned + text + self.filter.bytes() + self.context.frame_bytes();
        self.held = self.context.share().map(|share| share.take(bytes)).transpose()?;
        Ok(self)
    }

    /// Tells whether it is a subscription to one row (the mixin `observer_instance`).
    pub(crate) fn is_of_single_row(&self) -> bool {
        self.topic.name == "instance"
    }

    /// Tells whether it is a live list.
    pub(crate) fn is_of_list(&self) -> bool {
        self.topic.name == LIST
    }

    /// Returns the name of the group.
    pub(crate) fn group(&self) -> &str {
        // `<stream>/<observer>/`
        let before = self.topic.stream.len() + self.topic.name.len() + 2;
        self.channel.get(before..).unwrap_or_default()
    }

    /// Returns the connection's number.
    pub(crate) fn connection(&self) -> u64 {
        self.mailbox.connection()
    }

    /// Tells whether both are equal: they belong to one connection, stream and group, and have one id.
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
