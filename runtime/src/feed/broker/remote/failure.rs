//! Why a connection to a broker is given up.

/// Why a connection is given up. Nothing but the text is of use.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Why most connections are lost.
pub(crate) const CLOSED: &str = "it was closed";
