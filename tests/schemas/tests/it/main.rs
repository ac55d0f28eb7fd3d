//! The test suite of JSON Schema against a generated crate.

mod client;
mod definition;
mod replay;
mod suite;
