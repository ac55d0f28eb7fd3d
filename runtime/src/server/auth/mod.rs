//! Authenticators: tokens, JSON Web Tokens, signed session cookies, and combinations of them.
//!
//! | authenticator | what it reads |
//! |---|---|
//! | [`Token`] | a token that the application looks up |
//! | `Jwt` (feature `jwt`) | a JSON Web Token |
//! | [`SignedCookie`] | a session cookie, signed by the application |
//! | [`first_of`], [`required`], [`checked`] | another authenticator's answer |
//!
//! To revoke rights, use [`Sessions`](crate::Sessions).

mod chain;
mod cookie;
#[cfg(feature = "jwt")]
mod jwt;
mod key;
mod places;
mod token;

pub use chain::{Check, Checked, FirstOf, Required, checked, first_of, required};
pub use cookie::{Issued, SignedCookie};
#[cfg(feature = "jwt")]
pub use jwt::{Jwt, JwtKey};
pub use key::{KeyError, MIN_SECRET};
pub use places::Places;
pub use token::{Token, TokenLookup};
