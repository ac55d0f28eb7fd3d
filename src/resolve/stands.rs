//! Where a schema stands, which says what it may say.

use crate::ir::{Home, Name};
use crate::source::Span;

/// Where a schema stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// It is a table.
    Model,
    /// It is a column.
    Column,
    /// It is a type of values.
    Type,
}

/// Where a schema stands, and what a type that it defines inline is called.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) name: Name,
    pub(super) home: Home,
    pub(super) stands: Stands,
    /// Where the name comes from.
    pub(super) span: Span,
    /// The keys that lead here.
    pub(super) keys: Vec<String>,
    /// Whether the type has a name of its own, by which others refer to it.
    pub(super) named: bool,
    /// Whether rows may stand there as serializers show them: what the application sends.
    pub(super) rows: bool,
    /// Whether it is a property: `x-rust-name` says what its field is called, and not what its type is.
    pub(super) member: bool,
}

impl Place {
    /// The place of a named type.
    pub(super) fn named(name: Name, span: Span, keys: Vec<String>) -> Self {
        Self {
            name,
            home: Home::Types,
            stands: Stands::Type,
            span,
            keys,
            named: true,
            rows: false,
            member: false,
        }
    }

    /// The place of something inside.
    pub(super) fn inside(&self, suffix: &str, span: Span, keys: &[&str]) -> Self {
        let mut all = self.keys.clone();
        all.extend(keys.iter().map(|key| (*key).to_owned()));
        Self {
            name: self.name.join(suffix),
            home: self.home,
            stands: Stands::Type,
            span,
            keys: all,
            named: false,
            rows: self.rows,
            member: false,
        }
    }

    /// The place of a property.
    pub(super) fn member(&self, name: &str, span: Span) -> Self {
        Self { member: true, ..self.inside(name, span, &["properties", name]) }
    }
}
