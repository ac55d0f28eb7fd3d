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

/// The keywords that `r#` cannot escape.
const UNESCAPED: &[&str] = &["Self", "crate", "self", "super"];

/// A field, argument, method or module: `created_at`, `r#type`.
pub fn snake(name: &Name) -> Ident {
    ident(&name.snake())
}

/// A module and its file, without `r#`: one that would be another of Rust's has a `_` at its end. Letters that are not
/// ASCII are written by their code points, as files are looked for by ASCII names alone.
pub fn module(name: &Name) -> String {
    let ascii = |c: char| if c.is_ascii() { c.to_string() } else { format!("u{:x}", u32::from(c)) };
    let text: String = name.snake().chars().map(ascii).collect();
    if text == "mod" || UNESCAPED.contains(&text.as_str()) { text + "_" } else { text }
}

/// A type or variant: `CreatedAt`.
pub fn pascal(name: &Name) -> Ident {
    ident(&name.pascal())
}

/// A static: `CREATED_AT`.
pub fn shouting(name: &Name) -> Ident {
    ident(&name.shouting())
}

/// An identifier: a keyword is escaped, and what cannot be gets a `_` at its end; what begins with a digit has it in
/// front.
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
