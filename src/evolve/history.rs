//! The migrations that `migrations/schema.json` lists.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The folders with migrations, one for each database.
pub const FOLDERS: [&str; 2] = ["migrations/sqlite/", "migrations/postgres/"];

/// A migration in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Listed {
    /// The name without database and ending: `0001_initial`.
    pub name: String,
    /// The author of the migration.
    pub by: By,
}

/// The author of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The generator wrote it.
    Definition,
    /// The generator wrote it to replace all migrations before.
    Squash,
    /// The user wrote it.
    Own(Language),
}

/// The language in which the user writes a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// SQL, in one file for each database.
    Sql,
    /// Rust, in the application.
    Rust,
}

/// The form in the file: only a name if the generator wrote the migration.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    Own { name: String, own: Language },
    Squash { name: String, squashed: bool },
}

impl From<Written> for Listed {
    fn from(written: Written) -> Self {
        match written {
            Written::Name(name) | Written::Squash { name, squashed: false } => {
                Self { name, by: By::Definition }
            }
            Written::Own { name, own } => Self { name, by: By::Own(own) },
            Written::Squash { name, squashed: true } => Self { name, by: By::Squash },
        }
    }
}

impl From<Listed> for Written {
    fn from(Listed { name, by }: Listed) -> Self {
        match by {
            By::Definition => Self::Name(name),
            By::Squash => Self::Squash { name, squashed: true },
            By::Own(own) => Self::Own { name, own },
        }
    }
}

impl Listed {
    /// Returns a migration that the generator wrote.
    pub fn of_definition(name: String) -> Self {
        Self { name, by: By::Definition }
    }

    /// Returns the number of the migration.
    pub fn number(&self) -> usize {
        number(&self.name).unwrap_or(0)
    }

    /// Returns the paths of its files, one for each database.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        let folders = if self.by == By::Own(Language::Rust) { &[][..] } else { &FOLDERS };
        folders.iter().map(|folder| format!("{folder}{}.sql", self.name))
    }

    /// Tells whether the user wrote the migration.
    pub fn is_own(&self) -> bool {
        matches!(self.by, By::Own(_))
    }

    /// Tells whether the application does the migration, in Rust.
    pub fn is_in_rust(&self) -> bool {
        self.by == By::Own(Language::Rust)
    }

    /// Tells whether the name is valid after a number. It is checked for every author, because names become part of
    /// generated code. A migration that replaces all before may begin with any number.
    pub(super) fn is_after(&self, last: usize) -> bool {
        let expected = if last == 0 && self.by == By::Squash { self.number().max(1) } else { last + 1 };
        let rest = self.name.strip_prefix(&format!("{expected:04}_"));
        rest.is_some_and(is_word)
    }
}

/// Returns the number that a name begins with.
pub(super) fn number(name: &str) -> Option<usize> {
    name.split_once('_')?.0.parse().ok()
}

/// Tells whether a text can follow the number in a migration's name.
pub fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Returns the number of the next migration.
pub fn next(listed: &[Listed]) -> usize {
    listed.last().map_or(0, Listed::number) + 1
}

/// Returns the checksum by which a database identifies a migration: that of its text with LF as line endings, or for
/// one in Rust that of its name (`runtime/src/db/migrate/checksum.rs`).
pub(super) fn checksum(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("invariant: a text takes every text");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::{By, Language, Listed};

    #[test]
    fn a_name_alone_is_a_migration_of_the_generator() {
        let text = r#"["0001_initial",{"name":"0002_a","own":"sql"},{"name":"0003_b","own":"rust"},{"name":"0003_squashed","squashed":true}]"#;
        let listed: Vec<Listed> = serde_json::from_str(text).unwrap();
        let by: Vec<By> = listed.iter().map(|each| each.by).collect();
        let own = [By::Own(Language::Sql), By::Own(Language::Rust)];
        assert_eq!(by, [By::Definition, own[0], own[1], By::Squash]);
        assert_eq!(serde_json::to_string(&listed).unwrap(), text);
        assert_eq!(listed[1].paths().next().as_deref(), Some("migrations/sqlite/0002_a.sql"));
        assert_eq!(listed[2].paths().count(), 0);
        assert!(listed[1].is_after(1) && !listed[1].is_after(2) && !listed[1].is_after(0));
        assert!(listed[3].is_after(0), "it stands for those before");
    }
}
