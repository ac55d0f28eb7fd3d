//! PostgreSQL.

pub(super) mod connection;
pub(super) mod database;
mod held;
mod notes;
mod pool;
pub(super) mod url;
