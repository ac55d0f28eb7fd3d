//! Bytes, which are base64 on the wire.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::text::{ParseError, as_text};

/// Bytes, which are base64 on the wire (RFC 4648, standard alphabet, padded).
///
/// ```
/// use dcrf_scalars::Bytes;
///
/// let bytes: Bytes = "aGk=".parse()?;
/// assert_eq!(bytes.as_slice(), b"hi");
/// assert_eq!(Bytes::new(vec![0, 1]).to_string(), "AAE=");
/// # Ok::<(), dcrf_scalars::ParseError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(Vec<u8>);

impl Bytes {
    /// Creates a value with these bytes.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Returns the bytes as an owned vector.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<Bytes> for Vec<u8> {
    fn from(bytes: Bytes) -> Self {
        bytes.0
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(&self.0))
    }
}

impl FromStr for Bytes {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        STANDARD.decode(text).map(Self).map_err(|_| ParseError("base64 text"))
    }
}

as_text!(Bytes, "base64 text");
