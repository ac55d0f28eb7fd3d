//! The common parts of all brokers outside of the process: subscriptions, queues of messages to send, and the handling
//! of gaps.
//!
//! A node delivers its own messages at once, and skips them when they come back: its subscribers lose nothing while the
//! broker is down, and writers do not wait for it. So if nodes change one row at the same moment, the order of the
//! events may differ between nodes; the messages of one node are delivered in order everywhere.
//!
//! One task, in `driver`, holds the connection. A connection that fails, or is silent for too long, is replaced by
//! another; then the node subscribes to all channels again, and subscribers receive `resync`, because they may have
//! missed something.

mod carrier;
mod driver;
mod failure;
mod incoming_queue;
mod link;
mod outbox;
mod shared;
mod wanted;

pub(super) use carrier::start;
pub(super) use failure::{CLOSED, Failure};
pub(super) use incoming_queue::IncomingQueue;
pub(super) use link::{Link, Server};
pub(super) use outbox::OutgoingMessage;
