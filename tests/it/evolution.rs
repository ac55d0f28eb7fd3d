//! A definition that changes, as the command sees it: what is refused, how it is answered, and what is never rewritten.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tempfile::{TempDir, tempdir};

use crate::cli::{Ran, dcrf};

const GENERATE: [&str; 4] = ["generate", "blog.json", "--out", "generated"];

pub(crate) fn write(directory: &TempDir, properties: &str) {
    let text = format!(
        r#"{{
  "name": "blog",
  "client": {{}},
  "models": {{
    "Post": {{ "type": "object", "properties": {{ {properties} }} }}
  }}
}}
"#
    );
    fs::write(directory.path().join("blog.json"), text).unwrap();
}

pub(crate) fn generate(directory: &TempDir, more: &[&str]) -> Ran {
    dcrf(directory.path(), &[&GENERATE[..], more].concat())
}

pub(crate) fn generated(properties: &str) -> TempDir {
    let directory = tempdir().unwrap();
    write(&directory, properties);
    assert_eq!(generate(&directory, &[]).code, Some(0));
    directory
}

/// Every file with its text.
pub(crate) fn files(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.clone(), fs::read_to_string(path).unwrap());
            }
        }
    }
    files
}

pub(crate) const TEXT: &str = r#""title": { "type": "string", "default": "" }"#;
pub(crate) const MORE: &str =
    r#""title": { "type": "string", "default": "" }, "stars": { "type": "integer", "default": 0 }"#;

#[test]
fn what_is_lost_is_refused_until_it_is_answered() {
    let directory = generated(MORE);
    write(&directory, TEXT);
    let before = files(directory.path());
    for more in [&[][..], &["--check"], &["--force"], &["--allow", "drop-table"]] {
        let run = generate(&directory, more);
        assert_eq!((run.code, &*run.out), (Some(2), ""), "{more:?}");
        assert!(run.err.contains("error[drop-column]: the column `stars` would be dropped"), "{}", run.err);
        assert!(run.err.contains("--> blog.json:5:5"), "{}", run.err);
        assert!(run.err.contains("nothing was written"), "{}", run.err);
        assert_eq!(files(directory.path()), before, "{more:?}");
    }
    let run = generate(&directory, &["--format", "json"]);
    let line: serde_json::Value = serde_json::from_str(run.out.lines().next().unwrap()).unwrap();
    assert_eq!((line["code"].as_str(), line["line"].as_u64()), (Some("drop-column"), Some(5)));
    // Allowed, a check says what is to be written; it is a warning then, and afterwards nothing at all.
    let check = generate(&directory, &["--check", "--allow", "drop-column"]);
    assert_eq!(check.code, Some(1));
    assert!(check.out.contains("+ALTER TABLE \"post\" DROP COLUMN \"stars\";"), "{}", check.out);
    let run = generate(&directory, &["--allow", "drop-table", "--allow", "drop-column"]);
    assert_eq!(run.code, Some(0));
    assert!(run.err.contains("warning[drop-column]: the column `stars` would be dropped"), "{}", run.err);
    for more in [&[][..], &["--check"]] {
        let run = generate(&directory, more);
        assert_eq!((run.code, &*run.out, &*run.err), (Some(0), "", ""), "{more:?}");
    }
}

#[test]
fn only_what_may_be_lost_can_be_allowed() {
    let directory = generated(TEXT);
    for code in ["unknown-former-name", "drop-colum", "x"] {
        let run = generate(&directory, &["--allow", code]);
        assert_eq!(run.code, Some(2), "{code}");
        assert!(run.err.contains("--allow"), "{}", run.err);
    }
    assert!(generate(&directory, &["--allow", "drop-colum"]).err.contains("did you mean `drop-column`?"));
}

