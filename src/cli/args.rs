//! The arguments as typed. Each command resolves what follows from them.

use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::{problems::Format, stages};
use crate::diag::{Code, UnknownCode, quote_all};

/// Generates the Rust crate of a realtime API from one definition.
///
/// A definition (JSON) contains the models, serializers and consumers of an API, in the terms of JSON Schema, Django
/// REST Framework and Django Channels REST Framework. dcrf generates a complete crate from it, which dcrf-runtime
/// serves over WebSockets on SQLite and PostgreSQL. Generated code is never edited: your code is another crate that
/// implements its traits.
#[derive(Debug, Parser)]
#[command(name = "dcrf", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_long_help = "\
Examples:
  dcrf new todo                              start a project that runs
  dcrf generate todo.json --out generated    write the crate of a definition
  dcrf generate todo.json --out generated --check
                                             fail if it is not up to date (for CI)
  dcrf explain unknown-key                   explain a diagnostic

Exit codes:
  0   done
  1   --check found files that are not up to date
  2   the definition, the arguments or the files do not allow the command; nothing was changed
  70  a bug in dcrf")]
pub(super) struct Cli {
    /// When to use colour [env: NO_COLOR, CLICOLOR, CLICOLOR_FORCE]
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = false)]
    pub(super) color: ColorChoice,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Generate(Generate),
    Check(Check),
    #[command(subcommand)]
    Migrate(Migrate),
    New(New),
    Scaffold(Scaffold),
    /// Print the JSON Schema of definitions, for editors.
    ///
    /// Save it beside your definition and refer to it there: "$schema": "./definitions.schema.json".
    #[command(after_long_help = "Examples:\n  dcrf schema > definitions.schema.json")]
    Schema,
    Explain(Explain),
    Completions(Completions),
    Dump(Dump),
}

/// Generate the crate that a definition describes.
///
/// dcrf lists every file that it writes in .generated.json, in the output directory. It removes files that are no
/// longer needed. It never changes a file that you edited, or that dcrf did not write: the run stops, shows what it
/// would have changed, and writes nothing. The next run completes one that was interrupted.
///
/// If the tables change, dcrf adds a migration. It refuses one that would drop a table or a column, or that looks like
/// a renaming: the definition says what was renamed (x-was) and what may be dropped (x-drop), or --allow does.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  dcrf generate todo.json --out generated
  dcrf generate todo.json --out generated --check
  dcrf generate todo.json --out generated --check --format github
  dcrf generate todo.json --out generated --allow drop-column
  dcrf generate todo.json --out generated --runtime-path ../dcrf/runtime")]
pub(super) struct Generate {
    #[command(flatten)]
    pub(super) target: Target,
    /// Write nothing; show what is not up to date, and exit with 1 if there is anything
    #[arg(long)]
    pub(super) check: bool,
    /// Overwrite files that were edited by hand, or that dcrf did not write; migrations are never overwritten
    #[arg(long, conflicts_with = "check")]
    pub(super) force: bool,
}

/// Add, squash and renumber migrations; no database is needed.
///
/// The application applies migrations: `my-app migrate status`, `migrate plan` and `migrate apply`.
#[derive(Debug, Subcommand)]
pub(super) enum Migrate {
    New(MigrateNew),
    Squash(MigrateSquash),
    Rebase(MigrateRebase),
}

/// Add a migration of your own after the existing ones, for example one that moves rows.
///
/// It has a file for each database (migrations/sqlite/0004_NAME.sql, migrations/postgres/0004_NAME.sql), or with --rust
/// it is a function that the application registers: Service::migration. The files are yours: dcrf writes them once and
/// never changes them. Everything else that the definition asks for is generated as by `dcrf generate`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  dcrf migrate new split_addresses todo.json --out generated
  dcrf migrate new hash_passwords todo.json --out generated --rust")]
pub(super) struct MigrateNew {
    /// The name of the migration, in letters, digits and `_`; dcrf puts its number before it
    #[arg(value_name = "NAME", value_parser = word)]
    pub(super) name: String,
    #[command(flatten)]
    pub(super) target: Target,
    /// The application does it, in Rust
    #[arg(long)]
    pub(super) rust: bool,
    /// Put it before the changes that the definition asks for and that are not generated yet; without this such changes
    /// are an error, because their order is unknown. Nothing has to be generated before
    #[arg(long)]
    pub(super) first: bool,
}

/// Replace all existing migrations with one.
///
/// It makes all tables in an empty database. A database that has applied all of the others counts it as applied; if it
/// has applied only some of them, the application refuses it until an earlier release has applied the rest.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  dcrf migrate squash todo.json --out generated
  dcrf migrate squash todo.json --out generated --without 0004_split_addresses --with 0001_types")]
pub(super) struct MigrateSquash {
    #[command(flatten)]
    pub(super) target: Target,
    /// Leave out a migration of your own, because an empty database does not need it; each of them has to be named,
    /// here or by --with
    #[arg(long, value_name = "NAME")]
    pub(super) without: Vec<String>,
    /// Begin with a migration of your own, because it makes what tables need, such as types and extensions
    #[arg(long, value_name = "NAME")]
    pub(super) with: Vec<String>,
}

/// Put your migrations after those of another branch, whose migrations/schema.json you have taken.
///
/// After a merge in which both sides added migrations, take the generated directory of the side whose migrations others
/// have applied (`git checkout main -- generated`), and run this. Migrations that schema.json does not list are removed
/// if they were generated, and renumbered if they are your own; what the definition asks for beyond the other side is
/// added as the next migration. Migrations that schema.json lists are never changed.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  dcrf migrate rebase todo.json --out generated")]
pub(super) struct MigrateRebase {
    #[command(flatten)]
    pub(super) target: Target,
    /// Overwrite files that the merge left in conflict, or that were edited by hand; migrations that schema.json lists
    /// are never overwritten
    #[arg(long)]
    pub(super) force: bool,
}

