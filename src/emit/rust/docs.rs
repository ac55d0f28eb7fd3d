//! Documentation as attributes: one `#[doc]` per line, which the printer turns into `///`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::docs;
use crate::escape;
use crate::ir::Docs;

/// Returns the attributes of a description, or of `fallback` if it has no text.
pub fn attributes(text: &Docs, fallback: &str) -> TokenStream {
    from_lines(&docs::lines(text, fallback))
}

/// Returns the attribute of one line.
pub fn line(text: &str) -> TokenStream {
    from_lines(&[text.to_owned()])
}

/// Returns the attributes of several lines.
pub fn from_lines(lines: &[String]) -> TokenStream {
    let lines = lines.iter().map(|line| escape::line(line));
    let lines = lines.map(|line| if line.is_empty() { line } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}
