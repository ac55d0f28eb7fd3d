//! The names in Rust.

use proc_macro2::{Ident, Span};
use quote::format_ident;

use crate::ir::Name;

/// The keywords of every edition, strict and reserved, that `r#` escapes.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The keywords that `r#` cannot escape.
const UNESCAPED: &[&str] = &["Self", "crate", "self", "super"];

/// Returns the name of a field, argument, method or module: `created_at`, `r#type`.
pub fn snake(name: &Name) -> Ident {
    ident(&name.snake())
}

/// Returns the name of a module and its file, without `r#`: a name that Rust reserves gets a `_` at the end. Letters
/// that are not ASCII are replaced by their code points, because rustc looks only for files with ASCII names.
pub fn module(name: &Name) -> String {
    let ascii = |c: char| if c.is_ascii() { c.to_string() } else { format!("u{:x}", u32::from(c)) };
    let text: String = name.snake().chars().map(ascii).collect();
    if text == "mod" || UNESCAPED.contains(&text.as_str()) { text + "_" } else { text }
}

/// Returns the name of a type or variant: `CreatedAt`.
pub fn pascal(name: &Name) -> Ident {
    ident(&name.pascal())
}

/// Returns the name of a static: `CREATED_AT`.
pub fn shouting(name: &Name) -> Ident {
    ident(&name.shouting())
}

/// Returns an identifier: a keyword is escaped, or gets a `_` at the end if it cannot be; a name that begins with a
/// digit gets a `_` at the beginning.
pub fn ident(text: &str) -> Ident {
    if UNESCAPED.contains(&text) {
        format_ident!("{text}_")
    } else if KEYWORDS.contains(&text) {
        Ident::new_raw(text, Span::call_site())
    } else if text.starts_with(|c: char| c.is_ascii_digit()) {
        format_ident!("_{text}")
    } else {
        format_ident!("{text}")
    }
}
