//! `allOf`: merges several schemas into one.

use std::collections::HashSet;

use super::composition::{is_closed, without_parts};
use super::references::Target;
use super::resolver::Resolver;
use super::shape::Base;
use super::stands::{Place, Stands};
use crate::ast::{Additional, Schema};
use crate::diag::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::{Key, Node};

/// The parts of an `allOf`.
#[derive(Default)]
struct Parts<'a> {
    schemas: Vec<&'a Schema>,
    /// The types that `$ref`s among them name.
    followed: HashSet<Span>,
}

impl<'a> Resolver<'a> {
    /// Returns the type of an `allOf` of one named type without rules beside it: that type itself.
    pub(super) fn same_type(&mut self, only: &'a Schema, place: &Place) -> Option<Base> {
        let place = Place { stands: Stands::Type, ..place.clone() };
        self.shape(only, &place).map(|shape| Base::inherited(shape, false))
    }

    /// Returns one schema that is equivalent to all parts. It returns `None` if they contradict each other, or if
    /// something else was reported.
    pub(super) fn put_together(
        &self,
        schema: &'a Schema,
        all_of: &'a Key<Vec<Schema>>,
    ) -> Option<&'a Schema> {
        if all_of.value.is_empty() {
            self.error(Code::InvalidValue, all_of.span, "expected at least one schema");
            return None;
        }
        let mut parts = Parts::default();
        // The schemas whose parts are being merged, to find circles.
        let mut merging: Vec<Span> = Vec::new();
        let mut sound = true;
        for member in &all_of.value {
            sound &= self.parts(member, &mut parts, &mut merging).is_some();
        }
        if !sound {
            return None;
        }
        let parts = parts.schemas;
        let own = without_parts(schema);
        let before = self.sink.count();
        let mut whole = Schema::empty(schema.span);
        for part in parts {
            self.merge_part(&mut whole, part);
        }
        self.merge_part(&mut whole, &own);
        self.remarks(&mut whole, &own, all_of);
        if let Some(key) = schema.unevaluated_properties.as_ref().filter(|_| is_closed(schema)) {
            let value = Additional::Allowed(false);
            whole.additional.get_or_insert(Key { key: key.key, value, span: key.span });
        }
        (self.sink.count() == before).then(|| self.merged.keep(whole))
    }

    /// Collects the schemas of a part: it follows `$ref`s, and divides an `allOf` into its parts.
    fn parts(&self, part: &'a Schema, parts: &mut Parts<'a>, merging: &mut Vec<Span>) -> Option<()> {
        if part.poisoned || !self.keywords_are_honoured(part, Stands::Type) {
            return None;
        }
        if let Some(key) = part.unevaluated_properties.as_ref() {
            let help = "put it beside the outermost `allOf`";
            self.unsupported("unevaluatedProperties", key.key, Some(help));
            return None;
        }
        if let Some(reference) = &part.reference {
            let schema = match self.target(reference)? {
                Target::Type { schema, .. } => schema,
                other => {
                    self.no_type(reference, &other);
                    return None;
                }
            };
            if merging.contains(&schema.span) {
                let message = "the `$ref`s of these `allOf`s refer to each other in a circle";
                self.error(Code::CircularRef, reference.span, message);
                return None;
            }
            // A schema that is named twice adds nothing.
            if parts.followed.insert(schema.span) {
                merging.push(schema.span);
                let followed = self.parts(schema, parts, merging);
                merging.pop();
                followed?;
            }
        }
        if let Some(all_of) = &part.all_of {
            for member in &all_of.value {
                self.parts(member, parts, merging)?;
            }
        }
        if part.reference.is_some() || part.all_of.is_some() {
            parts.schemas.push(self.merged.keep(without_parts(part)));
        } else {
            parts.schemas.push(part);
        }
        Some(())
    }

    /// Merges title, description and default: those beside `allOf` count. Without a default there, the parts must have
    /// the same.
    fn remarks(&self, whole: &mut Schema, own: &Schema, all_of: &Key<Vec<Schema>>) {
        for (whole, own) in [(&mut whole.title, &own.title), (&mut whole.description, &own.description)] {
            if own.is_some() {
                whole.clone_from(own);
            }
        }
        whole.rust_name.clone_from(&own.rust_name);
        if own.default.is_some() {
            whole.default.clone_from(&own.default);
            return;
        }
        let defaults: Vec<&Key<Node>> =
            all_of.value.iter().filter_map(|part| part.default.as_ref()).collect();
        let [first, others @ ..] = defaults.as_slice() else { return };
        if let Some(other) = others.iter().find(|other| other.value.canonical() != first.value.canonical()) {
            let message = "two parts have different defaults";
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, other.span, message);
            self.report(diagnostic.related(first.span, "the other").help("put one default beside `allOf`"));
        }
    }
}
