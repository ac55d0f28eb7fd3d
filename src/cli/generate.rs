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
    output::{self, Directory, Drift, OutputError, Plan, Written},
    source::SourceMap,
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

/// What is to be generated.
struct Definition {
    api: Api,
    config: Config,
    /// A digest of all that its files are made from.
    inputs: String,
}

impl Definition {
    /// The crate. `former` holds what the generator owns in the output now.
    fn emit(&self, former: &BTreeMap<String, String>) -> anyhow::Result<Plan> {
        let plan = stages::emit(&self.api, &self.config, former)?;
        Ok(Plan { inputs: self.inputs.clone(), ..plan })
    }

    /// The client in a directory of its own.
    fn emit_client(&self) -> Plan {
        Plan { inputs: self.inputs.clone(), ..stages::emit_client(&self.api) }
    }
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
    let Some((api, sources)) = compiled(&args.definitions, terminal)? else { return Ok(Exit::Refused) };
    let config = config(&api, job.runtime.as_ref(), job.client.as_deref());
    let inputs = stages::inputs(&sources, &config);
    let definition = Definition { api, config, inputs };
    if args.check { job.check(&definition, terminal) } else { job.write(&definition, terminal) }
}

/// `dcrf check`
pub(super) fn check_definitions(args: &args::Check, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Some(_api) = compiled(&args.definitions, terminal)? else { return Ok(Exit::Refused) };
    terminal.progress("Checked", "the definition has no errors");
    Ok(Exit::Done)
}

/// Reads definitions and says what is wrong with them; nothing, if they cannot be used.
pub(super) fn compiled(
    args: &args::Definitions,
    terminal: &mut Terminal,
) -> anyhow::Result<Option<(Api, SourceMap)>> {
    let Compiled { problems, errors, api, sources } = stages::compile(&args.paths, args.format);
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
    Ok(api.map(|api| (api, sources)))
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
    fn write(&self, definition: &Definition, terminal: &mut Terminal) -> anyhow::Result<Exit> {
        let plan = |directory: &Directory| definition.emit(&directory.owned()?);
        let written = self.put(&self.out, definition, plan, terminal)?;
        let Some(client) = self.client.as_deref().filter(|_| written == Exit::Done) else {
            return Ok(written);
        };
        self.put(client, definition, |_| Ok(definition.emit_client()), terminal)
    }

    /// Writes a plan, or says what is in its way. What is there as it was made from the same is not planned again.
    fn put(
        &self,
        root: &Path,
        definition: &Definition,
        plan: impl FnOnce(&Directory) -> anyhow::Result<Plan>,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Exit> {
        let directory = Directory::open(root)?;
        if !self.force
            && let Some(unchanged) = directory.is_made_from(&definition.inputs)?
        {
            report::written(&Written { unchanged, ..Written::default() }, root, terminal);
            return Ok(Exit::Done);
        }
        match directory.write(&plan(&directory)?, self.force) {
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
        let found = drifts(&self.out, definition, |former| definition.emit(former))?;
        let mut exit = self.show(&found, &self.out, terminal)?;
        if let Some(client) = &self.client {
            let found = drifts(client, definition, |_| Ok(definition.emit_client()))?;
            let other = self.show(&found, client, terminal)?;
            exit = if exit == Exit::Done { other } else { exit };
        }
        Ok(exit)
    }

    /// Shows what is not as planned.
    fn show(&self, drifts: &[Drift], root: &Path, terminal: &mut Terminal) -> anyhow::Result<Exit> {
        if drifts.is_empty() {
            terminal.progress("Up to date", &root.display().to_string());
            return Ok(Exit::Done);
        }
        report::drift(drifts, root, self.format, terminal)?;
        Ok(Exit::Drift)
    }
}

/// What is not as planned; `plan` is given what the generator owns in the output now.
fn drifts(
    root: &Path,
    definition: &Definition,
    plan: impl FnOnce(&BTreeMap<String, String>) -> anyhow::Result<Plan>,
) -> anyhow::Result<Vec<Drift>> {
    let former = match Directory::view(root)? {
        Some(directory) if directory.is_made_from(&definition.inputs)?.is_some() => return Ok(Vec::new()),
        Some(directory) => directory.owned()?,
        None => BTreeMap::new(),
    };
    Ok(output::check(&plan(&former)?, root)?)
}
