//! Resolves what subscribers may rely on across time (`delivery`), and refuses what could not be kept.
//!
//! An event of a log is told by every node from the images of a row, and a client that comes back is told by rules over
//! these images. So whatever decides about an event must be known from the row alone, or the definition says what else
//! is read (`depends_on`), so that the log contains the changes of that, too.

use std::collections::BTreeSet;

use super::declarations::ConsumerDeclaration;
use super::dependencies::Dependencies;
use super::guards::{names_any, narrows};
use super::resolver::Resolver;
use crate::ast::{self, Delivery};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{FieldSource, Groups, Latest, Observer, Overflow, Rows, SerializerId, SerializerOf};
use crate::source::Span;
use crate::syntax::Key;

/// What the log keeps if the definition does not say it.
const DEFAULT: Latest = Latest { age: 86_400, entries: 1_000_000, max_replay: 1_000 };

/// The largest of these numbers: SQLite's integers have a sign.
const LARGEST: u64 = i64::MAX.unsigned_abs();

/// The name of the observer of live lists on the wire, which no observer of a definition can have.
pub(super) const LIST: &str = "$list";

/// Why the events of an observer cannot be told from the log.
pub(super) enum Beyond {
    /// There is nothing that the definition could say about it.
    Never(String),
    /// It is not said what decides.
    Unsaid(String),
}

/// The keys of the documents.
struct Written<'a> {
    delivery: Option<&'a Key<Delivery>>,
    latest: Latest,
}

impl<'a> Resolver<'a> {
    /// Resolves the delivery of all observers. The rules of every consumer must be known.
    pub(super) fn resolve_deliveries(&mut self) {
        let written = self.written_delivery();
        let mut dependencies = self.dependencies();
        for declaration in self.consumer_declarations.clone() {
            for index in 0..self.consumers[declaration.id].observers.len() {
                let Some((said, place)) = self.said_delivery(&declaration, index, written.delivery) else {
                    continue;
                };
                if said.value == Delivery::Latest {
                    let observer = &self.consumers[declaration.id].observers[index];
                    let single = observer.groups == Groups::Instance;
                    let key = if single { "observer_instance_delivery" } else { "delivery" };
                    let reasons = self.beyond_the_log(&declaration, observer, &dependencies);
                    self.refuse_latest(observer, reasons, (said, key), place);
                    let depends_on = dependencies.take(declaration.id, observer);
                    let observer = &mut self.consumers[declaration.id].observers[index];
                    (observer.latest, observer.depends_on) = (Some(written.latest), depends_on);
                }
            }
            self.resolve_live_list(&declaration, &dependencies, written.latest);
        }
        self.refuse_unused(&dependencies);
    }

