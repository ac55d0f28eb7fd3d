//! The comments of a migration that replaces all before it.

use serde::Serialize;

use super::history::{By, Language, Listed, checksum};
use super::previous::Previous;

/// The beginning of a line that names a migration. The runtime reads it (`runtime/src/db/migrate/squash.rs`).
const MARK: &str = "-- squashes ";

/// The lines before and after the texts of the user's own migrations.
const BEGIN: &str = "-- Migrations of your own make what tables are made of:";
const END: &str = "-- So far your own.";

/// Returns the texts of the user's own migrations at the beginning of a migration that replaces others.
fn begun_with(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let at = |mark: &str| lines.iter().position(|line| *line == mark);
    let end = lines.iter().rposition(|line| *line == END);
    at(BEGIN).zip(end).and_then(|(begin, end)| lines.get(begin + 1..end)).unwrap_or_default().join("\n")
}

/// A migration that is replaced by another.
#[derive(Debug, Serialize)]
struct StandsFor {
    version: usize,
    name: String,
    sha256: String,
    /// Whether it replaced those before it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    squashed: bool,
}

impl Previous {
    /// Returns the beginning of a migration that replaces all: the texts of these migrations of the user's own, in
    /// order, after those in an earlier migration of this kind.
    pub fn first(&self, folder: &str, names: &[String]) -> String {
        let text_of = |listed: &Listed| {
            let path = format!("{folder}{}.sql", listed.name);
            match listed.by {
                By::Squash => self.files.get(&path).map(|text| begun_with(text)),
                By::Own(_) if names.contains(&listed.name) => self.own.get(&path).cloned(),
                _ => None,
            }
        };
        let texts = self.listed.iter().filter_map(text_of).filter(|text| !text.trim().is_empty());
        let texts: Vec<String> = texts.map(|text| format!("{}\n", text.trim())).collect();
        if texts.is_empty() { String::new() } else { format!("{BEGIN}\n{}{END}\n\n", texts.join("\n")) }
    }

    /// Returns the lines, each with its end, that name every migration of a folder and those that one of them replaced.
    pub fn told(&self, folder: &str) -> String {
        let mut lines = String::new();
        for listed in &self.listed {
            let path = format!("{folder}{}.sql", listed.name);
            let text = self.files.get(&path).or_else(|| self.own.get(&path));
            let text = match listed.by {
                By::Own(Language::Rust) => listed.name.as_str(),
                _ => text.expect("invariant: what is listed was read"),
            };
            if listed.by == By::Squash {
                let before = text.lines().filter(|line| line.starts_with(MARK));
                before.for_each(|line| lines.extend([line, "\n"]));
            }
            let told = StandsFor {
                version: listed.number(),
                name: listed.name.clone(),
                sha256: checksum(text),
                squashed: listed.by == By::Squash,
            };
            let json = serde_json::to_string(&told).expect("invariant: this is plain data");
            lines.extend([MARK, &json, "\n"]);
        }
        lines
    }
}
