//! Who is in the groups of a signal: members join and leave, subscribers are told, and any node can list them.
//!
//! The members of all nodes are rows of one table, so that every node lists the same ones. Each node writes only its own
//! members, in one task (`keeper`), one change after the other. It also notes from time to time that it is alive; the
//! members of a node that does not are removed by another one, which tells the subscribers.

mod keeper;
mod members;
mod table;
mod typed;

pub(crate) use members::Members;
pub(crate) use typed::listed;
pub use typed::{Member, Presence};
