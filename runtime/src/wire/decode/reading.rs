//! The modes of reading JSON: strict for clients, lenient for stored values, and bounded for both.

use super::fault::{Fault, Refusal};

/// The levels of nested JSON; deeper JSON is refused, because only an attack nests so deep.
pub(super) const MAX_DEPTH: usize = 64;

/// A mode of reading JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Whether rules and required properties are enforced.
    pub(super) strict: bool,
    /// Whether only the JSON type as it is written is accepted, without DRF's coercions, to determine which form of a
    /// union a value has.
    pub(super) exact: bool,
    /// Whether plain JSON is read as fields are (`"5"` for 5), because the definition requires it.
    pub(super) coerces: bool,
    depth: usize,
    /// How often the present text may be read, because the forms of unions are tried one after the other.
    tries: usize,
}

/// The maximal number of times that a text is read. Unions without a tag that contain each other would read it once per
/// path through their forms, and a client can double the number of paths with every level.
const MAX_TRIES: usize = 1024;

impl Reading {
    /// The mode for values of clients.
    pub(crate) const STRICT: Self = Self { strict: true, exact: false, coerces: false, depth: 0, tries: 1 };
    /// The mode for values of clients that are read as fields are: names of rows and groups, and payloads for which the
    /// definition requires it.
    pub(crate) const COERCED: Self = Self { coerces: true, ..Self::STRICT };
    /// The mode for values that this server once stored, and for values in the definition.
    pub(crate) const STORED: Self = Self { strict: false, ..Self::STRICT };

    /// Returns the mode for the values inside of a list or an object.
    pub(super) fn deeper(self) -> Result<Self, Refusal> {
        if self.depth >= MAX_DEPTH {
            Err(Fault::too_deep().into())
        } else {
            Ok(Self { depth: self.depth + 1, ..self })
        }
    }

    /// Returns the mode for trying several forms of a union.
    pub(super) fn forked(self, forms: usize) -> Result<Self, Refusal> {
        let tries = self.tries.saturating_mul(forms.max(1));
        if tries > MAX_TRIES { Err(Fault::too_deep().into()) } else { Ok(Self { tries, ..self }) }
    }

    /// Returns the mode for testing whether a value has a form.
    pub(super) const fn exact(self) -> Self {
        Self { strict: true, exact: true, ..self }
    }
}
