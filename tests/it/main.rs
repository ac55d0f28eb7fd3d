//! The one integration test binary of the generator.

mod layers;
mod meta_schema;
mod properties;
mod resolved;
mod ui;
