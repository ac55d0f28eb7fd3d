//! A Rust file: header, imports and items with blank lines between them.

use askama::Template;
use proc_macro2::TokenStream;

use super::layout;
use super::uses::Uses;
use crate::emit::docs::banner;
use crate::escape;
use crate::ir::Origin;

#[derive(Template)]
#[template(path = "rust/file.rs.j2", escape = "none")]
struct File {
    docs: Vec<String>,
    banner: String,
    uses: Vec<Vec<String>>,
    items: Vec<String>,
}

/// The items of a file.
pub enum Item {
    /// The item still has to be laid out.
    Tokens(TokenStream),
    /// A template has laid out the item.
    Text(String),
}

impl Item {
    /// Returns the item that a template renders.
    pub fn of(template: &impl Template) -> Self {
        Self::Text(text(template).trim_end().to_owned())
    }
}

impl From<TokenStream> for Item {
    fn from(tokens: TokenStream) -> Self {
        Self::Tokens(tokens)
    }
}

/// Returns the text of a file. `docs` are the lines of `//!`.
///
/// Each item is printed alone, because the printer does not keep blank lines between items.
pub fn render<T: Into<Item>>(docs: &[String], origin: &Origin, uses: &Uses, items: Vec<T>) -> String {
    let file = File {
        docs: docs.iter().map(|line| escape::line(line)).collect(),
        banner: banner(origin),
        uses: uses.groups(),
        items: items.into_iter().flat_map(|item| printed(item.into())).collect(),
    };
    text(&file)
}

/// Renders a template as a file, which ends with one newline.
pub fn text(template: &impl Template) -> String {
    let text = template.render().expect("invariant: writing to a string does not fail");
    format!("{}\n", text.trim_end())
}

fn printed(item: Item) -> Vec<String> {
    match item {
        Item::Tokens(tokens) => print(tokens),
        Item::Text(text) => vec![text],
    }
}

/// Prints the items of a token stream, each alone.
fn print(tokens: TokenStream) -> Vec<String> {
    let file: syn::File = match syn::parse2(tokens) {
        Ok(file) => file,
        Err(error) => panic!("invariant: emitted items parse, but: {error}"),
    };
    file.items.iter().map(layout::item).collect()
}
