//! The generator of `dcrf`: it turns one definition of models, serializers and consumers into a complete crate.
//!
//! Most users need the command: `cargo install dcrf`, then `dcrf new todo`. The generated crate uses
//! [`dcrf-runtime`](https://docs.rs/dcrf-runtime), whose documentation begins with an application. `dcrf help` lists
//! the commands; the README contains a definition and the frames that its service answers.
//!
//! The command uses this library, and so can programs that generate crates themselves:
//!
//! ```text
//! parse            resolve      evolve              emit                 output
//! text ──► ast ──────────► ir ────────► ir, evolution ──► view (rust | sql) ──► Plan ──► disk (write | check)
//! ```
//!
//! | stage | what it does |
//! |---|---|
//! | [`compile`] | reads definitions and resolves them; collects every problem of a run, each with its place ([`diag`]) |
//! | [`evolve`] | compares the tables with those of an earlier run, and refuses changes that lose data |
//! | [`emit`] | plans every file. With an [`ir::Api`] and an [`evolve::Evolution`] no user input can cause an error: there is no `Result` |
//! | [`output`] | writes or checks the plan; only this stage writes to the disk |
//!
//! ```
//! use std::io;
//! use std::path::{Path, PathBuf};
//!
//! use dcrf::config::Config;
//! use dcrf::diag::{Sink, render};
//! use dcrf::evolve::{self, Previous};
//! use dcrf::ir::Runtime;
//! use dcrf::syntax::Loader;
//!
//! /// A definition that is in memory.
//! struct Text(&'static str);
//!
//! impl Loader for Text {
//!     fn load(&self, _path: &Path) -> io::Result<Vec<u8>> {
//!         Ok(self.0.into())
//!     }
//! }
//!
//! let path = [PathBuf::from("todo.json")];
//! let task = Text(r#"{
//!     "name": "todo",
//!     "models": {
//!         "Task": { "type": "object", "properties": { "title": { "type": "string" } }, "required": ["title"] }
//!     }
//! }"#);
//! let compiled = dcrf::compile(&path, &task);
//! let (api, places) = compiled.api.zip(compiled.places).expect("no error");
//!
//! // Tables that there were not before.
//! let evolution = evolve::evolve(&api, &places, &Previous::default(), &[], &Sink::new()).expect("nothing is lost");
//! let config = Config { runtime: Runtime::Version("0.1".to_owned()), client: false };
//! let plan = dcrf::emit::emit(&api, &config, &evolution);
//! assert!(plan.files["src/models/task.rs"].contains("pub struct Task {"));
//!
//! // What is wrong is told with its place.
//! let wrong = Text(r#"{ "name": "todo", "modles": {} }"#);
//! let compiled = dcrf::compile(&path, &wrong);
//! let told = compiled.diagnostics.iter().map(|problem| render::human(problem, &compiled.sources, false));
//! assert!(told.collect::<String>().contains("did you mean `models`?"));
//! assert!(compiled.api.is_none());
//! ```
//!
//! The signatures of this library change with the generated code. The definition, the command and the generated crates
//! are the stable interface. `docs/architecture.md` explains the structure.

#![warn(clippy::print_stdout, clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

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
