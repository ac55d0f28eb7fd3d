//! The runtime from outside: over real sockets and over real databases.
//!
//! Every test of rows runs on SQLite in a file, on SQLite in memory and, if `DCRF_TEST_POSTGRES` is the URL of a
//! server where databases may be created, on PostgreSQL.

mod actions;
mod bounds;
mod choices;
mod client_order;
mod conditions;
mod databases;
mod delivery;
mod descriptors;
mod django;
mod examples;
mod files;
#[path = "../../../tests/it/imports/mod.rs"]
mod imports;
mod layers;
mod lists;
mod log;
mod rows;
mod shop;
mod socket;
mod texts;
mod tls;
mod transactions;
mod turns;
mod unmanaged;
mod wire;
