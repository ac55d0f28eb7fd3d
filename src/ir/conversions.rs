//! The structured values that are read from the wire or the database, and those that are written: the emitter generates
//! conversions for them.

use std::collections::HashSet;

use super::ids::{ObjectId, SerializerId, UnionId};
use super::input::Input;

/// The ways in which the values of a type are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Use {
    /// Whether they are read: the input of an action, a column.
    pub read: bool,
    /// Whether they are written: a message, a column. What an action answers is only serialized and does not count.
    pub written: bool,
}

impl Use {
    pub(super) const BOTH: Self = Self { read: true, written: true };
    pub(super) const READ: Self = Self { read: true, written: false };
    pub(super) const WRITTEN: Self = Self { read: false, written: true };

    /// Tells whether the type needs a description.
    pub fn is_any(self) -> bool {
        self.read || self.written
    }

    /// Tells whether this use includes the other.
    pub(super) fn covers(self, other: Self) -> bool {
        (self.read || !other.read) && (self.written || !other.written)
    }

    pub(super) fn add(&mut self, other: Self) {
        self.read |= other.read;
        self.written |= other.written;
    }
}

/// All conversions.
#[derive(Debug, Clone, Default)]
pub struct Conversions {
    pub(super) objects: Vec<Use>,
    pub(super) unions: Vec<Use>,
    pub(super) payloads: HashSet<(SerializerId, u8)>,
}

impl Conversions {
    /// Returns how an object is used.
    pub fn of_object(&self, id: ObjectId) -> Use {
        self.objects[id.index()]
    }

    /// Returns how a union is used.
    pub fn of_union(&self, id: UnionId) -> Use {
        self.unions[id.index()]
    }

    /// Tells whether the application gets a payload and returns it.
    pub fn of_payload(&self, id: SerializerId, input: Input) -> bool {
        self.payloads.contains(&(id, input as u8))
    }
}
