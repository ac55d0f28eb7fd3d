//! SQLite.

mod borrowed_writer;
pub(super) mod callbacks;
pub(super) mod cell;
pub(super) mod connection;
pub(super) mod database;
mod group;
mod local;
mod notes;
pub(super) mod open;
mod readers;
pub(super) mod stored;
mod writer;
