//! The generator.

pub mod config;
pub mod ir;
pub mod output;
pub mod source;
