//! `dcrf migrate`: adds migrations of the user's own, squashes all migrations, and rebases those of a branch.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};

use super::{
    args,
    exit::Exit,
    generate::{self, Definition, Job},
    stages::{self, Language, Previous},
    terminal::Terminal,
};
use crate::{diag, output::Directory};

/// Runs `dcrf migrate …`.
pub(super) fn run(command: args::Migrate, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    match command {
        args::Migrate::New(args) => new(args, terminal),
        args::Migrate::Squash(args) => squash(args, terminal),
        args::Migrate::Rebase(args) => rebase(args, terminal),
    }
}

/// An output with its migrations, which is locked.
struct Open {
    job: Job,
    definition: Definition,
    directory: Directory,
    /// The files of migrations, whether they are listed or not.
    files: BTreeMap<String, String>,
    previous: Previous,
}

impl Open {
    /// Opens an output that has been generated; returns `None` if the definition has errors, which are reported.
    fn new(target: args::Target, force: bool, terminal: &mut Terminal) -> anyhow::Result<Option<Self>> {
        let Some((job, definition)) = generate::prepared(target, force, terminal)? else { return Ok(None) };
        let absent = format!(
            "{} does not contain a generated crate yet; run `dcrf generate` first",
            job.out.display()
        );
        if !job.out.exists() {
            bail!("{absent}");
        }
        let this = Self::begin(job, definition)?;
        if this.previous.is_empty() {
            bail!("{absent}");
        }
        Ok(Some(this))
    }

    /// Opens an output that may not exist yet.
    fn begin(job: Job, definition: Definition) -> anyhow::Result<Self> {
        let directory = Directory::open(&job.out)?;
        let files = directory.texts_below(stages::HISTORY)?;
        let previous = stages::previous(&files)?;
        Ok(Self { job, definition, directory, files, previous })
    }

    /// Generates everything, and removes the retired migrations.
    fn finish(self, retired: BTreeSet<String>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
        let Self { job, definition, directory, previous, .. } = self;
        let Some(evolution) = job.evolution(&definition, &previous, terminal)? else {
            return Ok(Exit::Refused);
        };
        let mut plan = definition.emit(&evolution);
        plan.retired = retired;
        job.finish(&definition, directory, &plan, terminal)
    }
}

fn new(args: args::MigrateNew, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let open = if args.first {
        let prepared = generate::prepared(args.target, false, terminal)?;
        prepared.map(|(job, definition)| Open::begin(job, definition)).transpose()?
    } else {
        Open::new(args.target, false, terminal)?
    };
    let Some(mut open) = open else { return Ok(Exit::Refused) };
    if !args.first {
        let evolution = open.job.evolution(&open.definition, &open.previous, terminal)?;
        let Some(evolution) = evolution else { return Ok(Exit::Refused) };
        if stages::has_changes(&evolution) {
            bail!(
                "the definition changes tables, and these changes are not generated yet; run `dcrf generate` first \
                 to put the new migration after them, or add --first to put it before them"
            );
        }
    }
    let language = if args.rust { Language::Rust } else { Language::Sql };
    let name = stages::add_own(&mut open.previous, &args.name, language);
    let exit = open.finish(BTreeSet::new(), terminal)?;
    if exit == Exit::Done && args.rust {
        let call = format!("service.migration({name:?}, |tables| Box::pin(async move {{ … }}))");
        terminal.progress("Listed", &format!("{name}; register it in the application with {call}"));
    }
    Ok(exit)
}

