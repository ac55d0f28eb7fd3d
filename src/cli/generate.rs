//! `dcrf generate` and `dcrf check`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

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
    output::{self, Directory, OutputError, Plan},
};

/// What `generate` was told, resolved.
struct Job {
    out: PathBuf,
    /// Where the TypeScript client goes, if not into the crate.
    client: Option<PathBuf>,
    format: args::Format,
    force: bool,
    /// What the flags say; it goes before what the definition says.
    runtime: Option<ir::Runtime>,
}

/// `dcrf generate`
pub(super) fn run(args: args::Generate, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    require_apart(&args.out, args.client.as_deref())?;
    let runtime = runtime::from_flags(&args.runtime, &args.out)?;
    let job = Job {
        out: args.out,
        client: args.client,
        format: args.definitions.format,
        force: args.force,
        runtime,
    };
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
pub(super) fn config(api: &Api, flag: Option<&ir::Runtime>, client: Option<&Path>) -> Config {
    let runtime = flag.or(api.runtime.as_ref()).cloned().unwrap_or_else(runtime::published);
    Config { runtime, client: api.client.is_some() && client.is_none() }
}

/// Two outputs have two lists of files: one inside the other would be taken for somebody else's.
fn require_apart(out: &Path, client: Option<&Path>) -> anyhow::Result<()> {
    let Some(client) = client else { return Ok(()) };
    let (out, client) = (std::path::absolute(out)?, std::path::absolute(client)?);
    if out == client {
        bail!("--client and --out are the same directory: {}", out.display());
    }
    Ok(())
}

impl Job {
    fn write(&self, api: &Api, terminal: &mut Terminal) -> anyhow::Result<Exit> {
        let directory = Directory::open(&self.out)?;
        let config = config(api, self.runtime.as_ref(), self.client.as_deref());
        let plan = stages::emit(api, &config, &directory.owned()?)?;
        let written = self.put(&directory, &plan, &self.out, terminal)?;
        drop(directory);
        let Some(client) = self.client.as_deref().filter(|_| written == Exit::Done) else {
            return Ok(written);
        };
        self.put(&Directory::open(client)?, &stages::emit_client(api), client, terminal)
    }

    /// Writes a plan, or says what is in its way.
    fn put(&self, to: &Directory, plan: &Plan, root: &Path, terminal: &mut Terminal) -> anyhow::Result<Exit> {
        match to.write(plan, self.force) {
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

    fn check(&self, api: &Api, terminal: &mut Terminal) -> anyhow::Result<Exit> {
        let former = match Directory::view(&self.out)? {
            Some(directory) => directory.owned()?,
            None => BTreeMap::new(),
        };
        let config = config(api, self.runtime.as_ref(), self.client.as_deref());
        let plan = stages::emit(api, &config, &former)?;
        let mut exit = self.compare(&plan, &self.out, terminal)?;
        if let Some(client) = &self.client {
            let other = self.compare(&stages::emit_client(api), client, terminal)?;
            exit = if exit == Exit::Done { other } else { exit };
        }
        Ok(exit)
    }

    /// Shows what is not as planned.
    fn compare(&self, plan: &Plan, root: &Path, terminal: &mut Terminal) -> anyhow::Result<Exit> {
        let drifts = output::check(plan, root)?;
        if drifts.is_empty() {
            terminal.progress("Up to date", &root.display().to_string());
            return Ok(Exit::Done);
        }
        report::drift(&drifts, root, self.format, terminal)?;
        Ok(Exit::Drift)
    }
}
