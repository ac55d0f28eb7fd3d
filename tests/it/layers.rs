//! The direction of imports: every `use crate::…` in `src` must be an edge of this table (`docs/architecture.md`).

use std::fs;
use std::path::{Path, PathBuf};

/// What each layer may import. `lib` is the files of the crate's root.
const EDGES: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("escape", &[]),
    ("identifier", &[]),
    ("diag", &["escape", "source"]),
    ("syntax", &["diag", "source"]),
    ("ast", &["diag", "source", "syntax"]),
    ("schema", &["ast"]),
    ("ir", &["source"]),
    ("resolve", &["ast", "diag", "escape", "identifier", "ir", "source", "syntax"]),
    ("compile", &["ast", "diag", "ir", "resolve", "source", "syntax"]),
    ("config", &["ir"]),
    ("evolve", &["diag", "escape", "identifier", "ir", "resolve", "source"]),
    ("emit", &["config", "escape", "evolve", "ir", "output"]),
    ("emit::rust", &["config", "emit", "escape", "ir", "output"]),
    ("emit::sql", &["config", "emit", "escape", "evolve", "ir", "output"]),
    ("emit::ts", &["config", "emit", "escape", "ir", "output"]),
    ("output", &["config"]),
    (
        "cli",
        &[
            "ast", "compile", "config", "diag", "emit", "evolve", "ir", "new", "output", "resolve", "schema",
            "source", "syntax",
        ],
    ),
    ("new", &["escape", "ir", "output"]),
];

#[test]
fn imports_go_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in rust_files(&src) {
        let path = file.strip_prefix(&src).expect("a source is under src").with_extension("");
        let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let layer = match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["lib" | "main"] => continue,
            ["emit", sub @ ("rust" | "sql" | "ts"), ..] => format!("emit::{sub}"),
            [first, ..] => (*first).to_owned(),
            [] => continue,
        };
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == layer) else {
            wrong.push(format!("{}: the layer `{layer}` is not in the table", file.display()));
            continue;
        };
        let text = fs::read_to_string(&file).expect("a source can be read");
        for target in imports(&text) {
            let own =
                target == layer || layer.split("::").next() == Some(target.as_str()) && layer.contains("::");
            if !own && !allowed.contains(&target.as_str()) {
                wrong.push(format!("{}: `{layer}` must not import `{target}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).expect("src can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension() == Some("rs".as_ref()) {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The layers that a text names as `crate::layer`, or inside `crate::{…}`; comments are left out.
fn imports(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // A text, such as the path of a module in generated code, is no import.
        if code[..at].ends_with('"') {
            continue;
        }
        // `dcrf::` and the like end in other letters; `$crate::` is the same crate.
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(top_level_names(group)),
            None => found.push(leading_name(rest)),
        }
    }
    found.retain(|name| name.chars().next().is_some_and(char::is_lowercase));
    found.sort();
    found.dedup();
    found
}

fn leading_name(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The names that open each item of a `{…}` group.
fn top_level_names(group: &str) -> Vec<String> {
    let mut depth = 0usize;
    let mut item = String::new();
    let mut names = Vec::new();
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(leading_name(std::mem::take(&mut item).trim())),
            _ => {}
        }
        if depth == 0 && c != ',' {
            item.push(c);
        }
    }
    names.push(leading_name(item.trim()));
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn groups_are_read() {
    let text = "use crate::{ast, diag::{Code, Sink},\n ir};\nuse crate::source::Span;\n// use crate::emit;";
    assert_eq!(imports(text), ["ast", "diag", "ir", "source"]);
}
