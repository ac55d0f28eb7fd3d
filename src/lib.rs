//! The generator.

pub mod ast;
mod compile;
pub mod config;
pub mod diag;
pub mod emit;
pub mod ir;
pub mod output;
pub mod resolve;
pub mod schema;
pub mod source;
pub mod syntax;

pub use compile::{Compiled, compile};
