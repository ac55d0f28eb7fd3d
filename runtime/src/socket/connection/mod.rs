//! One socket: frames to the session and back, timers, and a proper end.
//!
//! One task owns the connection and all of its state: nothing is locked, and an idle connection costs little. The
//! task polls everything at once, so that a reader who is slow never keeps a request from going on (it may hold a
//! transaction that others wait for). What is queued is written with one flush a wake-up.

mod drive;
mod ending;
mod event;
mod state;
mod timer;

#[cfg(all(test, feature = "test-util"))]
mod tests;

pub(crate) use state::Connection;
