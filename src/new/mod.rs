//! A new project: a definition of tasks and the application that serves it. What is generated from the definition is
//! not made here; the texts are templates under `templates/new`.

mod name;
mod view;

use askama::Template as _;

pub use name::{NameError, check_name};

use crate::{ir::Runtime, output::Plan};

/// What a new project is told.
#[derive(Debug, Clone)]
pub struct Project {
    /// The name, checked by [`check_name`]: that of the directory, the application and the definition's file.
    pub name: String,
    /// Where the application finds `dcrf-runtime`; a path is relative to the project.
    pub app: Runtime,
    /// Where the generated crate finds it; a path is relative to that crate.
    pub generated: Runtime,
}

/// The files of a project that are the user's from the beginning.
pub fn plan(project: &Project, meta_schema: &str) -> Plan {
    let view = view::View::of(project);
    let render = "invariant: a template over plain texts renders";
    let files = [
        (format!("{}.json", project.name), view::Definition(&view).render().expect(render)),
        ("definitions.schema.json".to_owned(), meta_schema.to_owned()),
        ("Cargo.toml".to_owned(), view::Manifest(&view).render().expect(render)),
        ("src/main.rs".to_owned(), view::Main(&view).render().expect(render)),
        ("README.md".to_owned(), view::Readme(&view).render().expect(render)),
        (".gitignore".to_owned(), view::Ignore.render().expect(render)),
        (".github/workflows/ci.yml".to_owned(), view::Ci(&view).render().expect(render)),
    ];
    Plan { files: files.into_iter().collect() }
}
