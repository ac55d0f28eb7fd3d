//! Authenticators that combine others.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use axum::http::request::Parts;

use crate::app::identity::{Authenticator, Identity};
use crate::db::Db;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;

/// Several authenticators: see [`first_of`].
#[derive(Default)]
pub struct FirstOf(Vec<Box<dyn Authenticator>>);

/// The first authenticator that knows somebody counts. If none does, the first refusal; if none refuses, the socket
/// is anonymous. More are added by [`or`](FirstOf::or).
///
/// ```
/// use axum::http::request::Parts;
/// use dcrf_runtime::auth::{SignedCookie, Token, checked, first_of, required};
/// use dcrf_runtime::dispatch::BoxFuture;
/// use dcrf_runtime::{Authenticator, Db, Error, Identity, Result};
///
/// /// An authenticator of the application's own: a proxy says who is asking.
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
/// /// Whether an account is still good.
/// async fn check(identity: Identity, _db: Db) -> Result<Identity> {
///     if identity.id() == Some("13") { Err(Error::PermissionDenied) } else { Ok(identity) }
/// }
///
/// let cookie = SignedCookie::new(["a secret of at least 32 random bytes"])?;
/// let token = Token::new(|token: String, _db: Db| async move {
///     Ok((token == "open sesame").then(|| Identity::user("7")))
/// });
/// // A token, else a cookie, else the proxy; of good standing; nobody else gets in.
/// let authenticator = required(checked(first_of(token).or(cookie).or(OfProxy), check));
/// let service = things::service().authenticator(authenticator);
/// # Ok::<(), dcrf_runtime::auth::KeyError>(())
/// ```
pub fn first_of(authenticator: impl Authenticator) -> FirstOf {
    FirstOf::default().or(authenticator)
}

impl FirstOf {
    /// And if nobody is known by then, another.
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

/// An authenticator for services without anonymous users: see [`required`].
#[derive(Debug)]
pub struct Required<A>(A);

/// Refuses handshakes of nobody with 401, unless a token may come in the first frame. [`first_of`] has an example.
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

    fn authenticate_token<'a>(&'a self, token: &'a str, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        self.0.authenticate_token(token, db)
    }
}

/// What an application asks of somebody whose credentials are good: is the account still active, was the password
/// changed since? Closures `Fn(Identity, Db) -> impl Future` do.
pub trait Check: Send + Sync + 'static {
    /// The identity to go on with, perhaps with more claims.
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

/// An authenticator whose answer the application checks: see [`checked`].
pub struct Checked<A, C> {
    authenticator: A,
    check: C,
}

/// Asks the application about everybody the authenticator knows, with the database at hand. It is not asked about
/// anonymous sockets. [`first_of`] has an example.
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

    fn authenticate_token<'a>(&'a self, token: &'a str, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async move { self.ask(self.authenticator.authenticate_token(token, db).await?, db).await })
    }
}

impl<A: fmt::Debug, C> fmt::Debug for Checked<A, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked").field("authenticator", &self.authenticator).finish_non_exhaustive()
    }
}
