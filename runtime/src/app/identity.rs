//! The identity of a client, and its authentication.

use std::time::{Duration, SystemTime};

use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::db::Db;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;

/// Who is asking.
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
    /// Nobody is logged in.
    #[default]
    Anonymous,
    /// Somebody is.
    User(Box<User>),
}

/// Somebody who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The key of the user, as text.
    pub id: String,
    /// The login this identity comes from, by which [`Sessions`](crate::Sessions) can end it alone.
    pub session: Option<String>,
    /// When the credentials were issued.
    pub issued_at: Option<SystemTime>,
    /// When the rights end; the connection is closed then.
    pub expires_at: Option<SystemTime>,
    /// What else the credentials say: roles, a tenant.
    pub claims: Map<String, Value>,
}

impl Identity {
    /// Somebody, by the key of the user; without an end.
    pub fn user(id: impl Into<String>) -> Self {
        let (session, issued_at, expires_at) = (None, None, None);
        Self::User(Box::new(User { id: id.into(), session, issued_at, expires_at, claims: Map::new() }))
    }

    /// The key of the user, if somebody is logged in.
    pub fn id(&self) -> Option<&str> {
        self.as_user().map(|user| user.id.as_str())
    }

    /// Whether somebody is logged in (Django's `is_authenticated`).
    pub fn is_authenticated(&self) -> bool {
        self.as_user().is_some()
    }

    /// All that is known of whoever is logged in.
    pub fn as_user(&self) -> Option<&User> {
        match self {
            Self::Anonymous => None,
            Self::User(user) => Some(user),
        }
    }

    /// A claim by name; none if nobody is logged in, it is absent, or it is no `T`.
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let value = self.as_user()?.claims.get(name)?;
        T::deserialize(value).ok()
    }

    /// The same with a claim; nobody has none.
    #[must_use]
    pub fn with_claim(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(|user| {
            user.claims.insert(name.into(), value.into());
        })
    }

    /// The same with all of these claims.
    #[must_use]
    pub fn with_claims(self, claims: Map<String, Value>) -> Self {
        self.with(|user| user.claims = claims)
    }

    /// The same with the login it comes from.
    #[must_use]
    pub fn with_session(self, session: impl Into<String>) -> Self {
        self.with(|user| user.session = Some(session.into()))
    }

    /// The same with the time its credentials were issued at.
    #[must_use]
    pub fn with_issued_at(self, time: SystemTime) -> Self {
        self.with(|user| user.issued_at = Some(time))
    }

    /// The same with an end.
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

/// Finds out who opens a socket, from the HTTP request: a cookie, a token in the query.
///
/// [`auth`](crate::auth) has those that most applications need; [`first_of`](crate::auth::first_of) has an example with one
/// of the application's own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot tell who is asking",
    note = "implement `dcrf_runtime::Authenticator` for `{Self}`: it makes an `Identity` of the parts of the handshake"
)]
pub trait Authenticator: Send + Sync + 'static {
    /// Who it is. Called once for every handshake; all requests of the socket are by the same user. A request
    /// without credentials is [anonymous](Identity::Anonymous), not an error.
    ///
    /// # Errors
    /// The handshake is refused with the status of the error: 401 for
    /// [`Error::NotAuthenticated`](crate::Error::NotAuthenticated), 403 for
    /// [`Error::PermissionDenied`](crate::Error::PermissionDenied).
    fn authenticate<'a>(&'a self, parts: &'a Parts, db: &'a Db) -> BoxFuture<'a, Result<Identity>>;

    /// How long an anonymous socket may take to send its token in the first frame (`authenticate`). None: it is
    /// served as anonymous at once.
    fn first_frame(&self) -> Option<Duration> {
        None
    }

    /// Whom the token of a first frame stands for. Only called where [`first_frame`](Self::first_frame) is some.
    ///
    /// # Errors
    /// The frame is answered with the error; the client may try again.
    fn authenticate_token<'a>(&'a self, token: &'a str, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        let _ = (token, db);
        Box::pin(std::future::ready(Err(Error::NotAuthenticated)))
    }
}

/// The [`Authenticator`] of a service that is given none: everybody is anonymous.
#[derive(Debug, Clone, Copy, Default)]
pub struct Anonymous;

impl Authenticator for Anonymous {
    fn authenticate<'a>(&'a self, _: &'a Parts, _: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(std::future::ready(Ok(Identity::Anonymous)))
    }
}
