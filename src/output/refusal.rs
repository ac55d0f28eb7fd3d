//! Files that the generator does not touch, and why.

use std::fmt;

/// A file that the generator does not touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which, relative to the output.
    pub path: String,
    /// Why.
    pub kind: RefusalKind,
    /// What writing it would have changed, as a unified diff; empty where there is no text to compare.
    pub diff: String,
}

/// Why a file is not touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The generator wrote it, and somebody changed it since.
    HandEdited,
    /// The generator did not write it.
    NotOurs,
    /// A file where a directory is needed, or a directory with other files where a file is needed.
    InTheWay,
    /// A symbolic link or a special file, which may lead out of the output.
    Link,
    /// It belongs to what is only ever added (see [`Plan::history`](super::plan::Plan::history)), and is not what was
    /// generated.
    Rewritten,
    /// It lies with what is only ever added, and is not, or not any more, among it.
    Unlisted,
}

impl RefusalKind {
    /// The stable name: `hand-edited`.
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

    /// Whether `force` overrides it. Force replaces files; it neither empties directories nor follows links.
    pub fn yields_to_force(self) -> bool {
        matches!(self, Self::HandEdited | Self::NotOurs)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.kind {
            RefusalKind::HandEdited => "was edited by hand since it was generated",
            RefusalKind::NotOurs => "exists and was not generated",
            RefusalKind::InTheWay => "is in the way of what is to be generated",
            RefusalKind::Link => "is a symbolic link or a special file",
            RefusalKind::Rewritten => "is only ever added, and does not read as it was generated",
            RefusalKind::Unlisted => "is not listed among what is only ever added",
        };
        write!(f, "{} {reason}", self.path)
    }
}
