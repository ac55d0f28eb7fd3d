//! How values are stored.

use std::net::IpAddr;

use super::{ColumnMeta, Kind, TypeMeta};
use crate::value::Value;

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

    /// Whether a value is a text that PostgreSQL does not take for an address, where it wants one.
    pub(crate) fn is_no_address(&self, value: &Value) -> bool {
        self.is_inet() && matches!(value, Value::Text(text) if text.parse::<IpAddr>().is_err())
    }
}

impl ColumnMeta {
    /// With values that are stored as Django stores them.
    pub const fn django(mut self) -> Self {
        self.ty = self.ty.stored(Storage::Django);
        self
    }
}
