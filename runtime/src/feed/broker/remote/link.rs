//! The differences between brokers: how to connect, subscribe, send, and check the connection.

use super::failure::Failure;
use super::incoming_queue::IncomingQueue;
use super::outbox::OutgoingMessage;

/// A kind of broker, and its address.
pub(crate) trait Server: Send + Sync + 'static {
    /// A connection to the broker.
    type Link: Link;

    /// Returns the broker's name of a channel. Several channels may have the same name.
    fn name(&self, channel: &str) -> String;

    /// Connects once. The queue receives incoming messages, and the report that the connection is lost.
    fn open(&self, incoming_queue: IncomingQueue)
    -> impl Future<Output = Result<Self::Link, Failure>> + Send;
}

/// A connection. Every method resolves when the broker has confirmed. After a failure the connection is given up.
pub(crate) trait Link: Send {
    /// Subscribes to names.
    fn subscribe(&mut self, names: &[String]) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Ends subscriptions.
    fn unsubscribe(&mut self, names: &[String]) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Sends messages, in this order.
    fn publish(&mut self, parcels: &[OutgoingMessage]) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Checks that the broker answers.
    fn ping(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;
}
