//! The generator.

pub mod config;
pub mod emit;
pub mod ir;
pub mod output;
pub mod source;
