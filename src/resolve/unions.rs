//! Unions: `oneOf`, `anyOf`, and several names in `type`.

use super::composition::is_null;
use super::namespaces::Scope;
use super::pending::PendingUnion;
use super::resolver::Resolver;
use super::shape::{Base, Shape, docs};
use super::stands::{Place, Stands};
use super::value_names::text_name;
use crate::ast::{JsonType, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Form, Name, Type, Union, UnionId};
use crate::source::Span;
use crate::syntax::{Key, Value};

impl<'a> Resolver<'a> {
    /// Resolves `anyOf` or `oneOf`: a union, or, with one form and null, that form.
    pub(super) fn forms(
        &mut self,
        schema: &'a Schema,
        members: &'a Key<Vec<Schema>>,
        exactly_one: bool,
        place: &Place,
    ) -> Option<Base> {
        let (null, others): (Vec<&Schema>, Vec<&Schema>) =
            members.value.iter().partition(|schema| is_null(schema));
        if members.value.iter().any(|schema| schema.poisoned) {
            return None;
        }
        match others.as_slice() {
            [] => {
                self.error(Code::InvalidValue, members.span, "expected a type beside `null`");
                None
            }
            [only] if schema.discriminator.is_none() => {
                let place = Place { stands: Stands::Type, ..place.clone() };
                let shape = self.shape(only, &place)?;
                Some(Base::inherited(shape, !null.is_empty()))
            }
            others => {
                let nullable = !null.is_empty();
                let id = self.declare_union(schema, exactly_one, nullable, place);
                self.resolve_forms(schema, id, others, nullable, place);
                Some(Base::of(Type::Union(id), nullable))
            }
        }
    }

    fn declare_union(
        &mut self,
        schema: &'a Schema,
        exactly_one: bool,
        nullable: bool,
        place: &Place,
    ) -> UnionId {
        let rust = self.take_named(schema, place, "the type of a union");
        let keys: Vec<&str> = place.keys.iter().map(String::as_str).collect();
        let docs = docs(&schema.title, &schema.description, &schema.deprecated);
        let id = self.unions.push(Union {
            name: place.name.clone(),
            rust,
            home: place.home,
            tag: None,
            exactly_one,
            forms: Vec::new(),
            docs: docs.clone(),
            origin: self.origin(schema.span, &keys),
        });
        if place.named {
            let shape = Shape { docs, ..Shape::of(Type::Union(id), nullable) };
            self.named.insert(schema.span, Some(shape));
        }
        id
    }

