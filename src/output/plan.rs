//! The files of a generated crate, as data.

use std::collections::{BTreeMap, BTreeSet};

/// The files of an output: their paths (relative, with `/`) and texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The text of each file, sorted by path.
    pub files: BTreeMap<String, String>,
    /// The folders whose files are only ever added, with a `/` at the end: an existing file stays unchanged, even if
    /// `force` replaces other files.
    pub history: Vec<String>,
    /// The files of the user's own in these folders, and the text that each gets if it does not exist yet. They have to
    /// exist with any text, and are not refused as unknown.
    pub own: BTreeMap<String, String>,
    /// The files of the history that are removed because others replace them. One that was edited since it was
    /// generated is kept and reported. One that is planned as well is replaced, even if its text differs.
    pub retired: BTreeSet<String>,
}

impl Plan {
    /// Tells whether a file belongs to the history, which is only ever added to.
    pub fn is_history(&self, path: &str) -> bool {
        path.ends_with(".sql") && self.history.iter().any(|folder| path.starts_with(folder.as_str()))
    }

    /// Adds a file. A path must be added only once.
    pub fn add(&mut self, path: impl Into<String>, text: String) {
        let path = path.into();
        debug_assert!(!self.files.contains_key(&path), "{path} is emitted twice");
        self.files.insert(path, text);
    }
}
