//! The generator.

pub mod ast;
pub mod config;
pub mod diag;
pub mod ir;
pub mod output;
pub mod schema;
pub mod source;
pub mod syntax;
