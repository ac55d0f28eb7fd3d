//! Types of values: a JSON Schema becomes a [`Shape`].

use std::collections::HashSet;

use super::keywords::Stands;
use super::literals::Misfit;
use super::names::Scope;
use super::references::Target;
use super::{PendingValue, Resolver, docs};
use crate::ast::{Additional, JsonType, Schema};
use crate::diag::{Code, Diagnostic, quote, quote_all};
use crate::ir::{Docs, Element, Enum, Home, Literal, Name, Object, Property, Rule, Scalar, Type, Variant};
use crate::source::{Span, Spanned};
use crate::syntax::{Key, Mapping, Node, Value};

/// The formats of strings, and what they are.
const FORMATS: &[(&str, Scalar)] = &[
    ("date-time", Scalar::DateTime),
    ("date", Scalar::Date),
    ("time", Scalar::Time),
    ("duration", Scalar::Duration),
    ("email", Scalar::Email),
    ("uri", Scalar::Url),
    ("uuid", Scalar::Uuid),
    ("ipv4", Scalar::Ipv4),
    ("ipv6", Scalar::Ipv6),
    ("slug", Scalar::Slug),
    ("byte", Scalar::Bytes),
];

/// What a schema says of a value.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) ty: Type,
    pub(super) nullable: bool,
    pub(super) rules: Vec<Rule>,
    pub(super) default: Option<Literal>,
    pub(super) docs: Docs,
}

/// Where a schema stands, and what a type that it defines inline is called.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) name: Name,
    pub(super) home: Home,
    pub(super) stands: Stands,
    /// Where the name comes from.
    pub(super) span: Span,
    /// The keys that lead here.
    pub(super) keys: Vec<String>,
    /// Whether the type has a name of its own, by which others refer to it.
    pub(super) named: bool,
}

impl Place {
    /// The place of a named type.
    pub(super) fn named(name: Name, span: Span, keys: Vec<String>) -> Self {
        Self { name, home: Home::Types, stands: Stands::Type, span, keys, named: true }
    }

    /// The place of something inside.
    pub(super) fn inside(&self, suffix: &str, span: Span, keys: &[&str]) -> Self {
        let mut all = self.keys.clone();
        all.extend(keys.iter().map(|key| (*key).to_owned()));
        Self {
            name: self.name.join(suffix),
            home: self.home,
            stands: Stands::Type,
            span,
            keys: all,
            named: false,
        }
    }
}

/// The type of a schema, before its rules.
struct Base {
    ty: Type,
    nullable: bool,
    /// What the `$ref` or the `anyOf` brings along.
    inherited: Option<Shape>,
}

impl Base {
    fn of(ty: Type, nullable: bool) -> Self {
        Self { ty, nullable, inherited: None }
    }
}

impl<'a> Resolver<'a> {
    /// The named types of the given documents, in their order; used or not, they are checked and generated.
    pub(super) fn resolve_defs(&mut self) {
        for (key, schema) in self.defs() {
            if let Some(schema) = schema {
                let keys = vec!["$defs".to_owned(), key.value.clone()];
                self.named_shape(&key.value, key.span, schema, keys, key.span);
            }
        }
    }

    /// What a schema says. None: something was reported.
    pub(super) fn shape(&mut self, schema: &'a Schema, place: &Place) -> Option<Shape> {
        if schema.poisoned || !self.keywords_are_honoured(schema, place.stands) {
            return None;
        }
        let base = self.base(schema, place)?;
        let inherited = base.inherited;
        let mut rules = inherited.as_ref().map(|shape| shape.rules.clone()).unwrap_or_default();
        rules.extend(self.rules(schema, &base.ty)?);
        let nullable = base.nullable;
        if let Some(constant) = &schema.constant {
            let literal =
                self.checked(&constant.value, &base.ty, nullable, &[], Code::InvalidValue, "`const`")?;
            rules.push(Rule::Const(literal));
        }
        let default = match &schema.default {
            Some(default) => {
                let literal = self.checked(
                    &default.value,
                    &base.ty,
                    nullable,
                    &rules,
                    Code::BadDefault,
                    "the default",
                )?;
                Some(literal)
            }
            None => inherited.as_ref().and_then(|shape| shape.default.clone()),
        };
        let mut docs = docs(&schema.title, &schema.description, &schema.deprecated);
        if let Some(inherited) = &inherited
            && docs.text.is_empty()
            && matches!(base.ty, Type::Scalar(_))
        {
            docs.text.clone_from(&inherited.docs.text);
        }
        Some(Shape { ty: base.ty, nullable, rules, default, docs })
    }

