//! Who listens to what on this node, and the one place where events are given out.
//!
//! Changes and messages are queued and given out one after the other, in the order in which they were committed; an
//! event is encoded once and shared by all who hear it. No lock is held while anything is waited for.

mod carry;
mod deliver;
mod ends;
mod publish;
mod registry;
mod served;
mod start;
mod subscription;

pub use crate::change::Message;
pub use registry::Hub;
pub(crate) use served::Observed;
pub(crate) use subscription::Subscription;

#[cfg(test)]
mod tests;
