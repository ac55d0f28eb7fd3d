//! The problems of the input as data. [`render`] formats them; `docs/diagnostics` explains them.

mod code;
mod diagnostic;
pub mod glossary;
mod nearest;
mod quote;
pub mod render;
mod sink;

pub use code::{Code, UnknownCode};
pub use diagnostic::{Diagnostic, Label, Severity};
pub use nearest::nearest;
pub use quote::{quote, quote_all};
pub use sink::{Diagnostics, Reported, Sink};
