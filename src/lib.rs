//! The generator of `dcrf`: from one definition of models, serializers and consumers to a complete crate.
//!
//! ```text
//! parse            resolve              emit                 output
//! text ──► ast ──────────► ir ──► view (rust | sql) ──► Plan ──► disk (write | check)
//! ```
//!
//! Reading and resolving ([`compile`]) collects every problem of a run; once there is an [`ir::Api`], nothing can
//! fail because of user input: [`emit::emit`] has no `Result`. Only [`output`] touches the disk.
//! `docs/architecture.md` says why.

pub mod ast;
pub mod cli;
mod compile;
pub mod config;
pub mod diag;
pub mod emit;
mod escape;
pub mod ir;
pub mod new;
pub mod output;
pub mod resolve;
pub mod schema;
pub mod source;
pub mod syntax;

pub use compile::{Compiled, compile};
