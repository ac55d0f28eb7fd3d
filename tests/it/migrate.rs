//! `dcrf migrate`: migrations of one's own, one for all, and those of a branch after those of another.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::{Ran, dcrf};
use crate::evolution::{MORE, TEXT, files, generate, generated, write};

fn migrate(directory: &TempDir, command: &[&str]) -> Ran {
    let (what, more) = command.split_first().unwrap();
    // A name stands before the definition, flags behind it.
    let names = more.iter().take_while(|word| !word.starts_with("--")).count();
    let rest = ["blog.json", "--out", "generated"];
    dcrf(directory.path(), &[&["migrate", what], &more[..names], &rest, &more[names..]].concat())
}

fn done(ran: &Ran) {
    assert_eq!((ran.code, &*ran.out, &*ran.err), (Some(0), "", ""));
}

fn refused(ran: &Ran, message: &str) {
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains(message), "{}", ran.err);
}

fn at(directory: &TempDir, path: &str) -> PathBuf {
    directory.path().join("generated").join(path)
}

fn text(directory: &TempDir, path: &str) -> String {
    fs::read_to_string(at(directory, path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn listed(directory: &TempDir) -> Value {
    let schema: Value = serde_json::from_str(&text(directory, "migrations/schema.json")).unwrap();
    schema["migrations"].clone()
}

/// The files of SQLite's migrations; those of PostgreSQL have the same names.
fn names(directory: &TempDir) -> Vec<String> {
    let of = |folder: &str| {
        let entries = fs::read_dir(at(directory, folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(of("migrations/sqlite"), of("migrations/postgres"));
    of("migrations/sqlite")
}

const STARS: &str = r#""title": { "type": "string", "default": "" }, "stars": { "type": "integer", "default": 0 }, "more": { "type": "integer", "default": 0 }"#;

#[test]
fn own_migrations_stand_between_those_of_the_generator() {
    let directory = generated(TEXT);
    done(&migrate(&directory, &["new", "fill_titles"]));
    done(&migrate(&directory, &["new", "hash", "--rust"]));
    write(&directory, MORE);
    done(&generate(&directory, &[]));
    let expected = json!([
        "0001_initial",
        { "name": "0002_fill_titles", "own": "sql" },
        { "name": "0003_hash", "own": "rust" },
        "0004_post_stars"
    ]);
    assert_eq!(listed(&directory), expected);
    assert_eq!(names(&directory), ["0001_initial.sql", "0002_fill_titles.sql", "0004_post_stars.sql"]);
    let library = text(&directory, "src/lib.rs");
    for line in [
        r#"    1 "0001_initial","#,
        r#"    2 "0002_fill_titles","#,
        r#"    3 rust "0003_hash","#,
        r#"    4 "0004_post_stars","#,
    ] {
        assert!(library.contains(line), "{line}: {library}");
    }
    let own = text(&directory, "migrations/sqlite/0002_fill_titles.sql");
    assert!(own.starts_with("-- A migration of your own for SQLite"), "{own}");
    assert!(own.lines().all(|line| line.is_empty() || line.starts_with("--")), "nothing is done yet: {own}");
    assert!(!text(&directory, ".generated.json").contains("fill_titles"), "it is nobody else's");
    done(&generate(&directory, &["--check"]));
}

#[test]
fn an_own_migration_is_the_users() {
    let directory = generated(TEXT);
    done(&migrate(&directory, &["new", "fill"]));
    let own = at(&directory, "migrations/sqlite/0002_fill.sql");
    fs::write(&own, "UPDATE post SET title = 'x';\r\n").unwrap();
    for more in [&["--check"][..], &[], &["--force"]] {
        done(&generate(&directory, more));
    }
    assert_eq!(fs::read_to_string(&own).unwrap(), "UPDATE post SET title = 'x';\r\n");
    // What is missing, or lies there and is not listed, is told.
    fs::rename(&own, at(&directory, "migrations/sqlite/0002_other.sql")).unwrap();
    for more in [&["--check"][..], &[]] {
        refused(&generate(&directory, more), "0002_fill.sql is missing, but migrations/schema.json lists it");
    }
    fs::copy(at(&directory, "migrations/sqlite/0002_other.sql"), &own).unwrap();
    let check = generate(&directory, &["--check"]);
    assert_eq!(check.code, Some(1));
    assert!(check.err.contains("0002_other.sql was not generated"), "{}", check.err);
    refused(&generate(&directory, &[]), "`dcrf migrate rebase`");
}

#[test]
fn a_new_migration_has_a_place_and_a_name() {
    let directory = generated(TEXT);
    for name in ["", "a b", "../x", "a-b", "é"] {
        refused(&migrate(&directory, &["new", name]), "letters, digits and `_`");
    }
    write(&directory, MORE);
    let before = files(directory.path());
    refused(
        &migrate(&directory, &["new", "fill"]),
        "run `dcrf generate` first to put the new migration after them",
    );
    assert_eq!(files(directory.path()), before);
    done(&migrate(&directory, &["new", "fill", "--first"]));
    assert_eq!(names(&directory), ["0001_initial.sql", "0002_fill.sql", "0003_post_stars.sql"]);
    // What would be lost is asked for as ever.
    write(&directory, TEXT);
    refused(&migrate(&directory, &["new", "more", "--first"]), "error[drop-column]");
    fs::remove_dir_all(at(&directory, "")).unwrap();
    refused(&migrate(&directory, &["new", "fill"]), "generated does not contain a generated crate yet");
    assert!(!at(&directory, "").exists());
}

#[test]
fn one_migration_stands_for_all() {
    let directory = generated(TEXT);
    refused(&migrate(&directory, &["squash"]), "there is nothing to squash: 1 migration is listed");
    done(&migrate(&directory, &["new", "fill"]));
    done(&migrate(&directory, &["new", "hash", "--rust"]));
    write(&directory, MORE);
    refused(
        &migrate(&directory, &["squash", "--without", "0002_fill", "--without", "0003_hash"]),
        "these changes are not generated yet; run `dcrf generate` first",
    );
    done(&generate(&directory, &[]));
    let before = files(directory.path());
    refused(&migrate(&directory, &["squash"]), "what `0002_fill` and `0003_hash` do cannot be squashed");
    let unknown = migrate(&directory, &["squash", "--without", "0002_fil"]);
    refused(&unknown, "did you mean `0002_fill`?");
    assert_eq!(files(directory.path()), before);
    let without = ["squash", "--without", "0002_fill", "--without", "0003_hash"];
    // What was edited is not removed.
    let edited = at(&directory, "migrations/sqlite/0004_post_stars.sql");
    fs::write(&edited, "-- edited\n").unwrap();
    refused(&migrate(&directory, &without), "[rewritten]");
    fs::write(&edited, &before[&edited]).unwrap();

    done(&migrate(&directory, &without));
    assert_eq!(listed(&directory), json!([{ "name": "0004_squashed", "squashed": true }]));
    assert_eq!(names(&directory), ["0004_squashed.sql"]);
    let squashed = text(&directory, "migrations/sqlite/0004_squashed.sql");
    for (version, name) in [(1, "0001_initial"), (2, "0002_fill"), (3, "0003_hash"), (4, "0004_post_stars")] {
        let line = format!(r#"-- squashes {{"version":{version},"name":"{name}","sha256":""#);
        assert_eq!(squashed.matches(&line).count(), 1, "{squashed}");
    }
    assert_eq!(squashed.matches("CREATE TABLE").count(), 1);
    assert!(squashed.contains("\"stars\"") && !squashed.contains("ALTER"), "{squashed}");
    done(&generate(&directory, &["--check"]));

    // History goes on from there, and may be squashed again.
    write(&directory, STARS);
    done(&generate(&directory, &[]));
    assert_eq!(names(&directory), ["0004_squashed.sql", "0005_post_more.sql"]);
    done(&migrate(&directory, &["squash"]));
    assert_eq!(names(&directory), ["0005_squashed.sql"]);
    let again = text(&directory, "migrations/postgres/0005_squashed.sql");
    assert_eq!(again.matches("-- squashes ").count(), 6, "{again}");
    assert!(again.contains(r#""name":"0004_squashed","#) && again.contains(r#""squashed":true}"#), "{again}");
    done(&generate(&directory, &["--check"]));
}

/// A branch has added a column and a migration of its own, the other another column.
#[test]
fn the_migrations_of_a_branch_go_behind_those_of_another() {
    let ours = generated(TEXT);
    write(&ours, MORE);
    done(&generate(&ours, &[]));
    done(&migrate(&ours, &["new", "fill"]));
    let own = "UPDATE post SET stars = 1;\n";
    for folder in ["sqlite", "postgres"] {
        fs::write(at(&ours, &format!("migrations/{folder}/0003_fill.sql")), own).unwrap();
    }
    let theirs = generated(TEXT);
    write(
        &theirs,
        r#""title": { "type": "string", "default": "" }, "more": { "type": "integer", "default": 0 }"#,
    );
    done(&generate(&theirs, &[]));

    // The merge: both definitions, the generated directory of the other side, and the files of both.
    write(&ours, STARS);
    let schema = text(&ours, "migrations/schema.json");
    let conflict = format!("<<<<<<< HEAD\n{schema}=======\n{schema}>>>>>>> main\n");
    fs::write(at(&ours, "migrations/schema.json"), conflict).unwrap();
    for command in [migrate(&ours, &["rebase"]), generate(&ours, &[]), generate(&ours, &["--check"])] {
        refused(&command, "`git checkout main -- generated`");
        assert!(command.err.contains("`dcrf migrate rebase`"), "{}", command.err);
    }
    for (path, text) in files(&theirs.path().join("generated")) {
        let path = path.strip_prefix(theirs.path()).unwrap();
        fs::write(ours.path().join(path), text).unwrap();
    }
    refused(&generate(&ours, &[]), "`dcrf migrate rebase`");
    let other = text(&ours, "migrations/sqlite/0002_post_more.sql");

    let run = migrate(&ours, &["rebase"]);
    assert_eq!((run.code, &*run.out), (Some(0), ""), "{}", run.err);
    assert!(
        run.err.starts_with(
            "warning: `0003_fill` now comes before the changes that were generated for your branch"
        ),
        "{}",
        run.err
    );
    let expected = ["0001_initial.sql", "0002_post_more.sql", "0003_fill.sql", "0004_post_stars.sql"];
    assert_eq!(names(&ours), expected);
    assert_eq!(text(&ours, "migrations/sqlite/0003_fill.sql"), own);
    assert_eq!(text(&ours, "migrations/sqlite/0002_post_more.sql"), other, "what is listed is not touched");
    let expected =
        json!(["0001_initial", "0002_post_more", { "name": "0003_fill", "own": "sql" }, "0004_post_stars"]);
    assert_eq!(listed(&ours), expected);
    done(&generate(&ours, &["--check"]));
    done(&migrate(&ours, &["rebase"]));
}

#[test]
fn an_own_migration_gets_the_next_number() {
    let directory = generated(TEXT);
    done(&migrate(&directory, &["new", "one"]));
    let schema = text(&directory, "migrations/schema.json");
    done(&migrate(&directory, &["new", "two"]));
    // Another branch has a second one in the place of ours, and one of the same number beside it.
    fs::write(at(&directory, "migrations/schema.json"), schema).unwrap();
    for folder in ["sqlite", "postgres"] {
        let folder = at(&directory, &format!("migrations/{folder}"));
        fs::rename(folder.join("0003_two.sql"), folder.join("0002_two.sql")).unwrap();
    }
    done(&migrate(&directory, &["rebase"]));
    assert_eq!(names(&directory), ["0001_initial.sql", "0002_one.sql", "0003_two.sql"]);
    // A file for one database is half of a migration; what has no number is none.
    fs::write(at(&directory, "migrations/sqlite/0003_three.sql"), "").unwrap();
    refused(&migrate(&directory, &["rebase"]), "migrations/postgres/0003_three.sql is missing");
    fs::remove_file(at(&directory, "migrations/sqlite/0003_three.sql")).unwrap();
    fs::write(at(&directory, "migrations/sqlite/notes.sql"), "").unwrap();
    refused(
        &migrate(&directory, &["rebase"]),
        "notes.sql is among the migrations, but its name is not that of a migration",
    );
}

const MOOD: &str = r#""title": { "type": "string", "default": "" }, "mood": { "enum": ["sad", "happy"], "default": "sad", "x-sql": { "type": "mood" } }"#;

/// What makes a type comes before the table that has it, and so it does in what stands for all.
#[test]
fn a_type_is_made_first() {
    let directory = TempDir::new().unwrap();
    write(&directory, MOOD);
    refused(&migrate(&directory, &["new", "types"]), "generated does not contain a generated crate yet");
    done(&migrate(&directory, &["new", "types", "--first"]));
    assert_eq!(names(&directory).len(), 2);
    assert_eq!(listed(&directory)[0], json!({ "name": "0001_types", "own": "sql" }));
    let (own, sql) = ("migrations/postgres/0001_types.sql", "CREATE TYPE mood AS ENUM ('sad', 'happy');\n");
    fs::write(at(&directory, own), sql).unwrap();
    done(&generate(&directory, &["--check"]));
    done(&migrate(&directory, &["new", "hash", "--rust"]));

    refused(&migrate(&directory, &["squash", "--with", "0001_type"]), "did you mean `0001_types`?");
    let both = ["squash", "--with", "0001_types", "--without", "0001_types"];
    refused(&migrate(&directory, &both), "--with 0001_types and --without 0001_types contradict each other");
    let in_rust = ["squash", "--with", "0001_types", "--with", "0003_hash"];
    refused(&migrate(&directory, &in_rust), "--with 0003_hash: this migration is written in Rust");
    refused(
        &migrate(&directory, &["squash", "--with", "0001_types"]),
        "what `0003_hash` does cannot be squashed",
    );
    done(&migrate(&directory, &["squash", "--with", "0001_types", "--without", "0003_hash"]));
    assert_eq!(names(&directory), ["0003_squashed.sql"]);
    let first = |path: &str| {
        let text = text(&directory, path);
        let (made, table) = (text.find(sql.trim_end()).unwrap(), text.find("CREATE TABLE").unwrap());
        assert!(made < table && text.matches("CREATE TYPE").count() == 1, "{text}");
    };
    first("migrations/postgres/0003_squashed.sql");
    done(&generate(&directory, &["--check"]));
    write(&directory, &format!("{MOOD}, {}", r#""more": { "type": "integer", "default": 0 }"#));
    done(&generate(&directory, &[]));
    done(&migrate(&directory, &["squash"]));
    first("migrations/postgres/0004_squashed.sql");
}
