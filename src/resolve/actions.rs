//! Actions: the built-in ones and those of the application.

use super::composition::is_null;
use super::consumers::Bound;
use super::declarations::ConsumerDeclaration;
use super::extent::Extent;
use super::objects::any_json;
use super::references::Target;
use super::reserved;
use super::resolver::Resolver;
use super::shape::{Shape, docs};
use super::stands::{Place, Stands};
use crate::ast::{self, JsonType, Mixin, Schema, TypeNames};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{
    Access, Action, ActionKind, ActionPayload, Additional, CustomAction, Docs, Element, Home, Name, ObjectId,
    Output, Rule, SerializerId, SerializerOf, Type,
};
use crate::source::{Span, Spanned};
use crate::syntax::Key;

impl<'a> Resolver<'a> {
    pub(super) fn actions(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        definition: &'a ast::Consumer,
        mixins: &[(Mixin, Span)],
        bound: Option<Bound>,
    ) {
        let mut taken: Vec<(Name, String, Span, bool)> = Vec::new();
        let mut actions = Vec::new();
        for (built_in, span) in Self::built_in(mixins) {
            let (name, origin) = (built_in.wire(), self.consumers[declaration.id].origin.clone());
            let action = Action {
                name: Name::parse(name),
                rust: Name::parse(name),
                wire: name.to_owned(),
                kind: ActionKind::BuiltIn(built_in),
                reply: true,
                docs: Docs::default(),
                origin,
            };
            taken.push((action.rust.clone(), name.to_owned(), span, true));
            actions.push(action);
        }
        let own = definition.actions.as_ref().map(|key| key.value.entries.as_slice()).unwrap_or_default();
        for (key, action) in own {
            let given = action.as_ref().and_then(|action| action.rust_name.as_ref());
            let name = self.member_name_as(&key.value, given, key.span, "an action");
            let Some(action) = action else { continue };
            let wire = action.name.as_ref().map_or(key.value.as_str(), |name| name.value.as_str());
            let wire_span = action.name.as_ref().map_or(key.span, |name| name.span);
            let reported = name.is_none() && action.name.is_none();
            if !reported && (wire.is_empty() || wire.chars().any(char::is_control)) {
                self.error(
                    Code::InvalidValue,
                    wire_span,
                    "an action needs a name, without control characters",
                );
            }
            if action.name.is_some() && wire.starts_with('$') {
                let message = format!("{} is a name of the protocol", quote(wire));
                let diagnostic = Diagnostic::error(Code::ReservedName, wire_span, message);
                self.report(diagnostic.help("give the action a name that does not begin with `$`"));
            }
            let resolved = self.custom_action(declaration, key, action, bound);
            let Some(rust) = name else { continue };
            let name = Name::parse(&key.value);
            if !self.is_new(&taken, &rust, wire, wire_span) {
                continue;
            }
            taken.push((rust.clone(), wire.to_owned(), wire_span, false));
            let consumer = &self.consumers[declaration.id].origin.0;
            let pointer = key.value.replace('~', "~0").replace('/', "~1");
            let origin = crate::source::Origin(format!("{consumer}/actions/{pointer}"));
            let docs = docs(&action.title, &action.description, &action.deprecated);
            let kind = ActionKind::Custom(resolved);
            let reply = self.replies(action);
            actions.push(Action { name, rust, wire: wire.to_owned(), kind, reply, docs, origin });
        }
        let is_instance = |(mixin, _): &(Mixin, Span)| *mixin == Mixin::ObserverInstance;
        let instance = mixins.iter().any(is_instance);
        for (action, span) in self.subscriptions(declaration, definition, bound.filter(|_| instance)) {
            if self.is_new(&taken, &action.rust, &action.wire, span) {
                taken.push((action.rust.clone(), action.wire.clone(), span, false));
                actions.push(action);
            }
        }
        self.consumers[declaration.id].actions = actions;
    }

    /// Tells whether neither the name in Rust nor the name on the wire is taken in the consumer.
    fn is_new(&self, taken: &[(Name, String, Span, bool)], name: &Name, wire: &str, span: Span) -> bool {
        let same =
            taken.iter().find(|(other, on_wire, ..)| other.pascal() == name.pascal() || on_wire == wire);
        let Some((_, other, first, built_in)) = same else { return true };
        let message = format!("the consumer has two actions called {}", quote(wire));
        let diagnostic = Diagnostic::error(Code::DuplicateAction, span, message);
        self.report(if *built_in {
            let help =
                "give it another name, or leave the mixin out and implement the action in the application";
            diagnostic.related(*first, format!("{} comes from this mixin", quote(other))).help(help)
        } else {
            diagnostic.related(*first, "the other")
        });
        false
    }

