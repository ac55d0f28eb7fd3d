//! What a node knows of the log of changes: how far it has told it, its last entries, and what they mean.

mod entry;
mod fold;
mod memory;
mod state;

pub(crate) use entry::{Image, LogEntry, read};
pub(crate) use fold::{Told, fold};
pub(crate) use state::ChangeLog;
