//! Whose rules say which rows of a model are heard of, changed and named where that is not its own consumer.
//!
//! A consumer narrows the rows of its model if it has a queryset, or a permission of the application's own. Whoever
//! observes these rows elsewhere, or writes them by a nested serializer, says whether it is asked: nothing is open
//! because nobody said so. A key of such a row may be named as in Django REST Framework, unless a field says which.

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

/// What `queryset` says in the place of the name of a consumer: every row.
const EVERY_ROW: &str = "all";

/// What is said of the rows of a model.
enum Said {
    Nothing,
    EveryRow,
    By(ConsumerId),
}

impl<'a> Resolver<'a> {
    /// To be called when the queryset and the permissions of every consumer are known.
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

    /// The rows of an observer: those of its consumer's model are narrowed by it.
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
            return misplaced(queryset, "rows of the consumer's own model are heard of by its own queryset");
        }
        if own == Some(model) || rows == Rows::Custom {
            return;
        }
        // Its permissions may be about rows, too: of another model nobody asks them.
        let here = own.is_some() && narrows(&self.consumers[declaration.id]);
        let elsewhere = self.narrowed_by(model);
        match self.said(observer.queryset.as_ref(), model) {
            None => {}
            Some(Said::By(consumer)) => {
                self.consumers[declaration.id].observers[index].rows = Rows::Of(consumer);
            }
            Some(Said::EveryRow) if !here && elsewhere.is_none() => {
                let queryset = observer.queryset.as_ref().expect("invariant: it said so");
                misplaced(queryset, "nobody narrows these rows: every row is heard of as it is");
            }
            Some(Said::Nothing) if !observer.poisoned && (here || elsewhere.is_some()) => {
                let other = quote(&self.models[model].wire);
                let message = match elsewhere {
                    Some(consumer) => format!(
                        "{} narrows {other}, and is not asked: every row would be heard of",
                        quote(self.wire_of(consumer))
                    ),
                    None => format!(
                        "what the consumer narrows its rows by is not about {other}: every row would be heard of"
                    ),
                };
                let diagnostic = Diagnostic::error(Code::OpenObserver, key.span, message);
                let by = elsewhere.map_or(String::new(), |consumer| {
                    format!("; `\"queryset\": \"{}\"` has that one decide", self.wire_of(consumer))
                });
                self.report(diagnostic.help(format!(
                    "with `\"queryset\": \"custom\"` the application says which rows are heard of{by}; if whoever \
                     may subscribe may hear of every row, say `\"queryset\": \"all\"`"
                )));
            }
            Some(Said::EveryRow | Said::Nothing) => {}
        }
    }

    /// Who decides which rows a nested serializer may change.
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
            NestedOf::Relation(relation) => Some(self.models[model].relations[relation].target),
        };
        let Some(target) = target.filter(|_| field.access != Access::ReadOnly) else {
            if let Some(queryset) = queryset {
                let message = match target {
                    Some(_) => "what is only read is not narrowed: `queryset` says which rows are changed",
                    None => "it is the row itself that is changed, which the consumer has found",
                };
                let diagnostic = Diagnostic::error(Code::MisplacedKeyword, queryset.key, message);
                self.report(diagnostic.help("leave `queryset` out"));
            }
            return None;
        };
        let narrowed = self.narrowed_by(target);
        let other = quote(&self.models[target].wire);
        match self.said(queryset, target)? {
            Said::By(consumer) => Some(consumer),
            Said::EveryRow => {
                if narrowed.is_none() {
                    let span = queryset.expect("invariant: it said so").key;
                    let message = format!("no consumer narrows {other}: every row may be changed as it is");
                    let diagnostic = Diagnostic::error(Code::MisplacedKeyword, span, message);
                    self.report(diagnostic.help("leave `queryset` out"));
                }
                None
            }
            Said::Nothing => {
                let changes = takers.changes(&self.consumers, declaration.id);
                if let Some(consumer) = narrowed.filter(|_| changes && entry.is_some()) {
                    let by = quote(self.wire_of(consumer));
                    let message = format!("{by} narrows {other}, and is not asked: any row could be changed");
                    let diagnostic = Diagnostic::error(Code::OpenNested, name.span, message);
                    self.report(diagnostic.help(format!(
                        "say `\"queryset\": \"{}\"` to have that one decide, `\"read_only\": true`, or, if any row \
                         may be changed by whoever may change this one, `\"queryset\": \"all\"`",
                        self.wire_of(consumer)
                    )));
                }
                None
            }
        }
    }

    /// Who decides which rows the keys of a field may name (`queryset` of its `extra_kwargs`).
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
            let message = format!("{} takes no keys of other rows", quote(&field.wire));
            let diagnostic = Diagnostic::error(Code::MisplacedKeyword, queryset.key, message);
            self.report(diagnostic.help("leave `queryset` out"));
            return None;
        };
        let Said::By(consumer) = self.said(Some(queryset), target)? else {
            let message = "a key may name every row, unless this says which";
            let diagnostic = Diagnostic::error(Code::MisplacedKeyword, queryset.key, message);
            self.report(diagnostic.help("leave `queryset` out"));
            return None;
        };
        if !self.consumers[consumer].queryset {
            let by = quote(&queryset.value);
            let message = format!("{by} has no queryset: a key may name every row");
            let diagnostic = Diagnostic::error(Code::InvalidValue, queryset.span, message);
            self.report(diagnostic.help(format!("say `\"queryset\": \"custom\"` in {by}")));
            return None;
        }
        Some(consumer)
    }

    /// What `queryset` says of the rows of a model. None: something was reported.
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
            self.report(diagnostic.help("name a consumer as the definition does, or say `\"all\"`"));
            return None;
        };
        let bound = self.bound_model(found.id);
        if bound == Some(model) {
            return Some(Said::By(found.id));
        }
        // One whose serializer could not be read was reported.
        if bound.is_some() || found.definition.is_some_and(|definition| definition.serializer.is_none()) {
            let (by, other) = (quote(&queryset.value), quote(&self.models[model].wire));
            let message = format!("{by} does not show rows of {other}");
            self.error(Code::InvalidValue, queryset.span, message);
        }
        None
    }

    /// The first consumer that narrows the rows of a model.
    fn narrowed_by(&self, model: ModelId) -> Option<ConsumerId> {
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

    /// The name of a consumer as the definition has it.
    fn wire_of(&self, consumer: ConsumerId) -> &str {
        let found = self.consumer_declarations.iter().find(|declared| declared.id == consumer);
        found.map_or("", |declared| declared.wire)
    }
}

/// Whether a consumer has something to say of single rows.
fn narrows(consumer: &Consumer) -> bool {
    consumer.queryset || names_any(&consumer.permissions)
}

fn names_any(permission: &PermissionExpr) -> bool {
    match permission {
        PermissionExpr::AllowAny | PermissionExpr::IsAuthenticated => false,
        PermissionExpr::Named { .. } => true,
        PermissionExpr::And(parts) | PermissionExpr::Or(parts) => parts.iter().any(names_any),
        PermissionExpr::Not(part) => names_any(part),
    }
}
