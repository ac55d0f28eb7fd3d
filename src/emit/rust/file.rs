//! A Rust file: header, imports and items with blank lines between.

use askama::Template;
use proc_macro2::TokenStream;

use super::uses::Uses;
use crate::emit::docs::banner;
use crate::ir::Origin;

#[derive(Template)]
#[template(path = "rust/file.rs.j2", escape = "none")]
struct File {
    docs: Vec<String>,
    banner: String,
    uses: Vec<Vec<String>>,
    items: Vec<String>,
}

/// The text of a file. `docs` are the lines of `//!`.
///
/// Each item is printed alone, as the printer keeps no blank lines between items.
pub fn render(docs: &[String], origin: &Origin, uses: &Uses, items: Vec<TokenStream>) -> String {
    let file = File {
        docs: docs.to_vec(),
        banner: banner(origin),
        uses: uses.groups(),
        items: items.into_iter().flat_map(print).collect(),
    };
    text(&file)
}

/// Renders a template; a file ends with one newline.
pub fn text(template: &impl Template) -> String {
    let text = template.render().expect("invariant: writing to a string does not fail");
    format!("{}\n", text.trim_end())
}

/// Prints the items of a token stream, each alone.
fn print(tokens: TokenStream) -> Vec<String> {
    let file: syn::File = match syn::parse2(tokens) {
        Ok(file) => file,
        Err(error) => panic!("invariant: emitted items parse, but: {error}"),
    };
    file.items
        .into_iter()
        .map(|item| {
            let file = syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] };
            prettyplease::unparse(&file).trim_end().to_owned()
        })
        .collect()
}
