//! The interface to the application: consumers, their context, identities and permissions.

pub mod context;
pub mod dispatch;
pub(crate) mod handshake;
pub mod identity;
pub(crate) mod judged;
pub(crate) mod mailbox;
pub(crate) mod path;
pub mod permission;
pub mod projection;
pub(crate) mod request_id;
pub(crate) mod sessions;
mod spawn;
pub(crate) mod streams;
mod tasks;
pub(crate) mod throttle;
pub(crate) mod throttles;
