//! Former names (`x-was`) and what is deleted from the definition (`x-drop`).

use std::collections::HashSet;

use super::resolver::Resolver;
use crate::ast::Schema;
use crate::diag::{Code, Diagnostic, quote};
use crate::source::Spanned;
use crate::syntax::Mapping;

impl Resolver<'_> {
    /// Returns the former name of a model or property.
    pub(super) fn former_name(&self, schema: &Schema, present: &str) -> Option<String> {
        let was = schema.was.as_ref()?;
        if was.value == present {
            let message = format!("`x-was` must be a former name, but {} is the present one", quote(present));
            self.error(Code::InvalidValue, was.span, message);
            return None;
        }
        Some(was.value.clone())
    }

    /// Tells whether a model or property only says that it is deleted.
    pub(super) fn is_dropped(&self, schema: &Schema) -> bool {
        let Some(drop) = schema.drop.as_ref().filter(|drop| drop.value) else { return false };
        let remarks = Schema {
            drop: schema.drop.clone(),
            title: schema.title.clone(),
            description: schema.description.clone(),
            comment: schema.comment.clone(),
            ..Schema::empty(schema.span)
        };
        if *schema != remarks && !schema.poisoned {
            let message = "`x-drop` marks what was removed, so it cannot have other keys beside it";
            let help = "keep only `{ \"x-drop\": true }` (a `description` may stay), or remove `x-drop`";
            self.report(Diagnostic::error(Code::ConflictingKeys, drop.key, message).help(help));
        }
        true
    }

    /// Checks that `required` names no deleted property.
    pub(super) fn require_nothing_dropped(&self, required: &[Spanned<String>], properties: &Mapping<Schema>) {
        let is_gone = |schema: Option<&Schema>| {
            schema.and_then(|schema| schema.drop.as_ref()).is_some_and(|drop| drop.value)
        };
        let gone: HashSet<&str> = properties
            .entries
            .iter()
            .filter(|(_, schema)| is_gone(schema.as_ref()))
            .map(|(key, _)| key.value.as_str())
            .collect();
        for name in required.iter().filter(|name| gone.contains(name.value.as_str())) {
            let message = format!("the property {} was removed (`x-drop`)", quote(&name.value));
            self.error(Code::UnknownField, name.span, message);
        }
    }
}
