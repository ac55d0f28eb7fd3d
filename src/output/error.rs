//! What can go wrong between a plan and the disk, as sentences with paths.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::refusal::Refusal;

/// Why an output was not written or checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The file system said no. Nothing was changed, unless the error is `Interrupted`.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The switch to the new files stopped halfway; the next run completes it.
    #[error("the new files are complete in {}, but not all are in place; run the command again to finish ({cause})", staging.display())]
    Interrupted {
        /// Where the new files are.
        staging: PathBuf,
        /// What stopped it.
        cause: Box<OutputError>,
    },
    /// Files that are not the generator's to touch.
    #[error("{} not written: {}", plural(.0.len(), "file"), list(.0))]
    Refused(Vec<Refusal>),
    /// The manifest cannot be read as one.
    #[error("{} is not a manifest of dcrf: {reason}; restore it, or delete it (then no file is taken for generated)", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A path that leaves the output, or names one of the generator's own files.
    #[error("`{path}` is not a path inside the output")]
    UnsafePath {
        /// As written.
        path: String,
    },
    /// A symbolic link or a special file where the generator's own files belong.
    #[error("{} is a symbolic link or a special file; remove it, or choose another output", path.display())]
    Link {
        /// Where.
        path: PathBuf,
    },
    /// The output is something else than a directory.
    #[error("{} is not a directory", path.display())]
    NotADirectory {
        /// The output.
        path: PathBuf,
    },
}

impl OutputError {
    /// Names the action and the path of an error of the file system.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn list(refusals: &[Refusal]) -> String {
    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
