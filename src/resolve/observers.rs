//! Observers, signals and events: their payloads, their groups, and the actions that subscribe.

use super::composition::says_beyond;
use super::consumers::Bound;
use super::declarations::ConsumerDeclaration;
use super::namespaces::Scope;
use super::reserved;
use super::resolver::Resolver;
use super::rules::describe;
use super::shape::docs;
use super::stands::{Place, Stands};
use super::write_only::Member;
use crate::ast::{self, JsonType, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{
    Action, ActionKind, BuiltIn, Docs, Event, Groups, Home, ModelId, Name, ObjectId, Observer, Overflow,
    Rows, SerializerId, SerializerOf, Signal, Source, Type,
};
use crate::source::{Origin, Span, Spanned};
use crate::syntax::Key;

/// The keys of an observer or signal that determine how clients subscribe.
struct Written<'a> {
    key: &'a Spanned<String>,
    subscribe: &'a Option<Key<ast::SubscribeAction>>,
    unsubscribe: &'a Option<Key<String>>,
    input: &'a Option<Key<Schema>>,
    custom: bool,
    reply: bool,
    docs: Docs,
}

/// The payload of a signal or event.
struct Payload {
    payload: ObjectId,
    /// The name of the type that is sent.
    ty: Name,
    /// The JSON Schema of the payload, if its type says less.
    schema: Option<String>,
}

impl<'a> Resolver<'a> {
    /// Resolves the observers, signals and events of a consumer. It returns the actions that subscribe and unsubscribe,
    /// each with its place. `instance` is the model and serializer of a consumer that has the mixin
    /// `observer_instance`.
    pub(super) fn subscriptions(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        definition: &'a ast::Consumer,
        instance: Option<Bound>,
    ) -> Vec<(Action, Span)> {
        let mut actions = Vec::new();
        let mut scope = Scope::default();
        if let Some(bound) = instance {
            self.instance_observer(declaration, bound);
        } else if let Some(follow) = definition.follow_many_to_many.as_ref().filter(|follow| follow.value)
            && !definition.poisoned
        {
            let message = "`observer_many_to_many_relationships` needs the mixin `observer_instance`";
            self.error(Code::MissingMixin, follow.key, message);
        }
        if let Some(delivery) = definition.instance_delivery.as_ref().filter(|_| instance.is_none())
            && !definition.poisoned
        {
            let message = "`observer_instance_delivery` needs the mixin `observer_instance`";
            self.error(Code::MissingMixin, delivery.key, message);
        }
        for (key, observer) in definition.observers.iter().flat_map(|key| &key.value.entries) {
            let name = self.told_name(declaration, key, "an observer", "observer", &mut scope);
            let Some(observer) = observer else { continue };
            let resolved = self.observer(declaration, key, observer, name.clone());
            let written = Written {
                key,
                subscribe: &observer.subscribe,
                unsubscribe: &observer.unsubscribe,
                input: &observer.input,
                custom: is_custom(&observer.groups),
                reply: observer.reply.as_ref().is_none_or(|key| key.value),
                docs: docs(&None, &observer.description, &None),
            };
            let source = Source::Observer(self.consumers[declaration.id].observers.len());
            actions.extend(self.subscribing(declaration, &written, source));
            self.consumers[declaration.id].observers.extend(resolved);
        }
        for (key, signal) in definition.signals.iter().flat_map(|key| &key.value.entries) {
            let name = self.told_name(declaration, key, "a signal", "signal", &mut scope);
            let Some(signal) = signal else { continue };
            let resolved = self.signal(declaration, key, signal, name.clone());
            let written = Written {
                key,
                subscribe: &signal.subscribe,
                unsubscribe: &signal.unsubscribe,
                input: &signal.input,
                custom: is_custom(&signal.groups),
                reply: signal.reply.as_ref().is_none_or(|key| key.value),
                docs: docs(&None, &signal.description, &None),
            };
            let source = Source::Signal(self.consumers[declaration.id].signals.len());
            actions.extend(self.subscribing(declaration, &written, source));
            self.consumers[declaration.id].signals.extend(resolved);
        }
        for (key, event) in definition.events.iter().flat_map(|key| &key.value.entries) {
            let name = self.told_name(declaration, key, "an event", "event", &mut scope);
            let Some(schema) = event else { continue };
            let payload = self.payload(declaration, key, Some(schema), schema.span, ("events", "event"));
            let (Some(name), Some(Payload { payload, ty, schema: sent })) = (name, payload) else { continue };
            let event = Event {
                name,
                wire: key.value.clone(),
                payload,
                schema: sent,
                ty,
                docs: docs(&schema.title, &schema.description, &schema.deprecated),
                origin: self.told_origin(declaration, "events", &key.value),
            };
            self.consumers[declaration.id].events.push(event);
        }
        actions
    }

