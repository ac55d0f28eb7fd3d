//! What an output folder holds of earlier migrations.

use std::collections::BTreeMap;
use std::fmt;

use super::history::{By, FOLDERS, Language, Listed, next};
use super::schema::{Schema, Snapshot};

/// Where the tables of the last migration are described.
pub const SNAPSHOT: &str = "migrations/schema.json";

/// What an output folder already holds of migrations.
#[derive(Debug, Clone, Default)]
pub struct Previous {
    /// None: there were no tables yet.
    pub(super) schema: Option<Schema>,
    /// In order.
    pub(super) listed: Vec<Listed>,
    /// `migrations/sqlite/0001_initial.sql` and the like, as they are.
    pub(super) files: BTreeMap<String, String>,
    /// Those of the user's own.
    pub(super) own: BTreeMap<String, String>,
}

impl Previous {
    /// Takes what is there of earlier runs out of the files of an output folder, by their paths in it.
    ///
    /// # Errors
    /// [`PreviousError`] if the description of the tables cannot be read, or does not fit the migrations that are there.
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

    /// Whether nothing was generated yet.
    pub fn is_empty(&self) -> bool {
        self.schema.is_none()
    }

    /// The migrations, in order.
    pub fn listed(&self) -> &[Listed] {
        &self.listed
    }

    /// Adds a migration of the user's own, whose texts, one a database, are written where there are none yet.
    ///
    /// `word` is what stands behind its number: see [`is_word`](super::is_word). Gives its name.
    pub fn add_own(&mut self, word: &str, language: Language, texts: [String; 2]) -> String {
        let name = format!("{:04}_{word}", next(&self.listed));
        let listed = Listed { name: name.clone(), by: By::Own(language) };
        self.own.extend(listed.paths().zip(texts));
        self.listed.push(listed);
        name
    }

    /// Has one migration, with these texts, one a database, stand for all others.
    pub fn replace_all(&mut self, name: String, texts: [String; 2]) {
        let listed = Listed { name, by: By::Squash };
        self.own.clear();
        self.files = listed.paths().zip(texts).collect();
        self.listed = vec![listed];
    }
}

/// Whether something in an output folder is the file of a migration, listed or not.
pub fn is_migration(path: &str) -> bool {
    path.ends_with(".sql") && FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// Why the migrations of an earlier run cannot be gone on with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreviousError {
    /// `migrations/schema.json` cannot be read.
    Snapshot(String),
    /// `migrations/schema.json` holds both sides of a merge.
    Conflict,
    /// `migrations/schema.json` is gone, and this migration is there.
    Lost(String),
    /// A migration is gone.
    Missing(String),
    /// What is listed is no name of a migration in its place.
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
                "{SNAPSHOT} holds both sides of a merge; take the generated directory of the branch whose migrations \
                 others have (such as `git checkout main -- generated`), and run `dcrf migrate rebase`, which adds what \
                 the definition asks for beyond it"
            ),
            Self::Lost(path) => write!(
                f,
                "{SNAPSHOT} is missing, but {path} is there; restore it from version control: without it nobody \
                 knows what the tables are"
            ),
            Self::Missing(path) => {
                write!(f, "{path} is missing, but {SNAPSHOT} counts on it; restore it from version control")
            }
            Self::Name(name) => {
                write!(f, "{SNAPSHOT} lists {name:?}, which is no name of a migration in this place")
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
