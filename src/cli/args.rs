//! The arguments as typed. What follows from them is resolved by each command.

use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::{problems::Format, stages};
use crate::diag::{Code, UnknownCode, quote_all};

/// Generates the Rust crate of a realtime API from one definition.
///
/// A definition (JSON) holds the models, serializers and consumers of an API, in the words of JSON Schema, Django
/// REST Framework and Django Channels REST Framework. dcrf turns it into a complete crate that dcrf-runtime serves
/// over WebSockets on SQLite and PostgreSQL. What is generated is never edited: your code is another crate that
/// implements its traits.
#[derive(Debug, Parser)]
#[command(name = "dcrf", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_long_help = "\
Examples:
  dcrf new todo                              start a project that runs
  dcrf generate todo.json --out generated    write the crate of a definition
  dcrf generate todo.json --out generated --check
                                             fail if it is not up to date (for CI)
  dcrf explain unknown-key                   what a diagnostic means

Exit codes:
  0   done
  1   --check found files that are not up to date
  2   the definition, the arguments or the files do not allow it; nothing was changed
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
    /// Save it beside your definition and name it there: "$schema": "./definitions.schema.json".
    #[command(after_long_help = "Examples:\n  dcrf schema > definitions.schema.json")]
    Schema,
    Explain(Explain),
    Completions(Completions),
    Dump(Dump),
}

/// Write the crate that a definition describes.
///
/// Everything in the directory that dcrf wrote is listed in its .generated.json. Files that are no longer needed are
/// removed; a file that you edited, or that dcrf did not write, is never touched: the run stops, shows what it would
/// have changed, and writes nothing. A run that is interrupted is completed by the next one.
///
/// Where the tables change, a migration is added. One that would drop a table or a column, or what looks like a renamed
/// one, is refused: the definition says what was renamed (x-was) and what may go (x-drop), or --allow does.
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
    /// Write nothing; show what is not up to date and exit with 1 if anything is not
    #[arg(long)]
    pub(super) check: bool,
    /// Overwrite files that were edited by hand, or that dcrf did not write; migrations are never overwritten
    #[arg(long, conflicts_with = "check")]
    pub(super) force: bool,
}

/// Add, unite and renumber migrations; no database is needed.
///
/// Migrations are applied by the application: `my-app migrate status`, `migrate plan` and `migrate apply`.
#[derive(Debug, Subcommand)]
pub(super) enum Migrate {
    New(MigrateNew),
    Squash(MigrateSquash),
    Rebase(MigrateRebase),
}

/// Add a migration of your own, after those that there are: one that moves rows, say.
///
/// It is a file for each database (migrations/sqlite/0004_NAME.sql, migrations/postgres/0004_NAME.sql), or with --rust a
/// function of the application, which it registers: Service::migration. Files are yours: dcrf writes them once, and
/// never changes them. Whatever else the definition asks for is generated, as `dcrf generate` does it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  dcrf migrate new split_addresses todo.json --out generated
  dcrf migrate new hash_passwords todo.json --out generated --rust")]
pub(super) struct MigrateNew {
    /// What it does, in letters, digits and `_`; its number is put before that
    #[arg(value_name = "NAME", value_parser = word)]
    pub(super) name: String,
    #[command(flatten)]
    pub(super) target: Target,
    /// It is done by the application
    #[arg(long)]
    pub(super) rust: bool,
    /// Put it before what the definition asks for and is not generated yet; otherwise this is refused, as nobody knows
    /// which is to come first. Nothing has to be generated before
    #[arg(long)]
    pub(super) first: bool,
}

/// Have one migration stand for all until now.
///
/// It makes all tables in an empty database. A database that has applied all of the others counts it as applied; one that
/// has applied some of them is refused by the application, until a release before has applied the rest.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  dcrf migrate squash todo.json --out generated
  dcrf migrate squash todo.json --out generated --without 0004_split_addresses --with 0001_types")]
pub(super) struct MigrateSquash {
    #[command(flatten)]
    pub(super) target: Target,
    /// Leave out what a migration of your own does, as an empty database has no need of it; each of them is to be
    /// named, here or by --with
    #[arg(long, value_name = "NAME")]
    pub(super) without: Vec<String>,
    /// Begin with what a migration of your own does: it makes what tables are made of, such as types and extensions
    #[arg(long, value_name = "NAME")]
    pub(super) with: Vec<String>,
}

