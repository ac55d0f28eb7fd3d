//! `dcrf scaffold`

use super::{args, exit::Exit, generate, report, stages, terminal::Terminal};
use crate::output;

/// Writes the files of the application that do not exist yet.
pub(super) fn run(args: &args::Scaffold, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Some(sound) = generate::compiled(&args.definitions, terminal)? else { return Ok(Exit::Refused) };
    let written = output::write_absent(&stages::scaffold(&sound.api), &args.app)?;
    report::written(&written, &args.app, terminal);
    Ok(Exit::Done)
}