    /// Checks a value of the definition against a type and its rules.
    pub(super) fn checked(
        &mut self,
        node: &'a Node,
        ty: &Type,
        nullable: bool,
        rules: &[Rule],
        code: Code,
        what: &str,
    ) -> Option<Literal> {
        match self.literal(node, ty, nullable, rules) {
            Ok(literal) => {
                if matches!(ty, Type::Object(_) | Type::List(_) | Type::Map(_)) {
                    let (ty, rules) = (ty.clone(), rules.to_vec());
                    self.pending_values.push(PendingValue { node, ty, nullable, rules });
                }
                Some(literal)
            }
            Err(misfit) => {
                self.misfit(&misfit, code, what);
                None
            }
        }
    }

    pub(super) fn misfit(&self, misfit: &Misfit, code: Code, what: &str) {
        let message = format!("{what} does not fit: {}", misfit.reason);
        let diagnostic = Diagnostic::error(code, misfit.span, message);
        self.report(match &misfit.help {
            Some(help) => diagnostic.help(help.clone()),
            None => diagnostic,
        });
    }

    /// Checks the arrays and objects among the values, now that every type is known.
    pub(super) fn check_pending_values(&mut self) {
        for value in std::mem::take(&mut self.pending_values) {
            if let Err(misfit) = self.deep(value.node, &value.ty, value.nullable, &value.rules) {
                self.misfit(&misfit, Code::BadDefault, "the default");
            }
        }
    }

    fn base(&mut self, schema: &'a Schema, place: &Place) -> Option<Base> {
        if let Some(reference) = &schema.reference {
            self.nothing_beside(schema, "$ref", reference.key)?;
            return self.referenced(reference);
        }
        if let Some(any_of) = &schema.any_of {
            self.nothing_beside(schema, "anyOf", any_of.key)?;
            return self.any_of(any_of, place);
        }
        let (names, nullable) = self.type_names(schema)?;
        if let Some(variants) = &schema.variants {
            return self.enumeration(schema, variants, names.first().copied(), nullable, place);
        }
        let inferred = names.first().copied().or_else(|| infer(schema));
        if let (Some(format), Some(other)) =
            (&schema.format, inferred.filter(|name| *name != JsonType::String))
        {
            let message = format!("`format` says nothing of type {}", quote(other.as_str()));
            self.error(Code::MisplacedKeyword, format.key, message);
            return None;
        }
        let ty = match inferred {
            None => Type::Json,
            Some(JsonType::Object) => self.object_or_map(schema, nullable, place)?,
            Some(JsonType::Array) => self.list(schema, place)?,
            Some(JsonType::String) => Type::Scalar(self.string(schema)?),
            Some(JsonType::Boolean) => Type::Scalar(Scalar::Boolean),
            Some(JsonType::Integer) => Type::Scalar(Scalar::Integer),
            Some(JsonType::Number | JsonType::Null) => Type::Scalar(Scalar::Float),
        };
        let nullable = nullable || ty == Type::Json;
        self.keywords_fit(schema, &ty)?;
        Some(Base::of(ty, nullable))
    }

