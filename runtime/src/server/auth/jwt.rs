//! JSON Web Tokens (RFC 7519) with HS256, RS256 and EdDSA.
//!
//! The key determines the algorithm: the header of the token must agree, and does not decide anything (RFC 8725, 3.1).

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::request::Parts;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};

use super::key::{KeyError, secret};
use super::places::Places;
use super::token::invalid;
use crate::app::identity::{Authenticator, Identity};
use crate::db::Db;
use crate::ground::error::Result;
use crate::ground::future::BoxFuture;

/// A key, which determines the algorithm.
#[derive(Clone)]
pub struct JwtKey {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl JwtKey {
    /// Creates a key for HS256 from a shared secret.
    ///
    /// # Errors
    /// [`KeyError::Short`] if the secret has less than 32 bytes.
    pub fn hs256(bytes: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let bytes = secret(bytes.as_ref())?;
        Ok(Self { algorithm: Algorithm::HS256, key: DecodingKey::from_secret(bytes) })
    }

    /// Creates a key for RS256 from the public key in PEM.
    ///
    /// # Errors
    /// [`KeyError::Unreadable`] if the key cannot be read.
    pub fn rs256(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Self::public(Algorithm::RS256, DecodingKey::from_rsa_pem(pem.as_ref()))
    }

    /// Creates a key for EdDSA from the public key of Ed25519 in PEM.
    ///
    /// # Errors
    /// [`KeyError::Unreadable`] if the key cannot be read.
    pub fn eddsa(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Self::public(Algorithm::EdDSA, DecodingKey::from_ed_pem(pem.as_ref()))
    }

    fn public(
        algorithm: Algorithm,
        key: jsonwebtoken::errors::Result<DecodingKey>,
    ) -> Result<Self, KeyError> {
        let key = key.map_err(|error| KeyError::Unreadable(error.to_string()))?;
        Ok(Self { algorithm, key })
    }
}

impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// An authenticator that reads a JSON Web Token from `Authorization: Bearer …`, from the query parameter `token`, or
/// from other [`places`](Self::places). A token that is not valid is refused with 401; a handshake without a token is
/// anonymous. When the token expires, the rights of the connection end.
///
/// ```
/// use dcrf_runtime::auth::{Jwt, JwtKey};
/// use std::time::Duration;
///
/// let jwt = Jwt::new(JwtKey::hs256("a secret of at least 32 random bytes")?)
///     .audience("chat")
///     .places(|places| places.no_query().first_frame(Duration::from_secs(10)));
/// # Ok::<(), dcrf_runtime::auth::KeyError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Jwt {
    keys: Vec<JwtKey>,
    audiences: Vec<String>,
    issuers: Vec<String>,
    leeway: Duration,
    expires: bool,
    user_claim: String,
    places: Places,
}

impl Jwt {
    /// Creates an authenticator for tokens that are signed with this key.
    pub fn new(key: JwtKey) -> Self {
        // An error means that the application has chosen a provider itself, which works as well.
        let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
        Self {
            keys: vec![key],
            audiences: Vec::new(),
            issuers: Vec::new(),
            leeway: Duration::from_secs(30),
            expires: true,
            user_claim: "sub".to_owned(),
            places: Places::new(&["Bearer"]),
        }
    }