fn squash(args: args::MigrateSquash, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Some(mut open) = Open::new(args.target, false, terminal)? else { return Ok(Exit::Refused) };
    let listed = open.previous.listed();
    if listed.len() < 2 {
        bail!("there is nothing to squash: {} migration is listed", listed.len());
    }
    let own: Vec<&str> = listed.iter().filter(|each| each.is_own()).map(|each| &*each.name).collect();
    let named = |option, names: &[String]| {
        let unknown = names.iter().find(|name| !own.contains(&name.as_str()))?;
        let nearest = stages::nearest(unknown, &own).map(|name| format!("; did you mean `{name}`?"));
        Some(format!(
            "{option} {unknown}: this is not a migration of your own{}",
            nearest.unwrap_or_default()
        ))
    };
    if let Some(unknown) = named("--without", &args.without).or_else(|| named("--with", &args.with)) {
        bail!("{unknown}");
    }
    if let Some(both) = args.with.iter().find(|name| args.without.contains(name)) {
        bail!("--with {both} and --without {both} contradict each other");
    }
    let in_rust = listed.iter().find(|each| args.with.contains(&each.name) && each.is_in_rust());
    if let Some(in_rust) = in_rust {
        bail!(
            "--with {}: this migration is written in Rust, so it does not have SQL that could be part of another \
             migration",
            in_rust.name
        );
    }
    let kept = own.iter().filter(|name| !args.without.iter().chain(&args.with).any(|named| named == **name));
    let kept: Vec<&str> = kept.copied().collect();
    if !kept.is_empty() {
        bail!(
            "what {} {} cannot be squashed: name each migration of your own with --without if an empty database does \
             not need it, or with --with if it creates what the tables need (types, extensions)",
            diag::quote_all(kept.iter().copied(), "and"),
            if kept.len() == 1 { "does" } else { "do" },
        );
    }
    let retired = listed.iter().flat_map(|each| each.paths()).collect();
    let evolution = open.job.evolution(&open.definition, &open.previous, terminal)?;
    let Some(evolution) = evolution else { return Ok(Exit::Refused) };
    if stages::has_changes(&evolution) {
        bail!(
            "the definition changes tables, and these changes are not generated yet; run `dcrf generate` first"
        );
    }
    stages::squash(&open.definition.sound.api, &mut open.previous, &args.with);
    open.finish(retired, terminal)
}

fn rebase(args: args::MigrateRebase, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Some(mut open) = Open::new(args.target, args.force, terminal)? else { return Ok(Exit::Refused) };
    let listed: BTreeSet<String> = open.previous.listed().iter().flat_map(|each| each.paths()).collect();
    let unlisted =
        open.files.iter().filter(|(path, _)| stages::is_migration(path) && !listed.contains(*path));
    let (removed, own): (Vec<_>, Vec<_>) = unlisted.partition(|(_, text)| stages::is_generated(text));
    let removed: BTreeSet<&str> = removed.into_iter().map(|(path, _)| name_of(path)).collect();
    let mut retired: BTreeSet<String> = stages::FOLDERS
        .iter()
        .flat_map(|folder| removed.iter().map(move |name| format!("{folder}{name}.sql")))
        .collect();
    // If it was taken from another branch without the rest, it counts as edited.
    retired.insert(stages::SNAPSHOT.to_owned());
    let names: BTreeSet<&str> = own.iter().map(|(path, _)| name_of(path)).collect();
    for name in &names {
        let word = name.split_once('_').filter(|(number, word)| {
            number.bytes().all(|byte| byte.is_ascii_digit()) && stages::is_migration_word(word)
        });
        let (_, word) = word.with_context(|| {
            format!(
                "{name}.sql is among the migrations, but its name is not that of a migration: remove it, or give it \
                 a name like 0001_name.sql"
            )
        })?;
        let paths = stages::FOLDERS.map(|folder| format!("{folder}{name}.sql"));
        let text = |path: &String| {
            let text = open.files.get(path).cloned();
            text.with_context(|| {
                format!(
                    "{path} is missing, but the migration has a file for the other database; add the missing file"
                )
            })
        };
        let texts = [text(&paths[0])?, text(&paths[1])?];
        let moved = stages::move_own(&mut open.previous, word, texts);
        if moved != **name {
            terminal.progress("Moved", &format!("{name} to {moved}"));
            retired.extend(paths);
        }
    }
    if !names.is_empty() && !removed.is_empty() {
        terminal.warning(&format!(
            "{} now {} before the changes that were generated for your branch ({}) and are now generated again: \
             check whether {} the expected tables",
            diag::quote_all(names.iter().copied(), "and"),
            if names.len() == 1 { "comes" } else { "come" },
            removed.iter().copied().collect::<Vec<_>>().join(", "),
            if names.len() == 1 { "it finds" } else { "they find" },
        ));
    }
    open.finish(retired, terminal)
}

/// Returns `0001_initial` of `migrations/sqlite/0001_initial.sql`.
fn name_of(path: &str) -> &str {
    let file = path.rsplit_once('/').map_or(path, |(_, file)| file);
    file.strip_suffix(".sql").unwrap_or(file)
}
