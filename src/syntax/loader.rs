//! How definition files are read, and how their paths are joined; the core itself touches no disk.

use std::io;
use std::path::{Component, Path, PathBuf};

/// Gives the bytes of a file.
pub trait Loader {
    /// Reads a file. The path is one that the caller was given, or one that a `$ref` names relative to it.
    ///
    /// # Errors
    ///
    /// Whatever keeps the file from being read; it becomes the diagnostic `unreadable-file`.
    fn load(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// The path of a file that another file names, relative to that file's directory; `.` and `..` are resolved.
pub fn join(referrer: &Path, reference: &str) -> PathBuf {
    normalize(&referrer.parent().unwrap_or(Path::new("")).join(reference))
}

/// The path without `.` and, where a directory stands before it, without `..`.
pub fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(normal.components().next_back(), Some(Component::Normal(_))) => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::join;
    use std::path::{Path, PathBuf};

    #[test]
    fn a_reference_starts_at_its_file() {
        assert_eq!(join(Path::new("a/b.json"), "./c/../d.json"), PathBuf::from("a/d.json"));
        assert_eq!(join(Path::new("b.json"), "../d.json"), PathBuf::from("../d.json"));
    }
}
