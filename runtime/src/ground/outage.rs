//! The reasons why a database cannot execute a request at the moment, as far as clients may know.

/// A kind of reason. Clients are told no more: neither addresses nor paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Others are in the way: they hold a lock, all connections, or what there is of memory; or it took too long.
    Busy,
    /// There is no room left for what is written.
    Full,
    /// It can only be read: a standby, or a file that may not be written.
    ReadOnly,
    /// Its files cannot be read or written, or are damaged.
    Storage,
    /// It is not there, does not answer, or has ended the connection.
    Unreachable,
}

impl Reason {
    /// What clients and probes are told.
    ///
    /// ```
    /// assert_eq!(dcrf_runtime::Reason::Full.sentence(), "The database is full.");
    /// ```
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Busy => "The database is busy.",
            Self::Full => "The database is full.",
            Self::ReadOnly => "The database can only be read.",
            Self::Storage => "The database cannot use its storage.",
            Self::Unreachable => "The database is not reachable.",
        }
    }
}

/// A database that could not do something: nothing was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
#[non_exhaustive]
pub struct Outage {
    /// What the client is told.
    pub reason: Reason,
    /// What the log is told.
    pub cause: String,
    /// Whether it may pass soon, so that a transaction runs again.
    pub(crate) passes: bool,
}

impl Outage {
    /// One that is not over in a moment.
    pub fn new(reason: Reason, cause: impl Into<String>) -> Self {
        Self { reason, cause: cause.into(), passes: false }
    }

    /// Creates an outage that may pass soon.
    pub(crate) fn passing(reason: Reason, cause: impl Into<String>) -> Self {
        Self { passes: true, ..Self::new(reason, cause) }
    }
}
