//! `dcrf generate` and `dcrf check`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::bail;

use super::{
    args,
    exit::Exit,
    problems::Format,
    report, runtime,
    stages::{self, Previous, Sound},
    terminal::Terminal,
};
use crate::{
    config::Config,
    diag::Code,
    evolve::Evolution,
    ir::{self, Api},
    output::{self, Directory, OutputError, Plan},
};

/// The resolved arguments of a command that generates.
pub(super) struct Job {
    pub(super) out: PathBuf,
    /// The directory of the TypeScript client, if it is not in the crate.
    client: Option<PathBuf>,
    format: Format,
    force: bool,
    /// The diagnostics that the user allows.
    allowed: Vec<Code>,
}

/// The definition that is generated from.
pub(super) struct Definition {
    pub(super) sound: Sound,
    config: Config,
}

/// Runs `dcrf generate`.
pub(super) fn run(args: args::Generate, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Some((job, definition)) = prepared(args.target, args.force, terminal)? else {
        return Ok(Exit::Refused);
    };
    if args.check { job.check(&definition, terminal) } else { job.write(&definition, terminal) }
}

/// Reads the input of a command that generates; returns `None` if the definition has errors, which are reported.
pub(super) fn prepared(
    target: args::Target,
    force: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<Option<(Job, Definition)>> {
    let args::Target { definitions, out, client, allow: allowed, runtime } = target;
    require_apart(&out, client.as_deref())?;
    let runtime = runtime::from_flags(&runtime, &out)?;
    let Some(sound) = compiled(&definitions, terminal)? else { return Ok(None) };
    let config = config(&sound.api, runtime.as_ref(), client.as_deref());
    let job = Job { out, client, format: definitions.format, force, allowed };
    Ok(Some((job, Definition { sound, config })))
}

/// Runs `dcrf check`.
pub(super) fn check_definitions(args: &args::Check, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Some(_sound) = compiled(&args.definitions, terminal)? else { return Ok(Exit::Refused) };
    terminal.progress("Checked", "the definition has no errors");
    Ok(Exit::Done)
}

/// Reads definitions and reports their problems; returns `None` if they cannot be used.
pub(super) fn compiled(args: &args::Definitions, terminal: &mut Terminal) -> anyhow::Result<Option<Sound>> {
    let (problems, sound) = stages::compile(&args.paths, &args.include, args.format);
    problems.tell(args.format, terminal)?;
    if problems.errors > 0 {
        let count = counted(problems.errors, "error");
        terminal.error(&format!("the definition has {count}; run `dcrf explain <code>` for an explanation"));
        return Ok(None);
    }
    Ok(sound)
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Decides which runtime the crate uses: that of the flag, else that of the definition, else this version.
pub(super) fn config(api: &Api, flag: Option<&ir::Runtime>, client: Option<&Path>) -> Config {
    let runtime = flag.or(api.runtime.as_ref()).cloned().unwrap_or_else(runtime::published);
    Config { runtime, client: api.client.is_some() && client.is_none() }
}

/// Refuses one directory for both outputs, because each output has its own list of files.
fn require_apart(out: &Path, client: Option<&Path>) -> anyhow::Result<()> {
    let Some(client) = client else { return Ok(()) };
    let (out, client) = (std::path::absolute(out)?, std::path::absolute(client)?);
    if out == client {
        bail!(
            "--client and --out are the same directory: {}; choose another directory for the client",
            out.display()
        );
    }
    Ok(())
}

impl Definition {
    /// Returns the files of the crate.
    pub(super) fn emit(&self, evolution: &Evolution) -> Plan {
        stages::emit(&self.sound.api, &self.config, evolution)
    }
}

impl Job {
    /// Returns the change from the tables of earlier runs, unless it would lose something, which is reported.
    pub(super) fn evolution(
        &self,
        definition: &Definition,
        previous: &Previous,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Option<Evolution>> {
        let (problems, evolution) = stages::evolve(&definition.sound, previous, &self.allowed, self.format);
        problems.tell(self.format, terminal)?;
        if problems.errors > 0 {
            let count = counted(problems.errors, "problem");
            let from = self.out.join(stages::HISTORY);
            terminal.error(&format!(
                "the migration from the tables in {} to those of the definition has {count}; nothing was written",
                from.display()
            ));
        }
        Ok(evolution)
    }

    /// Returns the files of the crate, unless the tables of earlier runs would lose something, which is reported.
    fn plan(
        &self,
        definition: &Definition,
        former: &BTreeMap<String, String>,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Option<Plan>> {
        let evolution = self.evolution(definition, &stages::previous(former)?, terminal)?;
        Ok(evolution.map(|evolution| definition.emit(&evolution)))
    }

    fn write(&self, definition: &Definition, terminal: &mut Terminal) -> anyhow::Result<Exit> {
        let directory = Directory::open(&self.out)?;
        let former = directory.texts_below(stages::HISTORY)?;
        let Some(plan) = self.plan(definition, &former, terminal)? else { return Ok(Exit::Refused) };
        self.finish(definition, directory, &plan, terminal)
    }

    /// Writes the crate, and then the client if it has its own directory.
    pub(super) fn finish(
        &self,
        definition: &Definition,
        directory: Directory,
        plan: &Plan,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Exit> {
        let written = self.put(&directory, &self.out, plan, terminal)?;
        drop(directory);
        let Some(client) = self.client.as_deref().filter(|_| written == Exit::Done) else {
            return Ok(written);
        };
        self.put(&Directory::open(client)?, client, &stages::emit_client(&definition.sound.api), terminal)
    }

    /// Writes a plan, or reports the files that prevent it.
    fn put(
        &self,
        directory: &Directory,
        root: &Path,
        plan: &Plan,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Exit> {
        match directory.write(plan, self.force) {
            Ok(written) => {
                report::written(&written, root, terminal);
                Ok(Exit::Done)
            }
            Err(OutputError::Refused(refusals)) => {
                report::refusals(&refusals, root, self.format, terminal)?;
                Ok(Exit::Refused)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn check(&self, definition: &Definition, terminal: &mut Terminal) -> anyhow::Result<Exit> {
        let former = match Directory::view(&self.out)? {
            Some(directory) => directory.texts_below(stages::HISTORY)?,
            None => BTreeMap::new(),
        };
        let Some(plan) = self.plan(definition, &former, terminal)? else { return Ok(Exit::Refused) };
        let mut exit = self.show(&plan, &self.out, terminal)?;
        if let Some(client) = &self.client {
            let other = self.show(&stages::emit_client(&definition.sound.api), client, terminal)?;
            exit = if exit == Exit::Done { other } else { exit };
        }
        Ok(exit)
    }

    /// Shows the differences from the plan.
    fn show(&self, plan: &Plan, root: &Path, terminal: &mut Terminal) -> anyhow::Result<Exit> {
        let drifts = output::check(plan, root)?;
        if drifts.is_empty() {
            terminal.progress("Up to date", &root.display().to_string());
            return Ok(Exit::Done);
        }
        report::drift(&drifts, root, self.format, terminal)?;
        Ok(Exit::Drift)
    }
}
