//! The memory that clients make the process hold: one budget, and a share for each connection.
//!
//! It counts the rows and replies of requests while they are made, frames that wait for a reader, requests that wait
//! for their turn, events and subscriptions. A request that would exceed a share is refused before its answer is made.
//! Things that cannot be refused any more, such as the answer to a completed write, are counted nevertheless; if they
//! exceed the budget, the connection with the most unread bytes is ended (as Redis does with `maxmemory-clients`).

mod backlog;
mod budget;
mod excess;
mod request;
mod share;
#[cfg(test)]
mod tests;

pub(crate) use budget::{Budget, Common};
pub(crate) use excess::{Excess, size};
pub(crate) use request::{RequestMemory, RowBytes};
pub(crate) use share::{Held, Share};
