//! What is said to be write-only, and where.

use std::collections::HashMap;

use crate::ast::{ExtraKwargs, FieldNames, Serializer};
use crate::ir::{ModelId, SerializerId};
use crate::source::Span;

/// A position in the `fields` or in the `relations` of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Member {
    /// A column.
    Column(usize),
    /// Related rows.
    Relation(usize),
}

/// Why something is write-only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Secret {
    /// Where that is said.
    pub(super) span: Span,
    /// The serializer that says it; none: the model itself.
    pub(super) by: Option<SerializerId>,
    /// What it is said of: a relation tells what is in the columns that it goes by.
    pub(super) of: (ModelId, Member),
}

/// What is said to be write-only. What follows from it is found by `secrets`.
pub(super) type Secrets = HashMap<(ModelId, Member), Secret>;

/// Where a field of a serializer is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldPlace {
    /// Its name, or what brings it along.
    pub(super) named: Span,
    /// What brings it along.
    pub(super) by: NamedBy,
    pub(super) source: Option<Span>,
    /// The key `write_only`, and the place of its value where that is `false`.
    pub(super) write_only: Option<(Span, Option<Span>)>,
}

/// What makes a field one of a serializer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamedBy {
    /// It is named itself.
    Name,
    /// `"fields": "__all__"`
    All,
    /// `exclude` does not name it.
    Exclude,
}

impl FieldPlace {
    /// Of a field that is named at a place, with its `extra_kwargs`.
    pub(super) fn of(span: Span, definition: &Serializer, kwargs: Option<&ExtraKwargs>) -> Self {
        let all = definition.fields.as_ref().filter(|fields| matches!(fields.value, FieldNames::All(_)));
        let by = if all.is_some_and(|fields| fields.span == span) {
            NamedBy::All
        } else if definition.exclude.as_ref().is_some_and(|exclude| exclude.span == span) {
            NamedBy::Exclude
        } else {
            NamedBy::Name
        };
        let write_only = kwargs.and_then(|kwargs| kwargs.write_only.as_ref());
        Self {
            named: span,
            by,
            source: kwargs.and_then(|kwargs| kwargs.source.as_ref()).map(|source| source.span),
            write_only: write_only.map(|key| (key.key, Some(key.span).filter(|_| !key.value))),
        }
    }

    /// Where it is said most plainly that clients read the field.
    pub(super) fn shown_at(&self) -> Span {
        let denied = self.write_only.and_then(|(_, denied)| denied);
        denied.or(self.source).unwrap_or(self.named)
    }
}
