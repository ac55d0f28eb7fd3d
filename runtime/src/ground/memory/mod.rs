//! The memory that clients make the process hold: one budget, and everybody's share of it.
//!
//! Counted are the rows and replies of requests while they are made, frames that wait for a reader, requests that wait for
//! their turn, events and subscriptions. What would exceed a share is refused before it is made. What cannot be refused any
//! more, such as the answer to a write that is done, is counted all the same; if the budget is exceeded by it, the
//! connection is ended whose reader leaves most behind (as Redis does by `maxmemory-clients`).

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