    /// A `$ref` or `anyOf` says what the type is: nothing else may.
    fn nothing_beside(&self, schema: &Schema, key: &str, span: Span) -> Option<()> {
        let beside = [
            ("type", schema.types.as_ref().map(|key| key.key)),
            ("format", schema.format.as_ref().map(|key| key.key)),
            ("enum", schema.variants.as_ref().map(|key| key.key)),
            ("properties", schema.properties.as_ref().map(|key| key.key)),
            ("required", schema.required.as_ref().map(|key| key.key)),
            ("additionalProperties", schema.additional.as_ref().map(|key| key.key)),
            ("items", schema.items.as_ref().map(|key| key.key)),
            ("x-max-digits", schema.max_digits.as_ref().map(|key| key.key)),
            ("x-decimal-places", schema.decimal_places.as_ref().map(|key| key.key)),
            ("anyOf", schema.any_of.as_ref().map(|key| key.key).filter(|_| key != "anyOf")),
        ];
        let found = beside.into_iter().find_map(|(name, span)| Some((name, span?)));
        let Some((name, at)) = found else { return Some(()) };
        let message = format!("{} beside {}: only one can say what the type is", quote(name), quote(key));
        let diagnostic = Diagnostic::error(Code::ConflictingKeys, at, message).related(span, "the other");
        self.report(if name == "type" {
            diagnostic
                .help("for a value that may be null: `\"anyOf\": [{\"$ref\": …}, {\"type\": \"null\"}]`")
        } else {
            diagnostic
        });
        None
    }

    fn referenced(&mut self, reference: &'a Key<String>) -> Option<Base> {
        match self.target(reference)? {
            Target::Type { name, span, schema, keys } => {
                let shape = self.named_shape(name, span, schema, keys, reference.span)?;
                Some(Base { ty: shape.ty.clone(), nullable: shape.nullable, inherited: Some(shape) })
            }
            Target::Model { name, .. } => {
                let message = format!("the model {} is no type of values", quote(name));
                let diagnostic = Diagnostic::error(Code::InvalidRef, reference.span, message)
                    .help(format!("for a reference to a row, say `\"x-foreign-key\": \"{name}\"` in a model"))
                    .help("to show a row, refer to a serializer: `#/serializers/…`");
                self.report(diagnostic);
                None
            }
            Target::Serializer(_) => {
                let message = "a serializer can only be the output of an action, alone, as the items of an array, or with null";
                self.error(Code::InvalidRef, reference.span, message);
                None
            }
        }
    }

    /// The shape of a named type, resolved once.
    pub(super) fn named_shape(
        &mut self,
        name: &str,
        span: Span,
        schema: &'a Schema,
        keys: Vec<String>,
        from: Span,
    ) -> Option<Shape> {
        if let Some(known) = self.named.get(&schema.span) {
            return known.clone();
        }
        if let Some(start) = self.visiting.iter().position(|(visited, _)| *visited == schema.span) {
            let mut path: Vec<String> = self.visiting[start..].iter().map(|(_, name)| quote(name)).collect();
            path.push(quote(name));
            let message = format!("`$ref`s lead in a circle: {}", path.join(" → "));
            let diagnostic = Diagnostic::error(Code::CircularRef, from, message);
            self.report(
                diagnostic.help("only an object can hold itself: one of these must have `properties`"),
            );
            return None;
        }
        self.visiting.push((schema.span, name.to_owned()));
        let place = self.place_of_named(name, span, keys);
        let shape = place.and_then(|place| self.shape(schema, &place));
        self.visiting.pop();
        self.named.insert(schema.span, shape.clone());
        shape
    }

    /// `anyOf` of a type and null.
    fn any_of(&mut self, any_of: &'a Key<Vec<Schema>>, place: &Place) -> Option<Base> {
        let (null, others): (Vec<&Schema>, Vec<&Schema>) =
            any_of.value.iter().partition(|schema| is_null(schema));
        match (null.as_slice(), others.as_slice()) {
            ([_], [other]) => {
                let place = Place { stands: Stands::Type, ..place.clone() };
                let shape = self.shape(other, &place)?;
                Some(Base { ty: shape.ty.clone(), nullable: true, inherited: Some(shape) })
            }
            _ if any_of.value.iter().any(|schema| schema.poisoned) => None,
            _ => {
                self.unsupported(
                    "anyOf",
                    any_of.key,
                    Some("only `\"anyOf\": [X, {\"type\": \"null\"}]` is: X, or null"),
                );
                None
            }
        }
    }

