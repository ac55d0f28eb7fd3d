//! `delivery` of a definition that changes: the log and its triggers come and go with it.

use std::fs;
use std::path::Path;

use tempfile::tempdir;

use crate::cli::dcrf;

const GENERATE: [&str; 4] = ["generate", "board.json", "--out", "generated"];

fn write(directory: &Path, delivery: &str, model: &str) {
    let text = format!(
        r#"{{
  "name": "board",
  "models": {{ {model} }},
  "consumers": {{ "MessageConsumer": {{ "observers": {{ "all": {{ "model": "Message"{delivery} }} }} }} }}
}}
"#
    );
    fs::write(directory.join("board.json"), text).unwrap();
}

fn migrations(directory: &Path, number: &str) -> [String; 2] {
    ["sqlite", "postgres"].map(|database| {
        let folder = directory.join("generated/migrations").join(database);
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let named = |path: &std::path::PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(number))
        };
        fs::read_to_string(files.filter(named).collect::<Vec<_>>().first().unwrap()).unwrap()
    })
}

const PLAIN: &str =
    r#""Message": { "type": "object", "properties": { "text": { "type": "string", "default": "" } } }"#;
const RENAMED: &str = r#""Message": { "type": "object", "properties": { "body": { "type": "string", "default": "", "x-was": "text" } } }"#;
const LATEST: &str = r#", "delivery": "latest""#;

#[test]
fn the_log_comes_and_goes_with_the_definition() {
    let directory = tempdir().unwrap();
    let directory = directory.path();
    let generate = || {
        let ran = dcrf(directory, &GENERATE);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    };
    write(directory, "", PLAIN);
    generate();
    for text in migrations(directory, "0001") {
        assert!(!text.contains("_dcrf"), "{text}");
    }
    write(directory, LATEST, PLAIN);
    generate();
    for text in migrations(directory, "0002") {
        assert!(text.contains("CREATE TABLE \"_dcrf_log\""), "{text}");
        // No earlier position can exist, so that nothing has to be said about earlier changes.
        assert!(text.contains("CREATE TRIGGER \"_dcrf_") && !text.contains("'M'"), "{text}");
    }
    // The triggers name the columns, and do not log what the migration does.
    write(directory, LATEST, RENAMED);
    generate();
    for text in migrations(directory, "0003") {
        let places = ["DROP TRIGGER IF EXISTS \"_dcrf_", "RENAME COLUMN", "CREATE TRIGGER \"_dcrf_", "'M'"];
        let found: Vec<usize> = places.iter().map(|part| text.find(part).expect(part)).collect();
        assert!(found.is_sorted(), "{text}");
        assert!(!text.contains("CREATE TABLE"), "{text}");
    }
    write(directory, "", RENAMED);
    generate();
    for text in migrations(directory, "0004") {
        let places = ["DROP TRIGGER IF EXISTS \"_dcrf_", "DROP TABLE \"_dcrf_log\""];
        let found: Vec<usize> = places.iter().map(|part| text.find(part).expect(part)).collect();
        assert!(found.is_sorted() && !text.contains("CREATE"), "{text}");
    }
}

const MEMBERSHIP: &str = r#", "Membership": { "type": "object", "properties": { "member": { "type": "integer" } }, "required": ["member"] }"#;

#[test]
fn a_dependency_is_logged_for_as_long_as_it_is_one() {
    let directory = tempdir().unwrap();
    let directory = directory.path();
    let generate = |delivery: &str| {
        write(directory, &format!("{LATEST}{delivery}"), &format!("{PLAIN}{MEMBERSHIP}"));
        let ran = dcrf(directory, &GENERATE);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    };
    generate("");
    for text in migrations(directory, "0001") {
        assert!(
            text.contains("_log\" AFTER INSERT ON \"message\"") || text.contains("ON \"message\"\n"),
            "{text}"
        );
        assert!(!text.contains("('membership'") && !text.contains("ON \"membership\""), "{text}");
    }
    generate(r#", "depends_on": [{ "model": "Membership", "user": "member" }]"#);
    for text in migrations(directory, "0002") {
        assert!(text.contains("CREATE TRIGGER \"_dcrf_") && text.contains("ON \"membership\""), "{text}");
        // Whoever has a position of before does not know what has happened in this table since.
        assert!(text.contains("VALUES ('membership', 'M')"), "{text}");
        assert!(!text.contains("\"message\"") && !text.contains("CREATE TABLE"), "{text}");
    }
    generate(r#", "depends_on": []"#);
    for text in migrations(directory, "0003") {
        assert!(text.contains("DROP TRIGGER IF EXISTS \"_dcrf_") && text.contains("membership"), "{text}");
        assert!(
            !text.contains("CREATE") && !text.contains("DROP TABLE") && !text.contains("message"),
            "{text}"
        );
    }
}
