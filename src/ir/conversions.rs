//! Which structured values are read from the wire or the database, and which are written: what code is made for.

use std::collections::HashSet;

use super::ids::{ObjectId, SerializerId, UnionId};
use super::input::Input;

/// What is done with the values of a type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Use {
    /// They are read: the input of an action, a column.
    pub read: bool,
    /// They are written: a message, a column. What an action answers is serialized, and needs no more than that.
    pub written: bool,
}

impl Use {
    pub(super) const BOTH: Self = Self { read: true, written: true };
    pub(super) const READ: Self = Self { read: true, written: false };
    pub(super) const WRITTEN: Self = Self { read: false, written: true };

    /// Whether it needs a description.
    pub fn is_any(self) -> bool {
        self.read || self.written
    }

    /// Whether the other is in it.
    pub(super) fn covers(self, other: Self) -> bool {
        (self.read || !other.read) && (self.written || !other.written)
    }

    pub(super) fn add(&mut self, other: Self) {
        self.read |= other.read;
        self.written |= other.written;
    }
}

/// What is converted.
#[derive(Debug, Clone, Default)]
pub struct Conversions {
    pub(super) objects: Vec<Use>,
    pub(super) unions: Vec<Use>,
    pub(super) payloads: HashSet<(SerializerId, u8)>,
}

impl Conversions {
    /// What is done with an object.
    pub fn of_object(&self, id: ObjectId) -> Use {
        self.objects[id.index()]
    }

    /// What is done with a union.
    pub fn of_union(&self, id: UnionId) -> Use {
        self.unions[id.index()]
    }

    /// Whether the application is given a payload, and gives it back.
    pub fn of_payload(&self, id: SerializerId, input: Input) -> bool {
        self.payloads.contains(&(id, input as u8))
    }
}
