//! Problems in the input, as data. How they look is in [`render`]; what they mean is in `docs/diagnostics`.

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
