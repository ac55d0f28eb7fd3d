//! Resolves live lists (`list_delivery`): an observer of all rows that a list can show.
//!
//! A client keeps such a list by the events of its rows alone. So everything that decides which rows it has, and in which
//! order, and everything that it shows of them, must be in the row itself.

use std::collections::BTreeSet;

use super::declarations::ConsumerDeclaration;
use super::deliveries::LIST;
use super::dependencies::Dependencies;
use super::guards::{names_any, narrows};
use super::resolver::Resolver;
use crate::ast::Delivery;
use crate::diag::{Code, quote};
use crate::ir::{
    Access, BuiltIn, Consumer, Docs, FieldSource, Groups, Latest, Name, NestedOf, Observer, Overflow,
    PageStyle, Rows, SerializerId, SerializerOf,
};

impl<'a> Resolver<'a> {
    /// Resolves the live lists of a consumer.
    pub(super) fn resolve_live_list(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        dependencies: &Dependencies,
        latest: Latest,
    ) {
        let Some(definition) = declaration.definition else { return };
        let Some(said) = &definition.list_delivery else { return };
        let consumer = &self.consumers[declaration.id];
        let serializer = consumer.serializer_of(BuiltIn::List);
        let model = serializer.map(|id| self.serializers[id].of);
        let lists = consumer.built_in().any(|built_in| built_in == BuiltIn::List);
        let (Some(SerializerOf::Model(model)), true) = (model, lists) else {
            if !definition.poisoned {
                self.error(Code::MissingMixin, said.key, "`list_delivery` needs a mixin with `list`");
            }
            return;
        };
        if said.value != Delivery::Latest {
            return;
        }
        let observer = Observer {
            name: Name::parse("list"),
            wire: LIST.to_owned(),
            model,
            serializer,
            groups: Groups::All,
            custom_message: false,
            overflow: Overflow::Close,
            many_to_many: false,
            rows: Rows::All,
            on_connect: None,
            latest: Some(latest),
            depends_on: None,
            docs: Docs::default(),
            origin: consumer.origin.clone(),
        };
        let name = consumer.rust.join("list").join("observer");
        let reasons = self.beyond_the_log(declaration, &observer, dependencies);
        self.take_type(&name, declaration.span, "the observer of live lists of the consumer", "endpoint");
        self.refuse_latest(&observer, reasons, (said, "list_delivery"), declaration.span);
        self.consumers[declaration.id].live_list = Some(observer);
    }

    /// Returns why lists of a consumer cannot be live, beside what concerns every observer.
    pub(super) fn beyond_a_live_list(&self, consumer: &Consumer, observer: &Observer) -> Vec<String> {
        let mut reasons = Vec::new();
        if narrows(consumer) {
            let reason = "a queryset or permission of the application may change without a change of the row";
            reasons.push(reason.to_owned());
        }
        if consumer.overrides.contains(&BuiltIn::List) {
            reasons.push("a method of the application performs `list`".to_owned());
        }
        if consumer.pagination.as_ref().is_some_and(|pages| pages.style == PageStyle::Streamed) {
            reasons.push("a list that is sent page after page is not one state of its rows".to_owned());
        }
        let own = consumer.action_permissions.iter();
        if own.filter(|(action, _)| *action == BuiltIn::List).any(|(_, own)| names_any(own)) {
            reasons.push("a permission of the application may change without a change of the row".to_owned());
        }
        if consumer.ordering.iter().any(|part| !part.path.is_empty()) {
            reasons.push("its `ordering` changes with other rows".to_owned());
        }
        if let Some(name) = observer.serializer.and_then(|id| self.of_others(id, &mut BTreeSet::new())) {
            reasons.push(format!(
                "{} shows what is not in the row itself, and changes without it",
                quote(&name)
            ));
        }
        reasons
    }

    /// Returns the first field of a serializer that shows something that is not in the row itself.
    fn of_others(&self, serializer: SerializerId, seen: &mut BTreeSet<SerializerId>) -> Option<String> {
        if !seen.insert(serializer) {
            return None;
        }
        let shown =
            self.serializers[serializer].fields.iter().filter(|field| field.access != Access::WriteOnly);
        shown.into_iter().find_map(|field| match &field.source {
            FieldSource::Column(_) if field.slug.is_none() => None,
            FieldSource::Payload(_) => None,
            FieldSource::Nested(nested) if nested.of == NestedOf::Row => {
                self.of_others(nested.serializer, seen)
            }
            _ => Some(field.wire.clone()),
        })
    }
}
