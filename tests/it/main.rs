//! The one integration test binary of the generator.

mod compile;
mod golden;
mod layers;
mod meta_schema;
mod resolved;
mod ui;
