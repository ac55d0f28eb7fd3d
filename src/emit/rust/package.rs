//! `Cargo.toml` of the generated crate.

use askama::Template;

use super::file;
use crate::config::Config;
use crate::emit::docs::{banner, summary};
use crate::escape::toml;
use crate::ir::{Api, Runtime};

#[derive(Template)]
#[template(path = "rust/Cargo.toml.j2", escape = "none")]
struct Manifest {
    banner: String,
    name: String,
    version: String,
    description: String,
    /// The optional lines `license`, `repository` and `publish`.
    more: Vec<String>,
    runtime: String,
}

/// The text of `rustfmt.toml`. `cargo fmt` formats every member of a workspace in the style of the folders above, and
/// would change files, which would then look edited by hand. In this style it does not change anything.
pub const FORMAT: &str = "# This file is generated: in another style, files that a formatter changed would look edited by hand.\nstyle_edition = \"2024\"\n";

/// Returns the text of `Cargo.toml`.
pub fn manifest(api: &Api, config: &Config) -> String {
    let package = &api.package;
    let line =
        |key: &str, value: &Option<String>| value.as_ref().map(|value| format!("{key} = {}", toml(value)));
    let publish = package.private.unwrap_or(true).then(|| "publish = false".to_owned());
    let more = [line("license", &package.license), line("repository", &package.repository), publish];
    let manifest = Manifest {
        version: toml(package.version.as_deref().unwrap_or("0.1.0")),
        more: more.into_iter().flatten().collect(),
        banner: banner(&api.origin),
        name: api.name.kebab(),
        description: toml(&summary(&api.docs, &format!("The realtime API {}.", api.name.kebab()))),
        runtime: runtime(&config.runtime),
    };
    file::text(&manifest)
}

/// Returns the right side of the dependency on `dcrf-runtime`, without features: the application chooses them, and a
/// feature that one crate of a build enables is enabled for all.
fn runtime(runtime: &Runtime) -> String {
    let place = match runtime {
        Runtime::Version(version) => format!("version = {}", toml(version)),
        Runtime::Path(path) => format!("path = {}", toml(path)),
        Runtime::Git { url, rev: None } => format!("git = {}", toml(url)),
        Runtime::Git { url, rev: Some(rev) } => format!("git = {}, rev = {}", toml(url), toml(rev)),
    };
    format!("{{ {place}, default-features = false }}")
}
