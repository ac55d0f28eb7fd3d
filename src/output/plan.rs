//! The files of a generated crate, as data.

use std::collections::BTreeMap;

/// Paths (relative, with `/`) and the text of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Sorted by path.
    pub files: BTreeMap<String, String>,
}
