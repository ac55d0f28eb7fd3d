//! The subscriptions of this node, and the only place where events are published.
//!
//! Changes and messages are queued and published one after the other, in the order in which they were committed; an
//! event is encoded once and shared by all subscribers. No lock is held across an await.

mod carry;
mod concerned;
mod deliver;
mod ends;
mod files;
mod logged;
mod publish;
mod registry;
mod rights;
mod served;
mod start;
mod subscription;

pub use crate::change::Message;
pub(crate) use logged::tell_gap;
pub use registry::Hub;
pub(crate) use rights::{COME_BACK, Warned};
pub(crate) use served::Observed;
pub(crate) use subscription::Subscription;

#[cfg(test)]
mod tests;
