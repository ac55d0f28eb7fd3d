//! Throttles of consumers and actions.

use super::declarations::ConsumerDeclaration;
use super::resolver::Resolver;
use crate::ast;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Throttle, ThrottleBy};
use crate::source::{Span, Spanned};
use crate::syntax::Key;

/// The units of rates: the first letter counts, as in Django REST Framework.
const UNITS: [(char, u32); 4] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];

impl Resolver<'_> {
    /// Resolves throttles; `scope` is the name under which requests are counted if a throttle has none.
    pub(super) fn throttles(&self, written: Option<&Key<ast::Throttles>>, scope: &str) -> Vec<Throttle> {
        let Some(key) = written else { return Vec::new() };
        let one = |rate: &Spanned<String>| self.throttle(&rate.value, rate.span, scope, None);
        let whole = |throttle: &ast::Throttle| {
            let rate = throttle.rate.as_ref()?;
            let scope = throttle.scope.as_ref().map_or(scope, |scope| &scope.value);
            self.throttle(&rate.value, rate.span, scope, throttle.by.as_ref().map(|by| by.value))
        };
        match &key.value {
            ast::Throttles::Rate(rate) => one(rate).into_iter().collect(),
            ast::Throttles::One(throttle) => whole(throttle).into_iter().collect(),
            ast::Throttles::Several(list) => {
                let each = list.iter().enumerate().filter_map(|(index, entry)| {
                    let mut throttle = match entry {
                        ast::OneThrottle::Rate(rate) => one(rate),
                        ast::OneThrottle::Whole(throttle) => whole(throttle),
                    }?;
                    // Two rates of one scope count apart: `["10/min", "100/day"]`.
                    if index > 0 && throttle.scope == scope {
                        throttle.scope = format!("{scope} {}", throttle.seconds);
                    }
                    Some(throttle)
                });
                each.collect()
            }
        }
    }

    /// Resolves the throttles of single actions.
    pub(super) fn action_throttles(
        &self,
        declaration: &ConsumerDeclaration<'_>,
        definition: &ast::Consumer,
        stream: &str,
    ) -> Vec<(String, Vec<Throttle>)> {
        let mut found = Vec::new();
        let custom = definition.actions.iter().flat_map(|key| &key.value.entries);
        for (name, action) in custom {
            let wire = action
                .as_ref()
                .and_then(|action| action.name.as_ref())
                .map_or(&name.value, |name| &name.value);
            let written = action.as_ref().and_then(|action| action.throttle.as_ref());
            if written.is_some() {
                found.push((wire.clone(), self.throttles(written, &format!("{stream}.{wire}"))));
            }
        }
        let actions = &self.consumers[declaration.id].actions;
        for (name, throttles) in definition.action_throttle.iter().flat_map(|key| &key.value.entries) {
            if !actions.iter().any(|action| action.wire == name.value) {
                let message = format!("the consumer has no action {}", quote(&name.value));
                let near = self.nearest(&name.value, actions.iter().map(|action| action.wire.as_str()));
                self.report(Diagnostic::error(Code::UnknownField, name.span, message).suggest(near));
                continue;
            }
            let Some(throttles) = throttles else { continue };
            let key = Key { key: name.span, span: name.span, value: throttles.clone() };
            found.push((name.value.clone(), self.throttles(Some(&key), &format!("{stream}.{}", name.value))));
        }
        found
    }

    fn throttle(&self, rate: &str, span: Span, scope: &str, by: Option<ast::ThrottleBy>) -> Option<Throttle> {
        let by = match by.unwrap_or(ast::ThrottleBy::User) {
            ast::ThrottleBy::User => ThrottleBy::User,
            ast::ThrottleBy::Address => ThrottleBy::Address,
            ast::ThrottleBy::Connection => ThrottleBy::Connection,
        };
        let parsed = rate.split_once('/').and_then(|(number, unit)| {
            let requests: u32 = number.trim().parse().ok().filter(|number| (1..=100_000).contains(number))?;
            let first = unit.trim().chars().next()?;
            let (_, seconds) = UNITS.into_iter().find(|(letter, _)| *letter == first)?;
            Some((requests, seconds))
        });
        let Some((requests, seconds)) = parsed else {
            let message = format!("{} is not a rate", quote(rate));
            let help =
                "write a number from 1 to 100,000, `/` and a unit (`s`, `min`, `hour` or `day`): `10/min`";
            self.report(Diagnostic::error(Code::InvalidValue, span, message).help(help));
            return None;
        };
        Some(Throttle { scope: scope.to_owned(), requests, seconds, by })
    }
}
