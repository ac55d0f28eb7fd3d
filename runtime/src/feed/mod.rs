//! Delivers changes and messages to subscribers, on this node and on others.

pub mod broker;
mod codec;
mod filter;
pub(crate) mod group;
pub(crate) mod groups;
pub mod hub;
pub mod presence;
pub mod signal;
mod visibility;
pub(crate) mod watch;