    /// The type that is named beside null (none: no type is named), and whether null is named.
    fn type_names(&self, schema: &Schema) -> Option<(Vec<JsonType>, bool)> {
        let Some(types) = &schema.types else { return Some((Vec::new(), false)) };
        let names: Vec<JsonType> = types.value.names().iter().map(|name| name.value).collect();
        let nullable = names.contains(&JsonType::Null);
        let others: Vec<JsonType> = names.into_iter().filter(|name| *name != JsonType::Null).collect();
        match others.as_slice() {
            [_] => Some((others, nullable)),
            [] => {
                let message = "expected a type beside `null`";
                self.error(Code::InvalidValue, types.span, message);
                None
            }
            several => {
                let message = format!(
                    "a value of several types is not supported yet: {}",
                    quote_all(several.iter().map(|name| name.as_str()), "or")
                );
                let diagnostic = Diagnostic::error(Code::UnsupportedKeyword, types.span, message);
                self.report(diagnostic.help("without `type`, any JSON value is taken"));
                None
            }
        }
    }

    fn string(&self, schema: &Schema) -> Option<Scalar> {
        let Some(format) = &schema.format else { return Some(Scalar::Text) };
        if format.value == "decimal" {
            return self.decimal(schema);
        }
        let found = FORMATS.iter().find(|(name, _)| *name == format.value);
        if found.is_none() {
            let names = FORMATS.iter().map(|(name, _)| *name).chain(["decimal"]);
            let message = format!("unknown format {}", quote(&format.value));
            let near = self.nearest(&format.value, names.clone());
            let diagnostic = Diagnostic::error(Code::UnknownFormat, format.span, message).suggest(near);
            let help = format!("the formats are {}", quote_all(names, "and"));
            self.report(if near.is_none() { diagnostic.help(help) } else { diagnostic });
        }
        found.map(|(_, scalar)| *scalar)
    }

    fn decimal(&self, schema: &Schema) -> Option<Scalar> {
        const MOST_DIGITS: u64 = 28;
        let span = schema.format.as_ref().map_or(schema.span, |format| format.span);
        let (Some(digits), Some(places)) = (&schema.max_digits, &schema.decimal_places) else {
            let message = "a decimal needs `x-max-digits` and `x-decimal-places`";
            let diagnostic = Diagnostic::error(Code::MissingKey, span, message);
            self.report(diagnostic.help("for money, say `\"x-max-digits\": 12, \"x-decimal-places\": 2`"));
            return None;
        };
        if digits.value == 0 || digits.value > MOST_DIGITS {
            let message = format!("a decimal has from 1 to {MOST_DIGITS} digits");
            self.error(Code::BadRule, digits.span, message);
            return None;
        }
        if places.value > digits.value {
            let message = "a decimal cannot have more places after the point than digits";
            let diagnostic = Diagnostic::error(Code::BadRule, places.span, message);
            self.report(diagnostic.related(digits.span, "the digits in all"));
            return None;
        }
        Some(Scalar::Decimal { max_digits: digits.value as u32, decimal_places: places.value as u32 })
    }

    fn list(&mut self, schema: &'a Schema, place: &Place) -> Option<Type> {
        let element = match &schema.items {
            Some(items) => {
                let place = place.inside("item", place.span, &["items"]);
                element(self.shape(&items.value, &place)?)
            }
            None => any_json(),
        };
        Some(Type::List(Box::new(element)))
    }

    fn object_or_map(&mut self, schema: &'a Schema, nullable: bool, place: &Place) -> Option<Type> {
        let properties = schema.properties.as_ref().map(|key| &key.value);
        match (properties, schema.additional.as_ref()) {
            (Some(_), Some(Key { value: Additional::Of(_), key, .. })) => {
                let help =
                    "make the other values a property of their own: an object with `additionalProperties`";
                let message = "`additionalProperties` with a type, beside `properties`, is not supported yet";
                self.report(Diagnostic::error(Code::UnsupportedKeyword, *key, message).help(help));
                None
            }
            (None, Some(Key { value: Additional::Of(of), .. })) => {
                let place = place.inside("value", place.span, &["additionalProperties"]);
                let element = element(self.shape(of, &place)?);
                Some(Type::Map(Box::new(element)))
            }
            (None, None | Some(Key { value: Additional::Allowed(true), .. }))
                if schema.required.is_none() =>
            {
                Some(Type::Map(Box::new(any_json())))
            }
            _ => Some(Type::Object(self.object(schema, nullable, place))),
        }
    }