    fn resolve_forms(
        &mut self,
        schema: &'a Schema,
        id: UnionId,
        members: &[&'a Schema],
        nullable: bool,
        place: &Place,
    ) {
        let mut scope = Scope::default();
        let mut used: Vec<String> = Vec::new();
        let mut spans = Vec::new();
        for (index, member) in members.iter().enumerate() {
            let span = member.reference.as_ref().map_or(member.span, |reference| reference.span);
            let name = self.form_name(member, index, &mut used);
            let keyword = if schema.one_of.is_some() { "oneOf" } else { "anyOf" };
            let inner = place.inside(&name.snake(), place.span, &[keyword, &index.to_string()]);
            let Some(shape) = self.shape(member, &inner) else { continue };
            if !self.is_form(member, &shape, shape.takes_null(place.home) && !nullable)
                || !self.take(&mut scope, &name, &name.pascal(), span)
            {
                continue;
            }
            spans.push(span);
            let Shape { ty, rules, docs, .. } = shape;
            self.unions[id].forms.push(Form { name, ty, rules, tag: None, boxed: false, docs });
        }
        let discriminator = schema.discriminator.as_ref();
        self.pending_unions.push(PendingUnion { id, spans, discriminator });
    }

    /// Tells whether a shape can be a form, which must be distinguishable from the others. It reports one that cannot.
    fn is_form(&self, member: &'a Schema, shape: &Shape, null_by_itself: bool) -> bool {
        if shape.ty == Type::Json {
            let message = "a form that accepts any JSON value accepts those of the others, too";
            self.error(Code::InvalidValue, member.span, message);
            return false;
        }
        if null_by_itself {
            let message = "a form cannot be null by itself";
            let help = "add null beside the forms: `{\"type\": \"null\"}`";
            self.report(Diagnostic::error(Code::InvalidValue, member.span, message).help(help));
            return false;
        }
        if let Some(default) = &member.default {
            let message = "`default` does not apply to a form";
            let help = "put it beside `oneOf` or `anyOf`";
            self.report(Diagnostic::error(Code::MisplacedKeyword, default.key, message).help(help));
            return false;
        }
        true
    }

    /// Returns the name of a form: that of the type to which it refers, its title, its constant, or a word for its
    /// type.
    fn form_name(&self, member: &Schema, index: usize, used: &mut Vec<String>) -> Name {
        let named = |text: &str| (!text.trim().is_empty()).then(|| text_name(text.trim()));
        if let Some(reference) = &member.reference {
            let (path, pointer) = reference.value.split_once('#').unwrap_or((&reference.value, ""));
            let last = match pointer.rsplit('/').next() {
                Some(last) if !last.is_empty() => last,
                _ => path.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or_default(),
            };
            return named(last).unwrap_or_else(|| Name::parse(&format!("form_{}", index + 1)));
        }
        let name = member
            .title
            .as_ref()
            .and_then(|title| named(&title.value))
            .or_else(|| constant(member).and_then(named))
            .or_else(|| named(word(member)))
            .unwrap_or_else(|| Name::parse(&format!("form_{}", index + 1)));
        // The user must give different titles. Generated names are numbered.
        let snake = name.snake();
        let titled = member.title.is_some();
        let name =
            if !titled && used.contains(&snake) { name.join(&format!("number_{}", index + 1)) } else { name };
        used.push(snake);
        name
    }

    /// Resolves several names in `type`: each is a form, with the keywords that apply to it.
    pub(super) fn type_union(
        &mut self,
        schema: &'a Schema,
        names: &[JsonType],
        nullable: bool,
        place: &Place,
    ) -> Option<Base> {
        if let Some((name, span)) = schema.variants.as_ref().map(|key| ("enum", key.key)) {
            let help = "name one type, or each form in `anyOf`";
            let message = format!("{} beside several types is not supported", quote(name));
            self.report(Diagnostic::error(Code::UnsupportedKeyword, span, message).help(help));
            return None;
        }
        let mut forms: Vec<JsonType> = Vec::new();
        for name in names {
            // Every integer is a number.
            let covered = *name == JsonType::Integer && names.contains(&JsonType::Number);
            if !covered && !forms.contains(name) {
                forms.push(*name);
            }
        }
        if let [only] = forms.as_slice() {
            let ty = self.of_json_type(schema, *only, nullable, place)?;
            return Some(Base::of(ty, nullable));
        }
        self.keywords_are_of_some(schema, &forms)?;
        let id = self.declare_union(schema, false, nullable, place);
        let mut spans: Vec<Span> = Vec::new();
        for name in forms {
            let word = json_word(name);
            let inner = place.inside(word, place.span, &[]);
            let ty = self.of_json_type(schema, name, false, &inner)?;
            let rules = self.rules(&about(schema, name), &ty)?;
            spans.push(schema.types.as_ref().map_or(schema.span, |types| types.span));
            let (name, docs) = (Name::parse(word), crate::ir::Docs::default());
            let form = Form { name, ty, rules, tag: None, boxed: false, docs };
            self.unions[id].forms.push(form);
        }
        self.pending_unions.push(PendingUnion { id, spans, discriminator: None });
        Some(Base::of(Type::Union(id), nullable))
    }

    /// Checks that every keyword applies to one of the types.
    fn keywords_are_of_some(&self, schema: &Schema, names: &[JsonType]) -> Option<()> {
        let mut sound = Some(());
        let has = |wanted: &[JsonType]| names.iter().any(|name| wanted.contains(name));
        let mut check = |name: &str, span: Option<Span>, fits: bool| {
            if let Some(span) = span.filter(|_| !fits) {
                self.error(
                    Code::BadRule,
                    span,
                    format!("{} does not apply to any of these types", quote(name)),
                );
                sound = None;
            }
        };
        macro_rules! about {
            ($($field:ident $name:literal [$($of:ident)*],)*) => {
                $(check($name, schema.$field.as_ref().map(|key| key.key), has(&[$(JsonType::$of),*]));)*
            };
        }
        about! {
            minimum "minimum" [Integer Number], maximum "maximum" [Integer Number],
            exclusive_minimum "exclusiveMinimum" [Integer Number],
            exclusive_maximum "exclusiveMaximum" [Integer Number], multiple_of "multipleOf" [Integer Number],
            format "format" [String], min_length "minLength" [String], max_length "maxLength" [String],
            pattern "pattern" [String], pattern_dialect "x-pattern-dialect" [String], max_digits "x-max-digits" [String],
            decimal_places "x-decimal-places" [String], min_items "minItems" [Array], max_items "maxItems" [Array],
            unique_items "uniqueItems" [Array], items "items" [Array], properties "properties" [Object],
            required "required" [Object], additional "additionalProperties" [Object],
        }
        sound
    }
}

/// Returns the rules of a schema that apply to a JSON type.
fn about(schema: &Schema, name: JsonType) -> Schema {
    let mut own = schema.clone();
    if !matches!(name, JsonType::Integer | JsonType::Number | JsonType::String) {
        (own.minimum, own.maximum, own.multiple_of) = (None, None, None);
        (own.exclusive_minimum, own.exclusive_maximum) = (None, None);
    }
    if name != JsonType::String {
        (own.min_length, own.max_length, own.pattern) = (None, None, None);
        (own.max_digits, own.decimal_places) = (None, None);
        own.pattern_dialect = None;
    } else if own.format.as_ref().is_none_or(|format| format.value != "decimal") {
        (own.minimum, own.maximum, own.multiple_of) = (None, None, None);
        (own.exclusive_minimum, own.exclusive_maximum) = (None, None);
    }
    if name != JsonType::Array {
        (own.min_items, own.max_items, own.unique_items) = (None, None, None);
    }
    own
}

/// Returns the text that a property of an object always has.
fn constant(schema: &Schema) -> Option<&str> {
    let properties = &schema.properties.as_ref()?.value;
    properties.entries.iter().filter_map(|(_, property)| property.as_ref()?.constant.as_ref()).find_map(
        |key| match &key.value.value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        },
    )
}

/// Returns a word for the values of a schema.
fn word(schema: &Schema) -> &str {
    if schema.variants.is_some() {
        return "choice";
    }
    if let Some(format) = &schema.format {
        return &format.value;
    }
    match schema.types.as_ref().map(|types| types.value.names()) {
        Some([only]) => json_word(only.value),
        _ if schema.properties.is_some() || schema.additional.is_some() => "object",
        _ if schema.items.is_some() => "list",
        _ => "",
    }
}

fn json_word(name: JsonType) -> &'static str {
    match name {
        JsonType::String => "text",
        JsonType::Array => "list",
        other => other.as_str(),
    }
}
