//! Keys that verify credentials.

/// The reason why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no key.
    #[error("at least one key is needed")]
    None,
    /// The secret is so short that it could be guessed. The number is its length in bytes.
    #[error("a secret of {0} bytes is too short, it needs at least {MIN_SECRET} random ones")]
    Short(usize),
    /// The public key cannot be read.
    #[error("no public key of this kind: {0}")]
    Unreadable(String),
}

/// The least number of bytes of a secret for HMAC-SHA256 (RFC 7518, 3.2: at least the size of the hash).
pub const MIN_SECRET: usize = 32;

/// Returns a secret if it is long enough.
pub(super) fn secret(bytes: &[u8]) -> Result<&[u8], KeyError> {
    if bytes.len() < MIN_SECRET { Err(KeyError::Short(bytes.len())) } else { Ok(bytes) }
}
