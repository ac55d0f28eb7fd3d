//! The recorded scenarios, replayed against this project's server, and what it does better than the recorded one.

mod better;
mod compare;
mod json;
mod pending;
mod replay;
mod report;
mod scenario;
mod server;
mod socket;
mod suite;
