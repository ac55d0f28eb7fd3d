//! One socket: frames to the session and back, timers, and an orderly end.
//!
//! One task owns the connection and all of its state: nothing is locked, and an idle connection costs little. The task
//! polls everything at once, so that a slow reader never stops a request (which may hold a transaction that others wait
//! for). Queued frames are written with one flush per wake-up.

mod drive;
mod ending;
mod event;
mod state;
mod timer;

#[cfg(all(test, feature = "test-util"))]
mod tests;

pub(crate) use state::Connection;
