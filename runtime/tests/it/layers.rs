//! The layers of the runtime: a file imports only what stands below its layer, and no files import each other in a
//! circle.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::imports::{Import, circles, imports, told};

/// The layers, from the lowest to the highest: the folders of `src` in each. Folders of one layer do not import each other.
const LAYERS: &[&[&str]] = &[
    &["ground"],
    &["schema"],
    &["files"],
    &["wire", "condition"],
    &["change"],
    &["db"],
    &["store"],
    &["app"],
    &["feed"],
    &["actions"],
    &["socket"],
    &["server"],
];

/// The files of the crate's root: they may import anything, and no layer imports them.
const ROOT: &[&str] = &["lib.rs", "codegen.rs", "codegen/written.rs", "fuzz.rs", "test.rs"];

/// Files that may import each other. A consumer is asked with the context of a request, and the context knows the
/// consumers, which ask each other for their rules. Macros name what they call by the path that generated code has it by,
/// which is that of the module above.
const PAIRS: &[[&str; 2]] = &[["app/context.rs", "app/dispatch.rs"], ["codegen.rs", "codegen/written.rs"]];

#[test]
fn imports_go_down() {
    let mut wrong = BTreeSet::new();
    for Import { from, path, to } in imports(&src()) {
        if ROOT.contains(&from.as_str()) {
            continue;
        }
        let told = path.join("::");
        match (floor(&from), floor(&to)) {
            (Some(_), Some(_)) if folder(&from) == folder(&to) => {}
            (Some(own), Some(other)) if own > other => {}
            (None, _) => drop(wrong.insert(format!("{from} is in no layer"))),
            _ => drop(wrong.insert(format!("{from} must not import {told}, which is in {to}"))),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// A `mod.rs` counts as a file: it passes on what its folder has, and may call it, but nothing in the folder imports from
/// it.
#[test]
fn no_files_import_each_other_in_a_circle() {
    let imports = imports(&src());
    let circles: Vec<_> =
        circles(&imports).into_iter().filter(|circle| !PAIRS.iter().any(|pair| circle == pair)).collect();
    assert!(circles.is_empty(), "{}", told(&circles, &imports));
}

/// A pair that no longer is one, or an empty layer, has no place in the tables.
#[test]
fn the_tables_are_about_what_is_there() {
    let circles = circles(&imports(&src()));
    for pair in PAIRS {
        assert!(circles.iter().any(|circle| circle == pair), "{pair:?} do not import each other");
    }
    for name in LAYERS.concat().iter().chain(ROOT) {
        assert!(src().join(name).exists(), "there is no {name}");
    }
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The first folder of a file; none: it is of the crate's root.
fn folder(file: &str) -> Option<&str> {
    file.split_once('/').map(|(folder, _)| folder)
}

/// The layer that a file is in, counted from below.
fn floor(file: &str) -> Option<usize> {
    let folder = folder(file)?;
    LAYERS.iter().position(|layer| layer.contains(&folder))
}
