//! What a migration that stands for all before it says of these.

use serde::Serialize;

use super::history::{By, Language, checksum};
use super::previous::Previous;

/// What a line that names a migration begins with. The runtime reads it (`runtime/src/db/migrate/squash.rs`).
const MARK: &str = "-- squashes ";

/// A migration that another stands for.
#[derive(Debug, Serialize)]
struct StandsFor {
    version: usize,
    name: String,
    sha256: String,
    /// Whether it stands for those before it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    squashed: bool,
}

impl Previous {
    /// The texts of these migrations of the user's own, in order, each with a line after it.
    pub fn texts(&self, folder: &str, names: &[String]) -> String {
        let own = self.listed.iter().filter(|listed| names.contains(&listed.name));
        let texts = own.filter_map(|listed| self.own.get(&format!("{folder}{}.sql", listed.name)));
        texts.map(|text| format!("{}\n\n", text.trim_end())).collect()
    }

    /// The lines, each with its end, that name every migration of a folder, those that one of them stands for included.
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
