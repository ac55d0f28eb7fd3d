//! What a node knows of the log of changes: how far it has told it, its last entries, and what they mean.

mod by_hand;
mod concern;
mod entry;
mod fold;
mod memory;
mod state;

pub(crate) use concern::{Concerned, RIGHTS, changes_rights, dependencies, matters};
pub(crate) use entry::{Image, LogEntry, read};
pub(crate) use fold::{Told, fold};
pub(crate) use state::ChangeLog;
