//! The stages of the pipeline for the commands. This is the only place of the command that names their functions.

use std::{collections::BTreeMap, path::PathBuf};

use super::problems::{Format, Problems};
use crate::{
    config::Config,
    diag::{self, Code, Sink},
    emit,
    evolve::{self, Evolution},
    ir::Api,
    output::Plan,
    resolve::Places,
    source::SourceMap,
    syntax::DiskLoader,
};

pub(super) use crate::evolve::{Language, Previous};

/// A definition without errors.
pub(super) struct Sound {
    /// The resolved program.
    pub(super) api: Api,
    /// The places of its tables in the definition.
    places: Places,
    /// The source texts.
    sources: SourceMap,
}

/// Reads and resolves definitions; the result exists unless a problem is an error.
pub(super) fn compile(paths: &[PathBuf], included: &[PathBuf], format: Format) -> (Problems, Option<Sound>) {
    let loader = DiskLoader::new(paths, included);
    let crate::Compiled { sources, diagnostics, api, places } = crate::compile(paths, &loader);
    let problems = Problems::of(&diagnostics, &sources, format);
    (problems, api.zip(places).map(|(api, places)| Sound { api, places, sources }))
}

/// Reads the state that earlier runs left, from the files below [`HISTORY`].
///
/// # Errors
/// If the migrations of an earlier run cannot be continued.
pub(super) fn previous(former: &BTreeMap<String, String>) -> anyhow::Result<Previous> {
    Ok(Previous::read(former)?)
}

/// Returns the change from the tables of earlier runs to those of a definition, unless a problem prevents it.
pub(super) fn evolve(
    sound: &Sound,
    previous: &Previous,
    allowed: &[Code],
    format: Format,
) -> (Problems, Option<Evolution>) {
    let sink = Sink::new();
    let evolution = evolve::evolve(&sound.api, &sound.places, previous, allowed, &sink);
    (Problems::of(&sink.finish(), &sound.sources, format), evolution)
}

/// Tells whether the tables of a definition differ from those of earlier runs.
pub(super) fn has_changes(evolution: &Evolution) -> bool {
    !evolve::diff(evolution).is_empty()
}

/// Adds a migration of the user's own, and returns its name.
pub(super) fn add_own(previous: &mut Previous, word: &str, language: Language) -> String {
    previous.add_own(word, language, emit::own_migration())
}

/// Adds an existing migration of the user's own under the next number, and returns its name.
pub(super) fn move_own(previous: &mut Previous, word: &str, texts: [String; 2]) -> String {
    previous.add_own(word, Language::Sql, texts)
}

/// Replaces all migrations with one, which begins with the texts of those in `with`, the user's own. No file of an
/// earlier one may be missing.
pub(super) fn squash(api: &Api, previous: &mut Previous, with: &[String]) {
    let name = format!("{:04}_squashed", evolve::next(previous.listed()) - 1);
    let told = evolve::FOLDERS.map(|folder| previous.told(folder));
    let first = evolve::FOLDERS.map(|folder| previous.first(folder, with));
    previous.replace_all(name, emit::squashed(api, told, first));
}

/// Tells whether a text can follow the number in a migration's name.
pub(super) fn is_migration_word(text: &str) -> bool {
    evolve::is_word(text)
}

/// Tells whether a path is the file of a migration.
pub(super) fn is_migration(path: &str) -> bool {
    evolve::is_migration(path)
}

/// Tells whether the generator wrote a migration with this text.
pub(super) fn is_generated(text: &str) -> bool {
    emit::is_generated(text)
}

/// The file with the description of the tables and the list of migrations.
pub(super) const SNAPSHOT: &str = evolve::SNAPSHOT;

/// The folders of migrations, one for each database.
pub(super) const FOLDERS: [&str; 2] = evolve::FOLDERS;

/// Returns the change from no tables to those of a definition.
pub(super) fn evolve_from_nothing(api: &Api) -> Evolution {
    Evolution::of_nothing(api)
}

/// The folder of the files that describe the tables of earlier runs.
pub(super) const HISTORY: &str = "migrations";

/// Returns the diagnostics that the user may allow.
pub(super) fn answerable() -> [Code; 8] {
    evolve::ANSWERABLE
}

/// Returns the files of the generated crate.
pub(super) fn emit(api: &Api, config: &Config, evolution: &Evolution) -> Plan {
    emit::emit(api, config, evolution)
}

/// Returns the files of the TypeScript client.
pub(super) fn emit_client(api: &Api) -> Plan {
    emit::client(api)
}

/// Returns the files that the application has to provide.
pub(super) fn scaffold(api: &Api) -> Plan {
    emit::scaffold(api)
}

/// Returns the JSON Schema of definitions.
pub(super) fn meta_schema() -> String {
    crate::schema::meta_schema()
}

/// Returns the documents as written.
pub(super) fn dump_ast(paths: &[PathBuf], included: &[PathBuf]) -> String {
    let loader = DiskLoader::new(paths, included);
    format!("{:#?}\n", crate::ast::load(paths, &loader, &mut SourceMap::new(), &Sink::new()))
}

/// Returns the code of every diagnostic.
pub(super) fn codes() -> Vec<&'static str> {
    Code::ALL.iter().map(|code| code.as_str()).collect()
}

/// Returns the page of a code.
pub(super) fn explanation(code: &str) -> Option<&'static str> {
    code.parse::<Code>().ok().map(Code::explanation)
}

/// Returns the known name that is most similar to a name.
pub(super) fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    diag::nearest(name, names.iter().copied())
}