    /// Accepts tokens that are signed with another key, too, so that keys can be changed.
    #[must_use]
    pub fn or_key(mut self, key: JwtKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Accepts only tokens for this audience (`aud`), or for another one that is added in this way. Without an
    /// audience, a token that names one is refused, because it is for another recipient (RFC 7519, 4.1.3).
    #[must_use]
    pub fn audience(mut self, name: impl Into<String>) -> Self {
        self.audiences.push(name.into());
        self
    }

    /// Accepts only tokens of this issuer (`iss`), or of another one that is added in this way.
    #[must_use]
    pub fn issuer(mut self, name: impl Into<String>) -> Self {
        self.issuers.push(name.into());
        self
    }

    /// Sets the greatest difference between the clocks of the issuer and of this server. The default is 30 seconds.
    #[must_use]
    pub fn leeway(mut self, time: Duration) -> Self {
        self.leeway = time;
        self
    }

    /// Accepts tokens without `exp`, too; a token with `exp` still expires. By default tokens without `exp` are
    /// refused, because they are valid for ever.
    #[must_use]
    pub fn without_expiry(mut self) -> Self {
        self.expires = false;
        self
    }

    /// Sets the claim with the key of the user, which is a text or an integer. The default is `sub`.
    #[must_use]
    pub fn user_claim(mut self, name: impl Into<String>) -> Self {
        self.user_claim = name.into();
        self
    }

    /// Changes the places from which the token is read.
    #[must_use]
    pub fn places(mut self, change: impl FnOnce(Places) -> Places) -> Self {
        self.places = change(self.places);
        self
    }

    /// Returns the identity for which a token stands. HTTP routes of the application call this.
    ///
    /// # Errors
    /// 401 if the token is not valid.
    pub fn verify(&self, token: &str) -> Result<Identity> {
        let mut refusal = None;
        for key in &self.keys {
            match jsonwebtoken::decode::<Map<String, Value>>(token, &key.key, &self.validation(key.algorithm))
            {
                Ok(token) => return self.identity(token.claims).ok_or_else(invalid),
                Err(error) => refusal = Some(error),
            }
        }
        // The reason is only logged: the client must not learn anything about the keys.
        tracing::debug!(error = ?refusal.map(|error| error.to_string()), "a token was refused");
        Err(invalid())
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        let mut needed = Vec::new();
        if self.expires {
            needed.push("exp");
        }
        // A claim that is only compared if it is present would not be a condition.
        if !self.audiences.is_empty() {
            validation.set_audience(&self.audiences);
            needed.push("aud");
        }
        if !self.issuers.is_empty() {
            validation.set_issuer(&self.issuers);
            needed.push("iss");
        }
        validation.set_required_spec_claims(&needed);
        validation.leeway = self.leeway.as_secs();
        validation.validate_nbf = true;
        validation
    }

    fn identity(&self, claims: Map<String, Value>) -> Option<Identity> {
        let id = match claims.get(&self.user_claim)? {
            Value::String(id) if !id.is_empty() => id.clone(),
            Value::Number(id) if id.is_i64() || id.is_u64() => id.to_string(),
            _ => return None,
        };
        let mut identity = Identity::user(id);
        if let Some(exp) = claims.get("exp") {
            identity = identity.with_expires_at(time(exp)?.checked_add(self.leeway)?);
        }
        if let Some(issued) = claims.get("iat").and_then(time) {
            identity = identity.with_issued_at(issued);
        }
        if let Some(session) = claims.get("sid").or_else(|| claims.get("jti")).and_then(Value::as_str) {
            identity = identity.with_session(session);
        }
        Some(identity.with_claims(claims))
    }
}

/// Parses a `NumericDate`: seconds since 1970, perhaps with a fraction.
fn time(value: &Value) -> Option<SystemTime> {
    let seconds = Duration::try_from_secs_f64(value.as_f64()?).ok()?;
    UNIX_EPOCH.checked_add(seconds)
}

impl Authenticator for Jwt {
    fn authenticate<'a>(&'a self, parts: &'a Parts, _: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        let token = self.places.find(parts);
        let identity = token.map_or(Ok(Identity::Anonymous), |token| self.verify(&token));
        Box::pin(std::future::ready(identity))
    }

    fn first_frame(&self) -> Option<Duration> {
        self.places.waits()
    }

    fn subprotocol<'a>(&self, offered: &[&'a str]) -> Option<&'a str> {
        self.places.selects(offered)
    }

    fn authenticate_token<'a>(&'a self, token: &'a str, _: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(std::future::ready(self.verify(token)))
    }
}

#[cfg(test)]
mod tests;
