//! What a client is told who wants more memory than there is.

use crate::ground::error::{Detail, Error};
use crate::ground::stats::LimitKind;

/// Whose part of the budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Excess {
    /// One request alone wants more than a connection may hold.
    #[error("a request takes more memory than a connection may hold")]
    Request {
        /// Bytes that a connection may hold.
        most: usize,
    },
    /// One statement of the application's own reads more than that.
    #[error("a statement takes more memory than a connection may hold")]
    Statement {
        /// Bytes that a connection may hold.
        most: usize,
    },
    /// The connection's.
    #[error("a connection holds as much memory as it may")]
    Connection,
    /// That of all connections of its address.
    #[error("the connections of an address hold as much memory as they may")]
    Address,
    /// All of it.
    #[error("the connections hold as much memory as they may")]
    Process,
}

impl Excess {
    /// The limit that is crossed.
    pub(crate) fn limit(self) -> LimitKind {
        match self {
            Self::Request { .. } | Self::Statement { .. } | Self::Connection => {
                LimitKind::MemoryPerConnection
            }
            Self::Address => LimitKind::MemoryPerAddress,
            Self::Process => LimitKind::Memory,
        }
    }
}

impl From<Excess> for Error {
    fn from(excess: Excess) -> Self {
        let (status, text) = match excess {
            Excess::Statement { most } => {
                let most = size(most);
                return Self::internal(format!(
                    "the rows of a statement take more than {most}, the limit `memory_per_connection`"
                ));
            }
            Excess::Request { most } => (400, format!("This takes more than {}: ask for less.", size(most))),
            Excess::Connection => (
                429,
                "This connection keeps too much memory busy: read what was answered, then try again."
                    .to_owned(),
            ),
            Excess::Address => {
                (429, "Connections of this address keep too much memory busy: try again.".to_owned())
            }
            Excess::Process => (503, "The server has too much to do: try again.".to_owned()),
        };
        Self::Api { status, detail: Detail::Text(text) }
    }
}

/// A number of bytes as limits are written.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        bytes if bytes > 0 && bytes % (1024 * 1024) == 0 => format!("{} MiB", bytes / (1024 * 1024)),
        bytes if bytes > 0 && bytes % 1024 == 0 => format!("{} KiB", bytes / 1024),
        bytes => format!("{bytes} bytes"),
    }
}
