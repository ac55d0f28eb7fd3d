//! The direction of imports: every import between the folders of `src` must be an edge of this table, and no files import
//! each other in a circle (`docs/architecture.md`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::imports::{Import, between, circles, imports, told};

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
    let imports = imports(&src());
    let mut wrong = BTreeSet::new();
    for Import { from, path, to } in &imports {
        let Some(layer) = layer(from) else { continue };
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == layer) else {
            wrong.insert(format!("{from}: the layer `{layer}` is not in the table"));
            continue;
        };
        // By the name that was written, whoever has what it passes on.
        let named = path.first().filter(|name| name.starts_with(char::is_lowercase));
        let target = named.cloned().or_else(|| self::layer(to)).unwrap_or_default();
        let own = layer.split("::").next() == Some(target.as_str());
        if !own && !allowed.contains(&target.as_str()) {
            wrong.insert(format!("{from}: `{layer}` must not import `{}`", path.join("::")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// No two files of `src` lead to each other by what they import: each can be read and changed knowing only what is below
/// it. A `mod.rs` counts as a file: it passes on what its folder has, and may call it, but nothing in the folder imports
/// from it.
#[test]
fn no_files_import_each_other_in_a_circle() {
    let imports = imports(&src());
    let circles = circles(&imports);
    assert!(circles.is_empty(), "{}", told(&circles, &imports));
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The layer that a file is of; none: it is the crate's root.
fn layer(file: &str) -> Option<String> {
    let parts: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    match parts.as_slice() {
        ["lib" | "main"] | [] => None,
        ["emit", sub @ ("rust" | "sql" | "ts"), ..] => Some(format!("emit::{sub}")),
        [first, ..] => Some((*first).to_owned()),
    }
}

fn made_up(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn a_circle_is_found_behind_a_re_export() {
    let files = [
        ("lib.rs", "pub mod a;\npub mod b;\npub mod free;"),
        (
            "a/mod.rs",
            "mod inner;\npub mod outer;\npub use inner::{Deep as Found, Other};\nuse crate::free::Free;",
        ),
        ("a/inner.rs", "use crate::b::{self, in_b};\npub struct Deep;\nfn f() -> b::Type { in_b() }"),
        ("a/outer.rs", "use super::Found;"),
        (
            "b.rs",
            "use crate::a::Found;\npub fn in_b() {}\n#[cfg(test)]\nmod tests { use crate::free::Free; }",
        ),
        ("free.rs", "use crate::a::outer;\n/* use crate::b; */ const TEXT: &str = \"crate::b::Type\";"),
    ];
    let imports = between(&made_up(&files));
    let circles = circles(&imports);
    assert_eq!(circles, [["a/inner.rs", "b.rs"]]);
    let told = told(&circles, &imports);
    assert!(told.contains("in a circle: a/inner.rs, b.rs\n"), "{told}");
    assert!(told.contains("    b.rs has a::Found from a/inner.rs\n"), "{told}");
}

#[test]
fn a_module_and_its_parent_are_files() {
    let files = [
        ("lib.rs", "mod a;"),
        ("a.rs", "mod b;\npub struct Above;\nfn f() { b::below(); }"),
        ("a/b.rs", "pub fn below() -> super::Above { quote!(super::super::Generated) }"),
    ];
    let imports = between(&made_up(&files));
    assert_eq!(circles(&imports), [["a.rs", "a/b.rs"]]);
    let below = Import {
        from: "a.rs".to_owned(),
        to: "a/b.rs".to_owned(),
        path: ["a", "b", "below"].map(str::to_owned).to_vec(),
    };
    assert!(imports.contains(&below), "{imports:?}");
}

#[test]
fn groups_and_globs_are_read() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;"),
        ("a.rs", "use crate::{b::{One, two::*}, c as other};\nfn f<'a>(c: char) { other::f::<'a>('\\''); }"),
        ("b/mod.rs", "mod one;\npub mod two;\npub use self::one::*;"),
        ("b/one.rs", "pub struct One;"),
        ("b/two.rs", "impl From<super::One> for Other {}"),
        ("c.rs", "pub(in crate::b) fn f() {}"),
    ];
    let found = between(&made_up(&files));
    let pairs: BTreeSet<(&str, &str)> =
        found.iter().map(|import| (import.from.as_str(), import.to.as_str())).collect();
    let expected = [
        ("a.rs", "b/one.rs"),
        ("a.rs", "b/two.rs"),
        ("a.rs", "c.rs"),
        ("b/mod.rs", "b/one.rs"),
        ("b/two.rs", "b/one.rs"),
    ];
    assert_eq!(pairs, BTreeSet::from(expected));
}
