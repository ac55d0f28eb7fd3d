//! Resolves whose queryset and permissions apply to the rows of a model that other consumers observe, change or refer
//! to.
//!
//! A consumer restricts the rows of its model if it has a queryset or a permission of the application. Where these rows
//! are observed by another consumer or written by a nested serializer, the definition must say whether these
//! restrictions apply: nothing is open by default. As in Django REST Framework, the key of any such row may be sent,
//! unless a field restricts the keys.

use super::declarations::{ConsumerDeclaration, SerializerDeclaration};
use super::resolver::Resolver;
use crate::ast;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{
    Access, Consumer, ConsumerId, FieldSource, ModelId, Nested, NestedOf, PermissionExpr, Rows, SerializerOf,
    Takers, Via,
};
use crate::source::Spanned;
use crate::syntax::Key;

/// The value of `queryset` that means every row, instead of the name of a consumer.
const EVERY_ROW: &str = "all";

/// What the definition says about the rows of a model.
enum Said {
    Nothing,
    EveryRow,
    By(ConsumerId),
}

impl<'a> Resolver<'a> {
    /// Resolves all of them. The querysets and the permissions of every consumer must be known.
    pub(super) fn resolve_guards(&mut self) {
        for declaration in self.consumer_declarations.clone() {
            let Some(definition) = declaration.definition else { continue };
            for (key, observer) in definition.observers.iter().flat_map(|key| &key.value.entries) {
                if let Some(observer) = observer {
                    self.observed_rows(&declaration, (key, observer));
                }
            }
        }
        let takers = Takers::of(&self.serializers, &self.consumers);
        for declaration in self.serializer_declarations.clone() {
            let SerializerOf::Model(model) = self.serializers[declaration.id].of else { continue };
            for index in 0..self.serializers[declaration.id].fields.len() {
                let field = &self.serializers[declaration.id].fields[index];
                let guard = match field.source {
                    FieldSource::Nested(nested) => {
                        self.nested_rows(&declaration, model, index, nested, &takers)
                    }
                    _ => self.named_rows(&declaration, model, index),
                };
                self.serializers[declaration.id].fields[index].within = guard;
            }
        }
    }

    /// Resolves the rows of an observer. The consumer itself restricts those of its own model.
    fn observed_rows(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        (key, observer): (&Spanned<String>, &ast::Observer),
    ) {
        let own = self.bound_model(declaration.id);
        let observers = &self.consumers[declaration.id].observers;
        let Some(index) = observers.iter().position(|known| known.wire == key.value) else { return };
        let (model, rows) = (observers[index].model, observers[index].rows);
        let misplaced = |queryset: &Key<String>, message: &str| {
            let diagnostic = Diagnostic::error(Code::MisplacedKeyword, queryset.key, message);
            self.report(diagnostic.help("leave `queryset` out of the observer"));
        };
        if let Some(queryset) = observer.queryset.as_ref().filter(|_| own == Some(model)) {
            return misplaced(queryset, "the consumer's own queryset applies to the rows of its own model");
        }
        if own == Some(model) || rows == Rows::Custom {
            return;
        }
        // Its permissions may be about rows, too, but they do not apply to rows of another model.
        let here = own.is_some() && narrows(&self.consumers[declaration.id]);
        let elsewhere = self.narrowed_by(model, narrows);
        match self.said(observer.queryset.as_ref(), model) {
            None => {}
            Some(Said::By(consumer)) => {
                self.consumers[declaration.id].observers[index].rows = Rows::Of(consumer);
            }
            Some(Said::EveryRow) if !here && elsewhere.is_none() => {
                let queryset = observer.queryset.as_ref().expect("invariant: it said so");
                misplaced(
                    queryset,
                    "these rows are not restricted: subscribers get events of every row anyway",
                );
            }
            Some(Said::Nothing) if !observer.poisoned && (here || elsewhere.is_some()) => {
                let other = quote(&self.models[model].wire);
                let message = match elsewhere {
                    Some(consumer) => format!(
                        "{} restricts the rows of {other}, but its restrictions are not used: subscribers would get \
                         events of every row",
                        quote(self.wire_of(consumer))
                    ),
                    None => format!(
                        "the restrictions of the consumer do not apply to {other}: subscribers would get events of every row"
                    ),
                };
                let diagnostic = Diagnostic::error(Code::OpenObserver, key.span, message);
                let by = elsewhere.map_or(String::new(), |consumer| {
                    format!("; with `\"queryset\": \"{}\"` that consumer decides", self.wire_of(consumer))
                });
                self.report(diagnostic.help(format!(
                    "with `\"queryset\": \"custom\"` the application decides which rows are visible{by}; if every \
                     subscriber may see every row, set `\"queryset\": \"all\"`"
                )));
            }
            Some(Said::EveryRow | Said::Nothing) => {}
        }
    }

