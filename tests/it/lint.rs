//! What a linter for migrations of PostgreSQL (Squawk) says of every migration that is committed, and of migrations with
//! every kind of change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dcrf::config::Config;
use dcrf::diag::Sink;
use dcrf::emit::emit;
use dcrf::evolve::{ANSWERABLE, Previous, evolve};
use dcrf::ir::Runtime;
use dcrf::syntax::Loader;
use squawk_linter::{Linter, Rule};
use squawk_syntax::SourceFile;

/// Rules about what a migration does to those who use the tables meanwhile. A server migrates before it serves; running
/// beside the traffic of an older one (`lock_timeout`, `CONCURRENTLY`, `NOT VALID`, steps that both can live with) is
/// not done yet. What is to be done then goes out of this list.
const BESIDE_TRAFFIC: &[Rule] = &[
    Rule::AddingForeignKeyConstraint,
    Rule::AddingNotNullableField,
    Rule::BanDropDefault,
    Rule::BanDropNotNull,
    Rule::ChangingColumnType,
    Rule::ConstraintMissingNotValid,
    Rule::RenamingColumn,
    Rule::RenamingObject,
    Rule::RenamingTable,
    Rule::RequireConcurrentIndexCreation,
    Rule::RequireConcurrentIndexDeletion,
    Rule::RequireLockTimeout,
    Rule::RequireStatementTimeout,
];

/// Rules that do not apply, and why.
const EXCUSED: &[(Rule, &str)] = &[
    (Rule::BanDropColumn, "the definition or a flag has given its values up (`drop-column`)"),
    (Rule::BanDropTable, "the definition or a flag has given its rows up (`drop-table`)"),
];

fn lint(sql: &str) -> Vec<(Rule, String)> {
    let parsed = SourceFile::parse(sql);
    let errors: Vec<String> = parsed.errors().iter().map(|error| format!("{error:?}")).collect();
    assert!(errors.is_empty(), "PostgreSQL does not read this: {errors:?}\n{sql}");
    let excused: Vec<Rule> =
        BESIDE_TRAFFIC.iter().copied().chain(EXCUSED.iter().map(|(rule, _)| *rule)).collect();
    let mut linter = Linter::with_default_rules();
    linter.settings.assume_in_transaction = true;
    let found = linter.lint(&parsed, sql);
    found
        .into_iter()
        .filter(|each| !excused.contains(&each.code))
        .map(|each| (each.code, each.message))
        .collect()
}

/// Every migration for PostgreSQL that is committed.
fn committed() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<PathBuf> = ["generated", "tests", "benches"].map(|name| root.join(name)).into();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder can be read") {
            let path = entry.expect("an entry can be read").path();
            let skipped = path.ends_with("node_modules") || path.ends_with("target");
            if path.is_dir() && !skipped {
                folders.push(path);
            } else if path.extension() == Some("sql".as_ref())
                && path.parent().is_some_and(|parent| parent.ends_with("migrations/postgres"))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn report(found: &BTreeMap<String, Vec<(Rule, String)>>) {
    let lines: Vec<String> = found
        .iter()
        .flat_map(|(file, found)| found.iter().map(move |(rule, text)| format!("{file}: {rule}: {text}")))
        .collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn committed_migrations_pass() {
    let files = committed();
    assert!(files.len() > 30, "{files:?}");
    let lint_file = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a migration can be read");
        (path.display().to_string(), lint(&text))
    };
    report(&files.iter().map(lint_file).collect());
}

