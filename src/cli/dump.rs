//! `dcrf dump`

use std::{fmt::Debug, path::Path};

use super::{
    args::{self, Stage},
    exit::Exit,
    generate, runtime, stages,
    terminal::Terminal,
};
use crate::ir::{Api, Name};

/// Prints the output of a stage.
pub(super) fn run(args: &args::Dump, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let name = args.name.as_deref();
    // A definition that cannot be resolved can still be shown as written.
    let api = generate::compiled(&args.definitions, terminal)?.map(|sound| sound.api);
    let text = match (args.stage, &api) {
        (Stage::Ast, _) => stages::dump_ast(&args.definitions.paths, &args.definitions.include),
        (_, None) => return Ok(Exit::Refused),
        (Stage::Ir, Some(api)) => nodes(api, name),
        (Stage::Rust, Some(api)) => {
            let flag = runtime::from_flags(&args.runtime, Path::new("."))?;
            files(api, &generate::config(api, flag.as_ref(), None), name)
        }
    };
    terminal.out(&text)?;
    Ok(if api.is_some() { Exit::Done } else { Exit::Refused })
}

/// Returns the resolved program, or only its nodes that have the name.
fn nodes(api: &Api, name: Option<&str>) -> String {
    let Some(name) = name else { return format!("{api:#?}\n") };
    let wanted = Name::parse(name).snake();
    let mut text = String::new();
    let mut add = |node: &dyn Debug, name: &Name| {
        if name.snake().contains(&wanted) {
            text.push_str(&format!("{node:#?}\n"));
        }
    };
    api.models.iter().for_each(|(_, node)| add(node, &node.name));
    api.objects.iter().for_each(|(_, node)| add(node, &node.name));
    api.enums.iter().for_each(|(_, node)| add(node, &node.name));
    api.unions.iter().for_each(|(_, node)| add(node, &node.name));
    api.serializers.iter().for_each(|(_, node)| add(node, &node.name));
    api.consumers.iter().for_each(|(_, node)| add(node, &node.name));
    text
}

/// Returns the Rust files, or only those whose path contains the name, each under a line with its path.
fn files(api: &Api, config: &crate::config::Config, name: Option<&str>) -> String {
    let plan = stages::emit(api, config, &stages::evolve_from_nothing(api));
    let wanted = name.map(|name| Name::parse(name).snake()).unwrap_or_default();
    let rust = plan.files.iter().filter(|(path, _)| path.ends_with(".rs") && path.contains(&wanted));
    rust.map(|(path, text)| format!("// {path}\n{text}\n")).collect()
}
