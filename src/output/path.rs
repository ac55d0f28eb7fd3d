//! Paths inside the output, which are checked before they are used in the file system.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::OutputError;

/// The name of the manifest, at the root of the output.
pub const MANIFEST: &str = ".generated.json";

/// The name of the staging directory, at the root of the output.
pub(super) const STAGING: &str = ".generated.tmp";

/// The name of the lock file, where a directory cannot be locked itself.
pub(super) const LOCK: &str = ".generated.lock";

/// A path inside the output: relative, with `/` between plain components, and not one of the generator's own files.
///
/// Manifests and journals are files that anyone may edit, so [`OwnedPath::parse`] checks every path in them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OwnedPath(String);

impl OwnedPath {
    /// Accepts a path that stays inside the directory on every platform; any other is an `UnsafePath`.
    pub fn parse(text: &str) -> Result<Self, OutputError> {
        let safe = text.split('/').all(is_plain) && !is_reserved(text);
        if safe { Ok(Self(text.to_owned())) } else { Err(OutputError::UnsafePath { path: text.to_owned() }) }
    }

    /// Returns the path as text, with `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path under a root on this machine.
    pub fn under(&self, root: &Path) -> PathBuf {
        self.0.split('/').fold(root.to_path_buf(), |path, part| path.join(part))
    }

    /// Returns the directories above the path inside the output, outermost first.
    pub(super) fn parents(&self) -> impl DoubleEndedIterator<Item = OwnedPath> + '_ {
        let ends: Vec<usize> = self.0.match_indices('/').map(|(end, _)| end).collect();
        ends.into_iter().map(|end| Self(self.0[..end].to_owned()))
    }

    /// Tells whether this path is a directory above the other.
    pub(super) fn is_above(&self, other: &Self) -> bool {
        other.0.strip_prefix(&self.0).is_some_and(|rest| rest.starts_with('/'))
    }
}

impl TryFrom<String> for OwnedPath {
    type Error = OutputError;

    fn try_from(text: String) -> Result<Self, OutputError> {
        Self::parse(&text)
    }
}

impl From<OwnedPath> for String {
    fn from(path: OwnedPath) -> Self {
        path.0
    }
}

impl std::fmt::Display for OwnedPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Tells whether a component is plain. `:` and `\` are refused everywhere, because other systems use them for drives,
/// streams and separators.
fn is_plain(component: &str) -> bool {
    !matches!(component, "" | "." | "..")
        && !component.contains(|c: char| matches!(c, '\\' | ':') || c.is_control())
}

/// Tells whether a path is one of the generator's own files. It is compared without case, because some file systems
/// ignore case.
fn is_reserved(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    [MANIFEST, STAGING, LOCK].iter().any(|own| own.eq_ignore_ascii_case(first))
}

#[cfg(test)]
mod tests {
    use super::OwnedPath;

    #[test]
    fn only_paths_that_stay_inside_are_taken() {
        for good in ["Cargo.toml", "src/lib.rs", "client/src/consumers/posts.ts", "..a", ".gitignore"] {
            assert!(OwnedPath::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "./a",
            "a/",
            "C:/x",
            "a\\b",
            "a\0b",
            ".generated.json",
            ".Generated.JSON",
            ".generated.tmp/0",
        ] {
            assert!(OwnedPath::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn parents_come_outermost_first() {
        let path = OwnedPath::parse("a/b/c").unwrap();
        let parents: Vec<String> = path.parents().map(String::from).collect();
        assert_eq!(parents, ["a", "a/b"]);
        assert!(OwnedPath::parse("a").unwrap().is_above(&path));
        assert!(!OwnedPath::parse("a/bc").unwrap().is_above(&OwnedPath::parse("a/b").unwrap()));
    }
}
