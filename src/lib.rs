//! The generator.

pub mod cli;
pub mod config;
pub mod ir;
pub mod new;
pub mod output;
pub mod source;
