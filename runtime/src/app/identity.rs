//! The identity of a client, and its authentication.

use std::time::{Duration, SystemTime};

use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::db::Db;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::row::Model;
use crate::schema::value::FromValue as _;
use crate::wire::decode::parameter as key_of_text;

/// The identity of a client.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use dcrf_runtime::Identity;
///
/// let user = Identity::user("7")
///     .with_claim("roles", ["editor"])
///     .with_expires_at(SystemTime::now() + Duration::from_secs(3600));
/// assert_eq!(user.id(), Some("7"));
/// assert_eq!(user.claim::<Vec<String>>("roles"), Some(vec!["editor".to_owned()]));
/// assert!(!Identity::Anonymous.is_authenticated());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// The client is not authenticated.
    #[default]
    Anonymous,
    /// The client is authenticated as this user.
    User(Box<User>),
}

/// An authenticated user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The key of the user, as text.
    pub id: String,
    /// The session (login) of the credentials, by which [`Sessions`](crate::Sessions) can revoke them alone.
    pub session: Option<String>,
    /// The time at which the credentials were issued.
    pub issued_at: Option<SystemTime>,
    /// The time at which the rights expire; the connection is closed then.
    pub expires_at: Option<SystemTime>,
    /// Further data of the credentials, for example roles or a tenant.
    pub claims: Map<String, Value>,
}

impl Identity {
    /// Creates the identity of the user with this key. It does not expire.
    pub fn user(id: impl Into<String>) -> Self {
        let (session, issued_at, expires_at) = (None, None, None);
        Self::User(Box::new(User { id: id.into(), session, issued_at, expires_at, claims: Map::new() }))
    }

    /// Returns the key of the user, if the client is authenticated.
    pub fn id(&self) -> Option<&str> {
        self.as_user().map(|user| user.id.as_str())
    }

    /// Returns the key of the user as a key of the rows of a model: `ctx.user().key::<User>()`.
    ///
    /// # Errors
    /// [`Error::NotAuthenticated`] if the client is not authenticated, or if no row can have this key.
    ///
    /// ```
    /// use dcrf_runtime::Identity;
    /// use users::models::User;
    ///
    /// assert_eq!(Identity::user("7").key::<User>()?, 7);
    /// assert_eq!(Identity::Anonymous.key::<User>().unwrap_err().status(), 401);
    /// # Ok::<(), dcrf_runtime::Error>(())
    /// ```
    pub fn key<M: Model>(&self) -> Result<M::Key> {
        let key = self.id().and_then(|id| key_of_text(&M::META.key_column().ty, id));
        M::Key::from_value(key.ok_or(Error::NotAuthenticated)?)
    }

    /// Tells whether the client is authenticated (Django's `is_authenticated`).
    pub fn is_authenticated(&self) -> bool {
        self.as_user().is_some()
    }

    /// Returns the user, if the client is authenticated.
    pub fn as_user(&self) -> Option<&User> {
        match self {
            Self::Anonymous => None,
            Self::User(user) => Some(user),
        }
    }

    /// Returns a claim by its name; `None` if the client is anonymous, or if the claim is absent or not a `T`.
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let value = self.as_user()?.claims.get(name)?;
        T::deserialize(value).ok()
    }

    /// Adds a claim. An anonymous identity stays unchanged.
    #[must_use]
    pub fn with_claim(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(|user| {
            user.claims.insert(name.into(), value.into());
        })
    }

    /// Replaces all claims with these. An anonymous identity stays unchanged.
    #[must_use]
    pub fn with_claims(self, claims: Map<String, Value>) -> Self {
        self.with(|user| user.claims = claims)
    }

    /// Sets the session (login) of the credentials.
    #[must_use]
    pub fn with_session(self, session: impl Into<String>) -> Self {
        self.with(|user| user.session = Some(session.into()))
    }

    /// Sets the time at which the credentials were issued.
    #[must_use]
    pub fn with_issued_at(self, time: SystemTime) -> Self {
        self.with(|user| user.issued_at = Some(time))
    }

    /// Sets the time at which the rights expire.
    #[must_use]
    pub fn with_expires_at(self, time: SystemTime) -> Self {
        self.with(|user| user.expires_at = Some(time))
    }

    fn with(mut self, change: impl FnOnce(&mut User)) -> Self {
        if let Self::User(user) = &mut self {
            change(user);
        }
        self
    }
}

/// An authenticator of clients. It determines the identity of a client that opens a socket from the HTTP request, for
/// example from a cookie or from a token in the query.
///
/// The module [`auth`](crate::auth) has the authenticators that most applications need. The example of
/// [`first_of`](crate::auth::first_of) shows one that an application implements.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot tell who is asking",
    note = "implement `dcrf_runtime::Authenticator` for `{Self}`: it makes an `Identity` of the parts of the handshake"
)]
pub trait Authenticator: Send + Sync + 'static {
    /// Returns the identity of the client. The runtime calls this method once for every handshake; all requests of the
    /// socket have the same user. A request without credentials is [anonymous](Identity::Anonymous), which is not an
    /// error.
    ///
    /// # Errors
    /// The handshake is refused with the status of the error: 401 for
    /// [`Error::NotAuthenticated`](crate::Error::NotAuthenticated), 403 for
    /// [`Error::PermissionDenied`](crate::Error::PermissionDenied).
    fn authenticate<'a>(&'a self, parts: &'a Parts, db: &'a Db) -> BoxFuture<'a, Result<Identity>>;

    /// Returns the time within which an anonymous socket has to send its token in the first frame (`authenticate`).
    /// `None` means that the socket is served as anonymous at once.
    fn first_frame(&self) -> Option<Duration> {
        None
    }

    /// Selects the subprotocol that stands beside a token among those that a client offers in
    /// `Sec-WebSocket-Protocol`; `None` if this authenticator reads no token there. The server selects it if it
    /// knows none of the others, because a browser refuses a connection without a selected subprotocol.
    fn subprotocol<'a>(&self, offered: &[&'a str]) -> Option<&'a str> {
        let _ = offered;
        None
    }

    /// Returns the identity for which the token of a first frame stands. The runtime calls this method only if
    /// [`first_frame`](Self::first_frame) returns a time.
    ///
    /// # Errors
    /// The frame is answered with the error; the client may try again.
    fn authenticate_token<'a>(&'a self, token: &'a str, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        let _ = (token, db);
        Box::pin(std::future::ready(Err(Error::NotAuthenticated)))
    }
}

/// The [`Authenticator`] of a service for which no other is set: every client is anonymous.
#[derive(Debug, Clone, Copy, Default)]
pub struct Anonymous;

impl Authenticator for Anonymous {
    fn authenticate<'a>(&'a self, _: &'a Parts, _: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(std::future::ready(Ok(Identity::Anonymous)))
    }
}