    fn instance_observer(&mut self, declaration: &ConsumerDeclaration<'a>, bound: Bound) {
        let consumer = &self.consumers[declaration.id];
        let observer = Observer {
            name: Name::parse("instance"),
            wire: "instance".to_owned(),
            model: bound.model,
            serializer: consumer.serializer_of(BuiltIn::SubscribeInstance),
            groups: Groups::Instance,
            custom_message: false,
            overflow: Overflow::Close,
            many_to_many: declaration
                .definition
                .and_then(|definition| definition.follow_many_to_many.as_ref())
                .is_some_and(|key| key.value),
            rows: Rows::All,
            on_connect: None,
            latest: None,
            depends_on: None,
            docs: Docs::default(),
            origin: consumer.origin.clone(),
        };
        let name = consumer.rust.join("instance").join("observer");
        self.take_type(&name, declaration.span, "the observer of single rows of the consumer", "endpoint");
        self.consumers[declaration.id].observers.push(observer);
    }

    /// Takes the name of an observer, signal or event, and that of its descriptor.
    fn told_name(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        key: &Spanned<String>,
        what: &str,
        suffix: &str,
        scope: &mut Scope,
    ) -> Option<Name> {
        let name = self.name_of_any_script(&key.value, key.span, what)?;
        if suffix == "observer" && name.snake() == "instance" {
            let message = "`instance` is the observer of the mixin `observer_instance`";
            let help = "call it `row`, for example";
            self.report(Diagnostic::error(Code::ReservedName, key.span, message).help(help));
            return None;
        }
        if !self.take(scope, &name, &key.value, key.span) {
            return None;
        }
        let full = self.consumers[declaration.id].rust.join(&key.value).join(suffix);
        let described = format!("the descriptor of the {suffix}");
        (suffix == "event" || self.take_type(&full, key.span, &described, "value").is_some()).then_some(name)
    }

    fn told_origin(&self, declaration: &ConsumerDeclaration<'a>, section: &str, key: &str) -> Origin {
        let consumer = &self.consumers[declaration.id].origin.0;
        Origin(format!("{consumer}/{section}/{}", key.replace('~', "~0").replace('/', "~1")))
    }

    fn observer(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        key: &'a Spanned<String>,
        observer: &'a ast::Observer,
        name: Option<Name>,
    ) -> Option<Observer> {
        let model = self.observed_model(key, observer);
        let serializer = observer.serializer.as_ref();
        let shown = serializer.map(|serializer| self.shown_by_observer(serializer, model));
        let groups = match &observer.groups {
            None => Some(Groups::All),
            Some(key) => match &key.value {
                ast::Groups::Custom(_) => Some(Groups::Custom),
                ast::Groups::Fields(groups) => model.map(|model| self.groups_of_columns(model, groups)),
            },
        };
        Some(Observer {
            name: name?,
            wire: key.value.clone(),
            model: model?,
            serializer: match shown {
                Some(shown) => Some(shown?),
                None => None,
            },
            custom_message: observer.message.is_some(),
            overflow: overflow(&observer.overflow),
            many_to_many: observer.many_to_many.as_ref().is_some_and(|key| key.value),
            // The name of a consumer is resolved later, when all consumers are known.
            rows: match &observer.queryset {
                Some(queryset) if queryset.value == "custom" => Rows::Custom,
                _ => Rows::All,
            },
            on_connect: {
                let action = observer.subscribe.as_ref().and_then(|subscribe| subscribe.value.name());
                let action = action.map_or_else(|| format!("subscribe_to_{}", key.value), str::to_owned);
                let written = observer.on_connect.as_ref().zip(model).zip(groups.as_ref());
                written.and_then(|((written, model), groups)| {
                    self.on_connect(declaration, written, model, groups, &action)
                })
            },
            groups: groups?,
            // It depends on all consumers, which are not known yet.
            latest: None,
            depends_on: None,
            docs: docs(&None, &observer.description, &None),
            origin: self.told_origin(declaration, "observers", &key.value),
        })
    }

