//! The crate of `tests/kitchen`, served in this process: what the examples do not touch.

mod actions;
pub(crate) mod app;
mod concurrency;
mod forms;
mod lists;
mod observers;
mod refusals;
mod relations;
mod repository;
mod server;
mod statements;
mod values;

pub(crate) use app::Signals;
pub(crate) use server::Kitchen;
