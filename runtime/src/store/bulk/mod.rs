//! Writes of many rows: a statement for each chunk of rows, and an event for each row.
//!
//! A write is all or nothing. Rows are locked and written in the order of their keys, so that two writes of some of the
//! same rows do not deadlock. If the database refuses a chunk, its rows are written one after the other, which gives the
//! error that the write of a single row gives.

mod chunks;
mod create;
mod delete;
mod update;

pub(crate) use chunks::Kept;
pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use update::{patch, update};
