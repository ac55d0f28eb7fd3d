//! Serializers: what Django REST Framework's `ModelSerializer` derives from a model, with `extra_kwargs` merged in.

use std::collections::{HashMap, HashSet};

use super::declarations::SerializerDeclaration;
use super::namespaces::Scope;
use super::resolver::Resolver;
use super::stands::{Place, Stands};
use super::write_only::FieldPlace;
use crate::ast::{Additional, ExtraKwargs, FieldNames, JsonType, Links, Nested, Schema, Serializer};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Access, Home, ModelId, Name, Object, SerializerField, SerializerOf, Step};
use crate::source::{Span, Spanned};
use crate::syntax::{Key, Mapping};

impl<'a> Resolver<'a> {
    pub(super) fn resolve_serializers(&mut self) {
        let declarations = self.serializer_declarations.clone();
        // Serializers nest each other, so that their models are resolved before their fields.
        for declaration in &declarations {
            let model = declaration.definition.and_then(|definition| definition.model.as_ref());
            let found = model.and_then(|model| {
                self.model_declarations.iter().find(|declared| declared.wire == model.value)
            });
            if let Some(found) = found {
                self.serializers[declaration.id].of = SerializerOf::Model(found.id);
            }
        }
        for declaration in &declarations {
            let Some(definition) = declaration.definition else { continue };
            let before = self.sink.count();
            self.resolve_serializer(declaration, definition);
            self.serializer_poisoned[declaration.id.index()] |= self.sink.count() > before;
        }
        // No serializer may show what another one makes write-only.
        self.find_secrets(&declarations);
        for declaration in &declarations {
            let before = self.sink.count();
            self.deepen(declaration);
            self.serializer_poisoned[declaration.id.index()] |= self.sink.count() > before;
        }
        self.check_orderings(&self.model_declarations);
        self.check_shown(&declarations);
        self.unroll(&declarations);
        self.check_nesting(&declarations);
        self.check_relations_written_twice(&declarations);
    }

    fn resolve_serializer(&mut self, declaration: &SerializerDeclaration<'a>, definition: &'a Serializer) {
        match &definition.model {
            Some(model) => self.of_model(declaration, definition, model),
            None if definition.poisoned => {}
            None => self.of_object(declaration, definition),
        }
    }

