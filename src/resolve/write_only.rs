//! The declarations of what is write-only, and their places.

use std::collections::HashMap;

use crate::ast::{ExtraKwargs, FieldNames, Serializer};
use crate::ir::{ModelId, SerializerId, Step};
use crate::source::Span;

/// A member of a model: a position in its `fields` or in its `relations`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Member {
    /// A column.
    Column(usize),
    /// A relation.
    Relation(usize),
}

impl Member {
    /// Returns the member by which a step leads to another row.
    pub(super) fn of(step: Step) -> Self {
        match step {
            Step::ForeignKey(column) => Self::Column(column),
            Step::Back(relation) => Self::Relation(relation),
        }
    }
}

/// The reason why a member is write-only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Secret {
    /// The place that declares it.
    pub(super) span: Span,
    /// The serializer that declares it. It is `None` if the model does.
    pub(super) by: Option<SerializerId>,
    /// The member that is declared write-only. A relation reveals the columns that relate its rows.
    pub(super) of: (ModelId, Member),
}

/// The declared write-only members. `secrets` derives the others from them.
pub(super) type Secrets = HashMap<(ModelId, Member), Secret>;

/// The place of a field of a serializer.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldPlace {
    /// The name of the field, or the key that includes it.
    pub(super) named: Span,
    /// The reason why the serializer has the field.
    pub(super) by: NamedBy,
    pub(super) source: Option<Span>,
    /// The place of the key `write_only`, and that of its value if the value is `false`.
    pub(super) write_only: Option<(Span, Option<Span>)>,
}

/// The reason why a serializer has a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamedBy {
    /// `fields` names it.
    Name,
    /// `fields` is `"__all__"`.
    All,
    /// `exclude` does not name it.
    Exclude,
}

impl FieldPlace {
    /// Returns the place of a field that is named at a span, with its `extra_kwargs`.
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

    /// Returns the place that shows most clearly that clients read the field.
    pub(super) fn shown_at(&self) -> Span {
        let denied = self.write_only.and_then(|(_, denied)| denied);
        denied.or(self.source).unwrap_or(self.named)
    }
}
