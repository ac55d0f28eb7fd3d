//! The error of a request that needs more memory than is available.

use crate::ground::error::{Detail, Error};
use crate::ground::stats::LimitKind;

/// The limit that is exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Excess {
    /// One request alone needs more than a connection may hold.
    #[error("a request takes more memory than a connection may hold")]
    Request {
        /// The bytes that a connection may hold.
        most: usize,
    },
    /// One statement of the application reads more than a connection may hold.
    #[error("a statement takes more memory than a connection may hold")]
    Statement {
        /// The bytes that a connection may hold.
        most: usize,
    },
    /// The limit of the connection.
    #[error("a connection holds as much memory as it may")]
    Connection,
    /// The limit of all connections of its address.
    #[error("the connections of an address hold as much memory as they may")]
    Address,
    /// The limit of the process.
    #[error("the connections hold as much memory as they may")]
    Process,
}

impl Excess {
    /// Returns the limit that is crossed.
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
            Excess::Connection => {
                (429, "This connection uses too much memory: read the answers, then try again.".to_owned())
            }
            Excess::Address => {
                (429, "The connections of this address use too much memory: try again.".to_owned())
            }
            Excess::Process => (503, "The server has too much to do: try again.".to_owned()),
        };
        Self::Api { status, detail: Detail::Text(text) }
    }
}

/// Returns a number of bytes in the notation of limits.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        bytes if bytes > 0 && bytes % (1024 * 1024) == 0 => format!("{} MiB", bytes / (1024 * 1024)),
        bytes if bytes > 0 && bytes % 1024 == 0 => format!("{} KiB", bytes / 1024),
        bytes => format!("{bytes} bytes"),
    }
}
