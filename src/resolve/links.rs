//! Hypermedia: shows rows and relations as frames that a client can send back without a change.

use super::declarations::SerializerDeclaration;
use super::resolver::Resolver;
use super::write_only::Member;
use crate::ast::{self, Links};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{
    Access, BuiltIn, Consumer, FieldSource, Link, LinkValue, ModelId, SerializerField, SerializerId,
    SerializerOf,
};
use crate::source::{Span, Spanned};
use crate::syntax::Value;

impl<'a> Resolver<'a> {
    /// Resolves the links of all serializers. The consumers must be known.
    pub(super) fn resolve_links(&mut self) {
        for declaration in self.serializer_declarations.clone() {
            let Some(definition) = declaration.definition else { continue };
            if self.serializer_poisoned[declaration.id.index()] {
                continue;
            }
            let SerializerOf::Model(model) = self.serializers[declaration.id].of else { continue };
            let own = self.serializers[declaration.id].fields.iter().any(|field| field.wire == "@id");
            match definition.links.as_ref().map(|links| (links.span, &links.value)) {
                Some((span, Links::All(true))) => {
                    if !own {
                        let field = self.own_link(model);
                        self.serializers[declaration.id].fields.insert(0, field);
                    }
                    self.link_itself(&declaration, model, span);
                    self.link_relations(&declaration, model, span);
                }
                Some((_, Links::Some(links))) => {
                    if own {
                        self.link_itself(&declaration, model, declaration.span);
                    }
                    for (name, link) in &links.entries {
                        if let Some(link) = link {
                            self.link_field(&declaration, model, name, link);
                        }
                    }
                }
                _ if own => self.link_itself(&declaration, model, declaration.span),
                _ => {}
            }
        }
    }

    /// Returns a consumer of the model's rows with this action, preferably one that shows them by this serializer.
    fn consumer_of(&self, model: ModelId, action: &str, rather: SerializerId) -> Option<&Consumer> {
        let of_model = |consumer: &&Consumer| {
            consumer.serializer.is_some_and(|id| self.serializers[id].of == SerializerOf::Model(model))
                && consumer.actions.iter().any(|known| known.wire == action)
        };
        let mut fitting = self.consumers.values().filter(of_model);
        let first = fitting.clone().next();
        fitting.find(|consumer| consumer.serializer_of(BuiltIn::Retrieve) == Some(rather)).or(first)
    }

    fn nobody(&self, model: ModelId, action: &str, span: Span) {
        let message =
            format!("no consumer of {} has the action {}", quote(&self.models[model].wire), quote(action));
        let diagnostic = Diagnostic::error(Code::BadRelation, span, message);
        self.report(diagnostic.help("a link is a frame for a consumer: add one, or link other fields"));
    }

    /// Sets the link of `"@id"`.
    fn link_itself(&mut self, declaration: &SerializerDeclaration<'a>, model: ModelId, span: Span) {
        let Some(consumer) = self.consumer_of(model, "retrieve", declaration.id) else {
            return self.nobody(model, "retrieve", span);
        };
        let Some(lookup) = &consumer.lookup else { return };
        let link = Link {
            stream: consumer.stream.clone(),
            action: "retrieve".to_owned(),
            arguments: vec![(lookup.argument.clone(), LinkValue::Column(lookup.field))],
        };
        let fields = &mut self.serializers[declaration.id].fields;
        if let Some(field) = fields.iter_mut().find(|field| field.wire == "@id") {
            field.link = Some(link);
        }
    }

    fn link_relations(&mut self, declaration: &SerializerDeclaration<'a>, model: ModelId, span: Span) {
        for index in 0..self.serializers[declaration.id].fields.len() {
            let field = &self.serializers[declaration.id].fields[index];
            let target = self.link_target(model, field);
            if let Some(target) = target
                .filter(|_| field.link.is_none() && field.slug.is_none() && field.access != Access::WriteOnly)
                && let Some(link) = self.default_link(declaration.id, target, None, "retrieve", span)
            {
                self.serializers[declaration.id].fields[index].link = Some(link);
            }
        }
    }

    /// Returns the model whose keys a field shows.
    fn link_target(&self, model: ModelId, field: &SerializerField) -> Option<ModelId> {
        match field.source {
            FieldSource::Column(column) => {
                self.models[model].fields[column].foreign_key.as_ref().map(|key| key.model)
            }
            FieldSource::Keys(relation) => Some(self.models[model].relations[relation].target),
            _ => None,
        }
    }

