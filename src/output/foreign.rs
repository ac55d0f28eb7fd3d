//! Files that were not generated, but are used together with the generated ones: Cargo finds some by their paths,
//! modules are files, and a bundler includes what is imported.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{
    error::OutputError,
    path::OwnedPath,
    tree::{self, Found},
};

/// The folders in which Cargo looks for targets.
const TARGETS: [&str; 3] = ["benches", "examples", "tests"];

/// The files that Cargo obeys beside `Cargo.toml`.
const OBEYED: [&str; 3] = ["build.rs", ".cargo/config.toml", ".cargo/config"];

/// The endings of files that are compiled, imported or applied.
const ENDINGS: [&str; 8] = [".rs", ".sql", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs"];

/// Returns the files that are used and not planned.
pub(super) fn files(planned: &BTreeMap<OwnedPath, &str>, root: &Path) -> Result<Vec<OwnedPath>, OutputError> {
    let mut folders: BTreeSet<OwnedPath> = planned.keys().filter_map(sources).collect();
    let mut found = BTreeSet::new();
    if planned.keys().any(|path| path.as_str() == "Cargo.toml") {
        for path in OBEYED {
            let path = OwnedPath::parse(path)?;
            if matches!(tree::look(root, &path)?, Found::File(_) | Found::Link(_)) {
                found.insert(path);
            }
        }
        for folder in TARGETS {
            folders.insert(OwnedPath::parse(folder)?);
        }
    }
    for folder in &folders {
        found.extend(tree::files_below(root, folder)?);
    }
    let takes_part = |path: &OwnedPath| {
        let is_obeyed = OBEYED.contains(&path.as_str());
        is_obeyed || ENDINGS.iter().any(|ending| path.as_str().ends_with(ending))
    };
    Ok(found.into_iter().filter(|path| takes_part(path) && !planned.contains_key(path)).collect())
}

/// Returns the folder of sources that a planned file lies in: `src`, `client/src`.
fn sources(path: &OwnedPath) -> Option<OwnedPath> {
    path.parents().find(|parent| parent.as_str() == "src" || parent.as_str().ends_with("/src"))
}
