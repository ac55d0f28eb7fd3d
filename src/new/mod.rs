//! A new project: a definition of tasks and the application that serves it. What is generated from the definition is
//! not made here; the texts are templates under `templates/new`.

mod project;
mod view;

use askama::Template as _;

pub use project::{NameError, Project, check_name};

use crate::output::Plan;

/// Returns the files of a project that belong to the user from the beginning.
pub fn plan(project: &Project, meta_schema: &str) -> Plan {
    let view = view::View::of(project);
    let files = [
        (format!("{}.json", project.name), text(view::Definition(&view).render())),
        ("definitions.schema.json".to_owned(), meta_schema.to_owned()),
        ("Cargo.toml".to_owned(), text(view::Manifest(&view).render())),
        ("src/main.rs".to_owned(), text(view::Main(&view).render())),
        ("src/tests.rs".to_owned(), text(view::Tests.render())),
        ("README.md".to_owned(), text(view::Readme(&view).render())),
        (".gitattributes".to_owned(), text(view::Attributes.render())),
        (".gitignore".to_owned(), text(view::Ignore.render())),
        (".github/workflows/ci.yml".to_owned(), text(view::Ci(&view).render())),
    ];
    Plan { files: files.into_iter().collect(), ..Plan::default() }
}

/// Renders a template. A template loses its last line feed, but a text file ends with one.
fn text(rendered: askama::Result<String>) -> String {
    rendered.expect("invariant: a template over plain texts renders") + "\n"
}
