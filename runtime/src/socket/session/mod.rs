//! The requests of one connection: those that wait, those that run, and the frames to send.
//!
//! The session belongs to the task of its connection and is a plain state machine: frames go in, finished requests come
//! out of [`Session::poll_done`], and all frames to send are in [`Session::outbound`]. It does not depend on sockets
//! and timers. Within a stream requests are answered in order; streams run side by side; `detached` actions run beside
//! their stream and end with the connection.
//!
//! An answer of many frames is a request that finishes many times: after each frame it is parked, and its stream waits,
//! until there is room for the next.

mod admission;
mod answer;
mod caller;
mod deadline;
mod end;
mod endpoint;
mod frames;
mod mail;
mod outbound;
mod queue;
mod rate_limiter;
mod request;
mod state;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use caller::Caller;
pub(crate) use endpoint::{Endpoint, Stream};
pub(crate) use outbound::Overflown;
pub(crate) use state::Session;
