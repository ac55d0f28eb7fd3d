//! The previous migrations in an output folder.

use std::collections::BTreeMap;
use std::fmt;

use super::history::{By, FOLDERS, Language, Listed, next};
use super::schema::{Schema, Snapshot};

/// The path of the file that describes the tables of the last migration.
pub const SNAPSHOT: &str = "migrations/schema.json";

/// The previous migrations in an output folder.
#[derive(Debug, Clone, Default)]
pub struct Previous {
    /// The tables; `None` if there were none yet.
    pub(super) schema: Option<Schema>,
    /// The migrations, in order.
    pub(super) listed: Vec<Listed>,
    /// The texts of the generated migrations by their paths, such as `migrations/sqlite/0001_initial.sql`.
    pub(super) files: BTreeMap<String, String>,
    /// The texts of the user's own migrations by their paths.
    pub(super) own: BTreeMap<String, String>,
}

impl Previous {
    /// Reads the previous migrations from the files of an output folder, by their paths in it.
    ///
    /// # Errors
    /// [`PreviousError`] if the description of the tables cannot be read, or does not match the migrations in the
    /// folder.
    pub fn read(there: &BTreeMap<String, String>) -> Result<Self, PreviousError> {
        let Some(text) = there.get(SNAPSHOT) else {
            return match there.keys().find(|path| is_migration(path)) {
                Some(path) => Err(PreviousError::Lost(path.clone())),
                None => Ok(Self::default()),
            };
        };
        if text.lines().any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")) {
            return Err(PreviousError::Conflict);
        }
        let snapshot: Snapshot =
            serde_json::from_str(text).map_err(|error| PreviousError::Snapshot(error.to_string()))?;
        let mut this = Self { schema: Some(snapshot.schema), ..Self::default() };
        for listed in snapshot.migrations {
            if !listed.is_after(next(&this.listed) - 1) {
                return Err(PreviousError::Name(listed.name));
            }
            for path in listed.paths() {
                let text = there.get(&path).ok_or_else(|| PreviousError::Missing(path.clone()))?;
                let files = if listed.is_own() { &mut this.own } else { &mut this.files };
                files.insert(path, text.clone());
            }
            this.listed.push(listed);
        }
        Ok(this)
    }

    /// Tells whether nothing was generated yet.
    pub fn is_empty(&self) -> bool {
        self.schema.is_none()
    }

    /// Returns the migrations, in order.
    pub fn listed(&self) -> &[Listed] {
        &self.listed
    }

    /// Adds a migration of the user's own. Its texts, one for each database, are written if the files do not exist yet.
    ///
    /// `word` follows its number in the name: see [`is_word`](super::is_word). Returns its name.
    pub fn add_own(&mut self, word: &str, language: Language, texts: [String; 2]) -> String {
        let name = format!("{:04}_{word}", next(&self.listed));
        let listed = Listed { name: name.clone(), by: By::Own(language) };
        self.own.extend(listed.paths().zip(texts));
        self.listed.push(listed);
        name
    }

    /// Replaces all migrations with one that has these texts, one for each database.
    pub fn replace_all(&mut self, name: String, texts: [String; 2]) {
        let listed = Listed { name, by: By::Squash };
        self.own.clear();
        self.files = listed.paths().zip(texts).collect();
        self.listed = vec![listed];
    }
}

/// Tells whether a path in an output folder is the file of a migration, which need not be listed.
pub fn is_migration(path: &str) -> bool {
    path.ends_with(".sql") && FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// The reason why the migrations of an earlier run cannot be continued.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreviousError {
    /// `migrations/schema.json` cannot be read.
    Snapshot(String),
    /// `migrations/schema.json` contains both sides of a merge.
    Conflict,
    /// `migrations/schema.json` is missing, but this migration exists.
    Lost(String),
    /// A listed migration is missing.
    Missing(String),
    /// A listed name is not valid for a migration at its place.
    Name(String),
}

impl fmt::Display for PreviousError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Snapshot(error) => {
                write!(f, "{SNAPSHOT} cannot be read: {error}; restore it from version control")
            }
            Self::Conflict => write!(
                f,
                "{SNAPSHOT} contains both sides of a merge; take the generated directory of the branch whose \
                 migrations others have applied (such as `git checkout main -- generated`), and run `dcrf migrate \
                 rebase`, which adds the other changes of the definition"
            ),
            Self::Lost(path) => write!(
                f,
                "{SNAPSHOT} is missing, but {path} exists; restore it from version control, because it describes the \
                 tables"
            ),
            Self::Missing(path) => {
                write!(f, "{path} is missing, but {SNAPSHOT} lists it; restore it from version control")
            }
            Self::Name(name) => {
                write!(
                    f,
                    "{SNAPSHOT} lists {name:?}, which is not the name of a migration in this place; restore it from \
                     version control"
                )
            }
        }
    }
}

impl std::error::Error for PreviousError {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Language, Previous, PreviousError, SNAPSHOT};

    fn read(files: &[(&str, &str)]) -> Result<Previous, PreviousError> {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Previous::read(&files.collect::<BTreeMap<_, _>>())
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(read(&[]).expect("nothing is there").schema.is_none());
        let one = "migrations/sqlite/0001_initial.sql";
        assert_eq!(read(&[(one, "")]).expect_err("no description"), PreviousError::Lost(one.to_owned()));
        let listed = |name: &str| format!(r#"{{"migrations": ["{name}"], "tables": []}}"#);
        let missing = read(&[(SNAPSHOT, &listed("0001_initial"))]).expect_err("no migration");
        assert_eq!(missing, PreviousError::Missing(one.to_owned()));
        for name in ["0002_later", "0001_", "0001_a/../b", "0001_a\\\") }, evil!(\\\"", "initial"] {
            let error = read(&[(SNAPSHOT, &listed(name))]).expect_err("no name");
            assert!(matches!(error, PreviousError::Name(_)), "{name}: {error}");
        }
        let error = read(&[(SNAPSHOT, "<<<<<<< ours\n")]).expect_err("a conflict");
        assert_eq!(error, PreviousError::Conflict);
        let error = read(&[(SNAPSHOT, "{")]).expect_err("no JSON");
        assert!(matches!(error, PreviousError::Snapshot(_)), "{error}");
    }

    #[test]
    fn own_migrations_stand_between_those_of_the_generator() {
        let listed = r#"{"migrations": ["0001_initial", {"name": "0002_a", "own": "sql"}, {"name": "0003_b", "own": "rust"}], "tables": []}"#;
        let initial = ["migrations/sqlite/0001_initial.sql", "migrations/postgres/0001_initial.sql"];
        let own = ["migrations/sqlite/0002_a.sql", "migrations/postgres/0002_a.sql"];
        let all = [(SNAPSHOT, listed), (initial[0], "1"), (initial[1], "1"), (own[0], "2"), (own[1], "2")];
        let mut previous = read(&all).expect("nothing is missing");
        assert!(previous.own.keys().all(|path| own.contains(&&**path)) && previous.own.len() == 2);
        assert_eq!(previous.add_own("c", Language::Rust, Default::default()), "0004_c");
        assert_eq!(read(&all[..4]).expect_err("a file"), PreviousError::Missing(own[1].to_owned()));
    }
}