    /// Resolves a serializer that is an object of its own.
    fn of_object(&mut self, declaration: &SerializerDeclaration<'a>, definition: &'a Serializer) {
        let of_model = [
            ("fields", definition.fields.as_ref().map(|key| key.key)),
            ("exclude", definition.exclude.as_ref().map(|key| key.key)),
            ("read_only_fields", definition.read_only_fields.as_ref().map(|key| key.key)),
            ("validators", definition.validators.as_ref().map(|key| key.key)),
            ("nested", definition.nested.as_ref().map(|key| key.key)),
            ("methods", definition.methods.as_ref().map(|key| key.key)),
            ("write_only_fields", definition.write_only_fields.as_ref().map(|key| key.key)),
            ("depth", definition.depth.as_ref().map(|key| key.key)),
            ("links", definition.links.as_ref().map(|key| key.key)),
        ];
        if let Some((name, span)) = of_model.into_iter().find_map(|(name, span)| Some((name, span?))) {
            let message = format!("{} needs a `model`", quote(name));
            let diagnostic = Diagnostic::error(Code::MissingKey, span, message);
            self.report(diagnostic.related(declaration.span, "in this serializer"));
            return;
        }
        if let Some(types) = definition.types.as_ref().filter(|types| types.value != JsonType::Object) {
            self.error(Code::InvalidValue, types.span, "the type of a serializer must be `object`");
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
        let rust = match &definition.rust_name {
            Some(given) => Name::parse(&given.value),
            None if serializer.rust == serializer.base => name.clone(),
            None => serializer.rust.clone(),
        };
        let home = Home::Serializer(declaration.id);
        let keys = vec!["serializers".to_owned(), declaration.wire.to_owned()];
        let place = Place {
            name: name.clone(),
            home,
            stands: Stands::Type,
            span: declaration.span,
            keys,
            named: false,
            rows: false,
            member: false,
        };
        let id = self.objects.push(Object {
            name,
            rust,
            home,
            properties: Vec::new(),
            closed,
            additional: None,
            schema: None,
            docs,
            origin,
        });
        self.serializers[declaration.id].of = SerializerOf::Object(id);
        let required = definition.required.as_ref().map(|key| key.value.as_slice()).unwrap_or_default();
        self.check_required(required, &properties.value);
        self.objects[id].properties = self.properties(&properties.value, required, &place);
        self.objects[id].additional = self.additional(definition.additional.as_ref(), id, &place);
        if let Some(kwargs) = &definition.extra_kwargs {
            self.merge_properties(id, &kwargs.value);
        }
    }

    /// Resolves a serializer of a model's rows.
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
                    let message = format!("{} does not apply beside `model`", quote($name));
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
        let (mut fields, mut hidden) = (Vec::new(), Vec::new());
        let mut scope = Scope::default();
        for shown in &names {
            if shown.wire == "@id" {
                fields.push(self.own_link(id));
                continue;
            }
            let Some(name) = self.member_name(&shown.wire, shown.span, "a field") else { continue };
            if !self.take(&mut scope, &name, &shown.wire, shown.span) {
                continue;
            }
            let read_only = definition
                .read_only_fields
                .as_ref()
                .is_some_and(|key| key.value.iter().any(|name| name.value == shown.wire));
            let kwargs = kwargs.get(&shown.wire).flatten();
            if let Some((kwargs, key)) = kwargs.and_then(|kwargs| Some((kwargs, kwargs.hidden.as_ref()?))) {
                let field = self.hidden_field(shown, id, kwargs, key, read_only, &validators);
                hidden.extend(field.map(|field| (field, key.key)));
                continue;
            }
            let field = match &shown.of {
                Of::Column(position) => self.serializer_field(shown, *position, id, read_only, kwargs),
                Of::Relation(position) => self.keys_field(shown, *position, id, read_only, kwargs),
                Of::Nested(nested) => self.nested_field(shown, nested, id, read_only, kwargs),
                Of::Along(along) => self.along_field(shown, along, kwargs),
                Of::Method(schema) => self.method_field(declaration, shown, schema, kwargs),
                Of::Payload(schema) => self.payload_field(declaration, shown, schema, read_only, kwargs),
            };
            if let Some(mut field) = field {
                let place = FieldPlace::of(shown.span, definition, kwargs);
                self.field_places.insert((declaration.id, shown.wire.clone()), place);
                // A column has the same name in Rust everywhere.
                field.name = match (field.column(), field.wire == shown.wire) {
                    (Some(column), true) if self.models[id].fields[column].wire == shown.wire => {
                        self.models[id].fields[column].name.clone()
                    }
                    _ => name,
                };
                field.validate = validators.iter().any(|validator| validator.value == shown.wire);
                self.check_validator(&field, &validators);
                fields.push(field);
            }
        }
        self.hidden_are_not_written(&hidden, &fields);
        let serializer = &mut self.serializers[declaration.id];
        serializer.fields = fields;
        serializer.hidden = hidden.into_iter().map(|(field, _)| field).collect();
    }

