//! Sessions in a signed cookie. The server does not store them.
//!
//! The value is `v1.<payload>.<signature>`, both in base64url without padding. The payload is JSON, and the signature
//! is HMAC-SHA256 over the name of the cookie, the version and the payload, so that a value is valid under one name
//! only.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::Sha256;

use super::key::{KeyError, secret};
use super::places::cookies;
use crate::app::identity::{Authenticator, Identity, User};
use crate::db::Db;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;

const VERSION: &str = "v1";

/// The greatest number of bytes of a value that is parsed. Browsers do not keep more than 4096 bytes of a cookie.
const MAX_VALUE: usize = 4096;

/// A session cookie: HttpOnly, SameSite=Lax and Secure, signed with HMAC-SHA256. Clones share their keys.
///
/// A socket whose value is not valid or has expired is anonymous, like one without a session.
///
/// ```
/// use dcrf_runtime::{Identity, auth::SignedCookie};
///
/// let cookie = SignedCookie::new(["a secret of at least 32 random bytes"])?;
/// let issued = cookie.issue(&Identity::user("7").with_claim("roles", ["editor"]))?;
/// assert!(issued.set_cookie.to_str()?.starts_with("__Host-session=v1."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SignedCookie {
    keys: Arc<[Hmac<Sha256>]>,
    name: Option<String>,
    lifetime: Duration,
    secure: bool,
    strict: bool,
}

/// A new session.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Issued {
    /// The identity of the user, with the id and the end of the session.
    pub identity: Identity,
    /// The value of the header `Set-Cookie`.
    pub set_cookie: HeaderValue,
}

/// The signed data. The keys are short because every request carries them.
#[derive(Serialize, Deserialize)]
struct Payload {
    #[serde(rename = "u")]
    user: String,
    #[serde(rename = "s")]
    session: String,
    /// The time of issue in microseconds since 1970: a password may be changed and the session renewed within one
    /// second.
    #[serde(rename = "i")]
    issued: u64,
    /// The time of expiry in microseconds since 1970.
    #[serde(rename = "e")]
    expires: u64,
    #[serde(rename = "c", default, skip_serializing_if = "Map::is_empty")]
    claims: Map<String, Value>,
}

