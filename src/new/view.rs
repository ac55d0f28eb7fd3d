//! The finished texts that the templates put into place.

use askama::Template;

use super::project::Project;
use crate::escape;
use crate::ir::{Name, Runtime};

/// What the templates of a project show.
pub(super) struct View {
    /// `todo`
    name: String,
    /// `todo-api`
    api: String,
    /// `todo_api`
    api_ident: String,
    /// The definition's `runtime`.
    runtime_json: String,
    /// The application's dependency, right of the `=`.
    runtime_toml: String,
    /// What installs the generator in CI.
    install: String,
}

impl View {
    pub(super) fn of(project: &Project) -> Self {
        let api = Name::parse(&project.name).join("api");
        Self {
            name: project.name.clone(),
            api: api.kebab(),
            api_ident: api.snake(),
            runtime_json: json(&project.generated),
            runtime_toml: toml(&project.app),
            install: install(&project.app),
        }
    }
}

#[derive(Template)]
#[template(path = "new/definition.json.j2", escape = "none")]
pub(super) struct Definition<'a>(pub(super) &'a View);

#[derive(Template)]
#[template(path = "new/Cargo.toml.j2", escape = "none")]
pub(super) struct Manifest<'a>(pub(super) &'a View);

#[derive(Template)]
#[template(path = "new/main.rs.j2", escape = "none")]
pub(super) struct Main<'a>(pub(super) &'a View);

#[derive(Template)]
#[template(path = "new/README.md.j2", escape = "none")]
pub(super) struct Readme<'a>(pub(super) &'a View);

#[derive(Template)]
#[template(path = "new/gitignore.j2", escape = "none")]
pub(super) struct Ignore;

#[derive(Template)]
#[template(path = "new/gitattributes.j2", escape = "none")]
pub(super) struct Attributes;

#[derive(Template)]
#[template(path = "new/ci.yml.j2", escape = "none")]
pub(super) struct Ci<'a>(pub(super) &'a View);

fn json(runtime: &Runtime) -> String {
    match runtime {
        Runtime::Version(version) => quoted(version),
        Runtime::Path(path) => format!("{{ \"path\": {} }}", quoted(path)),
        Runtime::Git { url, rev: None } => format!("{{ \"git\": {} }}", quoted(url)),
        Runtime::Git { url, rev: Some(rev) } => {
            format!("{{ \"git\": {}, \"rev\": {} }}", quoted(url), quoted(rev))
        }
    }
}

/// With TLS, so that a URL which asks for it is honoured.
fn toml(runtime: &Runtime) -> String {
    let place = match runtime {
        Runtime::Version(version) => format!("version = {}", escape::toml(version)),
        Runtime::Path(path) => format!("path = {}", escape::toml(path)),
        Runtime::Git { url, rev: None } => format!("git = {}", escape::toml(url)),
        Runtime::Git { url, rev: Some(rev) } => {
            format!("git = {}, rev = {}", escape::toml(url), escape::toml(rev))
        }
    };
    format!("{{ {place}, features = [\"tls\"] }}")
}

/// The generator comes from where the runtime does; a checkout has the one beside the other.
fn install(runtime: &Runtime) -> String {
    match runtime {
        Runtime::Version(version) => format!("cargo install dcrf --locked --version {}", shell(version)),
        Runtime::Path(path) => format!("cargo install --locked --path {}", shell(&beside(path))),
        Runtime::Git { url, rev: None } => format!("cargo install dcrf --locked --git {}", shell(url)),
        Runtime::Git { url, rev: Some(rev) } => {
            format!("cargo install dcrf --locked --git {} --rev {}", shell(url), shell(rev))
        }
    }
}

/// The directory that a path is in.
fn beside(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((parent, name)) if !parent.is_empty() && !matches!(name, "" | "." | "..") => parent.to_owned(),
        _ => format!("{path}/.."),
    }
}

/// A string of JSON.
fn quoted(text: &str) -> String {
    escape::json(&serde_json::to_string(text).expect("invariant: every string is a JSON string"))
}

/// A word of a shell; quoted only where it needs to be.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
