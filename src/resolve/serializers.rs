//! Serializers: what Django REST Framework's `ModelSerializer` derives from a model, with `extra_kwargs` merged in.

use std::collections::{HashMap, HashSet};

use super::keywords::Stands;
use super::names::Scope;
use super::rules::bound;
use super::types::Place;
use super::{Resolver, SerializerDeclaration};
use crate::ast::{Additional, ExtraKwargs, FieldNames, JsonType, Serializer};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{
    Access, Auto, Field, FieldSource, Home, Literal, ModelId, Object, Rule, SerializerField, SerializerOf,
    Type,
};
use crate::source::{Span, Spanned};
use crate::syntax::{Key, Mapping};

/// The codes under which Django REST Framework words its refusals.
const MESSAGE_CODES: &[&str] = &[
    "required",
    "null",
    "blank",
    "invalid",
    "max_length",
    "min_length",
    "max_value",
    "min_value",
    "max_digits",
    "max_decimal_places",
    "max_whole_digits",
    "max_string_length",
    "invalid_choice",
    "does_not_exist",
    "incorrect_type",
    "unique",
    "date",
    "datetime",
    "make_aware",
    "overflow",
    "not_a_list",
    "not_a_dict",
    "empty",
];

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
            depth "depth" None,
            nested "nested" Some("a foreign key in `fields` shows the key of the other row"),
            methods "methods" None,
            links "links" None,
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
        let closed = match &definition.additional {
            Some(Key { value: Additional::Of(_), key, .. }) => {
                self.unsupported("additionalProperties", *key, Some("`true` and `false` are"));
                false
            }
            additional => matches!(additional, Some(Key { value: Additional::Allowed(false), .. })),
        };
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
        let id = self.objects.push(Object { name, home, properties: Vec::new(), closed, docs, origin });
        self.serializers[declaration.id].of = SerializerOf::Object(id);
        let required = definition.required.as_ref().map(|key| key.value.as_slice()).unwrap_or_default();
        self.check_required(required, &properties.value);
        self.objects[id].properties = self.properties(&properties.value, required, &place);
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

    fn serializer_field(
        &mut self,
        shown: &Shown,
        id: ModelId,
        listed_read_only: bool,
        kwargs: Option<&'a ExtraKwargs>,
    ) -> Option<SerializerField> {
        let field = self.models[id].fields[shown.position].clone();
        let access = self.access(&field, listed_read_only, kwargs)?;
        let text = matches!(field.ty, Type::Scalar(scalar) if scalar.is_text());
        let mut merged = SerializerField {
            name: field.name.clone(),
            wire: shown.wire.clone(),
            source: FieldSource::Column(shown.position),
            access,
            required: field.required && access != Access::ReadOnly,
            nullable: field.nullable,
            blank: false,
            default: field.default.clone(),
            rules: field.rules.clone(),
            messages: Vec::new(),
            validate: false,
            docs: field.docs.clone(),
        };
        let mut allow_blank = None;
        if let Some(kwargs) = kwargs {
            self.merge(&mut merged, &field, kwargs)?;
            allow_blank = kwargs.allow_blank.as_ref();
            if let Some(key) = allow_blank.filter(|_| !text) {
                self.error(Code::BadRule, key.key, "`allow_blank` is a rule for texts");
            }
        }
        let blank_by_itself = merged.default == Some(Literal::Text(String::new()))
            || merged.rules.contains(&Rule::MinLength(0));
        merged.blank = text && allow_blank.map_or(blank_by_itself, |key| key.value);
        Some(merged)
    }

    fn access(&self, field: &Field, listed: bool, kwargs: Option<&ExtraKwargs>) -> Option<Access> {
        let read = kwargs.and_then(|kwargs| kwargs.read_only.as_ref());
        let write = kwargs.and_then(|kwargs| kwargs.write_only.as_ref());
        let read_only = listed || read.map_or(field.read_only, |key| key.value);
        let write_only = write.map_or(field.write_only && !read_only, |key| key.value);
        if let Some(read) = read.filter(|key| !key.value)
            && matches!(field.auto, Auto::Key | Auto::Now | Auto::NowAdd)
        {
            let message = format!("{} is filled in by the server", quote(&field.wire));
            self.error(Code::ConflictingKeys, read.span, message);
            return None;
        }
        match (read_only, write_only) {
            (true, true) => {
                let span = write.or(read).map(|key| key.key)?;
                let message = "a field is read-only or write-only, not both";
                self.error(Code::ConflictingKeys, span, message);
                None
            }
            (true, false) => Some(Access::ReadOnly),
            (false, true) => Some(Access::WriteOnly),
            (false, false) => Some(Access::ReadWrite),
        }
    }

    /// What `extra_kwargs` say of a field.
    fn merge(&mut self, merged: &mut SerializerField, field: &Field, kwargs: &'a ExtraKwargs) -> Option<()> {
        if let Some(allow) = &kwargs.allow_null {
            if allow.value && !field.nullable {
                let message = format!("the column {} cannot be null", quote(&field.wire));
                let diagnostic = Diagnostic::error(Code::ConflictingKeys, allow.span, message);
                self.report(diagnostic.help("allow null in the model, with `\"type\": [\"…\", \"null\"]`"));
            }
            merged.nullable = allow.value;
        }
        self.merge_rules(merged, field, kwargs);
        if let Some(required) = &kwargs.required {
            if let Some(default) = kwargs.default.as_ref().filter(|_| required.value) {
                let message = "a field that has to be given has no use for a `default`";
                let diagnostic = Diagnostic::error(Code::ConflictingKeys, default.key, message);
                self.report(diagnostic.related(required.key, "it has to be given"));
            }
            let has_value = field.default.is_some()
                || field.nullable
                || field.auto != Auto::No
                || kwargs.default.is_some();
            if !required.value && !has_value && merged.access != Access::ReadOnly {
                let message = format!("without {}, a new row would have no value for it", quote(&field.wire));
                let diagnostic = Diagnostic::error(Code::MissingDefault, required.span, message);
                self.report(diagnostic.help("give it a `default` too"));
            }
            merged.required = required.value && merged.access != Access::ReadOnly;
        }
        if let Some(default) = &kwargs.default {
            let rules = merged.rules.clone();
            let literal = self.checked(
                &default.value,
                &field.ty,
                merged.nullable,
                &rules,
                Code::BadDefault,
                "the default",
            )?;
            merged.default = Some(literal);
            merged.required = false;
        }
        if let Some(messages) = &kwargs.error_messages {
            for (code, text) in &messages.value.entries {
                if !MESSAGE_CODES.contains(&code.value.as_str()) {
                    let message = format!("there is no refusal {}", quote(&code.value));
                    let near = self.nearest(&code.value, MESSAGE_CODES.iter().copied());
                    self.report(Diagnostic::error(Code::UnknownKey, code.span, message).suggest(near));
                }
                merged.messages.extend(text.clone().map(|text| (code.value.clone(), text)));
            }
        }
        Some(())
    }

    fn merge_rules(&self, merged: &mut SerializerField, field: &Field, kwargs: &ExtraKwargs) {
        let text = matches!(field.ty, Type::Scalar(scalar) if scalar.is_text());
        let number = matches!(
            field.ty,
            Type::Scalar(
                crate::ir::Scalar::Integer | crate::ir::Scalar::Float | crate::ir::Scalar::Decimal { .. }
            )
        );
        for (key, name, rule) in [
            (&kwargs.min_length, "min_length", Rule::MinLength as fn(u64) -> Rule),
            (&kwargs.max_length, "max_length", Rule::MaxLength as fn(u64) -> Rule),
        ] {
            let Some(key) = key else { continue };
            if text {
                self.narrow(&mut merged.rules, rule(key.value), key.span);
            } else {
                self.error(Code::BadRule, key.key, format!("{} is a rule for texts", quote(name)));
            }
        }
        for (key, name, rule) in [
            (&kwargs.min_value, "min_value", Rule::Minimum as fn(String) -> Rule),
            (&kwargs.max_value, "max_value", Rule::Maximum as fn(String) -> Rule),
        ] {
            let Some(key) = key else { continue };
            match bound(&key.value.0, &field.ty) {
                _ if !number => {
                    self.error(Code::BadRule, key.key, format!("{} is a rule for numbers", quote(name)))
                }
                Some(text) => self.narrow(&mut merged.rules, rule(text), key.span),
                None => {
                    let message = format!("{} does not fit the field", quote(&key.value.0));
                    self.error(Code::BadRule, key.span, message);
                }
            }
        }
    }

    /// Replaces the model's rule of the same kind; a serializer may be stricter than its model, not laxer.
    fn narrow(&self, rules: &mut Vec<Rule>, rule: Rule, span: Span) {
        let wider = |old: &Rule| match (old, &rule) {
            (Rule::MinLength(old), Rule::MinLength(new)) => new < old,
            (Rule::MaxLength(old), Rule::MaxLength(new)) => new > old,
            (Rule::Minimum(old), Rule::Minimum(new)) => number(new) < number(old),
            (Rule::Maximum(old), Rule::Maximum(new)) => number(new) > number(old),
            _ => false,
        };
        if rules.iter().any(wider) {
            self.error(Code::BadRule, span, "the model is stricter than this");
            return;
        }
        let kind = std::mem::discriminant(&rule);
        match rules.iter_mut().find(|old| std::mem::discriminant(*old) == kind) {
            Some(old) => *old = rule,
            None => rules.push(rule),
        }
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// A field of a serializer, before anything is said of it.
struct Shown {
    wire: String,
    /// Where it is named.
    span: Span,
    /// In the model's fields.
    position: usize,
}
