//! The files of a generated crate, as data.

use std::collections::BTreeMap;

/// Paths (relative, with `/`) and the text of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Sorted by path.
    pub files: BTreeMap<String, String>,
    /// A digest of all that the files were made from, with the generator itself; empty: it is not known.
    pub inputs: String,
}

impl Plan {
    /// Adds a file; a path is added once.
    pub fn add(&mut self, path: impl Into<String>, text: String) {
        let path = path.into();
        debug_assert!(!self.files.contains_key(&path), "{path} is emitted twice");
        self.files.insert(path, text);
    }
}
