//! What differs from broker to broker: how to connect, subscribe, send, and ask for a sign of life.

use super::failure::Failure;
use super::incoming_queue::IncomingQueue;
use super::outbox::OutgoingMessage;

/// A kind of broker, and where it is.
pub(crate) trait Server: Send + Sync + 'static {
    /// A connection to it.
    type Link: Link;

    /// The name under which a channel is known there. Several may have the same.
    fn name(&self, channel: &str) -> String;

    /// Connects once. What comes in goes to the inlet, which is also told when the connection is lost.
    fn open(&self, incoming_queue: IncomingQueue)
    -> impl Future<Output = Result<Self::Link, Failure>> + Send;
}

/// A connection. Every method is ready when the broker has confirmed; the connection is given up after a failure.
pub(crate) trait Link: Send {
    /// Subscribes to these.
    fn subscribe(&mut self, names: &[String]) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Ends subscriptions.
    fn unsubscribe(&mut self, names: &[String]) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Sends these, in this order.
    fn publish(&mut self, parcels: &[OutgoingMessage]) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Whether the broker answers.
    fn ping(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;
}