/// The definitions that a crate is generated from, and its directory.
#[derive(Debug, Args)]
pub(super) struct Target {
    #[command(flatten)]
    pub(super) definitions: Definitions,
    /// The directory of the generated crate; it is made if it does not exist
    #[arg(long, short, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Write the TypeScript client into its own directory; without this it is `client` in that of the crate, if the
    /// definition asks for one
    #[arg(long, value_name = "DIR")]
    pub(super) client: Option<PathBuf>,
    /// Allow a migration that is refused otherwise, by the code of the diagnostic: drop-column or required-column, for
    /// example; may be given several times
    #[arg(long, value_name = "CODE", value_parser = answerable)]
    pub(super) allow: Vec<Code>,
    #[command(flatten)]
    pub(super) runtime: Runtime,
}

/// Check a definition for errors, and write nothing.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  dcrf check todo.json
  dcrf check todo.json --format json")]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) definitions: Definitions,
}

/// Make a new project that runs: a definition, its crate and an application.
///
/// It makes the directory NAME with a small definition of tasks, the generated crate in generated/, and an application
/// that serves it on SQLite: `cd NAME && cargo run`. The directory must be empty or not exist.
///
/// If dcrf was built in a checkout, the project uses the runtime of that checkout; otherwise it uses the published
/// runtime of the same version. The --runtime- flags select another one.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  dcrf new todo
  dcrf new todo --runtime-path ../dcrf/runtime
  dcrf new projects/todo --runtime-git https://example.org/dcrf.git --runtime-rev v0.1.0")]
pub(super) struct New {
    /// The name of the project, or a path that ends in it
    #[arg(value_name = "NAME")]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) runtime: Runtime,
}

/// Write stubs of the files that the application has to provide, if they do not exist.
///
/// It makes a file for everything in the definition that is marked as the application's own. The files are yours: one
/// that exists is never changed.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  dcrf scaffold todo.json --app .")]
pub(super) struct Scaffold {
    #[command(flatten)]
    pub(super) definitions: Definitions,
    /// The directory of the application's crate
    #[arg(long, value_name = "DIR")]
    pub(super) app: PathBuf,
}

/// Explain a diagnostic by its code; without a code, list all codes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  dcrf explain unknown-key\n  dcrf explain")]
pub(super) struct Explain {
    /// The code, as it is printed in brackets: error[unknown-key]
    pub(super) code: Option<String>,
}

/// Print a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  dcrf completions bash > ~/.local/share/bash-completion/completions/dcrf
  dcrf completions fish > ~/.config/fish/completions/dcrf.fish")]
pub(super) struct Completions {
    /// The shell
    pub(super) shell: Shell,
}

/// Print the output of a stage of the generator for a definition.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  dcrf dump todo.json --stage ir
  dcrf dump todo.json --stage rust --name task")]
pub(super) struct Dump {
    #[command(flatten)]
    pub(super) definitions: Definitions,
    /// The stage
    #[arg(long, value_name = "STAGE")]
    pub(super) stage: Stage,
    /// Print only items whose name contains this
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) runtime: Runtime,
}

/// The definitions of a run.
#[derive(Debug, Args)]
pub(super) struct Definitions {
    /// The definition files (JSON)
    #[arg(value_name = "DEFINITION", required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// Let `$ref` also name files in this directory, not only in those of the definition files; may be given several
    /// times
    #[arg(long, value_name = "DIR")]
    pub(super) include: Vec<PathBuf>,
    /// How to print problems: for people, as JSON lines, or as annotations of GitHub Actions
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

/// Where the generated crate finds dcrf-runtime; without a flag the definition says it, or it is this version.
#[derive(Debug, Args)]
#[command(next_help_heading = "Runtime")]
pub(super) struct Runtime {
    /// Take dcrf-runtime from a directory, relative to the current one
    #[arg(long, value_name = "PATH", conflicts_with_all = ["runtime_git", "runtime_version"])]
    pub(super) runtime_path: Option<PathBuf>,
    /// Take dcrf-runtime from a git repository
    #[arg(long, value_name = "URL", conflicts_with = "runtime_version")]
    pub(super) runtime_git: Option<String>,
    /// The revision (commit, tag) of the git repository
    #[arg(long, value_name = "REV", requires = "runtime_git")]
    pub(super) runtime_rev: Option<String>,
    /// Take dcrf-runtime from the registry, in this version
    #[arg(long, value_name = "VERSION")]
    pub(super) runtime_version: Option<String>,
}

/// A stage of the generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Stage {
    /// The definitions as written
    Ast,
    /// The resolved program
    Ir,
    /// The generated Rust
    Rust,
}

/// Parses the code of a diagnostic that `--allow` accepts.
fn answerable(text: &str) -> Result<Code, String> {
    let all = stages::answerable();
    let code: Code = text.parse().map_err(|error: UnknownCode| error.to_string())?;
    if all.contains(&code) {
        return Ok(code);
    }
    Err(format!("only {} can be allowed", quote_all(all.iter().map(|code| code.as_str()), "and")))
}

/// Parses the part of a migration's name after its number.
fn word(text: &str) -> Result<String, String> {
    if stages::is_migration_word(text) {
        return Ok(text.to_owned());
    }
    Err("the name of a migration consists of letters, digits and `_`".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        super::Cli::command().debug_assert();
    }
}