    /// An object with known properties.
    pub(super) fn object(
        &mut self,
        schema: &'a Schema,
        nullable: bool,
        place: &Place,
    ) -> crate::ir::ObjectId {
        self.take_type(&place.name, place.span, "the type of an object", "type");
        let closed = matches!(&schema.additional, Some(Key { value: Additional::Allowed(false), .. }));
        let keys: Vec<&str> = place.keys.iter().map(String::as_str).collect();
        let docs = docs(&schema.title, &schema.description, &schema.deprecated);
        let id = self.objects.push(Object {
            name: place.name.clone(),
            home: place.home,
            properties: Vec::new(),
            closed,
            docs: docs.clone(),
            origin: self.origin(schema.span, &keys),
        });
        if place.named {
            let shape = Shape { ty: Type::Object(id), nullable, rules: Vec::new(), default: None, docs };
            self.named.insert(schema.span, Some(shape));
        }
        let required = schema.required.as_ref().map(|key| key.value.as_slice()).unwrap_or_default();
        static NOTHING: Mapping<Schema> = Mapping { entries: Vec::new() };
        self.check_required(required, schema.properties.as_ref().map_or(&NOTHING, |key| &key.value));
        if let Some(properties) = &schema.properties {
            self.objects[id].properties = self.properties(&properties.value, required, place);
        }
        id
    }

    /// Names in `required` that are no properties are slips; gives the properties that were most likely meant.
    pub(super) fn check_required(
        &self,
        required: &[Spanned<String>],
        properties: &'a Mapping<Schema>,
    ) -> HashSet<&'a str> {
        let known: HashSet<&str> = properties.names().collect();
        let again = self.no_duplicates(required);
        let mut meant = HashSet::new();
        for (index, name) in required.iter().enumerate() {
            if known.contains(name.value.as_str()) || again.contains(&index) {
                continue;
            }
            let message = format!("there is no property {}", quote(&name.value));
            let near = self.nearest(&name.value, properties.names());
            self.report(Diagnostic::error(Code::UnknownField, name.span, message).suggest(near));
            meant.extend(near);
        }
        meant
    }

    /// The properties of an object; those that were reported are left out.
    pub(super) fn properties(
        &mut self,
        properties: &'a Mapping<Schema>,
        required: &[Spanned<String>],
        place: &Place,
    ) -> Vec<Property> {
        let required: HashSet<&str> = required.iter().map(|name| name.value.as_str()).collect();
        let mut scope = Scope::default();
        let mut resolved = Vec::new();
        for (key, schema) in &properties.entries {
            let name = self.member_name(&key.value, key.span, "a property");
            let Some(schema) = schema else { continue };
            let place = place.inside(&key.value, key.span, &["properties", &key.value]);
            let shape = self.shape(schema, &place);
            let (Some(name), Some(shape)) = (name, shape) else { continue };
            if !self.take(&mut scope, &name, &key.value, key.span) {
                continue;
            }
            resolved.push(Property {
                name,
                wire: key.value.clone(),
                ty: shape.ty,
                nullable: shape.nullable,
                required: required.contains(key.value.as_str()),
                default: shape.default,
                rules: shape.rules,
                boxed: false,
                docs: shape.docs,
            });
        }
        resolved
    }

    fn enumeration(
        &mut self,
        schema: &'a Schema,
        variants: &'a Key<Vec<Node>>,
        named: Option<JsonType>,
        nullable: bool,
        place: &Place,
    ) -> Option<Base> {
        let nodes: Vec<&Node> = variants.value.iter().filter(|node| node.value != Value::Null).collect();
        let has_null = nodes.len() < variants.value.len();
        let integers = nodes.iter().all(|node| matches!(node.value, Value::Number(_)));
        let texts = nodes.iter().all(|node| matches!(node.value, Value::Text(_)));
        let fits = match named {
            None => integers || texts,
            Some(JsonType::Integer) => integers,
            Some(JsonType::String) => texts,
            Some(_) => false,
        };
        if nodes.is_empty() || !fits {
            let message = "the values of `enum` must be all strings or all integers, as `type` says";
            let diagnostic = Diagnostic::error(Code::InvalidValue, variants.span, message);
            self.report(diagnostic.help("null may be among them where `type` allows it"));
            return None;
        }
        if has_null && named.is_some() && !nullable {
            let message = "`null` is among the values, but `type` does not allow it";
            self.error(Code::InvalidValue, variants.span, message);
            return None;
        }
        if let Some(format) = &schema.format {
            let message = "`format` says nothing of an `enum`";
            self.error(Code::MisplacedKeyword, format.key, message);
            return None;
        }
        let variants = self.variants(&nodes)?;
        self.take_type(&place.name, place.span, "the type of an enumeration", "kind");
        let keys: Vec<&str> = place.keys.iter().map(String::as_str).collect();
        let id = self.enums.push(Enum {
            name: place.name.clone(),
            home: place.home,
            variants,
            docs: docs(&schema.title, &schema.description, &schema.deprecated),
            origin: self.origin(schema.span, &keys),
        });
        self.keywords_fit(schema, &Type::Enum(id))?;
        Some(Base::of(Type::Enum(id), nullable || has_null))
    }

    fn variants(&self, nodes: &[&Node]) -> Option<Vec<Variant>> {
        let mut scope = Scope::default();
        let mut variants: Vec<Variant> = Vec::new();
        let mut sound = true;
        for (index, node) in nodes.iter().enumerate() {
            let value = match &node.value {
                Value::Text(text) => Literal::Text(text.clone()),
                Value::Number(text) => match super::rules::integer(text) {
                    Some(number) => Literal::Integer(number),
                    None => {
                        let message = format!("{} is no integer of 64 bits", quote(text));
                        self.error(Code::InvalidValue, node.span, message);
                        return None;
                    }
                },
                _ => return None,
            };
            if variants.iter().any(|variant| variant.value == value) {
                let message = format!("{} is among the values twice", quote(&node.to_json()));
                self.error(Code::DuplicateName, node.span, message);
                sound = false;
                continue;
            }
            let name = variant_name(&value, index);
            sound &= self.take(&mut scope, &name, &node.to_json(), node.span);
            variants.push(Variant { name, value });
        }
        sound.then_some(variants)
    }
}

