//! The errors between a plan and the disk, as sentences with paths.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::refusal::Refusal;

/// The reason why an output was not written or checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The file system returned an error. Nothing was changed, unless the error is `Interrupted`.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The attempted action, as a verb.
        action: &'static str,
        /// The path of the action.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The switch to the new files stopped halfway; the next run completes it.
    #[error("the new files are complete in {}, but not all are in place; run the command again to finish ({cause})", staging.display())]
    Interrupted {
        /// The directory with the new files.
        staging: PathBuf,
        /// The error that stopped it.
        cause: Box<OutputError>,
    },
    /// The plan changes files that the generator must not change.
    #[error("{} cannot be written: {}", plural(.0.len(), "file"), list(.0))]
    Refused(Vec<Refusal>),
    /// The manifest cannot be parsed.
    #[error("{} is not a manifest of dcrf: {reason}; restore it, or delete it (then no file counts as generated)", path.display())]
    Manifest {
        /// The path of the manifest.
        path: PathBuf,
        /// The reason why it cannot be parsed.
        reason: String,
    },
    /// The path is outside of the output, or is one of the generator's own files.
    #[error("`{path}` is not a path inside the output")]
    UnsafePath {
        /// The path as written.
        path: String,
    },
    /// There is a symbolic link or a special file where the generator's own files belong.
    #[error("{} is a symbolic link or a special file; remove it, or choose another output", path.display())]
    Link {
        /// The path of the link.
        path: PathBuf,
    },
    /// The output is not a directory.
    #[error("{} is not a directory", path.display())]
    NotADirectory {
        /// The path of the output.
        path: PathBuf,
    },
}

impl OutputError {
    /// Returns a function that adds the action and the path to an error of the file system.
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
