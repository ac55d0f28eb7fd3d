//! The writes of built-in actions that the application prepares.

use super::resolver::Resolver;
use crate::ast::{self, Mixin};
use crate::diag::{Code, Diagnostic, quote, quote_all};
use crate::ir::{BuiltIn, Performs};
use crate::source::Span;
use crate::syntax::Key;

impl Resolver<'_> {
    /// Reports a name that is none of the consumer's built-in actions.
    pub(super) fn missing_built_in(
        &self,
        name: &str,
        span: Span,
        own: impl Iterator<Item = BuiltIn>,
        help: &str,
    ) {
        let message = format!("the consumer has no built-in action {}", quote(name));
        let near = self.nearest(name, own.map(BuiltIn::wire));
        self.report(Diagnostic::error(Code::MissingMixin, span, message).suggest(near).help(help));
    }

    /// Returns the built-in actions that the application performs itself. The consumer must have each of them.
    pub(super) fn overrides(&self, definition: &ast::Consumer, mixins: &[(Mixin, Span)]) -> Vec<BuiltIn> {
        let own = Self::built_in(mixins);
        let mut found: Vec<(BuiltIn, Span)> = Vec::new();
        for named in definition.overrides.iter().flat_map(|key| &key.value) {
            let wire = named.value.as_str();
            let Some((built_in, _)) = own.iter().find(|(built_in, _)| built_in.wire() == wire) else {
                if !definition.poisoned {
                    let help = "add the mixin of the action, or leave it out here";
                    self.missing_built_in(wire, named.span, own.iter().map(|(action, _)| *action), help);
                }
                continue;
            };
            if let Some((_, first)) = found.iter().find(|(other, _)| other == built_in) {
                let message = format!("{} is listed twice", quote(wire));
                let diagnostic = Diagnostic::error(Code::DuplicateName, named.span, message);
                self.report(diagnostic.related(*first, "first here"));
                continue;
            }
            found.push((*built_in, named.span));
        }
        BuiltIn::ALL.into_iter().filter(|own| found.iter().any(|(other, _)| other == own)).collect()
    }

    /// Returns the writes that the application prepares. Each requires an action that writes so.
    pub(super) fn performs(&self, definition: &ast::Consumer, mixins: &[(Mixin, Span)]) -> Performs {
        let has = |mixin: Mixin| mixins.iter().any(|(own, _)| *own == mixin);
        let told = |name: &str, key: &Option<Key<bool>>, actions: &[Mixin]| {
            let Some(span) = told_at(key) else { return false };
            let found = actions.iter().any(|mixin| has(*mixin));
            if !found && !definition.poisoned {
                let needed = quote_all(actions.iter().map(|mixin| mixin.as_str()), "or");
                let message = format!("{} needs the mixin {needed}", quote(name));
                self.report(Diagnostic::error(Code::MissingMixin, span, message));
            }
            found
        };
        Performs {
            create: told("perform_create", &definition.perform_create, &[Mixin::Create]),
            update: told("perform_update", &definition.perform_update, &[Mixin::Update, Mixin::Patch]),
            destroy: told("perform_destroy", &definition.perform_destroy, &[Mixin::Delete]),
        }
    }
}

/// Returns the place of a key whose value is `true`.
pub(super) fn told_at(key: &Option<Key<bool>>) -> Option<Span> {
    key.as_ref().filter(|key| key.value).map(|key| key.key)
}