    /// Returns the frame that requests a row of another model by its key.
    fn default_link(
        &self,
        serializer: SerializerId,
        target: ModelId,
        stream: Option<&str>,
        action: &str,
        span: Span,
    ) -> Option<Link> {
        let named = stream.and_then(|stream| self.consumers.values().find(|other| other.stream == stream));
        let Some(consumer) = named.or_else(|| self.consumer_of(target, action, serializer)) else {
            self.nobody(target, action, span);
            return None;
        };
        let argument = match &consumer.lookup {
            Some(lookup) if lookup.field == self.models[target].key => lookup.argument.clone(),
            Some(lookup) => {
                let by = &self.models[target].fields[lookup.field].wire;
                let message = format!(
                    "rows of {} are looked up by {} on the stream {}, but a relation shows keys",
                    quote(&self.models[target].wire),
                    quote(by),
                    quote(&consumer.stream)
                );
                self.error(Code::BadRelation, span, message);
                return None;
            }
            None => "pk".to_owned(),
        };
        Some(Link {
            stream: consumer.stream.clone(),
            action: action.to_owned(),
            arguments: vec![(argument, LinkValue::Own)],
        })
    }

    /// Resolves the link of one field: `links: {field: {…}}`.
    fn link_field(
        &mut self,
        declaration: &SerializerDeclaration<'a>,
        model: ModelId,
        name: &'a Spanned<String>,
        link: &'a ast::Link,
    ) {
        if link.poisoned {
            return;
        }
        let position =
            self.serializers[declaration.id].fields.iter().position(|field| field.wire == name.value);
        let target = position
            .and_then(|index| self.link_target(model, &self.serializers[declaration.id].fields[index]));
        let action = link.action.as_ref().map_or("retrieve", |key| key.value.as_str());
        let stream = match &link.stream {
            Some(stream) => match self.checked_stream(stream, action) {
                Some(stream) => Some(stream),
                None => return,
            },
            None => None,
        };
        let resolved = match &link.kwargs {
            None => {
                let Some(target) = target else {
                    let message = format!(
                        "{} does not show keys: the frame would not have arguments",
                        quote(&name.value)
                    );
                    let diagnostic = Diagnostic::error(Code::BadRelation, name.span, message);
                    self.report(
                        diagnostic.help("name the fields of the row that are its arguments in `kwargs`"),
                    );
                    return;
                };
                self.default_link(declaration.id, target, stream, action, name.span)
            }
            Some(kwargs) => {
                let target = target.unwrap_or(model);
                let stream = match stream {
                    Some(stream) => Some(stream.to_owned()),
                    None => {
                        self.consumer_of(target, action, declaration.id).map(|found| found.stream.clone())
                    }
                };
                let Some(stream) = stream else { return self.nobody(target, action, name.span) };
                let arguments = self.link_arguments(model, kwargs);
                Some(Link { stream, action: action.to_owned(), arguments })
            }
        };
        let Some(resolved) = resolved else { return };
        match position {
            Some(index) => self.serializers[declaration.id].fields[index].link = Some(resolved),
            None => {
                let Some(field_name) = self.member_name(&name.value, name.span, "a field") else { return };
                let field = SerializerField {
                    name: field_name,
                    wire: name.value.clone(),
                    link: Some(resolved),
                    docs: crate::ir::Docs { text: "A frame to send.".to_owned(), deprecated: false },
                    ..self.own_link(model)
                };
                self.serializers[declaration.id].fields.push(field);
            }
        }
    }

    /// Returns a stream if it exists and has the action.
    fn checked_stream<'s>(&self, stream: &'s crate::syntax::Key<String>, action: &str) -> Option<&'s str> {
        let Some(consumer) = self.consumers.values().find(|consumer| consumer.stream == stream.value) else {
            let message = format!("there is no stream {}", quote(&stream.value));
            let near =
                self.nearest(&stream.value, self.consumers.values().map(|consumer| consumer.stream.as_str()));
            self.report(Diagnostic::error(Code::BadRelation, stream.span, message).suggest(near));
            return None;
        };
        if !consumer.actions.iter().any(|known| known.wire == action) {
            let message = format!("the stream {} has no action {}", quote(&stream.value), quote(action));
            let near = self.nearest(action, consumer.actions.iter().map(|known| known.wire.as_str()));
            self.report(Diagnostic::error(Code::BadRelation, stream.span, message).suggest(near));
            return None;
        }
        Some(&stream.value)
    }

    /// Returns the arguments of a link. Texts name fields of the row, any other value is sent as it is.
    fn link_arguments(
        &self,
        model: ModelId,
        kwargs: &'a crate::syntax::Key<crate::syntax::Mapping<crate::syntax::Node>>,
    ) -> Vec<(String, LinkValue)> {
        let mut arguments = Vec::new();
        for (name, node) in &kwargs.value.entries {
            let Some(node) = node else { continue };
            let value = match &node.value {
                Value::Text(field) => {
                    let Some(column) = self.field_position(model, &Spanned::new(field.clone(), node.span))
                    else {
                        continue;
                    };
                    if let Some(secret) = self.secret(model, Member::Column(column)) {
                        let diagnostic = self.never_shown(node.span, (model, Member::Column(column)), secret);
                        self.report(diagnostic.help("name another field here"));
                        continue;
                    }
                    LinkValue::Column(column)
                }
                _ => LinkValue::Json(node.to_json()),
            };
            arguments.push((name.value.clone(), value));
        }
        arguments
    }
}