    /// Returns the consumer that determines which rows a nested serializer may change.
    fn nested_rows(
        &self,
        declaration: &SerializerDeclaration<'a>,
        model: ModelId,
        index: usize,
        nested: Nested,
        takers: &Takers,
    ) -> Option<ConsumerId> {
        let field = &self.serializers[declaration.id].fields[index];
        let entries = declaration.definition.and_then(|definition| definition.nested.as_ref());
        let (name, entry) = entries?.value.entries.iter().find(|(name, _)| name.value == field.wire)?;
        let queryset = entry.as_ref().and_then(|entry| entry.queryset.as_ref());
        let target = match nested.of {
            NestedOf::Row => None,
            NestedOf::ForeignKey(column) => {
                self.models[model].fields[column].foreign_key.as_ref().map(|key| key.model)
            }
            NestedOf::Relation(relation) | NestedOf::Back(relation) => {
                Some(self.models[model].relations[relation].target)
            }
        };
        let Some(target) = target.filter(|_| field.access != Access::ReadOnly) else {
            if let Some(queryset) = queryset {
                let message = match target {
                    Some(_) => "`queryset` determines which rows may be changed, but this field is read-only",
                    None => "this field changes the row itself, which the consumer has already found",
                };
                let diagnostic = Diagnostic::error(Code::MisplacedKeyword, queryset.key, message);
                self.report(diagnostic.help("leave `queryset` out"));
            }
            return None;
        };
        let narrowed = self.narrowed_by(target, narrows_writes);
        let other = quote(&self.models[target].wire);
        match self.said(queryset, target)? {
            Said::By(consumer) => Some(consumer),
            Said::EveryRow => {
                if narrowed.is_none() {
                    let span = queryset.expect("invariant: it said so").key;
                    let message =
                        format!("the rows of {other} are not restricted: every row may be changed anyway");
                    let diagnostic = Diagnostic::error(Code::MisplacedKeyword, span, message);
                    self.report(diagnostic.help("leave `queryset` out"));
                }
                None
            }
            Said::Nothing => {
                let changes = takers.changes(&self.consumers, declaration.id);
                if let Some(consumer) = narrowed.filter(|_| changes && entry.is_some()) {
                    let by = quote(self.wire_of(consumer));
                    let message = format!(
                        "{by} restricts the rows of {other}, but its restrictions are not used: clients could change \
                         any row"
                    );
                    let diagnostic = Diagnostic::error(Code::OpenNested, name.span, message);
                    self.report(diagnostic.help(format!(
                        "set `\"queryset\": \"{}\"` to apply these restrictions, or `\"read_only\": true`; if every \
                         client that may change this row may change any row, set `\"queryset\": \"all\"`",
                        self.wire_of(consumer)
                    )));
                }
                None
            }
        }
    }

