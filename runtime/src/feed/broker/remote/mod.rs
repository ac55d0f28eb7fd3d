//! What all brokers outside of the process have in common: who wants what, what waits to be sent, and what is done
//! about gaps.
//!
//! A node delivers its own messages at once, and skips them when they come back: its subscribers lose nothing while
//! the broker is away, and writers do not wait for it. So nodes that change one row at the same moment may be heard in
//! another order on each of them; what one node says is heard in its order everywhere.
//!
//! One task, in `driver`, holds the connection. A connection that fails, or is silent for too long, is given up for
//! another; then all channels are subscribed to anew, and subscribers are told that they may have missed something.

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
