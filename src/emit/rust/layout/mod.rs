//! The layout of Rust: as rustfmt has it with its defaults, for what is emitted.
//!
//! rustfmt is no library, and a run must not depend on which one is installed. So what is emitted is laid out by the
//! same rules here, in lines of 100 characters; a test holds it against rustfmt.

mod chain;
mod expr;
mod inline;
mod item;
mod list;
mod rewrite;
mod shape;

pub use shape::WIDTH;

/// The text of an item.
pub fn item(of: &syn::Item) -> String {
    item::item(of, 0)
}

#[cfg(test)]
mod tests;
