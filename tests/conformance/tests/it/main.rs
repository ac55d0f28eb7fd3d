//! The recorded scenarios, replayed against this project's server, and what it does better than the recorded one.

mod better;
mod suite;