    /// Returns the fields of the serializer, in their order.
    fn shown_names(
        &self,
        declaration: &SerializerDeclaration<'a>,
        definition: &'a Serializer,
        id: ModelId,
        kwargs: &'a Mapping<ExtraKwargs>,
    ) -> Option<Vec<Shown<'a>>> {
        match (&definition.fields, &definition.exclude) {
            (Some(fields), None) => match &fields.value {
                FieldNames::All(_) => Some(self.all_fields(definition, id, fields.span, &[])),
                FieldNames::Some(names) => {
                    self.all_declared_are_listed(definition, names);
                    Some(self.listed_fields(definition, id, names, kwargs))
                }
            },
            (None, Some(exclude)) => {
                for name in &exclude.value {
                    if self.find_relation(id, &name.value).is_none() {
                        self.field_position(id, name);
                    }
                }
                self.no_duplicates(&exclude.value);
                Some(self.all_fields(definition, id, exclude.span, &exclude.value))
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
                        diagnostic.help("for all fields of the model, set `\"fields\": \"__all__\"`"),
                    );
                }
                None
            }
        }
    }

    /// Checks that `fields` lists everything that `nested`, `methods` and `write_only_fields` declare, as Django REST Framework requires.
    fn all_declared_are_listed(&self, definition: &Serializer, names: &[Spanned<String>]) {
        for name in declared_names(definition) {
            if !names.iter().any(|listed| listed.value == name.value) {
                let message = format!("{} is not listed in `fields`", quote(&name.value));
                self.report(
                    Diagnostic::error(Code::UnknownField, name.span, message)
                        .help("a field that is declared has to be shown: list it, or leave it out here"),
                );
            }
        }
    }

    /// Returns the columns and many-to-many relations of the model, and the fields that the serializer declares, in the
    /// order of Django REST Framework: the key, what is declared, columns, foreign keys, many-to-many relations.
    fn all_fields(
        &self,
        definition: &'a Serializer,
        id: ModelId,
        span: Span,
        without: &[Spanned<String>],
    ) -> Vec<Shown<'a>> {
        let model = &self.models[id];
        let without_key = without.iter().any(|name| name.value == "pk");
        let excluded = |wire: &str| without.iter().any(|name| name.value == wire);
        let elsewhere = |wire: &str| excluded(wire) || declared(definition, wire).is_some();
        let column = |position: usize| (model.fields[position].wire.clone(), Of::Column(position));
        let mut columns = model.columns_in_order();
        columns.retain(|position| {
            !elsewhere(&model.fields[*position].wire) && (*position != model.key || !without_key)
        });
        let (key, columns): (Vec<usize>, Vec<usize>) =
            columns.into_iter().partition(|position| *position == model.key);
        let relations = model
            .relations
            .iter()
            .enumerate()
            .filter(|(_, relation)| relation.declared && !elsewhere(&relation.wire));
        let relations = relations.map(|(position, relation)| (relation.wire.clone(), Of::Relation(position)));
        let shown = |(wire, of)| Shown { wire, span, of };
        let mut all: Vec<Shown<'a>> = key.into_iter().map(column).map(shown).collect();
        for name in declared_names(definition) {
            if let Some(Some(of)) = declared(definition, &name.value) {
                all.push(Shown { wire: name.value.clone(), span: name.span, of });
            }
        }
        all.extend(columns.into_iter().map(column).chain(relations).map(shown));
        all
    }

    fn listed_fields(
        &self,
        definition: &'a Serializer,
        id: ModelId,
        names: &'a [Spanned<String>],
        kwargs: &'a Mapping<ExtraKwargs>,
    ) -> Vec<Shown<'a>> {
        let duplicates = self.no_duplicates(names);
        let mut shown = Vec::new();
        for (index, name) in names.iter().enumerate() {
            if duplicates.contains(&index) {
                continue;
            }
            if let Some(of) = self.listed_field(definition, id, name, kwargs) {
                shown.push(Shown { wire: name.value.clone(), span: name.span, of });
            }
        }
        shown
    }

    fn listed_field(
        &self,
        definition: &'a Serializer,
        id: ModelId,
        name: &'a Spanned<String>,
        kwargs: &'a Mapping<ExtraKwargs>,
    ) -> Option<Of<'a>> {
        if let Some(declared) = declared(definition, &name.value) {
            return declared;
        }
        if name.value == "@id" {
            return Some(Of::Column(self.models[id].key));
        }
        let source = kwargs.get(&name.value).flatten().and_then(|kwargs| kwargs.source.as_ref());
        let source = source.map(|source| Spanned::new(source.value.clone(), source.span));
        let wanted = source.as_ref().unwrap_or(name);
        if wanted.value == "*" {
            let message = "`\"source\": \"*\"` is for nested serializers";
            let diagnostic = Diagnostic::error(Code::InvalidValue, wanted.span, message);
            self.report(diagnostic.help("name the serializer that shows the row itself in `nested`"));
            return None;
        }
        if wanted.value.contains('.') {
            return self.along(id, wanted).map(Of::Along);
        }
        match self.find_relation(id, &wanted.value) {
            Some(relation) => Some(Of::Relation(relation)),
            // The field is a frame of its own, which is added once the consumers are known.
            None if is_link(definition, name) && self.find_field(id, &wanted.value).is_none() => None,
            None => self.field_position(id, wanted).map(Of::Column),
        }
    }

    /// Reports names that are listed twice, and returns their positions.
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

    /// Checks that `read_only_fields` and `extra_kwargs` name fields of the serializer.
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

    /// Tells whether the serializer has a field. A field that is only absent because something was reported is not
    /// reported again.
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

    /// Returns the fields that the application validates. Whether it validates the whole payload is stored in the
    /// serializer.
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

    /// Reports a validator of a field that clients cannot write.
    fn check_validator(&self, field: &SerializerField, validators: &[Spanned<String>]) {
        let validator = validators.iter().find(|validator| validator.value == field.wire);
        if let Some(validator) = validator.filter(|_| field.access == Access::ReadOnly) {
            let message = format!("{} is read-only: there is nothing to validate", quote(&field.wire));
            self.error(Code::InvalidValue, validator.span, message);
        }
    }
}

