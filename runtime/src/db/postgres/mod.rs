//! PostgreSQL.

pub(super) mod connection;
pub(super) mod database;
mod held;
mod lender;
mod notes;
pub(super) mod url;
