//! UUIDs, read as Python's `uuid.UUID` reads them.

use std::fmt;
use std::str::FromStr;

use crate::text::{ParseError, as_text};

/// A UUID.
///
/// ```
/// use dcrf_scalars::Uuid;
///
/// let uuid: Uuid = "{67E55044-10B1-426F-9247-BB680E5FE0C8}".parse()?;
/// assert_eq!(uuid.to_string(), "67e55044-10b1-426f-9247-bb680e5fe0c8");
/// assert_ne!(Uuid::random(), Uuid::random());
/// # Ok::<(), dcrf_scalars::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(uuid::Uuid);

impl Uuid {
    /// Creates a random UUID (version 4).
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4())
    }

    /// Creates the UUID of this number.
    pub const fn from_u128(number: u128) -> Self {
        Self(uuid::Uuid::from_u128(number))
    }

    /// Converts it to the type of the `uuid` crate.
    pub const fn into_inner(self) -> uuid::Uuid {
        self.0
    }
}

impl From<uuid::Uuid> for Uuid {
    fn from(uuid: uuid::Uuid) -> Self {
        Self(uuid)
    }
}

impl From<Uuid> for uuid::Uuid {
    fn from(uuid: Uuid) -> Self {
        uuid.0
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for Uuid {
    type Err = ParseError;
    /// Parses 32 hexadecimal digits, with hyphens anywhere, braces around them, and `urn:` and `uuid:` before them.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = ParseError("UUID");
        let text = text.replace("urn:", "").replace("uuid:", "");
        let hex: String = text.trim_matches(['{', '}']).chars().filter(|char| *char != '-').collect();
        if hex.len() != 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(error);
        }
        u128::from_str_radix(&hex, 16).map(Self::from_u128).map_err(|_| error)
    }
}

as_text!(Uuid, "a UUID");
