//! The place of a schema, which determines the keywords that it may have.

use crate::ir::{Home, Name};
use crate::source::Span;

/// The kind of place of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// The schema is a table.
    Model,
    /// The schema is a column.
    Column,
    /// The schema is a type of values.
    Type,
}

/// The place of a schema, and the name of a type that it defines inline.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) name: Name,
    pub(super) home: Home,
    pub(super) stands: Stands,
    /// The span from which the name comes.
    pub(super) span: Span,
    /// The keys that lead to the schema.
    pub(super) keys: Vec<String>,
    /// Whether the type has a name of its own, by which others refer to it.
    pub(super) named: bool,
    /// Whether rows of serializers are allowed there: the application sends the value.
    pub(super) rows: bool,
    /// Whether the schema is a property: `x-rust-name` is then the name of its field, and not that of its type.
    pub(super) member: bool,
}

impl Place {
    /// Returns the place of a named type.
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

    /// Returns the place of a schema inside this one.
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

    /// Returns the place of a property.
    pub(super) fn member(&self, name: &str, span: Span) -> Self {
        Self { member: true, ..self.inside(name, span, &["properties", name]) }
    }
}
