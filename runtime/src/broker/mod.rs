//! What carries events from the node where something happened to those where somebody listens.

mod memory;

use crate::dispatch::BoxFuture;
use crate::error::Result;
use crate::hub::{Hub, Message};

pub use memory::Memory;

/// Carries messages between the nodes of an application.
pub trait Broker: Send + Sync + 'static {
    /// Sends messages to every node, this one included, in this order. A node that gets one calls [`Hub::deliver`].
    ///
    /// # Errors
    /// The messages may be lost then.
    fn publish<'a>(&'a self, hub: &'a Hub, messages: Vec<Message>) -> BoxFuture<'a, Result<()>>;

    /// Makes sure that what any node sends to a channel comes here from now on: a subscription is answered after that.
    ///
    /// # Errors
    /// The subscription is refused with it.
    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<()>> {
        let _ = channel;
        Box::pin(std::future::ready(Ok(())))
    }

    /// Nobody on this node listens to a channel any more.
    fn unsubscribe(&self, channel: &str) {
        let _ = channel;
    }

    /// Whether anybody may hear an observer of a stream, on whatever node: what nobody hears is not encoded.
    fn is_heard(&self, hub: &Hub, stream: &'static str, observer: &'static str) -> bool {
        let _ = (hub, stream, observer);
        true
    }
}