    /// Returns the observed model: that of `model`, else that of the serializer.
    fn observed_model(&self, key: &Spanned<String>, observer: &ast::Observer) -> Option<ModelId> {
        if let Some(model) = &observer.model {
            let found = self.model_declarations.iter().find(|declared| declared.wire == model.value);
            if found.is_none() {
                self.unknown_model(model);
            }
            return found.map(|declared| declared.id);
        }
        if let Some(serializer) = &observer.serializer {
            let declared =
                self.serializer_declarations.iter().find(|declared| declared.wire == serializer.value)?;
            if let SerializerOf::Model(model) = self.serializers[declared.id].of {
                return Some(model);
            }
            return None;
        }
        if !observer.poisoned {
            let message = "an observer needs a `model`";
            let diagnostic = Diagnostic::error(Code::MissingKey, key.span, message);
            self.report(diagnostic.help("name the observed model: `\"model\": \"…\"`"));
        }
        None
    }

    fn shown_by_observer(&self, serializer: &Key<String>, model: Option<ModelId>) -> Option<SerializerId> {
        let bound = self.bound(serializer)?;
        let model = model?;
        if bound.model != model {
            let message = format!(
                "{} shows rows of {}, not of {}",
                quote(&serializer.value),
                quote(&self.models[bound.model].wire),
                quote(&self.models[model].wire)
            );
            let diagnostic = Diagnostic::error(Code::InvalidValue, serializer.span, message);
            self.report(diagnostic.help("an observer shows the rows of its model"));
            return None;
        }
        Some(bound.serializer)
    }

    fn groups_of_columns(&self, model: ModelId, groups: &'a [ast::Group]) -> Groups {
        let find = |name: &Spanned<String>| {
            let position = self.field_position(model, name)?;
            let field = &self.models[model].fields[position];
            if !self.is_ordered(model, position) {
                let kind = describe(&field.ty);
                let message = format!("{} is {kind}: it cannot name a group", quote(&name.value));
                self.error(Code::BadFilter, name.span, message);
            }
            if let Some(secret) = self.secret(model, Member::Column(position)) {
                self.refuse_asked(&name.value, name.span, secret, "group by another field");
            }
            Some(position)
        };
        self.groups_by(groups, find)
    }

    fn groups_by(
        &self,
        groups: &'a [ast::Group],
        find: impl Fn(&Spanned<String>) -> Option<usize>,
    ) -> Groups {
        if groups.is_empty() {
            return Groups::All;
        }
        let mut sets: Vec<Vec<usize>> = Vec::new();
        for group in groups {
            let Some(by) = &group.by else { continue };
            if by.value.is_empty() {
                let message = "a group must have at least one field";
                let diagnostic = Diagnostic::error(Code::InvalidValue, by.span, message);
                self.report(diagnostic.help("for one group of all rows, set `\"groups\": []`"));
                continue;
            }
            let again = self.no_duplicates(&by.value);
            let mut set = Vec::new();
            for (_, name) in by.value.iter().enumerate().filter(|(index, _)| !again.contains(index)) {
                if reserved::FRAME.contains(&name.value.as_str()) {
                    let message =
                        format!("{} is a key of every frame, and cannot name a group", quote(&name.value));
                    self.error(Code::ReservedName, name.span, message);
                    continue;
                }
                set.extend(find(name));
            }
            if sets.contains(&set) {
                self.error(Code::DuplicateName, by.span, "two groups have the same fields");
            }
            sets.push(set);
        }
        Groups::By(sets)
    }

    fn signal(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        key: &'a Spanned<String>,
        signal: &'a ast::Signal,
        name: Option<Name>,
    ) -> Option<Signal> {
        let schema = signal.payload.as_ref().map(|payload| &payload.value);
        let span = signal.payload.as_ref().map_or(key.span, |payload| payload.span);
        let Payload { payload, ty, schema } =
            self.payload(declaration, key, schema, span, ("signals", "signal"))?;
        let groups = match signal.groups.as_ref().map(|key| &key.value) {
            None => Groups::All,
            Some(ast::Groups::Custom(_)) => Groups::Custom,
            Some(ast::Groups::Fields(groups)) => self.groups_of_payload(payload, groups),
        };
        if let Some(key) = signal.overflow.as_ref().filter(|key| key.value == ast::Overflow::Coalesce) {
            let message = "a signal does not belong to a row: there is nothing to coalesce";
            let help = "`drop` discards signals and counts them, `close` closes the connection";
            self.report(Diagnostic::error(Code::InvalidValue, key.span, message).help(help));
        }
        let presence = signal.presence.as_ref().filter(|key| key.value);
        if let Some(presence) = presence {
            self.check_presence(signal, presence, payload);
        }
        Some(Signal {
            presence: presence.is_some(),
            name: name?,
            wire: key.value.clone(),
            payload,
            schema,
            ty,
            groups,
            overflow: overflow(&signal.overflow),
            docs: docs(&None, &signal.description, &None),
            origin: self.told_origin(declaration, "signals", &key.value),
        })
    }