/// A value as a name: `value_5` for 5, `value_minus_5` for -5, `empty` for "", the words of a text otherwise;
/// `value_1st` and `value_self` where the words could be no identifier, the number of the value where there
/// are none.
fn variant_name(value: &Literal, index: usize) -> Name {
    let text = match value {
        Literal::Integer(number) if *number < 0 => {
            return Name::parse(&format!("value_minus_{}", number.unsigned_abs()));
        }
        Literal::Integer(number) => return Name::parse(&format!("value_{number}")),
        Literal::Text(text) => text,
        _ => "",
    };
    if text.is_empty() {
        return Name::parse("empty");
    }
    let name = Name::parse(text);
    let snake = name.snake();
    if snake.is_empty() || !snake.is_ascii() {
        return Name::parse(&format!("value_number_{}", index + 1));
    }
    let identifier = !snake.starts_with(|c: char| c.is_ascii_digit())
        && !super::reserved::IDENTIFIERS.contains(&snake.as_str());
    if identifier { name } else { Name::parse(&format!("value_{snake}")) }
}

/// The type that keywords imply where `type` is left out.
fn infer(schema: &Schema) -> Option<JsonType> {
    if schema.properties.is_some() || schema.additional.is_some() || schema.required.is_some() {
        return Some(JsonType::Object);
    }
    if schema.items.is_some() {
        return Some(JsonType::Array);
    }
    if schema.format.is_some() {
        return Some(JsonType::String);
    }
    match &schema.constant.as_ref()?.value.value {
        Value::Boolean(_) => Some(JsonType::Boolean),
        Value::Text(_) => Some(JsonType::String),
        Value::Number(text) if super::rules::integer(text).is_some() => Some(JsonType::Integer),
        Value::Number(_) => Some(JsonType::Number),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether a schema takes null alone.
pub(super) fn is_null(schema: &Schema) -> bool {
    schema.types.as_ref().is_some_and(|types| {
        let names = types.value.names();
        !names.is_empty() && names.iter().all(|name| name.value == JsonType::Null)
    })
}

fn element(shape: Shape) -> Element {
    Element { ty: shape.ty, nullable: shape.nullable, rules: shape.rules }
}

fn any_json() -> Element {
    Element { ty: Type::Json, nullable: true, rules: Vec::new() }
}
