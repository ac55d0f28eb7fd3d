//! Authenticators: tokens, JSON Web Tokens, signed session cookies, and how they are put together.
//!
//! | authenticator | what it reads |
//! |---|---|
//! | [`Token`] | a token that the application looks up |
//! | [`Jwt`] (feature `jwt`) | a JSON Web Token |
//! | [`SignedCookie`] | a session cookie, signed by the application |
//! | [`first_of`], [`required`], [`checked`] | another authenticator's answer |
//!
//! Rights that were given are taken away again by [`Sessions`](crate::Sessions).

mod chain;
mod cookie;
#[cfg(feature = "jwt")]
mod jwt;
mod places;
mod token;

pub use chain::{Check, Checked, FirstOf, Required, checked, first_of, required};
pub use cookie::{Issued, SignedCookie};
#[cfg(feature = "jwt")]
pub use jwt::{Jwt, JwtKey};
pub use places::Places;
pub use token::{Token, TokenLookup};

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is none.
    #[error("at least one key is needed")]
    None,
    /// A secret is so short that it could be guessed.
    #[error("a secret of {0} bytes is too short, it needs at least {MIN_SECRET} random ones")]
    Short(usize),
    /// A public key cannot be read.
    #[error("no public key of this kind: {0}")]
    Unreadable(String),
}

/// Bytes of a secret for HMAC-SHA256 (RFC 7518, 3.2: at least the size of the hash).
pub const MIN_SECRET: usize = 32;

/// A secret that is long enough.
fn secret(bytes: &[u8]) -> Result<&[u8], KeyError> {
    if bytes.len() < MIN_SECRET { Err(KeyError::Short(bytes.len())) } else { Ok(bytes) }
}

/// What is said of a token that is not good, whatever is wrong with it (DRF's `TokenAuthentication`).
fn invalid() -> crate::Error {
    crate::Error::Api { status: 401, detail: crate::Detail::text("Invalid token.") }
}
