//! The exact text of every diagnostic.
//!
//! A case is `tests/ui/<code>/`, or a directory in it, with `definitions.json` (and `definitions.*.json`, given
//! together with it) and the rendering in `stderr.txt`. Where there is a `before.json`, its tables are those of an
//! earlier run; of several (`before.2.json`) each goes on from the one before. `BLESS=1` rewrites the renderings, unless
//! `CI` is set.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dcrf::config::Config;
use dcrf::diag::{Code, Diagnostics, Sink, render};
use dcrf::emit::emit;
use dcrf::evolve::{ANSWERABLE, Previous, evolve};
use dcrf::ir::Runtime;
use dcrf::source::SourceMap;
use dcrf::syntax::{DiskLoader, Loader, MAX_BYTES};
use dcrf::{Compiled, compile};

/// Where the cases are.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui")
}

/// Every directory under `tests/ui` that holds a case, sorted.
pub(crate) fn cases() -> Vec<PathBuf> {
    let mut cases = Vec::new();
    for code in directories(&root()) {
        let inner = directories(&code);
        cases.extend([code].into_iter().chain(inner).filter(|dir| dir.join("definitions.json").exists()));
    }
    cases
}

fn directories(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("the directory of the cases can be read");
    let mut directories: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.is_dir())
        .collect();
    directories.sort();
    directories
}

/// The files of a case that are given; others are reached by `$ref`.
fn given(case: &Path) -> Vec<PathBuf> {
    named(case, "definitions.")
}

fn named(case: &Path, start: &str) -> Vec<PathBuf> {
    let mut given: Vec<PathBuf> = fs::read_dir(case)
        .expect("a case can be read")
        .map(|entry| PathBuf::from(entry.expect("an entry can be read").file_name()))
        .filter(|name| name.to_string_lossy().starts_with(start) && name.extension() == Some("json".as_ref()))
        .collect();
    given.sort_by_key(|name| (name.to_string_lossy().len(), name.clone()));
    given
}

/// Reads the files of a case under their bare names, so that renderings are the same everywhere.
struct CaseLoader<'a>(&'a Path);

impl Loader for CaseLoader<'_> {
    fn load(&self, path: &Path) -> io::Result<Vec<u8>> {
        DiskLoader::new(&[], &[self.0.to_path_buf()]).load(&self.0.join(path))
    }
}

/// Gives the same bytes whatever is asked for.
struct BytesLoader(Vec<u8>);

impl Loader for BytesLoader {
    fn load(&self, _: &Path) -> io::Result<Vec<u8>> {
        Ok(self.0.clone())
    }
}

pub(crate) fn compile_case(case: &Path) -> Compiled {
    compile(&given(case), &CaseLoader(case))
}

pub(crate) fn rendered(compiled: &Compiled) -> String {
    shown(&compiled.diagnostics, &compiled.sources)
}

fn shown(diagnostics: &Diagnostics, sources: &SourceMap) -> String {
    let renderings: Vec<String> =
        diagnostics.iter().map(|diagnostic| render::human(diagnostic, sources, false)).collect();
    renderings.join("\n")
}

/// What is found when the tables of earlier runs are held against the definition; none without earlier runs.
fn evolved(case: &Path, compiled: &Compiled) -> Option<Diagnostics> {
    let before = named(case, "before.");
    let (api, places) = (compiled.api.as_ref()?, compiled.places.as_ref()?);
    let mut previous = None;
    for file in before {
        let before = compile(&[file], &CaseLoader(case));
        let (api, places) = before.api.zip(before.places).expect("what was generated before has no errors");
        let sink = Sink::new();
        let former = previous.unwrap_or_default();
        let evolution = evolve(&api, &places, &former, &ANSWERABLE, &sink).expect("everything is allowed");
        let config = Config { runtime: Runtime::Version("0.1.0".to_owned()), client: false };
        let files = emit(&api, &config, &evolution).files;
        previous = Some(Previous::read(&files).expect("what was generated can be read"));
    }
    let sink = Sink::new();
    let evolution = evolve(api, places, &previous?, &[], &sink);
    let found = sink.finish();
    assert_eq!(evolution.is_some(), !found.has_errors(), "{}", case.display());
    Some(found)
}

