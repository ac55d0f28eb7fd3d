//! The interface of a broker to the hub.

use std::sync::Arc;

use bytes::Bytes;

use crate::ground::error::Result;
use crate::ground::future::BoxFuture;

/// Something for the subscribers of a channel on other nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerMessage {
    /// The channel: any text, of no more than a few hundred bytes for most applications.
    pub channel: Arc<str>,
    /// What is to reach [`Incoming::receive`](crate::broker::Incoming::receive) there: JSON text.
    pub bytes: Bytes,
}

/// Carries messages between the nodes of an application. The hub delivers to its own node by itself.
///
/// What comes from other nodes goes into an [`Incoming`](crate::broker::Incoming), which a broker asks the hub for:
///
/// ```
/// use std::sync::Arc;
/// use dcrf_runtime::broker::{Broker, BrokerMessage, Incoming};
/// use dcrf_runtime::dispatch::BoxFuture;
/// use dcrf_runtime::{Db, Result};
///
/// /// Carries messages between the nodes of one process, all to all.
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
    /// Sends messages to every other node, in this order. Those that come back to this one are not heard twice, so that a
    /// broker may send them to all. It is ready soon: writers wait for it, so that what has to wait for a network waits in
    /// a queue of the broker's own. After 5 seconds the messages count as lost. Messages that it drops later it makes good for by
    /// [`Incoming::missed_message`](crate::broker::Incoming::missed_message).
    ///
    /// # Errors
    /// The messages are lost then, which goes to the log. The broker is tried again each second, gets no messages until
    /// then, and tells the other nodes first that they may have missed something.
    fn send(&self, messages: Vec<BrokerMessage>) -> BoxFuture<'_, Result<()>>;

    /// Makes sure that what any node sends to a channel comes here from now on: a subscription is answered after that.
    ///
    /// # Errors
    /// The subscription is refused with it.
    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<()>> {
        let _ = channel;
        Box::pin(std::future::ready(Ok(())))
    }

    /// Nobody on this node listens to a channel any more, unless [`Incoming::wants`](crate::broker::Incoming::wants) it again by
    /// now.
    fn unsubscribe(&self, channel: &str) {
        let _ = channel;
    }

    /// Whether it can be reached, as far as is known: `/readyz` asks.
    fn is_connected(&self) -> bool {
        true
    }

    /// Sends what waits to be sent, as far as that is possible soon, and ends.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
