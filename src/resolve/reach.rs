//! Names across foreign keys (`room__host__username`), and what clients may learn by them.
//!
//! A client that may filter by a column can find out its values. So every column of a path must be one that clients can
//! read: the first in the consumer's own serializer, every other in a serializer of its model. A write-only column
//! ([`super::secrets`]) is not one.

use super::consumers::Bound;
use super::filters::{Allowed, member_of};
use super::resolver::Resolver;
use super::write_only::Member;
use crate::ast;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Access, FieldPath, FieldSource, ModelId, SerializerId, SerializerOf, Step};
use crate::source::{Span, Spanned};

impl<'a> Resolver<'a> {
    /// Follows a name across foreign keys and one-to-one relations.
    pub(super) fn reach_across(&self, name: &'a Spanned<String>, bound: Bound) -> Option<Allowed<'a>> {
        let parts: Vec<&str> = name.value.split("__").collect();
        let (first, others) = parts.split_first()?;
        let mut member = self.readable(&Spanned::new((*first).to_owned(), name.span), bound)?;
        let mut path = Vec::new();
        let (mut model, mut before) = (bound.model, *first);
        for part in others {
            let step = match member {
                Member::Column(column) => Step::ForeignKey(column),
                Member::Relation(relation) => Step::Back(relation),
            };
            model = self.led_by(name, model, step, before)?;
            path.push(step);
            member = self.readable_across(name, model, part)?;
            before = part;
        }
        let field = match member {
            Member::Column(field) => field,
            // A one-to-one relation is compared by the key of the row to which it leads.
            Member::Relation(relation) => {
                path.push(Step::Back(relation));
                model = self.models[model].relations[relation].target;
                self.models[model].key
            }
        };
        Some(Allowed { name, model, reach: FieldPath { wire: name.value.clone(), path, field } })
    }

    /// Returns the model to which a foreign key or a one-to-one relation leads.
    fn led_by(&self, name: &Spanned<String>, model: ModelId, step: Step, written: &str) -> Option<ModelId> {
        let target = self.models[model].target(step);
        if target.is_none() {
            let message = format!(
                "{} does not lead to a field: {} is not a foreign key",
                quote(&name.value),
                quote(written)
            );
            self.error(Code::BadFilter, name.span, message);
        }
        target
    }

    /// Returns a field or a one-to-one relation of another model, if clients can read it.
    fn readable_across(&self, name: &Spanned<String>, model: ModelId, part: &str) -> Option<Member> {
        let facts = &self.model_facts[model.index()];
        let relation = self.find_relation(model, part);
        let relation = relation.filter(|relation| self.models[model].relations[*relation].is_one());
        let found = self.find_field(model, part).map(Member::Column).or(relation.map(Member::Relation));
        let Some(member) = found else {
            if !facts.poisoned && !facts.broken.iter().any(|broken| broken == part) {
                let owner = &self.models[model];
                let message = format!("the model {} has no field {}", quote(&owner.wire), quote(part));
                let near = self.nearest(part, owner.fields.iter().map(|field| field.wire.as_str()));
                self.report(Diagnostic::error(Code::UnknownField, name.span, message).suggest(near));
            }
            return None;
        };
        if !self.is_askable(name, model, member) {
            return None;
        }
        let shown = self.is_shown(model, member);
        if !shown {
            let owner = quote(&self.models[model].wire);
            self.unreadable(name, &format!("show {} in a serializer of {owner}", quote(part)));
        }
        shown.then_some(member)
    }

    /// Tells whether a serializer of a model shows one of its members to clients.
    fn is_shown(&self, model: ModelId, member: Member) -> bool {
        let shows = |source: &FieldSource| match member {
            Member::Column(column) => *source == FieldSource::Column(column),
            Member::Relation(_) => member_of(source) == Some(member),
        };
        let mut serializers =
            self.serializers.iter().filter(|(_, serializer)| serializer.of == SerializerOf::Model(model));
        serializers.any(|(id, serializer)| {
            let mut fields = serializer.fields.iter();
            // Its unknown fields were reported.
            self.serializer_poisoned[id.index()]
                || fields.any(|own| own.access != Access::WriteOnly && shows(&own.source))
        })
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
        let Some(pagination) = &definition.pagination else { return };
        for (part, span) in self.parts_of_list(definition, bound, pagination.key) {
            let model = &self.models[bound.model];
            if part.path.is_empty() {
                let shown = self.serializers[bound.listed].fields.iter().any(|shown| {
                    shown.source == FieldSource::Column(part.field) && shown.access != Access::WriteOnly
                });
                if !shown && part.field != model.key {
                    self.told_by_cursor(bound.model, Member::Column(part.field), bound.listed, span);
                }
                continue;
            }
            let (mut owner, mut members) = (bound.model, Vec::new());
            for step in &part.path {
                members.push((owner, Member::of(*step)));
                owner = self.models[owner].target(*step).unwrap_or(owner);
            }
            members.push((owner, Member::Column(part.field)));
            if let Some((owner, member)) =
                members.into_iter().find(|(owner, member)| !self.is_shown(*owner, *member))
            {
                self.told_by_cursor(owner, member, bound.listed, span);
            }
        }
    }

    /// Reports a member of a model that cursors would tell. A write-only one was reported as such.
    fn told_by_cursor(&self, model: ModelId, member: Member, listed: SerializerId, span: Span) {
        if self.secret(model, member).is_some() {
            return;
        }
        let name = match member {
            Member::Column(column) => &self.models[model].fields[column].wire,
            Member::Relation(relation) => &self.models[model].relations[relation].wire,
        };
        let message = format!("clients cannot read {}, but cursors contain its values", quote(name));
        let shower = &self.serializers[listed];
        let place = match shower.of == SerializerOf::Model(model) {
            true => quote(&shower.name.pascal()),
            false => format!("a serializer of {}", quote(&self.models[model].wire)),
        };
        let diagnostic = Diagnostic::error(Code::UnreadableFilter, span, message);
        self.report(diagnostic.help(format!("show it in {place}, or order by another field")));
    }
}
