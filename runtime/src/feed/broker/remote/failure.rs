//! The reason why a connection to a broker is given up.

/// The reason why a connection is given up. Only its text is used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// The reason of most lost connections.
pub(crate) const CLOSED: &str = "it was closed";
