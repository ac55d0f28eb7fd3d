//! `tests/golden/<feature>/definitions.json` and, byte for byte, the crate that it becomes in `out/`.
//!
//! `BLESS=1 cargo test` writes `out/` anew; the test still fails then if it changed anything, and with `CI` set it
//! never writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dcrf::config::Config;
use dcrf::diag::Sink;
use dcrf::emit::emit;
use dcrf::evolve::{Evolution, Previous, evolve};
use dcrf::ir::{Api, Runtime};
use dcrf::output::Plan;

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every case, sorted.
pub fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("tests/golden")).expect("tests/golden is there");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    cases.sort();
    assert!(cases.len() >= 10, "the cases are gone");
    cases
}

/// What a case becomes in an empty folder.
pub fn plan(case: &Path) -> Plan {
    let path = case.join("definitions.json");
    let loader = dcrf::syntax::DiskLoader::new(std::slice::from_ref(&path), &[]);
    let compiled = dcrf::compile(&[path], &loader);
    let render = |diagnostic| dcrf::diag::render::human(diagnostic, &compiled.sources, false);
    let rendered: String = compiled.diagnostics.iter().map(render).collect();
    let api = compiled.api.unwrap_or_else(|| panic!("{} has errors:\n{rendered}", case.display()));
    emitted(&api, &Evolution::of_nothing(&api))
}

/// With the published runtime.
fn emitted(api: &Api, evolution: &Evolution) -> Plan {
    let config = Config { runtime: Runtime::Version("0.1.0".to_owned()), client: api.client.is_some() };
    let mut plan = emit(api, &config, evolution);
    // What is the same for every definition is not shown again.
    let is_copied = |path: &str| {
        path.starts_with("client/src/core/")
            || path.starts_with("client/src/validate/")
            || path == "client/src/react.ts"
    };
    plan.files.retain(|path, _| !is_copied(path));
    plan
}

fn committed(out: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![out.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(out).expect("below").to_str().expect("UTF-8").replace('\\', "/");
                files.insert(name, fs::read_to_string(&path).expect("UTF-8"));
            }
        }
    }
    files
}

#[test]
fn output_is_as_committed() {
    let bless = std::env::var_os("BLESS").is_some() && std::env::var_os("CI").is_none();
    let mut drift = Vec::new();
    for case in cases() {
        let out = case.join("out");
        let (wanted, found) = (plan(&case).files, committed(&out));
        for path in wanted.keys().chain(found.keys()).collect::<std::collections::BTreeSet<_>>() {
            let (new, old) = (wanted.get(path), found.get(path));
            if new == old {
                continue;
            }
            drift.push(format!("{}/{path}", out.display()));
            if !bless {
                let diff = similar::TextDiff::from_lines(old.map_or("", |t| t), new.map_or("", |t| t));
                println!("{}", diff.unified_diff().header(path, path));
            } else if let Some(text) = new {
                let file = out.join(path);
                fs::create_dir_all(file.parent().expect("in a folder")).expect("writable");
                fs::write(file, text).expect("writable");
            } else {
                fs::remove_file(out.join(path)).expect("removable");
            }
        }
    }
    assert!(drift.is_empty(), "these differ (BLESS=1 writes them):\n{}", drift.join("\n"));
}

#[test]
fn the_same_definition_gives_the_same_bytes() {
    for case in cases() {
        assert_eq!(plan(&case), plan(&case), "{}", case.display());
    }
}

#[test]
fn a_second_run_on_its_own_output_changes_nothing() {
    for case in cases() {
        let first = plan(&case);
        let previous = Previous::read(&first.files).expect("readable");
        let paths = [case.join("definitions.json")];
        let compiled = dcrf::compile(&paths, &dcrf::syntax::DiskLoader::new(&paths, &[]));
        let (api, places) = compiled.api.zip(compiled.places).expect("valid");
        let evolution = evolve(&api, &places, &previous, &[], &Sink::new()).expect("nothing is refused");
        let second = emitted(&api, &evolution);
        assert_eq!(first, second, "{}", case.display());
    }
}