struct Text(&'static str);

impl Loader for Text {
    fn load(&self, _: &Path) -> io::Result<Vec<u8>> {
        Ok(self.0.as_bytes().to_vec())
    }
}

fn generate(definition: &'static str, former: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let compiled = dcrf::compile(&[PathBuf::from("blog.json")], &Text(definition));
    let messages: Vec<_> = compiled.diagnostics.iter().map(|diagnostic| &diagnostic.message).collect();
    let (api, places) = compiled.api.zip(compiled.places).unwrap_or_else(|| panic!("errors: {messages:?}"));
    let previous = Previous::read(former).expect("the former output is whole");
    let evolution = evolve(&api, &places, &previous, &ANSWERABLE, &Sink::new()).expect("all is allowed");
    let config = Config { runtime: Runtime::Version("0.1.0".to_owned()), client: false };
    emit(&api, &config, &evolution).files
}

/// Names, types, types of the database's own, defaults, null, keys, what happens on deletion, indexes, relations, what
/// notes changes: as they were.
const BEFORE: &str = r#"{
  "name": "blog",
  "models": {
    "Author": { "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] },
    "Note": {
      "type": "object",
      "properties": {
        "mood": { "enum": ["sad", "glad"], "default": "sad", "x-sql": { "type": "mood", "read": "{column}::text", "write": "{value}::mood" } },
        "nick": { "type": "string", "default": "", "x-sql": { "type": "citext", "read": "{column}::text" } },
        "plain": { "type": "string", "default": "", "x-backfill": { "sql": "nick" } }
      }
    },
    "Gone": { "type": "object", "properties": { "author": { "x-foreign-key": "Author" } }, "required": ["author"] },
    "Post": {
      "type": "object", "x-observe-database": true,
      "properties": {
        "title": { "type": "string", "default": "", "x-index": true },
        "rating": { "type": "integer", "default": 1 },
        "subtitle": { "type": ["string", "null"] },
        "note": { "type": "string", "default": "" },
        "author": { "x-foreign-key": "Author", "x-on-delete": "cascade" },
        "tags": { "x-many-to-many": "Author" },
        "legacy": { "type": "string", "default": "old" }
      },
      "required": ["author"]
    }
  }
}"#;

/// The same, all of it otherwise.
const AFTER: &str = r#"{
  "name": "blog",
  "models": {
    "Writer": {
      "type": "object", "x-was": "Author", "x-observe-database": true,
      "properties": { "name": { "type": "string", "x-collation": "database" } }, "required": ["name"]
    },
    "Note": {
      "type": "object",
      "properties": {
        "feeling": {
          "enum": ["sad", "happy"], "x-was": "mood", "x-backfill": { "values": { "glad": "happy" } },
          "x-sql": { "type": "mood", "read": "{column}::text", "write": "{value}::mood" }
        },
        "nick": { "type": "string", "default": "", "x-backfill": { "sql": "lower(nick)" } },
        "plain": { "type": "string", "default": "", "x-backfill": { "sql": "nick" }, "x-sql": { "type": "citext", "read": "{column}::text" } },
        "area": { "type": ["object", "null"], "additionalProperties": true, "x-sql": { "type": "geometry(Polygon, 4326)" } }
      },
      "required": ["feeling"]
    },
    "Gone": { "x-drop": true },
    "Post": {
      "type": "object",
      "properties": {
        "headline": { "type": "string", "x-was": "title", "x-unique": true },
        "rating": { "type": "string", "default": "1" },
        "subtitle": { "type": "string", "default": "none" },
        "note": { "type": ["string", "null"] },
        "author": { "x-foreign-key": "Writer", "x-on-delete": "restrict" },
        "editor": { "x-foreign-key": "Writer", "type": ["integer", "null"], "x-on-delete": "set-null" },
        "labels": { "x-many-to-many": "Writer", "x-was": "tags" },
        "stars": { "type": "integer", "default": 3 },
        "legacy": { "x-drop": true }
      },
      "required": ["headline", "author"],
      "x-unique-together": [["headline", "stars"]]
    },
    "Tag": { "type": "object", "properties": { "post": { "x-foreign-key": "Post" } }, "required": ["post"] }
  }
}"#;

#[test]
fn every_kind_of_change_passes() {
    let first = generate(BEFORE, &BTreeMap::new());
    let there = generate(AFTER, &first);
    let back = generate(BEFORE, &there);
    let texts = back.iter().filter(|(path, _)| path.starts_with("migrations/postgres/"));
    let found: BTreeMap<_, _> = texts.map(|(path, text)| (path.clone(), lint(text))).collect();
    assert_eq!(found.len(), 3);
    report(&found);
    let all: String = back.values().map(String::as_str).collect();
    for kind in
        ["RENAME TO", "RENAME COLUMN", "DROP CONSTRAINT", "DROP COLUMN", "DROP TABLE", "TYPE", "SET NOT NULL"]
    {
        assert!(all.contains(kind), "{kind} is among the changes");
    }
}

/// What is excused is what is found, and nothing else: a rule that finds nothing any more goes out of the list.
#[test]
fn what_is_excused_is_needed() {
    let first = generate(BEFORE, &BTreeMap::new());
    let files = generate(BEFORE, &generate(AFTER, &first));
    let texts = files.into_iter().filter(|(path, _)| path.starts_with("migrations/postgres/"));
    let texts = texts.map(|(_, text)| text);
    let texts =
        texts.chain(committed().into_iter().map(|path| fs::read_to_string(path).expect("it can be read")));
    let mut found = BTreeSet::new();
    for text in texts {
        let mut linter = Linter::with_default_rules();
        linter.settings.assume_in_transaction = true;
        found.extend(linter.lint(&SourceFile::parse(&text), &text).iter().map(|each| each.code.to_string()));
    }
    for rule in BESIDE_TRAFFIC.iter().chain(EXCUSED.iter().map(|(rule, _)| rule)) {
        assert!(found.contains(&rule.to_string()), "{rule} is excused, and finds nothing");
    }
}
