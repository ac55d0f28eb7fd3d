//! The layout of generated Rust: that of rustfmt with its defaults.
//!
//! rustfmt is not a library, and a run must not depend on the installed version. So the generated code is laid out by
//! the same rules here, in lines of at most 100 characters; a test compares it with rustfmt.

mod chain;
mod expr;
mod inline;
mod item;
mod list;
mod rewrite;
mod shape;

pub use shape::WIDTH;

/// Returns the text of an item.
pub fn item(of: &syn::Item) -> String {
    item::item(of, 0)
}

#[cfg(test)]
mod tests;
