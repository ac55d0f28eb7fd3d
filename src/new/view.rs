//! The views of the templates, with the texts that they insert.

use askama::Template;

use super::project::Project;
use crate::escape;
use crate::ir::{Name, Runtime};

/// The values that the templates of a project insert.
pub(super) struct View {
    /// The name of the project: `todo`.
    name: String,
    /// The name of the generated crate: `todo-api`.
    api: String,
    /// The generated crate as a Rust identifier: `todo_api`.
    api_ident: String,
    /// The `runtime` of the definition.
    runtime_json: String,
    /// The application's dependency on the runtime, the part after the `=`.
    runtime_toml: String,
    /// The same dependency for the tests of the application.
    test_toml: String,
    /// The name of the TypeScript package: `todo-client`.
    client: String,
    /// The class of the TypeScript client: `TodoApiClient`.
    client_class: String,
    /// The shell command that installs the generator in CI.
    install: String,
    /// Whether CI installs the generator from a checkout, which CI does not have by itself.
    is_checkout: bool,
}

impl View {
    pub(super) fn of(project: &Project) -> Self {
        let api = Name::parse(&project.name).join("api");
        Self {
            name: project.name.clone(),
            api: api.kebab(),
            api_ident: api.snake(),
            runtime_json: json(&project.generated),
            // The feature `tls` is enabled, so that a URL that asks for TLS works.
            runtime_toml: toml(&project.app, "tls"),
            test_toml: toml(&project.app, "test-util"),
            client: Name::parse(&project.name).join("client").kebab(),
            client_class: api.join("client").pascal(),
            install: install(&project.app),
            is_checkout: matches!(project.app, Runtime::Path(_)),
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
#[template(path = "new/tests.rs.j2", escape = "none")]
pub(super) struct Tests;

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

/// Returns the dependency on a runtime with a feature.
fn toml(runtime: &Runtime, feature: &str) -> String {
    let place = match runtime {
        Runtime::Version(version) => format!("version = {}", escape::toml(version)),
        Runtime::Path(path) => format!("path = {}", escape::toml(path)),
        Runtime::Git { url, rev: None } => format!("git = {}", escape::toml(url)),
        Runtime::Git { url, rev: Some(rev) } => {
            format!("git = {}, rev = {}", escape::toml(url), escape::toml(rev))
        }
    };
    format!("{{ {place}, features = [{}] }}", escape::toml(feature))
}

/// Returns the command that installs the generator from the source of the runtime. In a checkout the generator is in
/// the directory that contains the runtime.
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

/// Returns the directory that contains a path.
fn beside(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((parent, name)) if !parent.is_empty() && !matches!(name, "" | "." | "..") => parent.to_owned(),
        _ => format!("{path}/.."),
    }
}

/// Returns a JSON string.
fn quoted(text: &str) -> String {
    escape::json(&serde_json::to_string(text).expect("invariant: every string is a JSON string"))
}

/// Returns a word for a shell, which is quoted only if it needs to be.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
