//! Serializers: what Django REST Framework's `ModelSerializer` derives from a model, with `extra_kwargs` merged in.

use std::collections::{HashMap, HashSet};

use super::keywords::Stands;
use super::names::Scope;
use super::types::Place;
use super::{Resolver, SerializerDeclaration};
use crate::ast::{Additional, ExtraKwargs, FieldNames, JsonType, Links, Serializer};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Access, Home, ModelId, Object, SerializerField, SerializerOf};
use crate::source::{Span, Spanned};
use crate::syntax::{Key, Mapping};

impl<'a> Resolver<'a> {
    pub(super) fn resolve_serializers(&mut self) {
        for declaration in self.serializer_declarations.clone() {
            let Some(definition) = declaration.definition else { continue };
            let before = self.sink.count();
            self.resolve_serializer(&declaration, definition);
            self.serializer_poisoned[declaration.id.index()] |= self.sink.count() > before;
        }
    }

    fn resolve_serializer(&mut self, declaration: &SerializerDeclaration<'a>, definition: &'a Serializer) {
        self.unsupported_of_serializer(definition);
        match &definition.model {
            Some(model) => self.of_model(declaration, definition, model),
            None if definition.poisoned => {}
            None => self.of_object(declaration, definition),
        }
    }

    fn unsupported_of_serializer(&self, definition: &Serializer) {
        macro_rules! unsupported {
            ($($field:ident $name:literal $help:expr,)*) => {
                $(if let Some(key) = &definition.$field { self.unsupported($name, key.key, $help); })*
            };
        }
        unsupported! {
            nested "nested" Some("a foreign key in `fields` shows the key of the other row"),
            methods "methods" None,
        }
        // No depth and no links are what there is.
        if let Some(depth) = definition.depth.as_ref().filter(|depth| depth.value > 0) {
            self.unsupported("depth", depth.key, None);
        }
        if let Some(links) = definition.links.as_ref().filter(|links| links.value != Links::All(false)) {
            self.unsupported("links", links.key, None);
        }
    }

    /// A serializer that is an object of its own.
    fn of_object(&mut self, declaration: &SerializerDeclaration<'a>, definition: &'a Serializer) {
        let of_model = [
            ("fields", definition.fields.as_ref().map(|key| key.key)),
            ("exclude", definition.exclude.as_ref().map(|key| key.key)),
            ("read_only_fields", definition.read_only_fields.as_ref().map(|key| key.key)),
            ("extra_kwargs", definition.extra_kwargs.as_ref().map(|key| key.key)),
            ("validators", definition.validators.as_ref().map(|key| key.key)),
        ];
        if let Some((name, span)) = of_model.into_iter().find_map(|(name, span)| Some((name, span?))) {
            let message = format!("{} needs a `model`", quote(name));
            let diagnostic = Diagnostic::error(Code::MissingKey, span, message);
            self.report(diagnostic.related(declaration.span, "in this serializer"));
            return;
        }
        if let Some(types) = definition.types.as_ref().filter(|types| types.value != JsonType::Object) {
            self.error(Code::InvalidValue, types.span, "a serializer is of type `object`");
        }
        let Some(properties) = &definition.properties else {
            let message = "a serializer needs a `model`, or `properties` of its own";
            self.error(Code::MissingKey, declaration.span, message);
            return;
        };
        let closed = matches!(&definition.additional, Some(Key { value: Additional::Allowed(false), .. }));
        let serializer = &self.serializers[declaration.id];
        let (name, docs, origin) =
            (serializer.name.clone(), serializer.docs.clone(), serializer.origin.clone());
        let home = Home::Serializer(declaration.id);
        let keys = vec!["serializers".to_owned(), declaration.wire.to_owned()];
        let place = Place {
            name: name.clone(),
            home,
            stands: Stands::Type,
            span: declaration.span,
            keys,
            named: false,
        };
        let id = self.objects.push(Object {
            name,
            home,
            properties: Vec::new(),
            closed,
            additional: None,
            docs,
            origin,
        });
        self.serializers[declaration.id].of = SerializerOf::Object(id);
        let required = definition.required.as_ref().map(|key| key.value.as_slice()).unwrap_or_default();
        self.check_required(required, &properties.value);
        self.objects[id].properties = self.properties(&properties.value, required, &place);
        self.objects[id].additional = self.additional(definition.additional.as_ref(), id, &place);
    }

