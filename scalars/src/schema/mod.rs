//! JSON Schema 2020-12: all keywords, numbers of any size, and errors with DRF's messages.
//!
//! A schema in [`Documents`] is compiled to a [`Graph`] once, which validates values. The generator compiles every
//! schema of a definition, so that a server never has a schema that does not compile.
//!
//! ```
//! use dcrf_scalars::schema::{Documents, Told, Value, compile};
//!
//! let mut documents = Documents::new();
//! let schema = Value::parse(r#"{"type": "array", "contains": {"minimum": 5}}"#, 64)?;
//! let document = documents.add("memory:", schema);
//! let graph = compile(&documents, &documents.root(document))?.graph;
//!
//! let judged = |json: &str| graph.judge(&Value::parse(json, 64).expect("it is JSON"), json.len());
//! assert!(judged("[1, 7]")?.is_empty());
//! let texts = vec!["Ensure at least 1 elements are of the required form.".to_owned()];
//! assert_eq!(judged("[1, 2]")?.told(), Told::Texts(texts));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bundle;
mod compile;
mod dialect;
mod documents;
mod format;
mod graph;
mod hostname;
mod json;
mod judge;
mod pattern;
mod refusals;
mod say;
mod uri;

pub use bundle::bundle;
pub use compile::{CompileError, Compiled, Reference, compile};
pub use dialect::DIALECT;
pub use documents::{Documents, Place};
pub use format::Format;
pub use graph::Graph;
pub use json::{Map, ParseJsonError, Value};
pub use judge::Stop;
pub use pattern::{Pattern, PatternError, TooManySteps};
pub use refusals::{Refusals, Told};