    /// Returns the consumer that determines to which rows the keys of a field may refer (`queryset` in its
    /// `extra_kwargs`).
    fn named_rows(
        &self,
        declaration: &SerializerDeclaration<'a>,
        model: ModelId,
        index: usize,
    ) -> Option<ConsumerId> {
        let field = &self.serializers[declaration.id].fields[index];
        let kwargs = declaration.definition.and_then(|definition| definition.extra_kwargs.as_ref());
        let queryset = kwargs?.value.get(&field.wire).flatten()?.queryset.as_ref()?;
        let target = match field.source {
            FieldSource::Column(column) => {
                self.models[model].fields[column].foreign_key.as_ref().map(|key| key.model)
            }
            FieldSource::Keys(relation) => {
                let relation = &self.models[model].relations[relation];
                matches!(relation.via, Via::Table(_)).then_some(relation.target)
            }
            _ => None,
        };
        let Some(target) = target.filter(|_| field.access != Access::ReadOnly) else {
            let message = format!("{} does not accept keys of other rows", quote(&field.wire));
            let diagnostic = Diagnostic::error(Code::MisplacedKeyword, queryset.key, message);
            self.report(diagnostic.help("leave `queryset` out"));
            return None;
        };
        let Said::By(consumer) = self.said(Some(queryset), target)? else {
            let message = "a key may refer to every row unless `queryset` names a consumer";
            let diagnostic = Diagnostic::error(Code::MisplacedKeyword, queryset.key, message);
            self.report(diagnostic.help("leave `queryset` out"));
            return None;
        };
        if !self.consumers[consumer].queryset {
            let by = quote(&queryset.value);
            let message = format!("{by} does not have a queryset: a key could refer to every row");
            let diagnostic = Diagnostic::error(Code::InvalidValue, queryset.span, message);
            self.report(diagnostic.help(format!("add `\"queryset\": \"custom\"` to {by}")));
            return None;
        }
        Some(consumer)
    }

    /// Returns what `queryset` says about the rows of a model. It returns `None` if something was reported.
    fn said(&self, queryset: Option<&Key<String>>, model: ModelId) -> Option<Said> {
        let Some(queryset) = queryset else { return Some(Said::Nothing) };
        if queryset.value == EVERY_ROW {
            return Some(Said::EveryRow);
        }
        let found = self.consumer_declarations.iter().find(|declared| declared.wire == queryset.value);
        let Some(found) = found else {
            let message = format!("there is no consumer {}", quote(&queryset.value));
            let names = self.consumer_declarations.iter().map(|declared| declared.wire);
            let near = self.nearest(&queryset.value, names);
            let diagnostic = Diagnostic::error(Code::InvalidValue, queryset.span, message).suggest(near);
            self.report(diagnostic.help("use the name of a consumer of the definition, or `\"all\"`"));
            return None;
        };
        let bound = self.bound_model(found.id);
        if bound == Some(model) {
            return Some(Said::By(found.id));
        }
        // A consumer whose serializer could not be read was reported.
        if bound.is_some() || found.definition.is_some_and(|definition| definition.serializer.is_none()) {
            let (by, other) = (quote(&queryset.value), quote(&self.models[model].wire));
            let message = format!("{by} does not show rows of {other}");
            self.error(Code::InvalidValue, queryset.span, message);
        }
        None
    }

    /// Returns the first consumer that restricts the rows of a model.
    fn narrowed_by(&self, model: ModelId, narrows: fn(&Consumer) -> bool) -> Option<ConsumerId> {
        let mut consumers = self.consumers.iter();
        let found =
            consumers.find(|(id, consumer)| self.bound_model(*id) == Some(model) && narrows(consumer));
        found.map(|(id, _)| id)
    }

    fn bound_model(&self, consumer: ConsumerId) -> Option<ModelId> {
        match self.serializers[self.consumers[consumer].serializer?].of {
            SerializerOf::Model(model) => Some(model),
            SerializerOf::Object(_) => None,
        }
    }

    /// Returns the name of a consumer in the definition.
    fn wire_of(&self, consumer: ConsumerId) -> &str {
        let found = self.consumer_declarations.iter().find(|declared| declared.id == consumer);
        found.map_or("", |declared| declared.wire)
    }
}

/// Tells whether a consumer restricts single rows.
pub(super) fn narrows(consumer: &Consumer) -> bool {
    consumer.queryset || names_any(&consumer.permissions)
}

/// Tells whether a consumer restricts which single rows may be changed.
fn narrows_writes(consumer: &Consumer) -> bool {
    let own = &consumer.action_permissions;
    narrows(consumer) || own.iter().any(|(built_in, own)| built_in.writes() && names_any(own))
}

/// Tells whether a permission of the application decides.
pub(super) fn names_any(permission: &PermissionExpr) -> bool {
    match permission {
        PermissionExpr::AllowAny | PermissionExpr::IsAuthenticated => false,
        PermissionExpr::Named { .. } => true,
        PermissionExpr::And(parts) | PermissionExpr::Or(parts) => parts.iter().any(names_any),
        PermissionExpr::Not(part) => names_any(part),
    }
}
