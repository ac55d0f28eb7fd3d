//! The crate of `tests/kitchen`, served in this process: what the examples do not touch.

mod access;
mod actions;
pub(crate) mod app;
mod bookshop;
mod bounds;
mod concurrency;
mod constants;
mod cursor;
mod doorkeeper;
mod forms;
mod hidden;
mod leaks;
mod library;
mod lists;
mod nested;
mod nodes;
mod observers;
mod overrides;
mod paths;
mod performs;
mod queries;
mod refusals;
mod relations;
mod repository;
mod rights;
mod secrets;
mod server;
mod shifts;
mod statements;
mod streamed;
mod sweep;
mod unions;
mod values;
mod views;

pub(crate) use app::Signals;
pub(crate) use server::Kitchen;
