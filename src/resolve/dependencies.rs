//! Resolves what the application reads, beside a row, to decide about its events (`depends_on`).

use std::collections::BTreeMap;

use super::resolver::Resolver;
use super::rules::describe;
use super::write_only::Member;
use crate::ast;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{ConsumerId, Dependency, ModelId, Observer, Rows, Scalar, Type};
use crate::source::{Span, Spanned};
use crate::syntax::Key;

/// The `depends_on` of consumers, and of observers by their names.
pub(super) struct Dependencies {
    consumers: BTreeMap<ConsumerId, Said>,
    observers: BTreeMap<(ConsumerId, String), Said>,
}

/// What is said in one place.
struct Said {
    key: Span,
    rows: Vec<Dependency>,
    /// Whether an observer with a log uses it.
    used: bool,
}

impl Dependencies {
    /// Tells whether it is said what an observer reads, by itself or its consumer.
    pub(super) fn says(&self, consumer: ConsumerId, observer: &Observer) -> bool {
        self.observers.contains_key(&(consumer, observer.wire.clone()))
            || self.consumers.contains_key(&consumer)
    }

    /// Tells whether it is said what the rules of another consumer read that decides about an observer's events.
    pub(super) fn says_of(&self, other: ConsumerId, consumer: ConsumerId, observer: &Observer) -> bool {
        self.observers.contains_key(&(consumer, observer.wire.clone())) || self.consumers.contains_key(&other)
    }

    /// Returns what is said about an observer: by itself or else its consumer, and by the consumer whose rules decide.
    pub(super) fn take(&mut self, consumer: ConsumerId, observer: &Observer) -> Option<Vec<Dependency>> {
        let own = self.observers.get_mut(&(consumer, observer.wire.clone()));
        let own = own.or_else(|| self.consumers.get_mut(&consumer)).map(Said::take);
        let other = match observer.rows {
            Rows::Of(other) => self.consumers.get_mut(&other).map(Said::take),
            Rows::All | Rows::Custom => None,
        };
        if own.is_none() && other.is_none() {
            return None;
        }
        let mut all: Vec<Dependency> = Vec::new();
        for dependency in own.into_iter().chain(other).flatten() {
            if !all.contains(&dependency) {
                all.push(dependency);
            }
        }
        Some(all)
    }
}

impl Said {
    fn take(&mut self) -> Vec<Dependency> {
        self.used = true;
        self.rows.clone()
    }
}

impl<'a> Resolver<'a> {
    /// Resolves all of them.
    pub(super) fn dependencies(&self) -> Dependencies {
        let mut all = Dependencies { consumers: BTreeMap::new(), observers: BTreeMap::new() };
        for declaration in &self.consumer_declarations {
            let Some(definition) = declaration.definition else { continue };
            if let Some(written) = &definition.depends_on {
                all.consumers.insert(declaration.id, self.said_dependencies(written));
            }
            for (key, observer) in definition.observers.iter().flat_map(|key| &key.value.entries) {
                if let Some(written) = observer.as_ref().and_then(|observer| observer.depends_on.as_ref()) {
                    all.observers
                        .insert((declaration.id, key.value.clone()), self.said_dependencies(written));
                }
            }
        }
        all
    }

    /// Reports what no observer with a log uses.
    pub(super) fn refuse_unused(&self, dependencies: &Dependencies) {
        let all = dependencies.consumers.values().chain(dependencies.observers.values());
        for said in all.filter(|said| !said.used) {
            let message =
                "no observer with `\"delivery\": \"latest\"` uses `depends_on`: others do not have a log";
            let diagnostic = Diagnostic::error(Code::BadDelivery, said.key, message);
            self.report(diagnostic.help("leave `depends_on` out, or set `\"delivery\": \"latest\"`"));
        }
    }

    fn said_dependencies(&self, written: &'a Key<Vec<ast::Dependency>>) -> Said {
        let mut rows: Vec<(Dependency, Span)> = Vec::new();
        for dependency in &written.value {
            let Some(resolved) = self.dependency(dependency) else { continue };
            match rows.iter().find(|(known, _)| *known == resolved) {
                Some((_, first)) => {
                    let message = "this is listed twice";
                    let diagnostic = Diagnostic::error(Code::DuplicateName, dependency.span, message);
                    self.report(diagnostic.related(*first, "first here"));
                }
                None => rows.push((resolved, dependency.span)),
            }
        }
        Said {
            key: written.key,
            rows: rows.into_iter().map(|(dependency, _)| dependency).collect(),
            used: false,
        }
    }

    fn dependency(&self, dependency: &'a ast::Dependency) -> Option<Dependency> {
        let name = dependency.model.as_ref()?;
        let found = self.model_declarations.iter().find(|declared| declared.wire == name.value);
        let Some(model) = found.map(|declared| declared.id) else {
            self.unknown_model(name);
            return None;
        };
        let user = match &dependency.user {
            Some(key) => Some(self.user_column(model, key)?),
            None => None,
        };
        Some(Dependency { model, user })
    }

    /// Returns the position of the field that names a user.
    fn user_column(&self, model: ModelId, key: &'a Key<String>) -> Option<usize> {
        let name = Spanned { value: key.value.clone(), span: key.span };
        let position = self.field_position(model, &name)?;
        let field = &self.models[model].fields[position];
        if !matches!(field.ty, Type::Scalar(Scalar::Integer | Scalar::Text | Scalar::Form(_) | Scalar::Uuid))
        {
            let message =
                format!("{} is {}: it cannot be the key of a user", quote(&name.value), describe(&field.ty));
            let help = "name a field with an integer, a text or a uuid, or leave `user` out: then a change concerns everybody";
            self.report(Diagnostic::error(Code::BadDelivery, name.span, message).help(help));
            return None;
        }
        if let Some(secret) = self.secret(model, Member::Column(position)) {
            let message = format!("the log does not keep {}", quote(&name.value));
            let diagnostic = Diagnostic::error(Code::BadDelivery, name.span, message);
            let help =
                "name a field that is not write-only, or leave `user` out: then a change concerns everybody";
            self.report(self.because(diagnostic, secret).help(help));
            return None;
        }
        Some(position)
    }
}
