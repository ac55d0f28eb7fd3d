//! The files of a generated crate, as data.

use std::collections::{BTreeMap, BTreeSet};

/// Paths (relative, with `/`) and the text of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Sorted by path.
    pub files: BTreeMap<String, String>,
    /// Folders whose files are only ever added, with the `/` at their end: what is there stays as it is, even where
    /// `force` replaces other files.
    pub history: Vec<String>,
    /// Files of the user's own among these, and what each reads where there is none yet: they have to be there, whatever
    /// they read, and are nobody else's.
    pub own: BTreeMap<String, String>,
    /// Files of the history that go, as something stands for them; one that was edited since it was generated stays, and
    /// is told. One that is planned as well is replaced, whatever it reads.
    pub retired: BTreeSet<String>,
}

impl Plan {
    /// Whether a file belongs to what is only ever added.
    pub fn is_history(&self, path: &str) -> bool {
        path.ends_with(".sql") && self.history.iter().any(|folder| path.starts_with(folder.as_str()))
    }

    /// Adds a file; a path is added once.
    pub fn add(&mut self, path: impl Into<String>, text: String) {
        let path = path.into();
        debug_assert!(!self.files.contains_key(&path), "{path} is emitted twice");
        self.files.insert(path, text);
    }
}
