//! What an application is asked and told: consumers, their context, who is asking, and who may do what.

pub mod context;
pub mod dispatch;
pub mod identity;
pub(crate) mod judged;
pub(crate) mod mailbox;
pub mod permission;
pub mod projection;
pub(crate) mod request_id;
pub(crate) mod sessions;
pub(crate) mod streams;
