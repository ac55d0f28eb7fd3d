//! How JSON is read: what clients send strictly, what is stored leniently, and nothing without end.

use super::fault::{Fault, Refusal};

/// JSON deeper than this is refused: by then only an attack nests.
pub(super) const MAX_DEPTH: usize = 64;

/// How JSON is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Whether rules and required properties are enforced.
    pub(super) strict: bool,
    /// Whether types of JSON are taken as they are written, without DRF's coercions: it is asked which form of a
    /// union a value is of.
    pub(super) exact: bool,
    /// Whether plain JSON is taken as fields are: `"5"` for 5. The definition asks for it.
    pub(super) coerces: bool,
    depth: usize,
    /// How often the text at hand may be read, as forms of unions are tried one after the other.
    tries: usize,
}

/// A text is not read more often than this. Unions without a tag that hold each other would have it read once per
/// path through their forms, which a client can make double with every level.
const MAX_TRIES: usize = 1024;

impl Reading {
    /// What a client sent.
    pub(crate) const STRICT: Self = Self { strict: true, exact: false, coerces: false, depth: 0, tries: 1 };
    /// What a client sent, where it is read as fields are: names of rows and groups, and payloads whose definition says so.
    pub(crate) const COERCED: Self = Self { coerces: true, ..Self::STRICT };
    /// What this server once stored, or what the definition says.
    pub(crate) const STORED: Self = Self { strict: false, ..Self::STRICT };

    /// For reading what is inside of a list or an object.
    pub(super) fn deeper(self) -> Result<Self, Refusal> {
        if self.depth >= MAX_DEPTH {
            Err(Fault::too_deep().into())
        } else {
            Ok(Self { depth: self.depth + 1, ..self })
        }
    }

    /// For trying several forms of a union.
    pub(super) fn forked(self, forms: usize) -> Result<Self, Refusal> {
        let tries = self.tries.saturating_mul(forms.max(1));
        if tries > MAX_TRIES { Err(Fault::too_deep().into()) } else { Ok(Self { tries, ..self }) }
    }

    /// For asking whether a value is of a form.
    pub(super) const fn exact(self) -> Self {
        Self { strict: true, exact: true, ..self }
    }
}
