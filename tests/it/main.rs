//! The one integration test binary of the generator.

mod cli;
mod compile;
mod delivery;
mod evolution;
mod format;
mod fuzz;
mod golden;
mod handlers;
mod hostile;
mod imports;
mod json_schema;
mod layers;
mod lint;
mod meta_schema;
mod migrate;
mod output;
mod properties;
mod random_schemas;
mod resolved;
mod ui;