    /// Tells whether a success is answered. An action without an answer cannot have an output or a status.
    fn replies(&self, action: &ast::Action) -> bool {
        let Some(silent) = action.reply.as_ref().filter(|reply| !reply.value) else { return true };
        let said = [
            ("output", action.output.as_ref().map(|key| key.key)),
            ("status", action.status.as_ref().map(|key| key.key)),
        ];
        for (name, span) in said {
            let Some(span) = span else { continue };
            let message =
                format!("{} describes the answer, but the action does not answer a success", quote(name));
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, span, message);
            self.report(diagnostic.related(silent.key, "a success is not answered"));
        }
        false
    }

    fn custom_action(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        key: &'a Spanned<String>,
        action: &'a ast::Action,
        bound: Option<Bound>,
    ) -> CustomAction {
        let permissions = self.permissions(&action.permission_classes);
        let status = action.status.as_ref().map_or(200, |status| {
            if !(200..=599).contains(&status.value) {
                self.error(Code::InvalidValue, status.span, "expected a status from 200 to 599");
            }
            u16::try_from(status.value).unwrap_or(200)
        });
        let detail = action.detail.as_ref().filter(|detail| detail.value);
        let (payload, rest) = match &action.input {
            Some(input) => self.action_payload(declaration, key, action, input),
            None => (None, None),
        };
        let span = action.input.as_ref().map_or(key.span, |input| input.span);
        let input = rest.and_then(|rest| self.input(declaration, key, rest, span));
        if let (Some(detail), Some(_)) = (detail, bound) {
            self.check_lookup_argument(declaration, detail, input, payload.as_ref());
        }
        let output = action.output.as_ref().and_then(|output| self.output(declaration, key, output));
        let output_schema =
            action.output.as_ref().zip(output.as_ref()).and_then(|(written, output)| match output {
                Output::Value(Element { ty, rules, .. }) => self.sent(&written.value, ty, rules),
                Output::Row { .. } | Output::Rows(_) => None,
            });
        CustomAction {
            payload,
            input,
            coerce: action.coerce.is_some(),
            output,
            output_schema,
            status,
            atomic: action.atomic.as_ref().is_some_and(|key| key.value),
            serializable: self.is_serializable(action),
            detached: action.detached.as_ref().is_some_and(|key| key.value),
            detail: detail.is_some(),
            permissions,
        }
    }

    /// Tells whether the transaction is isolated from all others. The action must have a transaction.
    fn is_serializable(&self, action: &ast::Action) -> bool {
        let Some(isolation) = &action.isolation else { return false };
        if !action.atomic.as_ref().is_some_and(|atomic| atomic.value) {
            let message =
                format!("{} applies to a transaction, but the action does not have one", quote("isolation"));
            let diagnostic = Diagnostic::error(Code::MisplacedKeyword, isolation.key, message);
            self.report(diagnostic.help("add `\"atomic\": true`, or leave it out"));
        }
        isolation.value == ast::Isolation::Serializable
    }

    /// Checks that the look-up argument, such as `pk`, is not in the input: the action gets the row instead.
    fn check_lookup_argument(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        detail: &Key<bool>,
        input: Option<ObjectId>,
        payload: Option<&ActionPayload>,
    ) {
        let Some(lookup) = &self.consumers[declaration.id].lookup else { return };
        let is_lookup = |wire: &str| wire == lookup.argument;
        let in_input = input.is_some_and(|input| {
            self.objects[input].properties.iter().any(|property| is_lookup(&property.wire))
        });
        let in_payload = payload.is_some_and(|payload| match &payload.argument {
            Some(argument) => is_lookup(argument),
            None => {
                let fields = &self.serializers[payload.serializer].fields;
                fields.iter().any(|field| field.access != Access::ReadOnly && is_lookup(&field.wire))
            }
        });
        if in_input || in_payload {
            let argument = quote(&lookup.argument);
            let message =
                format!("`detail` looks up the row by the argument {argument}: it cannot be in `input`, too");
            self.error(Code::ConflictingKeys, detail.key, message);
        }
    }

    /// Returns the place of a type that an action defines inline: `<Action>Input`, with the consumer's name before it
    /// if another consumer has an action with that name.
    fn inline_place(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        key: &'a Spanned<String>,
        suffix: &str,
    ) -> Place {
        let short = Name::parse(&key.value).join(suffix);
        let long = || self.consumers[declaration.id].base.join(&key.value).join(suffix);
        let consumer = self.consumers[declaration.id].origin.0.split('#').nth(1).unwrap_or_default();
        let mut keys: Vec<String> = consumer.split('/').skip(1).map(str::to_owned).collect();
        keys.extend(["actions".to_owned(), key.value.clone(), suffix.to_owned()]);
        Place {
            name: if self.type_is_free(&short) { short } else { long() },
            home: Home::Consumer(declaration.id),
            stands: Stands::Type,
            span: key.span,
            keys,
            named: false,
            rows: suffix == "output",
            member: false,
        }
    }

    /// Takes the payload of a new row out of the arguments of an action, and returns it with the other arguments: a `$ref`
    /// to a serializer of a model is the whole input, or one of its properties.
    fn action_payload(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        key: &'a Spanned<String>,
        action: &'a ast::Action,
        input: &'a Key<Schema>,
    ) -> (Option<ActionPayload>, Option<&'a Schema>) {
        let schema = &input.value;
        if let Some(serializer) = self.model_serializer_of(schema) {
            if let Some(coerce) = &action.coerce {
                let message = "a serializer reads the input, and always converts values as fields do";
                let diagnostic = Diagnostic::error(Code::MisplacedKeyword, coerce.key, message);
                self.report(diagnostic.help("leave `coerce` out"));
            }
            for field in &self.serializers[serializer].fields {
                if field.access != Access::ReadOnly && reserved::FRAME.contains(&field.wire.as_str()) {
                    let message =
                        format!("{} is a key of every frame, and cannot be an argument", quote(&field.wire));
                    let diagnostic = Diagnostic::error(Code::ReservedName, input.span, message);
                    self.report(diagnostic.help(
                        "let the payload be a property of the input: `{\"properties\": {\"data\": {\"$ref\": …}}}`",
                    ));
                }
            }
            let alone = self.is_reference_alone(schema);
            return (alone.then_some(ActionPayload { serializer, argument: None }), None);
        }
        let Some(properties) = &schema.properties else { return (None, Some(schema)) };
        let mut payloads = properties.value.entries.iter().filter_map(|(name, property)| {
            let property = property.as_ref()?;
            Some((name, property, self.model_serializer_of(property)?))
        });
        let Some((name, property, serializer)) = payloads.next() else { return (None, Some(schema)) };
        if let Some((second, _, _)) = payloads.next() {
            let message = "an action takes one payload of a serializer";
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, second.span, message);
            self.report(diagnostic.related(name.span, "the other"));
        }
        let is_required = |required: &Key<Vec<Spanned<String>>>| {
            required.value.iter().any(|required| required.value == name.value)
        };
        if !schema.required.as_ref().is_some_and(is_required) && !schema.poisoned {
            let message = format!("the payload {} has to be required", quote(&name.value));
            let diagnostic = Diagnostic::error(Code::InvalidValue, name.span, message);
            self.report(
                diagnostic.help(format!("add it to the input: `\"required\": [\"{}\"]`", name.value)),
            );
        }
        if reserved::FRAME.contains(&name.value.as_str()) {
            let message =
                format!("{} is a key of every frame, and cannot be an argument", quote(&name.value));
            self.error(Code::ReservedName, name.span, message);
        }
        let alone = self.is_reference_alone(property);
        let mut others = schema.clone();
        let rest = others.properties.as_mut().map(|key| {
            let is_payload = |property: &Option<Schema>| {
                property.as_ref().is_some_and(|property| {
                    let reference = property.reference.as_ref().map(|key| &key.value);
                    reference.is_some_and(|reference| reference.contains("#/serializers/"))
                })
            };
            key.value.entries.retain(|(_, property)| !is_payload(property));
            key.value.entries.len()
        });
        if let Some(required) = &mut others.required {
            required.value.retain(|required| required.value != name.value);
        }
        let payload = alone.then(|| ActionPayload { serializer, argument: Some(name.value.clone()) });
        let others = self.as_object(self.merged.keep(others));
        let has_none = rest == Some(0)
            && others.additional.is_none()
            && self.extent(others, &self.inline_place(declaration, key, "input")) == Extent::Whole;
        (payload, (!has_none).then_some(others))
    }

    /// Returns the serializer of a model to which a schema refers.
    fn model_serializer_of(&self, schema: &'a Schema) -> Option<SerializerId> {
        let id = self.serializer_of(schema)??;
        matches!(self.serializers[id].of, SerializerOf::Model(_)).then_some(id)
    }

    /// Checks that a schema has no keyword beside `$ref`: a serializer reads the payload.
    fn is_reference_alone(&self, schema: &'a Schema) -> bool {
        let reference = schema.reference.as_ref().expect("invariant: it refers to a serializer");
        self.keywords_are_honoured(schema, Stands::Type)
            && self.nothing_beside(schema, "$ref", reference.key).is_some()
    }

    pub(super) fn input(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        key: &'a Spanned<String>,
        schema: &'a Schema,
        span: Span,
    ) -> Option<ObjectId> {
        let place = self.inline_place(declaration, key, "input");
        let schema = self.as_object(schema);
        // `{"type": "object"}` alone is an object without known arguments here, not a map.
        let bare = schema.properties.is_none()
            && schema.reference.is_none()
            && schema.all_of.is_none()
            && schema.any_of.is_none()
            && schema.one_of.is_none()
            && matches!(schema.types.as_ref().map(|types| types.value.names()), Some([only]) if only.value == JsonType::Object);
        let id = if bare {
            if schema.poisoned || self.misplaced(schema, Stands::Type) {
                return None;
            }
            if self.extent(schema, &place) == Extent::Whole {
                self.object(schema, false, &place)
            } else {
                self.arguments(schema, &place, span)?
            }
        } else {
            let shape = self.shape(schema, &place)?;
            match shape.ty {
                Type::Object(id) if !shape.nullable => {
                    let judged = shape.rules.into_iter().find_map(|rule| match rule {
                        Rule::Schema(schema) => Some(schema),
                        _ => None,
                    });
                    self.objects[id].schema = judged;
                    id
                }
                _ => {
                    let name = place.name.join("arguments");
                    self.arguments(schema, &Place { name, ..place }, span)?
                }
            }
        };
        self.check_arguments(id, schema, span);
        Some(id)
    }

    /// Returns the schema with the type `object` if it has no type: arguments are always an object.
    fn as_object(&self, schema: &'a Schema) -> &'a Schema {
        let combined = schema.reference.is_some()
            || schema.all_of.is_some()
            || schema.any_of.is_some()
            || schema.one_of.is_some();
        if schema.types.is_some() || combined || schema.poisoned {
            return schema;
        }
        let span = schema.span;
        let value = TypeNames::One(Spanned::new(JsonType::Object, span));
        let types = Some(Key { key: span, value, span });
        self.merged.keep(Schema { types, ..schema.clone() })
    }

    /// Returns arguments without a type of their own: JSON by name, validated by JSON Schema.
    fn arguments(&mut self, schema: &'a Schema, place: &Place, span: Span) -> Option<ObjectId> {
        let judged = self.judged(schema)?;
        if !judged.may_be_object() {
            let message = "the input of an action must be an object";
            let help = "its properties are read from the frame: `{\"type\": \"object\", \"properties\": …}`";
            self.report(Diagnostic::error(Code::InvalidValue, span, message).help(help));
            return None;
        }
        let id = self.empty_object(place);
        let docs = docs(&schema.title, &schema.description, &schema.deprecated);
        let mut shape = Shape { docs, ..Shape::of(Type::Object(id), false) };
        shape.obey(judged.rule, &judged.docs);
        let object = &mut self.objects[id];
        object.docs = shape.docs;
        object.additional = Some(Additional { name: Name::parse("arguments"), element: any_json() });
        object.schema = shape.rules.into_iter().find_map(|rule| match rule {
            Rule::Schema(schema) => Some(schema),
            _ => None,
        });
        Some(id)
    }

    /// Checks that arguments, which are in the frame, do not have the names of the frame's own keys.
    fn check_arguments(&self, id: ObjectId, schema: &Schema, fallback: Span) {
        for property in &self.objects[id].properties {
            if reserved::FRAME.contains(&property.wire.as_str()) {
                let own = schema.properties.iter().flat_map(|key| &key.value.entries);
                let span = own
                    .map(|(name, _)| name)
                    .find(|name| name.value == property.wire)
                    .map_or(fallback, |name| name.span);
                let message =
                    format!("{} is a key of every frame, and cannot be an argument", quote(&property.wire));
                self.error(Code::ReservedName, span, message);
            }
        }
    }

    fn output(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        key: &'a Spanned<String>,
        output: &'a Key<Schema>,
    ) -> Option<Output> {
        let schema = &output.value;
        if is_null(schema) {
            return None;
        }
        let place = self.inline_place(declaration, key, "output");
        self.output_at(schema, &place)
    }

    /// Returns the output of a schema: rows shown by a serializer, or a type of its own.
    pub(super) fn output_at(&mut self, schema: &'a Schema, place: &Place) -> Option<Output> {
        if let Some((shown, show)) = self.shown_rows(schema) {
            let honoured =
                self.keywords_are_honoured(schema, Stands::Type) && self.only_rows(schema).is_some();
            return self.rows(shown.filter(|_| honoured)?, show);
        }
        let shape = self.shape(schema, place)?;
        let nullable = shape.takes_null(place.home);
        Some(Output::Value(Element { ty: shape.ty, nullable, rules: shape.rules }))
    }

    /// Returns the serializer by which an output is shown, and how: a row, rows, a row or null. It returns `None` if
    /// there is no serializer, and `Some((None, _))` if the serializer does not exist, which was reported.
    fn shown_rows(&self, schema: &'a Schema) -> Option<(Option<SerializerId>, Show)> {
        if let Some(found) = self.serializer_of(schema) {
            return Some((found, Show::Row));
        }
        if let Some(found) = schema.items.as_ref().and_then(|items| self.serializer_of(&items.value)) {
            return Some((found, Show::Rows));
        }
        let [one, two] = schema.any_of.as_ref()?.value.as_slice() else { return None };
        let other = if is_null(one) { two } else { Some(one).filter(|_| is_null(two))? };
        Some((self.serializer_of(other)?, Show::RowOrNull))
    }

    /// Returns the serializer to which a schema refers. It returns `None` if it refers to none, and `Some(None)` if the
    /// serializer does not exist.
    fn serializer_of(&self, schema: &'a Schema) -> Option<Option<SerializerId>> {
        let reference = schema.reference.as_ref()?;
        if !reference.value.contains("#/serializers/") {
            return None;
        }
        Some(match self.target(reference) {
            Some(Target::Serializer(id)) => Some(id),
            _ => None,
        })
    }

    /// Checks that nothing is beside the serializer: rows are shown as they are.
    fn only_rows(&self, schema: &Schema) -> Option<()> {
        if let Some(reference) = &schema.reference {
            return self.nothing_beside(schema, "$ref", reference.key);
        }
        if let Some(any_of) = &schema.any_of {
            return self.nothing_beside(schema, "anyOf", any_of.key);
        }
        let types = schema
            .types
            .as_ref()
            .filter(|types| !matches!(types.value.names(), [only] if only.value == JsonType::Array));
        let beside = [
            ("type", types.map(|key| key.key)),
            ("minItems", schema.min_items.as_ref().map(|key| key.key)),
            ("maxItems", schema.max_items.as_ref().map(|key| key.key)),
            ("uniqueItems", schema.unique_items.as_ref().map(|key| key.key)),
        ];
        let Some((name, span)) = beside.into_iter().find_map(|(name, span)| Some((name, span?))) else {
            return Some(());
        };
        let message = format!("this {} of rows is not supported yet", quote(name));
        let diagnostic = Diagnostic::error(Code::UnsupportedKeyword, span, message);
        self.report(
            diagnostic
                .help("write rows as `{\"type\": \"array\", \"items\": {\"$ref\": \"#/serializers/…\"}}`"),
        );
        None
    }

    fn rows(&self, serializer: SerializerId, show: Show) -> Option<Output> {
        let ty = match self.serializers[serializer].of {
            SerializerOf::Model(_) => {
                return Some(match show {
                    Show::Row => Output::Row { serializer, nullable: false },
                    Show::RowOrNull => Output::Row { serializer, nullable: true },
                    Show::Rows => Output::Rows(serializer),
                });
            }
            // A serializer that was reported may have no object.
            SerializerOf::Object(_) if self.serializer_poisoned[serializer.index()] => return None,
            SerializerOf::Object(object) => Type::Object(object),
        };
        let element = |ty: Type, nullable: bool| Element { ty, nullable, rules: Vec::new() };
        Some(Output::Value(match show {
            Show::Row => element(ty, false),
            Show::RowOrNull => element(ty, true),
            Show::Rows => element(Type::List(Box::new(element(ty, false))), false),
        }))
    }
}

/// How an output shows rows of a serializer.
#[derive(Debug, Clone, Copy)]
enum Show {
    /// One row.
    Row,
    /// One row, or null.
    RowOrNull,
    /// A list of rows.
    Rows,
}