    /// Checks a signal that tells who is present: its payload is kept as JSON, with two further members.
    fn check_presence(&self, signal: &ast::Signal, presence: &Key<bool>, payload: ObjectId) {
        if let Some(ast::Groups::Custom(_)) = signal.groups.as_ref().map(|key| &key.value) {
            let message =
                "a member joins the groups that its payload names, and not those of the application";
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, presence.key, message);
            self.report(diagnostic.help("let the groups be values of the payload: `[{\"by\": [\"…\"]}]`"));
        }
        if let Some(subscribe) = signal.subscribe.as_ref().filter(|key| key.value.name().is_none()) {
            let message = "those who are present are listed by the action that subscribes";
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, subscribe.key, message);
            self.report(diagnostic.related(presence.key, "because of this"));
        }
        if let Some(reply) = signal.reply.as_ref().filter(|reply| !reply.value) {
            let message = "a subscription is answered with those who are present";
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, reply.key, message);
            self.report(diagnostic.related(presence.key, "because of this"));
        }
        for property in &self.objects[payload].properties {
            if ["key", "present"].contains(&property.wire.as_str()) {
                let message = format!("events of members have a {} of their own", quote(&property.wire));
                let diagnostic = Diagnostic::error(Code::ReservedName, presence.key, message);
                self.report(diagnostic.help("give the property of the payload another name"));
            }
            if holds_rows(&property.ty) {
                let message =
                    format!("{} shows a row, and a member is kept as it joined", quote(&property.wire));
                let diagnostic = Diagnostic::error(Code::InvalidValue, presence.key, message);
                self.report(diagnostic.help("let the payload have the values that others see of a member"));
            }
        }
    }

    fn groups_of_payload(&self, payload: ObjectId, groups: &'a [ast::Group]) -> Groups {
        let properties = &self.objects[payload].properties;
        let find = |name: &Spanned<String>| {
            let found = properties.iter().position(|property| property.wire == name.value);
            let Some(position) = found else {
                let message = format!("the payload has no property {}", quote(&name.value));
                let near =
                    self.nearest(&name.value, properties.iter().map(|property| property.wire.as_str()));
                self.report(Diagnostic::error(Code::UnknownField, name.span, message).suggest(near));
                return None;
            };
            let ty = &properties[position].ty;
            let is_mixed = matches!(ty, Type::Enum(id) if self.enums[*id].is_mixed());
            if !matches!(ty, Type::Scalar(_) | Type::Enum(_)) || is_mixed {
                let message = format!("{} is {}: it cannot name a group", quote(&name.value), describe(ty));
                self.error(Code::BadFilter, name.span, message);
            }
            Some(position)
        };
        self.groups_by(groups, find)
    }

    /// Returns the payload of a signal or event: an object, and the name of the type that is sent. Without a schema it
    /// is empty.
    fn payload(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        key: &'a Spanned<String>,
        schema: Option<&'a Schema>,
        span: Span,
        (section, suffix): (&str, &str),
    ) -> Option<Payload> {
        let place = self.told_place(declaration, key, section, suffix);
        let Some(schema) = schema else {
            let id = self.empty_object(&place);
            return Some(Payload { payload: id, ty: self.objects[id].rust.clone(), schema: None });
        };
        // `{"type": "object"}` alone has no known properties here, and is not a map.
        let bare = schema.properties.is_none()
            && schema.reference.is_none()
            && schema.additional.is_none()
            && !says_beyond(schema)
            && matches!(schema.types.as_ref().map(|types| types.value.names()), Some([only]) if only.value == JsonType::Object);
        if bare {
            let honoured = !schema.poisoned && !self.misplaced(schema, Stands::Type);
            return honoured.then(|| {
                let id = self.object(schema, false, &place);
                Payload { payload: id, ty: self.objects[id].rust.clone(), schema: None }
            });
        }
        let shape = self.shape(schema, &place)?;
        match shape.ty {
            Type::Object(id) if !shape.nullable => {
                let rust = if self.objects[id].home == place.home {
                    self.objects[id].rust.clone()
                } else {
                    self.take_type(&place.name, key.span, "the type of a message", "message")?
                };
                let schema = self.sent(schema, &shape.ty, &shape.rules);
                Some(Payload { payload: id, ty: rust, schema })
            }
            _ => {
                let message = format!("the payload of {} must be an object", quote(&key.value));
                let diagnostic = Diagnostic::error(Code::InvalidValue, span, message);
                self.report(
                    diagnostic.help("put it into a property: `{\"type\": \"object\", \"properties\": …}`"),
                );
                None
            }
        }
    }

    /// Returns the place of a payload: `<Name>Signal`, or, if that is taken, another name with that of the consumer
    /// before it.
    fn told_place(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        key: &Spanned<String>,
        section: &str,
        suffix: &str,
    ) -> Place {
        let short = Name::parse(&key.value).join(suffix);
        let long = || self.consumers[declaration.id].base.join(&key.value).join("message");
        let name = if self.type_is_free(&short) { short } else { long() };
        let consumer = self.consumers[declaration.id].origin.0.split('#').nth(1).unwrap_or_default();
        let mut keys: Vec<String> = consumer.split('/').skip(1).map(str::to_owned).collect();
        keys.extend([section.to_owned(), key.value.clone()]);
        Place {
            name,
            home: Home::Consumer(declaration.id),
            stands: Stands::Type,
            span: key.span,
            keys,
            named: false,
            rows: true,
            member: false,
        }
    }

    /// Returns the actions that subscribe and unsubscribe.
    fn subscribing(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        written: &Written<'a>,
        source: Source,
    ) -> Vec<(Action, Span)> {
        let input = match written.input {
            Some(input) if written.custom => self.input(declaration, written.key, &input.value, input.span),
            Some(input) => {
                let message = "`input` needs `\"groups\": \"custom\"`";
                let diagnostic = Diagnostic::error(Code::ConflictingKeys, input.key, message);
                self.report(diagnostic.help("groups by fields take the values of these fields"));
                None
            }
            None => None,
        };
        if let Some(none) = written.subscribe.as_ref().filter(|key| key.value.name().is_none()) {
            let beside = [
                ("unsubscribe", written.unsubscribe.as_ref().map(|key| key.key)),
                ("input", written.input.as_ref().map(|key| key.key)),
            ];
            for (name, span) in beside {
                let Some(span) = span else { continue };
                let message = format!("{} describes an action, but clients cannot subscribe", quote(name));
                let diagnostic = Diagnostic::error(Code::ConflictingKeys, span, message);
                self.report(diagnostic.related(none.key, "because of this"));
            }
            return Vec::new();
        }
        let named = |key: &Key<ast::SubscribeAction>| Some((key.value.name()?.to_owned(), key.span));
        let kinds = [
            (
                written.subscribe.as_ref().and_then(named),
                "subscribe_to",
                ActionKind::Subscribe { to: source, input },
            ),
            (
                written.unsubscribe.as_ref().map(|key| (key.value.clone(), key.span)),
                "unsubscribe_from",
                ActionKind::Unsubscribe { from: source, input },
            ),
        ];
        let section = if matches!(source, Source::Observer(_)) { "observers" } else { "signals" };
        let origin = self.told_origin(declaration, section, &written.key.value);
        let mut actions = Vec::new();
        for (given, default, kind) in kinds {
            let default = format!("{default}_{}", written.key.value);
            let (wire, span) = given.unwrap_or((default, written.key.span));
            let Some(name) = self.member_name(&wire, span, "an action") else { continue };
            let (docs, origin) = (written.docs.clone(), origin.clone());
            let action = Action { rust: name.clone(), name, wire, kind, reply: written.reply, docs, origin };
            actions.push((action, span));
        }
        actions
    }
}

fn is_custom(groups: &Option<Key<ast::Groups>>) -> bool {
    matches!(groups.as_ref().map(|key| &key.value), Some(ast::Groups::Custom(_)))
}

fn overflow(written: &Option<Key<ast::Overflow>>) -> Overflow {
    match written.as_ref().map(|key| key.value) {
        None | Some(ast::Overflow::Close) => Overflow::Close,
        Some(ast::Overflow::Coalesce) => Overflow::Coalesce,
        Some(ast::Overflow::Drop) => Overflow::Drop,
    }
}

/// Tells whether a value contains rows that a serializer shows.
fn holds_rows(ty: &Type) -> bool {
    match ty {
        Type::Row(_) => true,
        Type::List(element) | Type::Map(element) => holds_rows(&element.ty),
        Type::Tuple(elements) => elements.iter().any(|element| holds_rows(&element.ty)),
        Type::Scalar(_) | Type::Enum(_) | Type::Object(_) | Type::Union(_) | Type::Json => false,
    }
}
