//! The interface of a broker to the hub.

use std::sync::Arc;

use bytes::Bytes;

use crate::ground::error::Result;
use crate::ground::future::BoxFuture;

/// A message for the subscribers of a channel on other nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerMessage {
    /// The channel. It is any text, which has at most a few hundred bytes for most applications.
    pub channel: Arc<str>,
    /// The content with which [`Incoming::receive`](crate::broker::Incoming::receive) has to be called there: JSON
    /// text.
    pub bytes: Bytes,
}

/// A broker, which carries messages between the nodes of an application. The hub itself delivers the messages of its
/// own node.
///
/// A broker passes messages from other nodes to an [`Incoming`](crate::broker::Incoming), which it gets from the hub:
///
/// ```
/// use std::sync::Arc;
/// use dcrf_runtime::broker::{Broker, BrokerMessage, Incoming};
/// use dcrf_runtime::dispatch::BoxFuture;
/// use dcrf_runtime::{Db, Result};
///
/// /// A broker that carries messages between the nodes of one process.
/// struct Loop {
///     others: Vec<Incoming>,
/// }
///
/// impl Broker for Loop {
///     fn send(&self, messages: Vec<BrokerMessage>) -> BoxFuture<'_, Result<()>> {
///         for message in &messages {
///             self.others.iter().for_each(|node| node.receive(&message.channel, &message.bytes));
///         }
///         Box::pin(std::future::ready(Ok(())))
///     }
/// }
///
/// fn connect(one: &Db, other: &Db) {
///     let (to_one, to_other) = (one.hub().incoming(1024), other.hub().incoming(1024));
///     one.hub().set_broker(Loop { others: vec![to_other] });
///     other.hub().set_broker(Loop { others: vec![to_one] });
/// }
/// ```
pub trait Broker: Send + Sync + 'static {
    /// Sends messages to every other node, in this order. The hub ignores its own messages when they come back, so that
    /// a broker may send messages to all nodes. The future has to resolve soon, because writers wait for it: a broker
    /// that has to wait for a network puts messages into a queue of its own. After 5 seconds the messages count as
    /// lost. If the broker drops messages later, it sends
    /// [`Incoming::missed_message`](crate::broker::Incoming::missed_message) instead.
    ///
    /// # Errors
    /// The messages are lost then, and the error is logged. Every second until the broker accepts it, the hub sends a
    /// message which tells the other nodes that they may have missed something. A broker that did not resolve within 5
    /// seconds does not get other messages in between.
    fn send(&self, messages: Vec<BrokerMessage>) -> BoxFuture<'_, Result<()>>;

    /// Ensures that the messages which any node sends to a channel arrive on this node from now on. The hub answers a
    /// subscription after that.
    ///
    /// # Errors
    /// The hub refuses the subscription with this error.
    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<()>> {
        let _ = channel;
        Box::pin(std::future::ready(Ok(())))
    }

    /// Ends the subscription to a channel, because the channel does not have a subscriber on this node any more. It may
    /// have a new one by now, which [`Incoming::wants`](crate::broker::Incoming::wants) tells.
    fn unsubscribe(&self, channel: &str) {
        let _ = channel;
    }

    /// Tells whether the broker can be reached, as far as is known. `/readyz` reports it.
    fn is_connected(&self) -> bool {
        true
    }

    /// Sends the waiting messages, as far as that is possible soon, and ends.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
