//! The `dcrf` command, from the arguments to the exit code. The other modules of the crate do the work.
//!
//! `args` is what the user typed; each command resolves it, runs the stages and reports to a `terminal`. `stages` is
//! the only place that knows the functions of the pipeline by name.

mod args;
mod dump;
mod exit;
mod explain;
mod generate;
mod migrate;
mod problems;
mod project;
mod report;
mod runtime;
mod scaffold;
mod stages;
mod terminal;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use args::{Cli, Command};
use exit::Exit;
use terminal::Terminal;

/// Runs the command with the arguments of the process.
pub fn main() -> ExitCode {
    exit::guarded(|| match Cli::try_parse() {
        Ok(cli) => {
            let mut terminal = Terminal::new(cli.color);
            run(cli.command, &mut terminal).unwrap_or_else(|error| {
                terminal.error(&format!("{error:#}"));
                Exit::Refused
            })
        }
        Err(answer) => {
            // Help and versions are errors of clap, too. A closed pipe is not a failure.
            let _closed_pipe = answer.print();
            if answer.use_stderr() { Exit::Refused } else { Exit::Done }
        }
    })
}

/// Runs one command. Its errors are those of the environment; problems of the input are reported and decide the exit
/// code.
fn run(command: Command, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    match command {
        Command::Generate(args) => generate::run(args, terminal),
        Command::Check(args) => generate::check_definitions(&args, terminal),
        Command::Migrate(args) => migrate::run(args, terminal),
        Command::New(args) => project::run(args, terminal),
        Command::Scaffold(args) => scaffold::run(&args, terminal),
        Command::Schema => {
            terminal.out(&stages::meta_schema())?;
            Ok(Exit::Done)
        }
        Command::Explain(args) => explain::run(args.code.as_deref(), terminal),
        Command::Completions(args) => {
            let mut script = Vec::new();
            clap_complete::generate(args.shell, &mut Cli::command(), "dcrf", &mut script);
            terminal.out(&String::from_utf8_lossy(&script))?;
            Ok(Exit::Done)
        }
        Command::Dump(args) => dump::run(&args, terminal),
    }
}
