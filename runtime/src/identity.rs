//! Who is asking, and how the server knows.

use axum::http::request::Parts;

use crate::db::Db;
use crate::dispatch::BoxFuture;
use crate::error::Result;

/// Who is asking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// Nobody is logged in.
    #[default]
    Anonymous,
    /// Somebody is.
    User {
        /// The key of the user, as text.
        id: String,
    },
}

impl Identity {
    /// Somebody, by the key of the user.
    pub fn user(id: impl Into<String>) -> Self {
        Self::User { id: id.into() }
    }

    /// The key of the user, if somebody is logged in.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::User { id } => Some(id),
        }
    }

    /// Whether somebody is logged in (Django's `is_authenticated`).
    pub fn is_authenticated(&self) -> bool {
        self.id().is_some()
    }
}

/// Finds out who opens a socket, from the HTTP request: a cookie, a token in the query.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot tell who is asking",
    note = "implement `dcrf_runtime::Authenticator` for `{Self}`: it makes an `Identity` of the parts of the handshake"
)]
pub trait Authenticator: Send + Sync + 'static {
    /// Who it is. Called once for every handshake; all requests of the socket are by the same user.
    ///
    /// # Errors
    /// The handshake is refused with the status of the error: 401 for
    /// [`Error::NotAuthenticated`](crate::Error::NotAuthenticated), 403 for
    /// [`Error::PermissionDenied`](crate::Error::PermissionDenied).
    fn authenticate<'a>(&'a self, parts: &'a Parts, db: &'a Db) -> BoxFuture<'a, Result<Identity>>;
}

/// The [`Authenticator`] of a service that is given none: everybody is anonymous.
#[derive(Debug, Clone, Copy, Default)]
pub struct Anonymous;

impl Authenticator for Anonymous {
    fn authenticate<'a>(&'a self, _: &'a Parts, _: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(std::future::ready(Ok(Identity::Anonymous)))
    }
}
