//! The generator of `dcrf`: from one definition of models, serializers and consumers to a complete crate.
//!
//! ```text
//! parse            resolve      evolve              emit                 output
//! text ──► ast ──────────► ir ────────► ir, evolution ──► view (rust | sql) ──► Plan ──► disk (write | check)
//! ```
//!
//! Reading and resolving ([`compile`]) collects every problem of a run, and [`evolve`] whatever the tables of an
//! earlier run would lose; once there is an [`ir::Api`] and an [`evolve::Evolution`], nothing can fail because of user
//! input: [`emit::emit`] has no `Result`. Only [`output`] touches the disk.
//! `docs/architecture.md` says why.

pub mod ast;
pub mod cli;
mod compile;
pub mod config;
pub mod diag;
pub mod emit;
mod escape;
pub mod evolve;
mod identifier;
pub mod ir;
pub mod new;
pub mod output;
pub mod resolve;
pub mod schema;
pub mod source;
pub mod syntax;

pub use compile::{Compiled, compile};