/// Compares a text with a golden file; `BLESS=1` rewrites it, unless `CI` is set.
pub(crate) fn check_golden(path: &Path, text: &str) -> Result<(), String> {
    let golden = fs::read_to_string(path).unwrap_or_default();
    if golden == text {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some() && std::env::var_os("CI").is_none() {
        fs::write(path, text).expect("a golden file can be written");
        return Ok(());
    }
    Err(format!("{} differs (BLESS=1 rewrites it)\n--- golden\n{golden}\n--- now\n{text}", path.display()))
}

#[test]
fn every_diagnostic_reads_as_it_should() {
    let mut wrong = Vec::new();
    for case in cases() {
        let compiled = compile_case(&case);
        let evolved = evolved(&case, &compiled);
        let found = evolved.as_ref().unwrap_or(&compiled.diagnostics);
        let code = case.strip_prefix(root()).expect("a case is under the root").components().next();
        let code = code.expect("a case has a name").as_os_str().to_string_lossy().into_owned();
        if !found.iter().any(|diagnostic| diagnostic.code.as_str() == code) {
            wrong.push(format!("{} does not show its code", case.display()));
        }
        assert_eq!(compiled.api.is_some(), !compiled.diagnostics.has_errors(), "{}", case.display());
        wrong.extend(check_golden(&case.join("stderr.txt"), &shown(found, &compiled.sources)).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Inputs that no repository should hold: made here.
#[test]
fn odd_bytes_are_diagnosed() {
    let mut deep = "[".repeat(100_000).into_bytes();
    deep.extend("]".repeat(100_000).bytes());
    let inputs: [(&str, Vec<u8>); 5] = [
        ("byte-order-mark", b"\xef\xbb\xbf{\"name\": \"blog\"}\n".to_vec()),
        ("empty-file", b" \n".to_vec()),
        ("invalid-utf8", b"{\n  \"name\": \"bl\xf6g\"\n}\n".to_vec()),
        ("too-deep", deep),
        ("too-large", vec![b' '; MAX_BYTES + 1]),
    ];
    let mut wrong = Vec::new();
    for (code, bytes) in inputs {
        let compiled = compile(&[PathBuf::from("definitions.json")], &BytesLoader(bytes));
        let codes: Vec<&str> =
            compiled.diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
        assert_eq!(codes, [code]);
        wrong.extend(check_golden(&root().join(code).join("stderr.txt"), &rendered(&compiled)).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_missing_file_is_diagnosed() {
    let compiled = compile(&[PathBuf::from("missing.json")], &CaseLoader(&root()));
    let expected =
        "error[unreadable-file]: cannot read `missing.json`: there is no such file\n--> missing.json\n";
    assert_eq!(rendered(&compiled), expected);
}

#[test]
fn nesting_up_to_the_limit_is_read() {
    let schema = |levels: usize| {
        let open = "{\"type\": \"array\", \"items\": ".repeat(levels);
        let close = "}".repeat(levels);
        format!("{{\"name\": \"deep\", \"$defs\": {{\"Deep\": {open}{{\"type\": \"string\"}}{close}}}}}")
    };
    let compiled = compile(&[PathBuf::from("a.json")], &BytesLoader(schema(120).into_bytes()));
    assert_eq!(rendered(&compiled), "");
    let permissions = format!("{}\"A\"{}", "{\"not\": ".repeat(120), "}".repeat(120));
    let text =
        format!("{{\"name\": \"a\", \"consumers\": {{\"B\": {{\"permission_classes\": [{permissions}]}}}}}}");
    let compiled = compile(&[PathBuf::from("a.json")], &BytesLoader(text.into_bytes()));
    assert_eq!(rendered(&compiled), "");
}

#[test]
fn every_code_has_a_case_and_a_page() {
    let cases: BTreeSet<String> = directories(&root())
        .into_iter()
        .map(|dir| dir.file_name().expect("a case has a name").to_string_lossy().into_owned())
        .collect();
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.to_string()).collect();
    assert_eq!(cases, codes);
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diagnostics");
    let pages: BTreeSet<String> = fs::read_dir(pages)
        .expect("the pages can be read")
        .map(|entry| entry.expect("an entry can be read").path())
        .map(|path| path.file_stem().expect("a page has a name").to_string_lossy().into_owned())
        .collect();
    assert_eq!(pages, codes);
    for code in Code::ALL {
        assert_eq!(code.as_str().parse(), Ok(*code));
        let page = code.explanation();
        assert!(page.starts_with(&format!("# `{code}`\n")) && page.lines().count() > 5, "the page of {code}");
    }
}
