//! `dcrf new`

use std::{fs, path::Path};

use anyhow::{Context as _, bail};

use super::{args, exit::Exit, generate, problems::Format, runtime, stages, terminal::Terminal};
use crate::{
    ir::Runtime,
    new::{self, Project},
    output::{self, Directory},
};

/// Makes a project beside its final directory and moves it there once it is complete.
pub(super) fn run(args: args::New, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let name = args
        .path
        .file_name()
        .and_then(|name| name.to_str())
        .context("the path of a project must end in its name")?;
    if let Err(error) = new::check_name(name) {
        bail!("{error}");
    }
    require_free(&args.path)?;
    let project =
        Project { name: name.to_owned(), app: source(&args, "")?, generated: source(&args, "generated")? };

    let parent = match args.path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let staging = tempfile::Builder::new().prefix(".dcrf-new-").tempdir_in(parent);
    let staging = staging.with_context(|| format!("cannot write to {}", parent.display()))?;
    let root = staging.path().join(name);
    fill(&project, &root, terminal)?;
    settle(&root, &args.path)?;
    let path = args.path.display();
    terminal.progress("Created", &format!("{path} (cd {path} && cargo run)"));
    if let (Runtime::Path(runtime), None) = (&project.app, &args.runtime.runtime_path) {
        terminal.warning(&format!(
            "the project names the directory {runtime}, in Cargo.toml and in the CI workflow: another machine needs it at \
             the same place; --runtime-git and --runtime-version name what every machine can get"
        ));
    }
    Ok(Exit::Done)
}

/// Refuses a directory that contains anything, because that may be the user's; an empty one is accepted.
fn require_free(path: &Path) -> anyhow::Result<()> {
    match fs::read_dir(path).map(Iterator::count) {
        Ok(0) => Ok(()),
        Ok(_) => bail!("{} exists and is not empty", path.display()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => {
            Err(error).with_context(|| format!("{} exists and cannot be read as a directory", path.display()))
        }
    }
}

/// Returns the runtime for a crate in a directory of the project: that of the flag, else that of the checkout, else the
/// published one.
fn source(args: &args::New, directory: &str) -> anyhow::Result<Runtime> {
    let directory = args.path.join(directory);
    if let Some(runtime) = runtime::from_flags(&args.runtime, &directory)? {
        return Ok(runtime);
    }
    match runtime::of_checkout() {
        // The path is relative, so that a project beside the checkout can be moved together with it.
        Some(checkout) => runtime::at(&runtime::relative(&checkout, &directory)?),
        None => Ok(runtime::published()),
    }
}

fn fill(project: &Project, root: &Path, terminal: &mut Terminal) -> anyhow::Result<()> {
    output::write_absent(&new::plan(project, &stages::meta_schema()), root)?;
    let definition = root.join(format!("{}.json", project.name));
    let definitions =
        args::Definitions { paths: vec![definition], include: Vec::new(), format: Format::Human };
    let sound = generate::compiled(&definitions, terminal)?;
    let api = sound.expect("invariant: the definition of a new project has no errors").api;
    let evolution = stages::evolve_from_nothing(&api);
    let plan = stages::emit(&api, &generate::config(&api, None, None), &evolution);
    Directory::open(&root.join("generated"))?.write(&plan, false)?;
    Ok(())
}

fn settle(root: &Path, path: &Path) -> anyhow::Result<()> {
    if path.is_dir() {
        fs::remove_dir(path).with_context(|| format!("cannot replace {}", path.display()))?;
    }
    fs::rename(root, path).with_context(|| format!("cannot create {}", path.display()))
}