impl SignedCookie {
    /// Creates cookies that are signed with the first of these secrets. Cookies that were signed with another one are
    /// valid, too, so that keys can be changed: put the new secret first, and keep the old one until all its sessions
    /// have expired.
    ///
    /// # Errors
    /// [`KeyError`] if there is no secret, or if one has less than 32 bytes.
    pub fn new<K: AsRef<[u8]>>(secrets: impl IntoIterator<Item = K>) -> Result<Self, KeyError> {
        let key = |bytes: K| {
            let bytes = secret(bytes.as_ref())?;
            Hmac::new_from_slice(bytes).map_err(|_| KeyError::Short(bytes.len()))
        };
        let keys: Arc<[Hmac<Sha256>]> = secrets.into_iter().map(key).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(KeyError::None);
        }
        let lifetime = Duration::from_secs(14 * 24 * 60 * 60);
        Ok(Self { keys, name: None, lifetime, secure: true, strict: false })
    }

    /// Sets the name of the cookie. The default is `__Host-session`, which browsers accept only from the host itself
    /// and over TLS, or `session` if the cookie is not secure.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets how long a session lasts. The default is 14 days, as in Django.
    #[must_use]
    pub fn lifetime(mut self, time: Duration) -> Self {
        self.lifetime = time;
        self
    }

    /// Allows the cookie without TLS, for development.
    #[must_use]
    pub fn insecure(mut self) -> Self {
        self.secure = false;
        self
    }

    /// Sets `SameSite=Strict` instead of `Lax`.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Begins a session of a user, under a new id: the id of an earlier session is never reused.
    ///
    /// # Errors
    /// [`Error::NotAuthenticated`] for an anonymous identity; [`Error::Internal`] if the claims do not fit into a
    /// cookie.
    pub fn issue(&self, identity: &Identity) -> Result<Issued> {
        let user = identity.as_user().ok_or(Error::NotAuthenticated)?;
        let issued = micros(SystemTime::now());
        let expires = issued.saturating_add(u64::try_from(self.lifetime.as_micros()).unwrap_or(u64::MAX));
        let payload = Payload {
            user: user.id.clone(),
            session: uuid::Uuid::new_v4().simple().to_string(),
            issued,
            expires,
            claims: user.claims.clone(),
        };
        let value = self.seal(&payload)?;
        if self.cookie_name().len() + value.len() >= MAX_VALUE {
            return Err(Error::internal(format!(
                "a session of {} bytes does not fit into a cookie",
                value.len()
            )));
        }
        let set_cookie = self.header(&value, self.lifetime.as_secs())?;
        Ok(Issued { identity: payload.into_identity(), set_cookie })
    }

    /// Returns the value of `Set-Cookie` that makes the browser delete the cookie. The session itself stays valid: call
    /// [`Sessions::revoke`](crate::Sessions::revoke), too.
    pub fn end(&self) -> HeaderValue {
        // The name was valid when the cookie was issued.
        self.header("", 0).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// Returns the identity of the user of an HTTP request. Routes should also call
    /// [`Sessions::allows`](crate::Sessions::allows).
    pub fn read(&self, headers: &HeaderMap) -> Identity {
        cookies(headers, self.cookie_name()).find_map(|value| self.open(value)).unwrap_or_default()
    }

    fn cookie_name(&self) -> &str {
        let default = if self.secure { "__Host-session" } else { "session" };
        self.name.as_deref().unwrap_or(default)
    }

    fn header(&self, value: &str, seconds: u64) -> Result<HeaderValue> {
        let name = self.cookie_name();
        let same_site = if self.strict { "Strict" } else { "Lax" };
        let secure = if self.secure { "; Secure" } else { "" };
        let text =
            format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite={same_site}{secure}");
        HeaderValue::from_str(&text)
            .map_err(|_| Error::internal(format!("{name:?} is not a name for a cookie")))
    }

    fn seal(&self, payload: &Payload) -> Result<String> {
        let json = serde_json::to_vec(payload).map_err(|error| Error::internal(error.to_string()))?;
        let signed = format!("{VERSION}.{}", URL_SAFE_NO_PAD.encode(json));
        let signature = self.mac(&self.keys[0], &signed).finalize().into_bytes();
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn open(&self, value: &str) -> Option<Identity> {
        let (signed, signature) = value.rsplit_once('.').filter(|_| value.len() <= MAX_VALUE)?;
        let payload = signed.strip_prefix(VERSION)?.strip_prefix('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        // The time of `verify_slice` does not depend on the position of the difference.
        let good = |key: &Hmac<Sha256>| self.mac(key, signed).verify_slice(&signature).is_ok();
        if !self.keys.iter().any(good) {
            return None;
        }
        let payload: Payload = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        (payload.expires > micros(SystemTime::now())).then(|| payload.into_identity())
    }

    fn mac(&self, key: &Hmac<Sha256>, signed: &str) -> Hmac<Sha256> {
        let mut mac = key.clone();
        for part in ["dcrf session\0", self.cookie_name(), "\0", signed] {
            mac.update(part.as_bytes());
        }
        mac
    }
}

impl Payload {
    fn into_identity(self) -> Identity {
        let time = |micros| UNIX_EPOCH.checked_add(Duration::from_micros(micros));
        let (issued_at, expires_at) = (time(self.issued), time(self.expires));
        let (id, session) = (self.user, Some(self.session));
        Identity::User(Box::new(User { id, session, issued_at, expires_at, claims: self.claims }))
    }
}

fn micros(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

impl Authenticator for SignedCookie {
    fn authenticate<'a>(&'a self, parts: &'a Parts, _: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(std::future::ready(Ok(self.read(&parts.headers))))
    }
}

impl fmt::Debug for SignedCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedCookie").field("name", &self.cookie_name()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "an old secret of thirty-two bytes";
    const NEW: &str = "a new secret of thirty-two bytes!";

    fn value(issued: &Issued) -> String {
        let text = issued.set_cookie.to_str().expect("ASCII");
        text.split(';').next().expect("a pair").to_owned()
    }

    fn read(cookie: &SignedCookie, sent: &str) -> Identity {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", sent.parse().expect("a good header"));
        cookie.read(&headers)
    }

    fn cookie(secrets: &[&str]) -> SignedCookie {
        SignedCookie::new(secrets).expect("good keys")
    }

    #[test]
    fn what_was_issued_is_read() {
        let cookie = cookie(&[NEW]);
        let issued = cookie.issue(&Identity::user("7").with_claim("roles", ["a"])).expect("a session");
        assert_eq!(read(&cookie, &format!("x=y; {}", value(&issued))), issued.identity);
        assert!(
            issued.identity.as_user().is_some_and(|user| user.session.is_some() && user.expires_at.is_some())
        );
        let header = issued.set_cookie.to_str().expect("ASCII");
        assert!(header.ends_with("; Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax; Secure"), "{header}");
        let end = cookie.end();
        assert!(end.to_str().expect("ASCII").starts_with("__Host-session=; Path=/; Max-Age=0;"));
    }

    #[test]
    fn every_login_has_an_id_of_its_own() {
        let cookie = cookie(&[NEW]);
        let first = cookie.issue(&Identity::user("7")).expect("a session");
        let again = cookie.issue(&first.identity).expect("a session");
        assert_ne!(
            first.identity.as_user().map(|u| &u.session),
            again.identity.as_user().map(|u| &u.session)
        );
    }

    #[test]
    fn keys_can_be_changed() {
        let issued = cookie(&[OLD]).issue(&Identity::user("7")).expect("a session");
        assert!(read(&cookie(&[NEW, OLD]), &value(&issued)).is_authenticated());
        assert!(!read(&cookie(&[NEW]), &value(&issued)).is_authenticated());
        assert!(matches!(SignedCookie::new(["short"]), Err(KeyError::Short(5))));
        assert!(matches!(SignedCookie::new::<&str>([]), Err(KeyError::None)));
    }

    #[test]
    fn whatever_was_changed_is_nobodys() {
        let cookie = cookie(&[NEW]);
        let good = value(&cookie.issue(&Identity::user("7")).expect("a session"));
        for position in "__Host-session=".len()..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert!(!read(&cookie, &changed).is_authenticated(), "{changed}");
        }
        for broken in ["", "v1", "v1.", "v1..", "...", "v1.e30.", "v2.e30.AA", "é"] {
            assert!(!read(&cookie, &format!("__Host-session={broken}")).is_authenticated(), "{broken}");
        }
        // A valid value under another name is refused; a valid one after an invalid one is accepted.
        let renamed = cookie.clone().name("other");
        assert!(!read(&renamed, &good.replace("__Host-session", "other")).is_authenticated());
        assert!(read(&cookie, &format!("__Host-session=tossed; {good}")).is_authenticated());
    }

    #[test]
    fn sessions_end_by_themselves() {
        let cookie = cookie(&[NEW]).lifetime(Duration::ZERO);
        let issued = cookie.issue(&Identity::user("7")).expect("a session");
        assert!(!read(&cookie, &value(&issued)).is_authenticated());
    }

    #[test]
    fn what_does_not_fit_is_not_issued() {
        let cookie = cookie(&[NEW]);
        let long = Identity::user("7").with_claim("x", "x".repeat(4000));
        assert!(matches!(cookie.issue(&long), Err(Error::Internal(_))));
        assert!(matches!(cookie.issue(&Identity::Anonymous), Err(Error::NotAuthenticated)));
    }
}
