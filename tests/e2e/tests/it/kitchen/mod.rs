//! The crate of `tests/kitchen`, served in this process: what the examples do not touch.

mod actions;
mod app;
mod concurrency;
mod cursor;
mod forms;
mod library;
mod lists;
mod paths;
mod refusals;
mod relations;
mod repository;
mod server;
mod statements;
mod streamed;
mod values;

pub(crate) use app::Signals;
pub(crate) use server::Kitchen;
