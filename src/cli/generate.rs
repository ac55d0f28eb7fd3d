//! `dcrf generate` and `dcrf check`.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::bail;

use super::{
    args,
    exit::Exit,
    report, runtime,
    stages::{self, Compiled},
    terminal::Terminal,
};
use crate::{
    config::Config,
    ir::{self, Api},
    output::{self, Directory, OutputError},
};

/// What `generate` was told, resolved.
struct Job {
    out: PathBuf,
    format: args::Format,
    force: bool,
    /// What the flags say; it goes before what the definition says.
    runtime: Option<ir::Runtime>,
}

/// `dcrf generate`
pub(super) fn run(args: args::Generate, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    if args.client.is_some() {
        bail!("--client is not supported yet: this version generates no TypeScript");
    }
    let runtime = runtime::from_flags(&args.runtime, &args.out)?;
    let job = Job { out: args.out, format: args.definitions.format, force: args.force, runtime };
    let Some(api) = compiled(&args.definitions, terminal)? else { return Ok(Exit::Refused) };
    if args.check { job.check(&api, terminal) } else { job.write(&api, terminal) }
}

/// `dcrf check`
pub(super) fn check_definitions(args: &args::Check, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Some(_api) = compiled(&args.definitions, terminal)? else { return Ok(Exit::Refused) };
    terminal.progress("Checked", "the definition has no errors");
    Ok(Exit::Done)
}

/// Reads definitions and says what is wrong with them; nothing, if they cannot be used.
pub(super) fn compiled(args: &args::Definitions, terminal: &mut Terminal) -> anyhow::Result<Option<Api>> {
    let Compiled { problems, errors, api } = stages::compile(&args.paths, args.format);
    for problem in &problems {
        match args.format {
            args::Format::Human => terminal.err(problem),
            args::Format::Json | args::Format::Github => terminal.out(problem)?,
        }
    }
    if errors > 0 {
        let count = if errors == 1 { "1 error".to_owned() } else { format!("{errors} errors") };
        terminal.error(&format!("the definition has {count}; `dcrf explain <code>` says more of each"));
        return Ok(None);
    }
    Ok(api)
}

/// Which runtime the crate asks for: the flag, else the definition, else this version.
pub(super) fn config(api: &Api, flag: Option<&ir::Runtime>) -> Config {
    let runtime = flag.or(api.runtime.as_ref()).cloned().unwrap_or_else(runtime::published);
    Config { runtime }
}

impl Job {
    fn write(&self, api: &Api, terminal: &mut Terminal) -> anyhow::Result<Exit> {
        let directory = Directory::open(&self.out)?;
        let plan = stages::emit(api, &config(api, self.runtime.as_ref()), &directory.owned()?)?;
        match directory.write(&plan, self.force) {
            Ok(written) => {
                report::written(&written, &self.out, terminal);
                Ok(Exit::Done)
            }
            Err(OutputError::Refused(refusals)) => {
                report::refusals(&refusals, &self.out, self.format, terminal)?;
                Ok(Exit::Refused)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn check(&self, api: &Api, terminal: &mut Terminal) -> anyhow::Result<Exit> {
        let former = match Directory::view(&self.out)? {
            Some(directory) => directory.owned()?,
            None => BTreeMap::new(),
        };
        let plan = stages::emit(api, &config(api, self.runtime.as_ref()), &former)?;
        let drifts = output::check(&plan, &self.out)?;
        if drifts.is_empty() {
            terminal.progress("Up to date", &self.out.display().to_string());
            return Ok(Exit::Done);
        }
        report::drift(&drifts, &self.out, self.format, terminal)?;
        Ok(Exit::Drift)
    }
}
