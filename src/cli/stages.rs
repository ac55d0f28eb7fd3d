//! The pipeline as the commands see it. This is the only place of the command that names its functions.

use std::{collections::BTreeMap, fs, path::PathBuf};

use super::args::Format;
use crate::{
    config::Config,
    ir::{Api, Arena, Docs, Name, Runtime},
    output::Plan,
};

/// What reading definitions gave.
pub(super) struct Compiled {
    /// What was found, rendered; in human form with ANSI escapes.
    pub(super) problems: Vec<String>,
    /// How many of them are errors.
    pub(super) errors: usize,
    /// The resolved program; there whenever no problem is an error.
    pub(super) api: Option<Api>,
}

/// Reads and resolves definitions.
pub(super) fn compile(paths: &[PathBuf], _format: Format) -> Compiled {
    match read(&paths[0]) {
        Ok(api) => Compiled { problems: Vec::new(), errors: 0, api: Some(api) },
        Err(problem) => Compiled { problems: vec![format!("error: {problem}\n")], errors: 1, api: None },
    }
}

/// The files of the generated crate. `former` holds what the generator owns in the output now.
pub(super) fn emit(api: &Api, config: &Config, _former: &BTreeMap<String, String>) -> Plan {
    let name = api.name.kebab();
    let files = [
        ("Cargo.toml", format!("# {:?}\n[package]\nname = \"{name}\"\nedition = \"2024\"\n", config.runtime)),
        ("src/lib.rs", format!("//! {}\n", api.docs.text)),
    ];
    Plan { files: files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect() }
}

/// The files that the application has to provide.
pub(super) fn scaffold(api: &Api) -> Plan {
    Plan { files: BTreeMap::from([("src/handlers.rs".to_owned(), format!("//! {}\n", api.name.spaced()))]) }
}

/// The JSON Schema of definitions.
pub(super) fn meta_schema() -> String {
    "{}\n".to_owned()
}

/// The documents as written.
pub(super) fn dump_ast(paths: &[PathBuf]) -> String {
    paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
}

/// The code of every diagnostic.
pub(super) fn codes() -> Vec<&'static str> {
    vec!["invalid-json", "unknown-key", "unreadable-file"]
}

/// The page of a code.
pub(super) fn explanation(code: &str) -> Option<&'static str> {
    codes().contains(&code).then_some("# A page\n")
}

/// The name that somebody most likely meant.
pub(super) fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let near = names.iter().map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate));
    near.min().filter(|(distance, _)| *distance <= 3).map(|(_, candidate)| candidate)
}

fn read(path: &PathBuf) -> Result<Api, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let runtime = match &value["runtime"] {
        serde_json::Value::String(version) => Some(Runtime::Version(version.clone())),
        object if object["path"].is_string() => {
            Some(Runtime::Path(object["path"].as_str().unwrap_or_default().to_owned()))
        }
        _ => None,
    };
    Ok(Api {
        name: Name::parse(&text("name")),
        docs: Docs { text: text("description"), deprecated: false },
        models: Arena::new(),
        objects: Arena::new(),
        enums: Arena::new(),
        serializers: Arena::new(),
        consumers: Arena::new(),
        runtime,
    })
}
