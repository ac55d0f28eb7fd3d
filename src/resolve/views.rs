//! Consumers whose actions an HTTP service of the application answers.

use super::declarations::ConsumerDeclaration;
use super::resolver::Resolver;
use crate::ast::{self, View};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Action, ActionKind, Docs};
use crate::source::Span;
use crate::syntax::Key;

/// The mapping of DCRF.
const DEFAULT: [(&str, &str); 4] =
    [("create", "PUT"), ("update", "PATCH"), ("list", "GET"), ("retrieve", "GET")];

/// The methods that a view supports.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

impl<'a> Resolver<'a> {
    /// Returns the actions of a consumer that is a view. It returns `None` if the consumer is not one.
    pub(super) fn view_actions(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        definition: &'a ast::Consumer,
    ) -> Option<Vec<Action>> {
        let view = definition.view.as_ref().filter(|view| view.value != View::Default(false))?;
        self.nothing_beside_view(definition, view);
        let action = |wire: &str, method: &'static str, span: Span| {
            let name = self.member_name(wire, span, "an action")?;
            let (kind, origin) = (ActionKind::View(method), self.consumers[declaration.id].origin.clone());
            Some(Action {
                rust: name.clone(),
                name,
                wire: wire.to_owned(),
                kind,
                reply: true,
                docs: Docs::default(),
                origin,
            })
        };
        let View::Actions(mapping) = &view.value else {
            return Some(
                DEFAULT.iter().filter_map(|(wire, method)| action(wire, method, view.span)).collect(),
            );
        };
        let mut actions: Vec<Action> = Vec::new();
        for (key, method) in &mapping.entries {
            let Some(method) = method else { continue };
            let Some(known) = METHODS.iter().find(|known| **known == method.as_str()) else {
                let message = format!("{} is not a method of a view", quote(method));
                let diagnostic = Diagnostic::error(Code::InvalidValue, key.span, message);
                let near = self.nearest(&method.to_uppercase(), METHODS);
                self.report(
                    diagnostic.suggest(near).help("the methods are GET, POST, PUT, PATCH and DELETE"),
                );
                continue;
            };
            let Some(action) = action(&key.value, known, key.span) else { continue };
            if actions.iter().any(|other| other.rust.pascal() == action.rust.pascal()) {
                let message = format!("the consumer has two actions called {}", quote(&key.value));
                self.error(Code::DuplicateAction, key.span, message);
                continue;
            }
            actions.push(action);
        }
        Some(actions)
    }

    /// Reports keys beside a view, which answers every action itself.
    fn nothing_beside_view(&self, definition: &ast::Consumer, view: &Key<View>) {
        macro_rules! nothing {
            ($($field:ident $name:literal,)*) => {
                $(if let Some(key) = &definition.$field {
                    let message = format!("{} does not apply beside `view`", quote($name));
                    let diagnostic = Diagnostic::error(Code::ConflictingKeys, key.key, message);
                    self.report(diagnostic.related(view.key, "the service answers every action"));
                })*
            };
        }
        nothing! {
            serializer "serializer", mixins "mixins", actions "actions", observers "observers",
            signals "signals", events "events", queryset "queryset",
        }
    }
}
