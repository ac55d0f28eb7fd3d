//! Files that the generator does not change, and why.

use std::fmt;

/// A file that the generator does not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The path of the file, relative to the output.
    pub path: String,
    /// The reason why the file is not changed.
    pub kind: RefusalKind,
    /// The change that writing it would have made, as a unified diff; empty if there is no text to compare.
    pub diff: String,
}

/// The reason why a file is not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The generator wrote the file, and it was changed since.
    HandEdited,
    /// The generator did not write the file.
    NotOurs,
    /// There is a file where a directory is needed, or a directory with other files where a file is needed.
    InTheWay,
    /// There is a symbolic link or a special file, which may lead out of the output.
    Link,
    /// The file belongs to the history (see [`Plan::history`](super::plan::Plan::history)), and its text is not the
    /// generated one.
    Rewritten,
    /// The file lies in a folder of the history, and does not belong, or does not belong any more, to the plan.
    Unlisted,
}

impl RefusalKind {
    /// Returns the stable name, such as `hand-edited`.
    pub fn name(self) -> &'static str {
        match self {
            Self::HandEdited => "hand-edited",
            Self::NotOurs => "not-ours",
            Self::InTheWay => "in-the-way",
            Self::Link => "link",
            Self::Rewritten => "rewritten",
            Self::Unlisted => "unlisted",
        }
    }

    /// Tells whether `force` overrides the refusal. It replaces files, but does not empty directories or follow links.
    pub fn yields_to_force(self) -> bool {
        matches!(self, Self::HandEdited | Self::NotOurs)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.kind {
            RefusalKind::HandEdited => "was edited by hand since it was generated",
            RefusalKind::NotOurs => "exists and was not generated",
            RefusalKind::InTheWay => "is at the path of a generated file or directory",
            RefusalKind::Link => "is a symbolic link or a special file",
            RefusalKind::Rewritten => "belongs to the history, and its text differs from the generated one",
            RefusalKind::Unlisted => "is in a directory of the history, but the plan does not list it",
        };
        write!(f, "{} {reason}", self.path)
    }
}
