//! Delivers changes and messages to subscribers, on this node and on others.

pub mod broker;
mod codec;
pub(crate) mod filter;
pub(crate) mod group;
pub(crate) mod groups;
pub mod hub;
pub(crate) mod log;
pub mod presence;
mod rights;
pub mod signal;
pub(crate) mod tail;
pub(crate) mod visibility;
pub(crate) mod watch;
