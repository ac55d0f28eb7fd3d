//! Names across foreign keys (`room__host__username`), and what clients may learn by them.
//!
//! A client that may filter by a column can find out its values. So every column of a path must be one that clients can
//! read: the first in the consumer's own serializer, every other in a serializer of its model. A write-only column
//! ([`super::secrets`]) is not one.

use super::consumers::Bound;
use super::filters::Allowed;
use super::resolver::Resolver;
use super::write_only::Member;
use crate::ast;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Access, FieldPath, FieldSource, ModelId, SerializerOf};
use crate::source::Spanned;

impl<'a> Resolver<'a> {
    /// Follows a name across foreign keys.
    pub(super) fn reach_across(&self, name: &'a Spanned<String>, bound: Bound) -> Option<Allowed<'a>> {
        let parts: Vec<&str> = name.value.split("__").collect();
        let (first, others) = parts.split_first()?;
        let field = self.readable(&Spanned::new((*first).to_owned(), name.span), bound)?;
        let mut path = Vec::new();
        let (mut model, mut field, mut before) = (bound.model, field, *first);
        for part in others {
            path.push(field);
            model = self.referred(name, model, field, before)?;
            field = self.readable_across(name, model, part)?;
            before = part;
        }
        Some(Allowed { name, model, reach: FieldPath { wire: name.value.clone(), path, field } })
    }

    /// Returns the model to which a foreign key leads.
    fn referred(
        &self,
        name: &Spanned<String>,
        model: ModelId,
        field: usize,
        written: &str,
    ) -> Option<ModelId> {
        if let Some(foreign_key) = &self.models[model].fields[field].foreign_key {
            return Some(foreign_key.model);
        }
        let message = format!(
            "{} does not lead to a field: {} is not a foreign key",
            quote(&name.value),
            quote(written)
        );
        self.error(Code::BadFilter, name.span, message);
        None
    }

    /// Returns a field of another model, if clients can read it.
    fn readable_across(&self, name: &Spanned<String>, model: ModelId, part: &str) -> Option<usize> {
        let facts = &self.model_facts[model.index()];
        let Some(field) = self.find_field(model, part) else {
            if !facts.poisoned && !facts.broken.iter().any(|broken| broken == part) {
                let owner = &self.models[model];
                let message = format!("the model {} has no field {}", quote(&owner.wire), quote(part));
                let near = self.nearest(part, owner.fields.iter().map(|field| field.wire.as_str()));
                self.report(Diagnostic::error(Code::UnknownField, name.span, message).suggest(near));
            }
            return None;
        };
        if !self.is_askable(name, model, field) {
            return None;
        }
        let mut shown = false;
        for (id, serializer) in self.serializers.iter() {
            if serializer.of != SerializerOf::Model(model) {
                continue;
            }
            // Its unknown fields were reported.
            shown |= self.serializer_poisoned[id.index()];
            for own in serializer.fields.iter().filter(|own| own.source == FieldSource::Column(field)) {
                shown |= own.access != Access::WriteOnly;
            }
        }
        if !shown {
            let owner = quote(&self.models[model].wire);
            self.unreadable(name, &format!("show {} in a serializer of {owner}", quote(part)));
        }
        shown.then_some(field)
    }

    /// Reports an order by cursors over columns that clients cannot read, because cursors contain the values of these
    /// columns.
    pub(super) fn cursor_tells_nothing(&self, definition: &'a ast::Consumer, bound: Bound) {
        let by_cursor = definition.pagination.as_ref().is_some_and(|pagination| {
            let style = pagination.value.style.as_ref();
            style.is_some_and(|style| style.value == ast::PaginationStyle::Cursor)
        });
        if !by_cursor || !bound.sound {
            return;
        }
        let serializer = &self.serializers[bound.listed];
        for term in definition.ordering.iter().flat_map(|key| &key.value) {
            let name = term.value.strip_prefix('-').unwrap_or(&term.value);
            let Some(field) = self.find_field(bound.model, name) else { continue };
            let shown = serializer
                .fields
                .iter()
                .any(|shown| shown.source == FieldSource::Column(field) && shown.access != Access::WriteOnly);
            let reported = self.secret(bound.model, Member::Column(field)).is_some();
            if shown || reported || field == self.models[bound.model].key {
                continue;
            }
            let message = format!("clients cannot read {}, but cursors contain its values", quote(name));
            let diagnostic = Diagnostic::error(Code::UnreadableFilter, term.span, message);
            let help = format!("show it in {}, or order by another field", quote(&serializer.name.pascal()));
            self.report(diagnostic.help(help));
        }
    }
}
