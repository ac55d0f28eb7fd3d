//! The runtime over real databases: every test runs on SQLite in a file, on SQLite in memory and, if
//! `DCRF_TEST_POSTGRES` is the URL of a server where databases may be created, on PostgreSQL.

mod actions;
mod databases;
mod descriptors;
mod rows;
mod transactions;
mod wire;
