//! What an output folder holds of earlier migrations.

use std::collections::BTreeMap;
use std::fmt;

use super::schema::{Schema, Snapshot};

/// Where the tables of the last migration are described.
pub const SNAPSHOT: &str = "migrations/schema.json";

/// The folders with migrations, one a database.
pub const FOLDERS: [&str; 2] = ["migrations/sqlite/", "migrations/postgres/"];

/// What an output folder already holds of migrations.
#[derive(Debug, Clone, Default)]
pub struct Previous {
    /// None: there were no tables yet.
    pub(super) schema: Option<Schema>,
    /// Without database and ending, in order: `0001_initial`.
    pub(super) names: Vec<String>,
    /// `migrations/sqlite/0001_initial.sql` and the like, as they are.
    pub(super) files: BTreeMap<String, String>,
}

impl Previous {
    /// Takes what is there of earlier runs out of the files of an output folder, by their paths in it.
    ///
    /// # Errors
    /// [`PreviousError`] if the description of the tables cannot be read, or does not fit the migrations that are there.
    pub fn read(there: &BTreeMap<String, String>) -> Result<Self, PreviousError> {
        let Some(text) = there.get(SNAPSHOT) else {
            let is_migration = |path: &&String| FOLDERS.iter().any(|folder| path.starts_with(folder));
            return match there.keys().find(|path| is_migration(path) && path.ends_with(".sql")) {
                Some(path) => Err(PreviousError::Lost(path.clone())),
                None => Ok(Self::default()),
            };
        };
        let snapshot: Snapshot =
            serde_json::from_str(text).map_err(|error| PreviousError::Snapshot(error.to_string()))?;
        let mut files = BTreeMap::new();
        for (index, name) in snapshot.migrations.iter().enumerate() {
            if !is_name(name, index + 1) {
                return Err(PreviousError::Name(name.clone()));
            }
            for folder in FOLDERS {
                let path = format!("{folder}{name}.sql");
                let text = there.get(&path).ok_or_else(|| PreviousError::Missing(path.clone()))?;
                files.insert(path, text.clone());
            }
        }
        Ok(Self { schema: Some(snapshot.schema), names: snapshot.migrations, files })
    }
}

/// Whether a migration can be called so: names become part of generated code, whoever wrote them.
fn is_name(name: &str, number: usize) -> bool {
    let rest = name.strip_prefix(&format!("{number:04}_"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// Why the migrations of an earlier run cannot be gone on with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreviousError {
    /// `migrations/schema.json` cannot be read.
    Snapshot(String),
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
            Self::Snapshot(error) => write!(
                f,
                "{SNAPSHOT} cannot be read: {error}; restore it from version control (after a conflict: that of one \
                 side, and remove the migrations of the other, which the next run writes anew)"
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

    use super::{Previous, PreviousError, SNAPSHOT};

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
        let error = read(&[(SNAPSHOT, "<<<<<<< ours")]).expect_err("a conflict");
        assert!(matches!(error, PreviousError::Snapshot(_)), "{error}");
    }
}
