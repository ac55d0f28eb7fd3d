//! Faults that are put into migrations on purpose: the test has to find them, or it proves nothing.

use super::database::Alter;

/// What is done to the text of migrations, but to the first, which makes tables and nothing else.
pub const FAULTS: &[(&str, Alter)] = &[
    ("a stale counter", |text| text.replace(", seq FROM sqlite_sequence", ", 0 FROM sqlite_sequence")),
    ("a lost default", |text| without(text, |line| line.contains(" SET DEFAULT "))),
    ("a column that may be null still", |text| without(text, |line| line.contains(" SET NOT NULL"))),
    ("values that are not converted", |text| without(text, |line| line.contains("dcrf:do {\"convert\""))),
    ("rows that are not filled", |text| without(text, |line| line.contains("dcrf:do {\"fill\""))),
    ("values that are stored as they are read", |text| {
        text.replace("\"write\":\"'x' || {value}\"", "\"write\":\"{value}\"")
    }),
    ("values of an enum that stay", |text| without(text, |line| line.starts_with("UPDATE "))),
    ("values that are not checked", |text| without(text, |line| line.contains("dcrf:do {\"among\""))),
    ("an index that is not made again", |text| {
        let is_rebuilt = text.contains("INSERT INTO ") && text.contains("DROP TABLE ");
        if is_rebuilt { without(text, |line| line.starts_with("CREATE INDEX ")) } else { text.to_owned() }
    }),
    ("links that go", |text| {
        let renamed = |line: &str| {
            let to = line
                .split(" RENAME TO ")
                .nth(1)
                .filter(|_| line.starts_with("ALTER TABLE ") && line.contains("links"));
            to.map(|to| format!("{line}\nDELETE FROM {to}"))
        };
        text.lines().map(|line| renamed(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
    }),
    ("a foreign key that is not made again", |text| {
        without(text, |line| line.starts_with("ALTER TABLE ") && line.contains(" FOREIGN KEY "))
    }),
];

fn without(text: &str, is_lost: impl Fn(&str) -> bool) -> String {
    text.lines().filter(|line| !is_lost(line)).map(|line| format!("{line}\n")).collect()
}