/// Put your migrations after those of another branch, once migrations/schema.json is that of the other.
///
/// After a merge in which both sides added migrations, take the generated directory of the side whose migrations others
/// have applied (`git checkout main -- generated`), and run this. Migrations that schema.json does not list are removed if
/// they were generated, and renumbered if they are your own; what the definition asks for beyond the other side is added
/// as the next. What schema.json lists is never touched.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  dcrf migrate rebase todo.json --out generated")]
pub(super) struct MigrateRebase {
    #[command(flatten)]
    pub(super) target: Target,
    /// Overwrite files that the merge left in conflict, or that were edited by hand; what schema.json lists is never
    /// overwritten
    #[arg(long)]
    pub(super) force: bool,
}

/// From what a crate is generated, and where.
#[derive(Debug, Args)]
pub(super) struct Target {
    #[command(flatten)]
    pub(super) definitions: Definitions,
    /// The directory of the generated crate; made if it is not there
    #[arg(long, short, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Write the TypeScript client into a directory of its own; without this it is `client` in that of the crate, if the
    /// definition asks for one
    #[arg(long, value_name = "DIR")]
    pub(super) client: Option<PathBuf>,
    /// Let a migration do what it would otherwise be refused for, by the code of the diagnostic: drop-column, say, or
    /// required-column; may be given several times
    #[arg(long, value_name = "CODE", value_parser = answerable)]
    pub(super) allow: Vec<Code>,
    #[command(flatten)]
    pub(super) runtime: Runtime,
}

/// Say what is wrong with a definition, and write nothing.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  dcrf check todo.json
  dcrf check todo.json --format json")]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) definitions: Definitions,
}

/// Start a project that runs: a definition, its crate and an application.
///
/// Makes the directory NAME with a small definition of tasks, the generated crate in generated/, and an application
/// that serves it on SQLite: `cd NAME && cargo run`. The directory must not exist, or be empty.
///
/// A dcrf that was built in a checkout takes the runtime from there; any other takes the published one of its own
/// version. The --runtime- flags choose.
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

/// Write stubs of what the application has to provide, where they are absent.
///
/// Makes a file for everything in the definition that is marked as the application's own. They are yours: a file that
/// exists is never touched.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  dcrf scaffold todo.json --app .")]
pub(super) struct Scaffold {
    #[command(flatten)]
    pub(super) definitions: Definitions,
    /// The directory of the application's crate
    #[arg(long, value_name = "DIR")]
    pub(super) app: PathBuf,
}

/// Explain a diagnostic by its code; without one, list all codes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  dcrf explain unknown-key\n  dcrf explain")]
pub(super) struct Explain {
    /// The code, as printed in brackets: error[unknown-key]
    pub(super) code: Option<String>,
}

/// Print a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  dcrf completions bash > ~/.local/share/bash-completion/completions/dcrf
  dcrf completions fish > ~/.config/fish/completions/dcrf.fish")]
pub(super) struct Completions {
    /// Which shell
    pub(super) shell: Shell,
}

/// Print what a stage of the generator makes of a definition.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  dcrf dump todo.json --stage ir
  dcrf dump todo.json --stage rust --name task")]
pub(super) struct Dump {
    #[command(flatten)]
    pub(super) definitions: Definitions,
    /// Which stage
    #[arg(long, value_name = "STAGE")]
    pub(super) stage: Stage,
    /// Only what has this in its name
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
    /// Let `$ref` name files in this directory, beside those in the directories of the definition files; may be given
    /// several times
    #[arg(long, value_name = "DIR")]
    pub(super) include: Vec<PathBuf>,
    /// How to print what is wrong: for people, as JSON lines, or as annotations of GitHub Actions
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

/// Where the generated crate finds dcrf-runtime; without a flag as the definition says, or this version of it.
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
    /// Definitions as written
    Ast,
    /// The resolved program
    Ir,
    /// The generated Rust
    Rust,
}

/// Reads the code of something that may be allowed.
fn answerable(text: &str) -> Result<Code, String> {
    let all = stages::answerable();
    let code: Code = text.parse().map_err(|error: UnknownCode| error.to_string())?;
    if all.contains(&code) {
        return Ok(code);
    }
    Err(format!("only {} can be allowed", quote_all(all.iter().map(|code| code.as_str()), "and")))
}

/// Reads what stands behind the number of a migration.
fn word(text: &str) -> Result<String, String> {
    if stages::is_migration_word(text) {
        return Ok(text.to_owned());
    }
    Err("a migration is called by letters, digits and `_`".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        super::Cli::command().debug_assert();
    }
}