    /// A serializer of a model's rows.
    fn of_model(
        &mut self,
        declaration: &SerializerDeclaration<'a>,
        definition: &'a Serializer,
        model: &'a Key<String>,
    ) {
        let Some(found) = self.model_declarations.iter().find(|declared| declared.wire == model.value) else {
            self.unknown_model(model);
            self.serializer_poisoned[declaration.id.index()] = true;
            return;
        };
        let id = found.id;
        self.serializers[declaration.id].of = SerializerOf::Model(id);
        macro_rules! without_model {
            ($($field:ident $name:literal,)*) => {
                $(if let Some(key) = &definition.$field {
                    let message = format!("{} means nothing beside `model`", quote($name));
                    self.error(Code::MisplacedKeyword, key.key, message);
                })*
            };
        }
        without_model! {
            types "type", properties "properties", required "required", additional "additionalProperties",
        }
        if self.model_facts[id.index()].poisoned {
            self.serializer_poisoned[declaration.id.index()] = true;
        }
        static NOTHING: Mapping<ExtraKwargs> = Mapping { entries: Vec::new() };
        let kwargs = definition.extra_kwargs.as_ref().map_or(&NOTHING, |key| &key.value);
        let Some(names) = self.shown_names(declaration, definition, id, kwargs) else { return };
        self.check_named_fields(definition, id, &names, kwargs);
        let validators = self.validators(declaration, definition, id, &names);
        let mut fields = Vec::new();
        let mut scope = Scope::default();
        for shown in &names {
            let Some(name) = self.member_name(&shown.wire, shown.span, "a field") else { continue };
            if !self.take(&mut scope, &name, &shown.wire, shown.span) {
                continue;
            }
            let read_only = definition
                .read_only_fields
                .as_ref()
                .is_some_and(|key| key.value.iter().any(|name| name.value == shown.wire));
            let kwargs = kwargs.get(&shown.wire).flatten();
            if let Some(mut field) = self.serializer_field(shown, id, read_only, kwargs) {
                field.name = name;
                field.validate = validators.iter().any(|validator| validator.value == shown.wire);
                self.check_validator(&field, &validators);
                fields.push(field);
            }
        }
        self.serializers[declaration.id].fields = fields;
    }

    /// The fields that are shown, in their order.
    fn shown_names(
        &self,
        declaration: &SerializerDeclaration<'a>,
        definition: &'a Serializer,
        id: ModelId,
        kwargs: &'a Mapping<ExtraKwargs>,
    ) -> Option<Vec<Shown>> {
        match (&definition.fields, &definition.exclude) {
            (Some(fields), None) => match &fields.value {
                FieldNames::All(_) => Some(self.all_fields(id, fields.span, &[])),
                FieldNames::Some(names) => Some(self.listed_fields(definition, id, names, kwargs)),
            },
            (None, Some(exclude)) => {
                for name in &exclude.value {
                    self.field_position(id, name);
                }
                self.no_duplicates(&exclude.value);
                Some(self.all_fields(id, exclude.span, &exclude.value))
            }
            (Some(fields), Some(exclude)) => {
                let message = "`fields` and `exclude` exclude each other";
                let diagnostic = Diagnostic::error(Code::ConflictingKeys, exclude.key, message);
                self.report(diagnostic.related(fields.key, "the other"));
                None
            }
            (None, None) => {
                if !definition.poisoned {
                    let message = "a serializer of a model needs `fields` or `exclude`";
                    let diagnostic = Diagnostic::error(Code::MissingKey, declaration.span, message);
                    self.report(
                        diagnostic.help("for all fields of the model, say `\"fields\": \"__all__\"`"),
                    );
                }
                None
            }
        }
    }

    fn all_fields(&self, id: ModelId, span: Span, without: &[Spanned<String>]) -> Vec<Shown> {
        let model = &self.models[id];
        let excluded =
            |position: usize| without.iter().any(|name| self.find_field(id, &name.value) == Some(position));
        (0..model.fields.len())
            .filter(|position| !excluded(*position))
            .map(|position| Shown { wire: model.fields[position].wire.clone(), span, position })
            .collect()
    }

