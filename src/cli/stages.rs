//! The pipeline as the commands see it. This is the only place of the command that names its functions.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::args::Format;
use crate::{
    config::Config,
    diag::{self, Code, Sink, render},
    emit::{self, Previous},
    ir::Api,
    output::Plan,
    source::SourceMap,
    syntax::DiskLoader,
};

/// What reading definitions gave.
pub(super) struct Compiled {
    /// What was found, rendered; in human form with ANSI escapes.
    pub(super) problems: Vec<String>,
    /// How many of them are errors.
    pub(super) errors: usize,
    /// The resolved program; there whenever no problem is an error.
    pub(super) api: Option<Api>,
    /// The texts that were read.
    pub(super) sources: SourceMap,
}

/// Reads and resolves definitions.
pub(super) fn compile(paths: &[PathBuf], format: Format) -> Compiled {
    let crate::Compiled { sources, diagnostics, api } = crate::compile(paths, &DiskLoader);
    let problems = diagnostics.iter().map(|diagnostic| match format {
        Format::Human => render::human(diagnostic, &sources, true) + "\n",
        Format::Json => render::json(diagnostic, &sources),
        Format::Github => render::github(diagnostic, &sources),
    });
    let problems = problems.collect();
    Compiled { problems, errors: diagnostics.errors(), api, sources }
}

/// The files of the generated crate. `former` holds what the generator owns in the output now.
///
/// # Errors
/// If the migrations of an earlier run cannot be gone on with.
pub(super) fn emit(api: &Api, config: &Config, former: &BTreeMap<String, String>) -> anyhow::Result<Plan> {
    let previous = Previous::read(&|path| former.get(path).cloned())?;
    Ok(emit::emit(api, config, &previous))
}

/// The files of the TypeScript client.
pub(super) fn emit_client(api: &Api) -> Plan {
    emit::client(api)
}

/// A digest of all that files are made from: the definitions, what else was told, and the generator.
pub(super) fn inputs(sources: &SourceMap, config: &Config) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{} {config:?}", env!("DCRF_SOURCES")));
    for file in sources.files() {
        // The name without its directories, as in the files: a run from elsewhere makes the same.
        let name = Path::new(file.name()).file_name().unwrap_or_default().to_string_lossy();
        let text = file.text().replace("\r\n", "\n");
        hash.update(format!("\0{name}\0{}\0", text.len()));
        hash.update(text);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The files that the application has to provide.
pub(super) fn scaffold(api: &Api) -> Plan {
    emit::scaffold(api)
}

/// The JSON Schema of definitions.
pub(super) fn meta_schema() -> String {
    crate::schema::meta_schema()
}

/// The documents as written.
pub(super) fn dump_ast(paths: &[PathBuf]) -> String {
    format!("{:#?}\n", crate::ast::load(paths, &DiskLoader, &mut SourceMap::new(), &Sink::new()))
}

/// The code of every diagnostic.
pub(super) fn codes() -> Vec<&'static str> {
    Code::ALL.iter().map(|code| code.as_str()).collect()
}

/// The page of a code.
pub(super) fn explanation(code: &str) -> Option<&'static str> {
    code.parse::<Code>().ok().map(Code::explanation)
}

/// The name that somebody most likely meant.
pub(super) fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    diag::nearest(name, names.iter().copied())
}