#[test]
fn an_answer_in_the_definition_is_given_once() {
    let directory = generated(MORE);
    let dropped = format!(r#"{TEXT}, "stars": {{ "x-drop": true }}"#);
    write(&directory, &dropped);
    assert_eq!(generate(&directory, &[]).code, Some(0));
    let renamed =
        r#""headline": { "type": "string", "default": "", "x-was": "title" }, "stars": { "x-drop": true }"#;
    write(&directory, renamed);
    assert_eq!(generate(&directory, &[]).code, Some(0));
    let migrations = || fs::read_dir(directory.path().join("generated/migrations/sqlite")).unwrap().count();
    assert_eq!(migrations(), 3);
    for properties in [renamed, r#""headline": { "type": "string", "default": "" }"#, renamed, renamed] {
        write(&directory, properties);
        let run = generate(&directory, &[]);
        assert_eq!((run.code, &*run.err), (Some(0), ""), "{properties}");
        assert_eq!(migrations(), 3, "{properties}");
        assert_eq!(generate(&directory, &["--check"]).code, Some(0), "{properties}");
    }
}

/// What somebody does who follows the messages after a conflict.
#[test]
fn no_migration_is_ever_rewritten_or_removed() {
    let directory = generated(TEXT);
    write(&directory, MORE);
    assert_eq!(generate(&directory, &[]).code, Some(0));
    let root = directory.path().join("generated");
    let sql = |name: &str| root.join("migrations/sqlite").join(name);
    let kept = |name: &str| fs::read_to_string(sql(name)).unwrap();
    let (first, second) = (kept("0001_initial.sql"), kept("0002_post_stars.sql"));

    fs::write(root.join(".generated.json"), "<<<<<<< HEAD\n").unwrap();
    assert_eq!(generate(&directory, &[]).code, Some(2));
    fs::remove_file(root.join(".generated.json")).unwrap();
    assert_eq!(generate(&directory, &["--force"]).code, Some(0));
    assert_eq!((kept("0001_initial.sql"), kept("0002_post_stars.sql")), (first.clone(), second.clone()));

    // Edited, whatever the list of hashes says.
    fs::write(sql("0001_initial.sql"), "-- nothing\n").unwrap();
    for more in [&[][..], &["--force"]] {
        let run = generate(&directory, more);
        assert_eq!(run.code, Some(2), "{more:?}");
        assert!(run.err.contains("[rewritten]") && !run.err.contains("--force"), "{}", run.err);
        assert_eq!(kept("0001_initial.sql"), "-- nothing\n");
    }
    let check = generate(&directory, &["--check"]);
    assert_eq!(check.code, Some(1));
    assert!(
        check.err.contains("0001_initial.sql is a migration, and its text differs from the generated one")
    );
    fs::write(sql("0001_initial.sql"), &first).unwrap();

    // The description of one side of a merge, and the migrations of both.
    let description = root.join("migrations/schema.json");
    let both = fs::read_to_string(&description).unwrap();
    fs::write(sql("0002_other.sql"), "-- other\n").unwrap();
    let run = generate(&directory, &["--force"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("[unlisted]") && run.err.contains("0002_other.sql"), "{}", run.err);
    assert_eq!(generate(&directory, &["--check"]).code, Some(1));
    fs::remove_file(sql("0002_other.sql")).unwrap();
    for (text, message) in [
        (Some("{"), "cannot be read"),
        (Some("<<<<<<< HEAD\n"), "contains both sides of a merge"),
        (None, "is missing, but"),
    ] {
        match text {
            Some(text) => fs::write(&description, text).unwrap(),
            None => fs::remove_file(&description).unwrap(),
        }
        let run = generate(&directory, &["--force"]);
        assert_eq!(run.code, Some(2));
        assert!(run.err.contains(message), "{}", run.err);
        assert_eq!((kept("0001_initial.sql"), kept("0002_post_stars.sql")), (first.clone(), second.clone()));
    }
    fs::write(&description, both).unwrap();
    assert_eq!(generate(&directory, &["--check"]).code, Some(0));
}

#[test]
fn a_checkout_with_other_line_ends_is_up_to_date() {
    let directory = generated(MORE);
    for (path, text) in files(directory.path()) {
        fs::write(path, text.replace('\n', "\r\n")).unwrap();
    }
    let before = files(directory.path());
    assert!(before.keys().any(|path| path.ends_with("client/src/index.ts")));
    for more in [&["--check"][..], &[]] {
        let run = generate(&directory, more);
        assert_eq!((run.code, &*run.out, &*run.err), (Some(0), "", ""), "{more:?}");
        assert_eq!(files(directory.path()), before, "{more:?}");
    }
    // What follows is added to it.
    write(&directory, TEXT);
    assert_eq!(generate(&directory, &["--allow", "drop-column"]).code, Some(0));
    let first = directory.path().join("generated/migrations/sqlite/0001_initial.sql");
    assert_eq!(files(directory.path())[&first], before[&first]);
}
