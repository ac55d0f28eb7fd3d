//! The pipeline as the commands see it. This is the only place of the command that names its functions.

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
    /// Where its tables are written.
    places: Places,
    /// The texts that were read.
    sources: SourceMap,
}

/// Reads and resolves definitions; they are there whenever no problem is an error.
pub(super) fn compile(paths: &[PathBuf], included: &[PathBuf], format: Format) -> (Problems, Option<Sound>) {
    let loader = DiskLoader::new(paths, included);
    let crate::Compiled { sources, diagnostics, api, places } = crate::compile(paths, &loader);
    let problems = Problems::of(&diagnostics, &sources, format);
    (problems, api.zip(places).map(|(api, places)| Sound { api, places, sources }))
}

/// What earlier runs left, by the files below [`HISTORY`].
///
/// # Errors
/// If the migrations of an earlier run cannot be gone on with.
pub(super) fn previous(former: &BTreeMap<String, String>) -> anyhow::Result<Previous> {
    Ok(Previous::read(former)?)
}

/// The way from the tables of earlier runs to those of a definition, unless something is in it.
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

/// Whether the tables of a definition differ from those of earlier runs.
pub(super) fn has_changes(evolution: &Evolution) -> bool {
    !evolve::diff(evolution).is_empty()
}

/// Adds a migration of the user's own, and gives its name.
pub(super) fn add_own(previous: &mut Previous, word: &str, language: Language) -> String {
    previous.add_own(word, language, emit::own_migration())
}

/// Adds a migration of the user's own that there is already, under the next number, and gives its name.
pub(super) fn move_own(previous: &mut Previous, word: &str, texts: [String; 2]) -> String {
    previous.add_own(word, Language::Sql, texts)
}

/// Has one migration stand for all that there are, which begins with the texts of these of the user's own. None may be
/// missing.
pub(super) fn squash(api: &Api, previous: &mut Previous, with: &[String]) {
    let name = format!("{:04}_squashed", evolve::next(previous.listed()) - 1);
    let told = evolve::FOLDERS.map(|folder| previous.told(folder));
    let first = evolve::FOLDERS.map(|folder| previous.first(folder, with));
    previous.replace_all(name, emit::squashed(api, told, first));
}

/// Whether the number of a migration can stand before a text.
pub(super) fn is_migration_word(text: &str) -> bool {
    evolve::is_word(text)
}

/// Whether something is the file of a migration.
pub(super) fn is_migration(path: &str) -> bool {
    evolve::is_migration(path)
}

/// Whether the generator wrote a migration with this text.
pub(super) fn is_generated(text: &str) -> bool {
    emit::is_generated(text)
}

/// The description of the tables, and the list of migrations.
pub(super) const SNAPSHOT: &str = evolve::SNAPSHOT;

/// The folders of migrations, one a database.
pub(super) const FOLDERS: [&str; 2] = evolve::FOLDERS;

/// Of a definition for which nothing was generated yet.
pub(super) fn evolve_from_nothing(api: &Api) -> Evolution {
    Evolution::of_nothing(api)
}

/// Where the files that hold the tables of earlier runs lie.
pub(super) const HISTORY: &str = "migrations";

/// What whoever runs the generator may allow to be lost.
pub(super) fn answerable() -> [Code; 8] {
    evolve::ANSWERABLE
}

/// The files of the generated crate.
pub(super) fn emit(api: &Api, config: &Config, evolution: &Evolution) -> Plan {
    emit::emit(api, config, evolution)
}

/// The files of the TypeScript client.
pub(super) fn emit_client(api: &Api) -> Plan {
    emit::client(api)
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
pub(super) fn dump_ast(paths: &[PathBuf], included: &[PathBuf]) -> String {
    let loader = DiskLoader::new(paths, included);
    format!("{:#?}\n", crate::ast::load(paths, &loader, &mut SourceMap::new(), &Sink::new()))
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