    fn listed_fields(
        &self,
        definition: &'a Serializer,
        id: ModelId,
        names: &'a [Spanned<String>],
        kwargs: &'a Mapping<ExtraKwargs>,
    ) -> Vec<Shown> {
        let duplicates = self.no_duplicates(names);
        let elsewhere = |name: &str| {
            definition.nested.as_ref().is_some_and(|nested| nested.value.get(name).is_some())
                || definition.methods.as_ref().is_some_and(|methods| methods.value.get(name).is_some())
        };
        let mut shown = Vec::new();
        for (index, name) in names.iter().enumerate() {
            if duplicates.contains(&index) || elsewhere(&name.value) {
                continue;
            }
            if name.value == "@id" {
                self.unsupported("@id", name.span, Some("show the key: `pk`"));
                continue;
            }
            let source = kwargs.get(&name.value).flatten().and_then(|kwargs| kwargs.source.as_ref());
            if let Some(source) = source.filter(|source| source.value.contains('.') || source.value == "*") {
                self.unsupported("source", source.key, Some("it can name a field of the model itself"));
                continue;
            }
            let way_back = source.is_none() && self.find_field(id, &name.value).is_none();
            if way_back && self.related_names.iter().any(|(of, related)| *of == id && *related == name.value)
            {
                let message = format!(
                    "{} is a way back from other rows, which is not supported yet",
                    quote(&name.value)
                );
                self.error(Code::UnsupportedKeyword, name.span, message);
                continue;
            }
            let column = source.map(|source| Spanned::new(source.value.clone(), source.span));
            if let Some(position) = self.field_position(id, column.as_ref().unwrap_or(name)) {
                shown.push(Shown { wire: name.value.clone(), span: name.span, position });
            }
        }
        shown
    }

    /// Reports names that are listed twice, and gives their positions.
    pub(super) fn no_duplicates(&self, names: &[Spanned<String>]) -> HashSet<usize> {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        let mut again = HashSet::new();
        for (index, name) in names.iter().enumerate() {
            if let Some(first) = seen.get(name.value.as_str()) {
                let message = format!("{} is listed twice", quote(&name.value));
                let diagnostic = Diagnostic::error(Code::DuplicateName, name.span, message);
                self.report(diagnostic.related(*first, "first here"));
                again.insert(index);
            } else {
                seen.insert(&name.value, name.span);
            }
        }
        again
    }

    /// `read_only_fields` and `extra_kwargs` must name fields of the serializer.
    fn check_named_fields(
        &self,
        definition: &Serializer,
        id: ModelId,
        names: &[Shown],
        kwargs: &Mapping<ExtraKwargs>,
    ) {
        let read_only = definition.read_only_fields.iter().flat_map(|key| &key.value);
        for name in read_only.chain(kwargs.entries.iter().map(|(name, _)| name)) {
            self.known_field(definition, id, &name.value, name.span, names);
        }
    }

    /// Whether the serializer has a field. One that it would have, if it were not for something that was reported,
    /// is not missed.
    fn known_field(
        &self,
        definition: &Serializer,
        id: ModelId,
        name: &str,
        span: Span,
        names: &[Shown],
    ) -> bool {
        if names.iter().any(|shown| shown.wire == name) {
            return true;
        }
        let listed = match definition.fields.as_ref().map(|key| &key.value) {
            Some(FieldNames::Some(listed)) => listed.iter().any(|listed| listed.value == name),
            _ => false,
        };
        let facts = &self.model_facts[id.index()];
        if !listed && !facts.poisoned && !facts.broken.iter().any(|broken| broken == name) {
            let message = format!("the serializer has no field {}", quote(name));
            let near = self.nearest(name, names.iter().map(|shown| shown.wire.as_str()));
            self.report(Diagnostic::error(Code::UnknownField, span, message).suggest(near));
        }
        false
    }

    /// The fields that the application checks; whether it checks the whole is noted in the serializer.
    fn validators(
        &mut self,
        declaration: &SerializerDeclaration<'a>,
        definition: &'a Serializer,
        id: ModelId,
        names: &[Shown],
    ) -> Vec<Spanned<String>> {
        let mut fields = Vec::new();
        let Some(validators) = &definition.validators else { return fields };
        self.no_duplicates(&validators.value);
        for validator in &validators.value {
            if validator.value == "validate" {
                self.serializers[declaration.id].validate = true;
            } else if let Some(field) = validator.value.strip_prefix("validate_") {
                if self.known_field(definition, id, field, validator.span, names) {
                    fields.push(Spanned::new(field.to_owned(), validator.span));
                }
            } else {
                let message =
                    format!("expected `validate` or `validate_<field>`, found {}", quote(&validator.value));
                self.error(Code::InvalidValue, validator.span, message);
            }
        }
        fields
    }

    /// What clients cannot write is never checked.
    fn check_validator(&self, field: &SerializerField, validators: &[Spanned<String>]) {
        let validator = validators.iter().find(|validator| validator.value == field.wire);
        if let Some(validator) = validator.filter(|_| field.access == Access::ReadOnly) {
            let message = format!("{} is read-only: there is nothing to check", quote(&field.wire));
            self.error(Code::InvalidValue, validator.span, message);
        }
    }
}

/// A field of a serializer, before anything is said of it.
pub(super) struct Shown {
    pub(super) wire: String,
    /// Where it is named.
    pub(super) span: Span,
    /// In the model's fields.
    pub(super) position: usize,
}
