//! The reasons why a database cannot execute a request at the moment, as far as clients may know.

/// A kind of reason. Clients get no other details: neither addresses nor paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Other users of the database are in the way: they hold a lock, all connections, or the available memory; or the
    /// request took too long.
    Busy,
    /// The database has no space left for the data.
    Full,
    /// The database can only be read: it is a standby, or a file without write permission.
    ReadOnly,
    /// The files of the database cannot be read or written, or are damaged.
    Storage,
    /// The database does not exist, does not answer, or has ended the connection.
    Unreachable,
}

impl Reason {
    /// Returns the sentence for clients and probes.
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

/// The failure of a database that could not execute something: nothing was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
#[non_exhaustive]
pub struct Outage {
    /// The reason, which the client gets.
    pub reason: Reason,
    /// The cause, which is logged.
    pub cause: String,
    /// Whether the outage may pass soon, so that a transaction runs again.
    pub(crate) passes: bool,
}

impl Outage {
    /// Creates an outage that does not pass soon.
    pub fn new(reason: Reason, cause: impl Into<String>) -> Self {
        Self { reason, cause: cause.into(), passes: false }
    }

    /// Creates an outage that may pass soon.
    pub(crate) fn passing(reason: Reason, cause: impl Into<String>) -> Self {
        Self { passes: true, ..Self::new(reason, cause) }
    }
}