    fn written_delivery(&self) -> Written<'a> {
        let documents: Vec<&'a ast::Document> = self.documents().collect();
        let delivery = self.said_once(&documents, "delivery", |document| document.delivery.as_ref());
        let replay = self.said_once(&documents, "max_replay", |document| document.max_replay.as_ref());
        let retention = || documents.iter().filter_map(|document| document.retention.as_ref());
        let first = retention().next();
        for other in retention().skip(1) {
            let message = "the log of changes is one, and is described twice";
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, other.key, message);
            self.report(
                first.iter().fold(diagnostic, |diagnostic, first| diagnostic.related(first.key, "first")),
            );
        }
        let number = |key: Option<&Key<u64>>, default: u64| {
            let Some(key) = key else { return default };
            if key.value == 0 || key.value > LARGEST {
                let message = format!("this must be between 1 and {LARGEST}");
                self.error(Code::InvalidValue, key.span, &message);
            }
            key.value
        };
        let kept = first.map(|key| &key.value);
        let latest = Latest {
            age: number(kept.and_then(|kept| kept.age.as_ref()), DEFAULT.age),
            entries: number(kept.and_then(|kept| kept.entries.as_ref()), DEFAULT.entries),
            max_replay: number(replay, DEFAULT.max_replay),
        };
        Written { delivery, latest }
    }

    /// Returns what is said about the delivery of an observer, and the place of the observer.
    fn said_delivery(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        index: usize,
        default: Option<&'a Key<Delivery>>,
    ) -> Option<(&'a Key<Delivery>, Span)> {
        let definition = declaration.definition?;
        let observer = &self.consumers[declaration.id].observers[index];
        if observer.groups == Groups::Instance {
            return Some((definition.instance_delivery.as_ref().or(default)?, declaration.span));
        }
        let written = definition.observers.iter().flat_map(|key| &key.value.entries);
        let (key, written) = written.clone().find(|(key, _)| key.value == observer.wire)?;
        let own = written.as_ref().and_then(|written| written.delivery.as_ref());
        Some((own.or(default)?, key.span))
    }

    /// Refuses an observer whose events do not follow from what the log contains. `key` is the key by which it is asked
    /// to read the log.
    pub(super) fn refuse_latest(
        &self,
        observer: &Observer,
        reasons: Vec<Beyond>,
        (said, key): (&Key<Delivery>, &str),
        place: Span,
    ) {
        let name = if observer.wire == LIST { "list" } else { &observer.wire };
        for beyond in reasons {
            let ephemeral = format!("set `\"{key}\": \"ephemeral\"` for it, or leave that out");
            let (reason, help) = match beyond {
                Beyond::Never(reason) => (reason, ephemeral),
                Beyond::Unsaid(reason) => {
                    let example = "`\"depends_on\": [{\"model\": \"Membership\", \"user\": \"member\"}]`";
                    let single = observer.groups == Groups::Instance;
                    let place = if single { "the consumer" } else { "the observer or the consumer" };
                    let says =
                        format!("say in {place} what else decides, such as {example}, or `[]` for nothing");
                    (reason, format!("{says}; or {ephemeral}"))
                }
            };
            let message = format!("{}: {reason}", quote(name));
            let diagnostic = Diagnostic::error(Code::BadDelivery, place, message);
            self.report(diagnostic.related(said.key, "`latest` is asked for here").help(help));
        }
    }

    /// Returns why the events of an observer cannot be told from the log.
    pub(super) fn beyond_the_log(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        observer: &Observer,
        dependencies: &Dependencies,
    ) -> Vec<Beyond> {
        let mut reasons = Vec::new();
        let consumer = &self.consumers[declaration.id];
        let own = consumer
            .serializer
            .is_some_and(|id| self.serializers[id].of == SerializerOf::Model(observer.model));
        if observer.custom_message {
            reasons.push(Beyond::Never("the log does not keep messages of the application".to_owned()));
        }
        if observer.many_to_many {
            reasons.push(Beyond::Never("the log does not keep changes of many-to-many relations".to_owned()));
        }
        if observer.overflow == Overflow::Drop {
            let reason = "`\"overflow\": \"drop\"` loses events, and the client would not read them again";
            reasons.push(Beyond::Never(reason.to_owned()));
        }
        if observer.wire == LIST {
            reasons.extend(self.beyond_a_live_list(consumer, observer).into_iter().map(Beyond::Never));
            return reasons;
        }
        let mut unsaid = |reason: &str| reasons.push(Beyond::Unsaid(reason.to_owned()));
        if !dependencies.says(declaration.id, observer) {
            if observer.groups == Groups::Custom {
                unsaid("the log does not know the groups that the application names");
            }
            if names_any(&consumer.permissions) || (own && narrows(consumer)) {
                unsaid("a queryset or permission of the application may change without a change of the row");
            }
            if observer.rows == Rows::Custom {
                unsaid("its queryset may change without a change of the row");
            }
            if let Some(name) = observer.serializer.and_then(|id| self.method_of(id, &mut BTreeSet::new())) {
                unsaid(&format!("{} is computed by the application, out of what is not known", quote(&name)));
            }
        }
        if let Rows::Of(other) = observer.rows
            && narrows(&self.consumers[other])
            && !dependencies.says_of(other, declaration.id, observer)
        {
            unsaid(
                "the queryset or permissions of the consumer that decides may change without a change of the row",
            );
        }
        reasons
    }

    /// Returns the first field of a serializer, or of one that it shows, that a method of the application computes.
    fn method_of(&self, serializer: SerializerId, seen: &mut BTreeSet<SerializerId>) -> Option<String> {
        if !seen.insert(serializer) {
            return None;
        }
        self.serializers[serializer].fields.iter().find_map(|field| match &field.source {
            FieldSource::Method(_) => Some(field.wire.clone()),
            FieldSource::Nested(nested) => self.method_of(nested.serializer, seen),
            _ => None,
        })
    }
}
