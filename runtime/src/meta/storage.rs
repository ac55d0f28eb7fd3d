//! How values are stored.

use super::{ColumnMeta, Kind, TypeMeta};

/// Whose way of storing values a table follows (`x-storage`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Storage {
    /// That of the runtime: see [`db`](crate::db).
    #[default]
    Own,
    /// That of Django's fields: see [`db`](crate::db).
    Django,
}

impl TypeMeta {
    /// Stored so.
    pub const fn stored(mut self, storage: Storage) -> Self {
        self.storage = storage;
        self
    }

    /// Whether PostgreSQL has it as `inet`.
    pub(crate) fn is_inet(&self) -> bool {
        self.storage == Storage::Django && matches!(self.kind, Kind::Ip | Kind::Ipv4 | Kind::Ipv6)
    }
}

impl ColumnMeta {
    /// With values that are stored as Django stores them.
    pub const fn django(mut self) -> Self {
        self.ty = self.ty.stored(Storage::Django);
        self
    }
}
