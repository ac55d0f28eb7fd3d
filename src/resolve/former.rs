//! What was there before: former names (`x-was`) and what is gone (`x-drop`).

use std::collections::HashSet;

use super::resolver::Resolver;
use crate::ast::Schema;
use crate::diag::{Code, Diagnostic, quote};
use crate::source::Spanned;
use crate::syntax::Mapping;

impl Resolver<'_> {
    /// The former name of a model or property.
    pub(super) fn former_name(&self, schema: &Schema, present: &str) -> Option<String> {
        let was = schema.was.as_ref()?;
        if was.value == present {
            let message = format!("`x-was` is a former name, and {} is the present one", quote(present));
            self.error(Code::InvalidValue, was.span, message);
            return None;
        }
        Some(was.value.clone())
    }

    /// Whether a model or property only says that it is gone.
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
            let message = "`x-drop` says that nothing is left, and something is said beside it";
            let help = "leave `{ \"x-drop\": true }` alone (a `description` may stay), or take `x-drop` away";
            self.report(Diagnostic::error(Code::ConflictingKeys, drop.key, message).help(help));
        }
        true
    }

    /// What is gone cannot be required.
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
            let message = format!("the property {} is gone (`x-drop`)", quote(&name.value));
            self.error(Code::UnknownField, name.span, message);
        }
    }
}
