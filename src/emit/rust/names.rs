//! Names as Rust spells them.

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

/// A field, argument, method or module: `created_at`, `r#type`.
pub fn snake(name: &Name) -> Ident {
    ident(&name.snake())
}

/// A module and its file, without `r#`: one that would be another of Rust's has a `_` at its end.
pub fn module(name: &Name) -> String {
    let text = name.snake();
    if matches!(text.as_str(), "crate" | "mod" | "self" | "super") { text + "_" } else { text }
}

/// A type or variant: `CreatedAt`.
pub fn pascal(name: &Name) -> Ident {
    ident(&name.pascal())
}

/// A static: `CREATED_AT`.
pub fn shouting(name: &Name) -> Ident {
    ident(&name.shouting())
}

/// An identifier: a keyword is escaped, and what begins with a digit gets a `_`.
pub fn ident(text: &str) -> Ident {
    if KEYWORDS.contains(&text) {
        Ident::new_raw(text, Span::call_site())
    } else if text.starts_with(|c: char| c.is_ascii_digit()) {
        format_ident!("_{text}")
    } else {
        format_ident!("{text}")
    }
}