/// Returns the names of the fields that a serializer declares beside those of its model.
fn declared_names(definition: &Serializer) -> impl Iterator<Item = &Spanned<String>> {
    let nested = definition.nested.iter().flat_map(|key| &key.value.entries).map(|(name, _)| name);
    let schemas = [&definition.methods, &definition.write_only_fields].into_iter().flatten();
    nested.chain(schemas.flat_map(|key| &key.value.entries).map(|(name, _)| name))
}

/// Returns what `nested`, `methods` or `write_only_fields` declare for a field. It returns `None` if they do not name it, and `Some(None)`
/// if the declaration could not be read, which was reported.
fn declared<'a>(definition: &'a Serializer, wire: &str) -> Option<Option<Of<'a>>> {
    if let Some(nested) = definition.nested.as_ref().and_then(|nested| nested.value.get(wire)) {
        return Some(nested.map(Of::Nested));
    }
    if let Some(method) = definition.methods.as_ref().and_then(|methods| methods.value.get(wire)) {
        return Some(method.map(Of::Method));
    }
    let field = definition.write_only_fields.as_ref().and_then(|fields| fields.value.get(wire))?;
    Some(field.map(Of::Payload))
}

/// Tells whether `links` declares a field.
fn is_link(definition: &Serializer, name: &Spanned<String>) -> bool {
    match definition.links.as_ref().map(|links| &links.value) {
        Some(Links::Some(links)) => links.get(&name.value).is_some(),
        _ => false,
    }
}

/// A field of a serializer, before its settings are resolved.
pub(super) struct Shown<'a> {
    pub(super) wire: String,
    /// The place where the field is named.
    pub(super) span: Span,
    pub(super) of: Of<'a>,
}

/// The source of a field.
pub(super) enum Of<'a> {
    /// A position in the model's fields.
    Column(usize),
    /// A position in the model's relations.
    Relation(usize),
    /// Another serializer.
    Nested(&'a Nested),
    /// A column of another row.
    Along(Along),
    /// A method of the application.
    Method(&'a Schema),
    /// A value of the payload alone.
    Payload(&'a Schema),
}

/// A column of another row, along foreign keys and one-to-one relations.
pub(super) struct Along {
    pub(super) path: Vec<Step>,
    pub(super) model: ModelId,
    pub(super) column: usize,
}
