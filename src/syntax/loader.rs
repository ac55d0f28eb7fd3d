//! The interface for reading definition files, and joining of their paths. This module does not access the disk.

use std::io;
use std::path::{Component, Path, PathBuf};

/// Reads the bytes of files.
pub trait Loader {
    /// Reads a file. The path was given by the caller, or a `$ref` names it relative to another file.
    ///
    /// # Errors
    ///
    /// Returns the error that prevents reading the file; it becomes the diagnostic `unreadable-file`.
    fn load(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// Returns the path of a file that another file names, relative to that file's directory, without `.` and `..`.
pub fn join(referrer: &Path, reference: &str) -> PathBuf {
    normalize(&referrer.parent().unwrap_or(Path::new("")).join(reference))
}

/// Returns the path without `.` and, where a directory precedes it, without `..`.
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
