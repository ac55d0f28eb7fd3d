//! A TypeScript file: header, imports and items with blank lines between them.

use askama::Template;

use super::imports::Imports;
use crate::emit::docs::banner;
use crate::ir::Origin;

#[derive(Template)]
#[template(path = "ts/file.ts.j2", escape = "none")]
struct File {
    banner: String,
    imports: Vec<String>,
    items: Vec<String>,
}

/// Returns the text of a file.
pub(super) fn render(origin: &Origin, imports: &Imports, items: Vec<String>) -> String {
    text(&File { banner: banner(origin), imports: imports.lines(), items })
}

/// Renders a template as a file, which ends with one newline.
pub(super) fn text(template: &impl Template) -> String {
    format!("{}\n", item(template))
}

/// Renders a template as an item of a file.
pub(super) fn item(template: &impl Template) -> String {
    let text = template.render().expect("invariant: writing to a string does not fail");
    text.trim_end().to_owned()
}
