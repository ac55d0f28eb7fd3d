//! The hash of a text, which does not depend on line endings.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a text with `\r\n` read as `\n`, in hexadecimal.
///
/// It is only compared as text, so an invalid hash in a manifest is merely equal to none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Digest(String);

impl Digest {
    /// Returns the hash of bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let hash = Sha256::digest(normalized(bytes).as_ref());
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        Self(digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect())
    }
}

/// Tells whether two texts are equal apart from line endings.
pub(super) fn same_text(left: &[u8], right: &[u8]) -> bool {
    left == right || normalized(left) == normalized(right)
}

/// Returns the bytes with `\r\n` replaced by `\n`; a lone `\r` is kept, because it is not a line ending.
pub(super) fn normalized(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&b'\r') {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().peekable();
    while let Some(&byte) = rest.next() {
        if !(byte == b'\r' && rest.peek() == Some(&&b'\n')) {
            out.push(byte);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{Digest, same_text};

    #[test]
    fn line_endings_do_not_count() {
        assert_eq!(Digest::of(b"a\r\nb\r\n"), Digest::of(b"a\nb\n"));
        assert!(same_text(b"a\r\n", b"a\n"));
        assert!(!same_text(b"a\r", b"a\n"));
        assert!(!same_text(b"a\n", b"a"));
    }
}
