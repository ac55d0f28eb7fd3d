//! Tokens that the application looks up.

use std::fmt;
use std::future::Future;

use axum::http::request::Parts;

use super::places::Places;
use crate::app::identity::{Authenticator, Identity};
use crate::db::Db;
use crate::ground::error::{Detail, Error, Result};
use crate::ground::future::BoxFuture;

/// A function of the application that looks up the identity of a token. Closures `Fn(String, Db) -> impl Future`
/// implement it.
///
/// Tokens with a long life should be stored as hashes: look up the hash of the token.
pub trait TokenLookup: Send + Sync + 'static {
    /// Returns the identity for which the token stands; `None` if the token is not valid.
    fn find(&self, token: &str, db: &Db) -> impl Future<Output = Result<Option<Identity>>> + Send;
}

impl<F, Fut> TokenLookup for F
where
    F: Fn(String, Db) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Option<Identity>>> + Send,
{
    fn find(&self, token: &str, db: &Db) -> impl Future<Output = Result<Option<Identity>>> + Send {
        self(token.to_owned(), db.clone())
    }
}

/// An authenticator that reads a token (`Authorization: Bearer …` or `Token …`, or the query parameter `token`) and
/// lets the application look it up. An unknown token is refused with 401; a handshake without a token is anonymous.
///
/// ```
/// use dcrf_runtime::{Db, Identity, auth::Token};
///
/// let tokens = Token::new(|token: String, _db: Db| async move {
///     Ok((token == "open sesame").then(|| Identity::user("7")))
/// });
/// ```
pub struct Token<L> {
    lookup: L,
    places: Places,
}

impl<L: TokenLookup> Token<L> {
    /// Creates an authenticator whose tokens are looked up by this function.
    pub fn new(lookup: L) -> Self {
        Self { lookup, places: Places::new(&["Bearer", "Token"]) }
    }

    /// Changes the places from which the token is read.
    #[must_use]
    pub fn places(mut self, change: impl FnOnce(Places) -> Places) -> Self {
        self.places = change(self.places);
        self
    }
}

impl<L: TokenLookup> Authenticator for Token<L> {
    fn authenticate<'a>(&'a self, parts: &'a Parts, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async move {
            match self.places.find(parts) {
                Some(token) => self.lookup.find(&token, db).await?.ok_or_else(invalid),
                None => Ok(Identity::Anonymous),
            }
        })
    }

    fn first_frame(&self) -> Option<std::time::Duration> {
        self.places.waits()
    }

    fn subprotocol<'a>(&self, offered: &[&'a str]) -> Option<&'a str> {
        self.places.selects(offered)
    }

    fn authenticate_token<'a>(&'a self, token: &'a str, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async move { self.lookup.find(token, db).await?.ok_or_else(invalid) })
    }
}

impl<L> fmt::Debug for Token<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("places", &self.places).finish_non_exhaustive()
    }
}

/// Returns the error for an invalid token, which does not depend on the reason (DRF's `TokenAuthentication`).
pub(super) fn invalid() -> Error {
    Error::Api { status: 401, detail: Detail::text("Invalid token.") }
}
