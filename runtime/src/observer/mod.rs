//! Observers: what happened to rows, who is told, and the actions that subscribe and unsubscribe.

mod action;
mod capture;
mod change;
mod filter;
mod groups;
pub(crate) mod meta;
mod notice;
mod sight;
mod watch;

pub use action::{
    groups, names_any, signal_groups, subscribe, subscribe_instance, subscribe_signal, unsubscribe,
};
pub use action::{unsubscribe_instance, unsubscribe_signal};
pub(crate) use capture::{goes_along, is_noted, needs_before, remove, watches, write};
pub(crate) use change::Buffer;
pub use change::{Change, ChangeKind};
pub(crate) use filter::through;
pub use groups::Groups;
pub(crate) use groups::{diff, groups_of_payload, groups_of_row};
pub use notice::{EventAction, Notice, RowEvent};
pub(crate) use sight::{Judge, Sight, render};
pub(crate) use watch::Watcher;
