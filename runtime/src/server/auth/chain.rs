//! Authenticators that combine others.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use axum::http::request::Parts;

use crate::app::identity::{Authenticator, Identity};
use crate::db::Db;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;

/// Several authenticators, of which the first that identifies a user counts. [`first_of`] creates it.
#[derive(Default)]
pub struct FirstOf(Vec<Box<dyn Authenticator>>);

/// Creates a sequence of authenticators, of which the first that identifies a user counts. If none identifies a user,
/// the handshake fails with the first refusal; if none refuses, the socket is anonymous. [`or`](FirstOf::or) adds more
/// authenticators.
///
/// ```
/// use axum::http::request::Parts;
/// use dcrf_runtime::auth::{SignedCookie, Token, checked, first_of, required};
/// use dcrf_runtime::dispatch::BoxFuture;
/// use dcrf_runtime::{Authenticator, Db, Error, Identity, Result};
///
/// /// An authenticator of the application: a proxy sends the user of a request in a header.
/// struct OfProxy;
///
/// impl Authenticator for OfProxy {
///     fn authenticate<'a>(&'a self, parts: &'a Parts, _db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
///         let user = parts.headers.get("x-user").and_then(|value| value.to_str().ok());
///         let identity = user.map_or(Identity::Anonymous, Identity::user);
///         Box::pin(async { Ok(identity) })
///     }
/// }
///
/// /// Refuses a blocked account.
/// async fn check(identity: Identity, _db: Db) -> Result<Identity> {
///     if identity.id() == Some("13") { Err(Error::PermissionDenied) } else { Ok(identity) }
/// }
///
/// let cookie = SignedCookie::new(["a secret of at least 32 random bytes"])?;
/// let token = Token::new(|token: String, _db: Db| async move {
///     Ok((token == "open sesame").then(|| Identity::user("7")))
/// });
/// // A token, else a cookie, else the proxy identifies the user. Other requests and blocked accounts are refused.
/// let authenticator = required(checked(first_of(token).or(cookie).or(OfProxy), check));
/// let service = things::service().authenticator(authenticator);
/// # Ok::<(), dcrf_runtime::auth::KeyError>(())
/// ```
pub fn first_of(authenticator: impl Authenticator) -> FirstOf {
    FirstOf::default().or(authenticator)
}

impl FirstOf {
    /// Adds an authenticator, which is used if those before it did not identify a user.
    #[must_use]
    pub fn or(mut self, authenticator: impl Authenticator) -> Self {
        self.0.push(Box::new(authenticator));
        self
    }
}

impl Authenticator for FirstOf {
    fn authenticate<'a>(&'a self, parts: &'a Parts, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async move {
            let mut refusal = None;
            for authenticator in &self.0 {
                match authenticator.authenticate(parts, db).await {
                    Ok(Identity::Anonymous) => {}
                    Ok(somebody) => return Ok(somebody),
                    Err(error) => refusal = refusal.or(Some(error)),
                }
            }
            refusal.map_or(Ok(Identity::Anonymous), Err)
        })
    }

    fn first_frame(&self) -> Option<Duration> {
        self.0.iter().filter_map(|authenticator| authenticator.first_frame()).max()
    }

    fn subprotocol<'a>(&self, offered: &[&'a str]) -> Option<&'a str> {
        self.0.iter().find_map(|authenticator| authenticator.subprotocol(offered))
    }

    fn authenticate_token<'a>(&'a self, token: &'a str, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async move {
            let mut refusal = None;
            let asked = self.0.iter().filter(|authenticator| authenticator.first_frame().is_some());
            for authenticator in asked {
                match authenticator.authenticate_token(token, db).await {
                    Ok(Identity::Anonymous) => {}
                    Ok(somebody) => return Ok(somebody),
                    Err(error) => refusal = refusal.or(Some(error)),
                }
            }
            Err(refusal.unwrap_or(Error::NotAuthenticated))
        })
    }
}

impl fmt::Debug for FirstOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FirstOf").field(&self.0.len()).finish()
    }
}

/// An authenticator for services without anonymous users. [`required`] creates it.
#[derive(Debug)]
pub struct Required<A>(A);

/// Creates an authenticator that refuses anonymous handshakes with 401, unless a token may come in the first frame.
/// [`first_of`] has an example.
pub fn required<A: Authenticator>(authenticator: A) -> Required<A> {
    Required(authenticator)
}

impl<A: Authenticator> Authenticator for Required<A> {
    fn authenticate<'a>(&'a self, parts: &'a Parts, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async move {
            match self.0.authenticate(parts, db).await? {
                Identity::Anonymous if self.0.first_frame().is_none() => Err(Error::NotAuthenticated),
                identity => Ok(identity),
            }
        })
    }

    fn first_frame(&self) -> Option<Duration> {
        self.0.first_frame()
    }

    fn subprotocol<'a>(&self, offered: &[&'a str]) -> Option<&'a str> {
        self.0.subprotocol(offered)
    }

    fn authenticate_token<'a>(&'a self, token: &'a str, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        self.0.authenticate_token(token, db)
    }
}

/// A check that the application makes for users with valid credentials, for example whether the account is still
/// active, or whether the password has changed since. Closures `Fn(Identity, Db) -> impl Future` implement it.
pub trait Check: Send + Sync + 'static {
    /// Returns the identity that is used from now on, perhaps with more claims.
    ///
    /// # Errors
    /// The handshake is refused.
    fn check(&self, identity: Identity, db: &Db) -> impl Future<Output = Result<Identity>> + Send;
}

impl<F, Fut> Check for F
where
    F: Fn(Identity, Db) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Identity>> + Send,
{
    fn check(&self, identity: Identity, db: &Db) -> impl Future<Output = Result<Identity>> + Send {
        self(identity, db.clone())
    }
}

/// An authenticator whose identities the application checks. [`checked`] creates it.
pub struct Checked<A, C> {
    authenticator: A,
    check: C,
}

/// Creates an authenticator that lets the application check every identity of a user, with access to the database.
/// Anonymous identities are not checked. [`first_of`] has an example.
pub fn checked<A: Authenticator, C: Check>(authenticator: A, check: C) -> Checked<A, C> {
    Checked { authenticator, check }
}

impl<A: Authenticator, C: Check> Checked<A, C> {
    async fn ask(&self, identity: Identity, db: &Db) -> Result<Identity> {
        if identity.is_authenticated() { self.check.check(identity, db).await } else { Ok(identity) }
    }
}

impl<A: Authenticator, C: Check> Authenticator for Checked<A, C> {
    fn authenticate<'a>(&'a self, parts: &'a Parts, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async move { self.ask(self.authenticator.authenticate(parts, db).await?, db).await })
    }

    fn first_frame(&self) -> Option<Duration> {
        self.authenticator.first_frame()
    }

    fn subprotocol<'a>(&self, offered: &[&'a str]) -> Option<&'a str> {
        self.authenticator.subprotocol(offered)
    }

    fn authenticate_token<'a>(&'a self, token: &'a str, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async move { self.ask(self.authenticator.authenticate_token(token, db).await?, db).await })
    }
}

impl<A: fmt::Debug, C> fmt::Debug for Checked<A, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked").field("authenticator", &self.authenticator).finish_non_exhaustive()
    }
}
