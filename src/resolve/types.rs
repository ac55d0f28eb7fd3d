//! Types of values: turns a JSON Schema into a [`Shape`].

use dcrf_scalars::schema::Format;
use dcrf_scalars::{Exact, TextForm};

use super::composition::only_type;
use super::extent::Extent;
use super::literals::{self, Misfit};
use super::numbers::integer;
use super::pending::PendingValue;
use super::references::Target;
use super::resolver::Resolver;
use super::scalars::BIG_INTEGER;
use super::shape::{Base, Shape, docs};
use super::stands::{Place, Stands};
use crate::ast::{JsonType, Schema, TypeNames};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Home, Literal, Rule, Scalar, SerializerId, SerializerOf, Type};
use crate::source::{Span, Spanned};
use crate::syntax::{Key, Mapping, Node, Value};

impl<'a> Resolver<'a> {
    /// Resolves the named types of the given documents, in their order. Unused ones are checked and generated, too.
    pub(super) fn resolve_defs(&mut self) {
        for (key, schema) in self.defs() {
            if let Some(schema) = schema {
                let keys = vec!["$defs".to_owned(), key.value.clone()];
                self.named_shape(&key.value, key.span, schema, keys, key.span);
            }
        }
    }

    /// Resolves a schema. It returns `None` if something was reported.
    pub(super) fn shape(&mut self, schema: &'a Schema, place: &Place) -> Option<Shape> {
        if schema.poisoned {
            return None;
        }
        let payload = self.is_payload(schema, place);
        let schema = if payload && place.rows { self.as_inferred(schema) } else { schema };
        let schema = if payload { self.without_remark(schema) } else { schema };
        if let Some(dialect) = schema.pattern_dialect.as_ref().filter(|_| payload) {
            let message =
                "`x-pattern-dialect` applies only to fields: a pattern of a payload is one of ECMA-262";
            self.error(Code::MisplacedKeyword, dialect.key, message);
            return None;
        }
        if payload {
            match self.extent(schema, place) {
                Extent::Whole => {}
                Extent::Part => return self.judged_part(schema, place),
                Extent::Nothing => return self.judged_json(schema, place),
            }
        }
        let honoured = match payload {
            true => !self.misplaced(schema, place.stands),
            false => self.keywords_are_honoured(schema, place.stands),
        };
        if !honoured {
            return None;
        }
        if let Some(all_of) = &schema.all_of
            && only_type(schema, all_of).is_none()
        {
            let whole = self.put_together(schema, all_of)?;
            return self.shape(whole, place);
        }
        let base = self.base(schema, place)?;
        self.rust_name_is_used(schema, place)?;
        let inherited = base.inherited;
        let mut null_left_out = base.null_left_out;
        let mut rules = inherited.as_ref().map(|shape| shape.rules.clone()).unwrap_or_default();
        // Each form of several types has its own rules.
        if schema.types.is_none() || !matches!(base.ty, Type::Union(_)) {
            rules.extend(self.rules(schema, &base.ty)?);
        }
        let nullable = base.nullable;
        if let Some(constant) = &schema.constant {
            let value =
                self.checked(&constant.value, &base.ty, nullable, &[], Code::InvalidValue, "`const`")?;
            null_left_out |= constant.value.value != Value::Null;
            rules.push(Rule::Const(literals::constant(&constant.value, value)));
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
            && has_no_name(&base.ty)
        {
            docs.text.clone_from(&inherited.docs.text);
        }
        Some(Shape { ty: base.ty, nullable, null_left_out, rules, default, docs })
    }

    /// Resolves a schema that JSON Schema validates and no type expresses.
    fn judged_json(&mut self, schema: &'a Schema, place: &Place) -> Option<Shape> {
        if self.misplaced(schema, place.stands) {
            return None;
        }
        self.rust_name_is_used(schema, place)?;
        self.warn_of_contradictions(schema);
        self.warn_of_no_type(schema);
        let judged = self.judged(schema)?;
        let mut shape = Shape::of(Type::Json, judged.nullable);
        shape.default = match &schema.default {
            Some(default) => Some(self.judged_default(&judged, default)?),
            None => None,
        };
        shape.docs = docs(&schema.title, &schema.description, &schema.deprecated);
        shape.obey(judged.rule, &judged.docs);
        Some(shape)
    }

    /// Warns about rules that do not apply to the type or leave no values. JSON Schema allows them, but they are likely
    /// mistakes.
    fn warn_of_slips(&self, schema: &'a Schema, ty: &Type) {
        static NOTHING: Mapping<Schema> = Mapping { entries: Vec::new() };
        let mark = self.sink.mark();
        self.rules(schema, ty);
        match ty {
            Type::Object(_) => {
                let required = schema.required.as_ref().map(|key| key.value.as_slice()).unwrap_or_default();
                let patterns = schema.pattern_properties.is_some();
                let properties = schema.properties.as_ref().map_or(&NOTHING, |key| &key.value);
                self.check_required(if patterns { &[] } else { required }, properties);
            }
            Type::Scalar(Scalar::Text) => {
                let known =
                    schema.format.as_ref().is_none_or(|format| Format::named(&format.value).is_some());
                if !known {
                    self.string(schema);
                }
            }
            _ => {}
        }
        for found in self.sink.rewind(mark) {
            // A step with too many digits is not a mistake, and neither is a pattern that fields do not support.
            if found.code != Code::BadPattern && !found.message.starts_with("`multipleOf` has") {
                self.report(found.as_warning());
            }
        }
    }

    /// Warns about parts that contradict each other. JSON Schema allows them, although they take no value.
    fn warn_of_contradictions(&self, schema: &'a Schema) {
        let Some(all_of) = &schema.all_of else { return };
        let mark = self.sink.mark();
        if let Some(whole) = self.put_together(schema, all_of) {
            let ty = match whole.types.as_ref().map(|types| types.value.names()) {
                Some([only]) if only.value == JsonType::Integer => Type::Scalar(Scalar::Integer),
                Some([only]) if only.value == JsonType::Number => Type::Scalar(Scalar::Float),
                Some([only]) if only.value == JsonType::String => Type::Scalar(Scalar::Text),
                _ => return,
            };
            self.rules(whole, &ty);
        }
        for found in self.sink.rewind(mark) {
            if matches!(found.code, Code::ConflictingKeys | Code::BadRule) {
                self.report(found.as_warning());
            }
        }
    }

    /// Warns about a schema without a type: it takes any value, and nothing is typed.
    fn warn_of_no_type(&self, schema: &Schema) {
        let (name, key, ty) = match (&schema.properties, &schema.items) {
            _ if schema.types.is_some() || schema.reference.is_some() => return,
            (Some(key), _) => ("properties", key.key, "object"),
            (None, Some(key)) => ("items", key.key, "array"),
            (None, None) => return,
        };
        let message =
            format!("{} does not restrict values of other types, so they are accepted", quote(name));
        let help = format!("add `\"type\": \"{ty}\"` to accept only this type");
        self.report(Diagnostic::error(Code::BadRule, key, message).help(help).as_warning());
    }

    /// Adds the type that the keywords of a schema imply, for values that the application sends. JSON Schema would
    /// allow other types.
    fn as_inferred(&self, schema: &'a Schema) -> &'a Schema {
        let combined = schema.reference.is_some()
            || schema.all_of.is_some()
            || schema.any_of.is_some()
            || schema.one_of.is_some()
            || schema.constant.is_some()
            || schema.variants.is_some();
        match infer(schema) {
            Some(name @ (JsonType::Object | JsonType::Array)) if schema.types.is_none() && !combined => {
                let span = schema.span;
                let types = Some(Key { key: span, value: TypeNames::One(Spanned::new(name, span)), span });
                self.merged.keep(Schema { types, ..schema.clone() })
            }
            _ => schema,
        }
    }

    /// Resolves a schema that a type expresses in part and JSON Schema validates as a whole.
    fn judged_part(&mut self, schema: &'a Schema, place: &Place) -> Option<Shape> {
        if self.misplaced(schema, place.stands) {
            return None;
        }
        self.warn_of_contradictions(schema);
        let judged = self.judged(schema)?;
        let mut shape = match self.tuple_items(schema) {
            Some(items) => {
                self.rust_name_is_used(schema, place)?;
                self.tuple(schema, items, place)?
            }
            None => {
                let merged = schema.all_of.as_ref().and_then(|all_of| self.merged_skeleton(schema, all_of));
                self.shape(self.skeleton(merged.unwrap_or(schema)), place)?
            }
        };
        self.warn_of_slips(schema, &shape.ty);
        if let Some(default) = &schema.default {
            self.judged_default(&judged, default)?;
            let what = "the default";
            shape.default =
                Some(self.checked(&default.value, &shape.ty, shape.nullable, &[], Code::BadDefault, what)?);
        }
        if let (Type::Object(id), None, Some(_)) = (&shape.ty, &schema.reference, &judged.rule) {
            let text = &mut self.objects[*id].docs.text;
            let space = if text.is_empty() { "" } else { "\n\n" };
            *text = format!("{text}{space}{}", judged.docs);
        }
        shape.obey(judged.rule, &judged.docs);
        Some(shape)
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
                if matches!(
                    ty,
                    Type::Object(_) | Type::Union(_) | Type::List(_) | Type::Tuple(_) | Type::Map(_)
                ) {
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

    /// Checks the contents of arrays, objects and unions among the values. Every type must be known.
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
            return self.referenced(reference, place);
        }
        if let Some(all_of) = &schema.all_of {
            return self.same_type(only_type(schema, all_of)?, place);
        }
        if let Some(any_of) = &schema.any_of {
            self.nothing_beside(schema, "anyOf", any_of.key)?;
            return self.forms(schema, any_of, false, place);
        }
        if let Some(one_of) = &schema.one_of {
            self.nothing_beside(schema, "oneOf", one_of.key)?;
            return self.forms(schema, one_of, true, place);
        }
        if let Some(discriminator) = &schema.discriminator {
            let message = "`discriminator` applies only beside `oneOf` or `anyOf`";
            self.error(Code::MisplacedKeyword, discriminator.key, message);
            return None;
        }
        let (names, nullable) = self.type_names(schema)?;
        if let Some(variants) = schema.variants.as_ref().filter(|_| names.len() > 1)
            && self.is_payload(schema, place)
        {
            return self.enumeration(schema, variants, None, false, place);
        }
        if names.len() > 1 {
            return self.type_union(schema, &names, nullable, place);
        }
        if let Some(variants) = &schema.variants {
            return self.enumeration(schema, variants, names.first().copied(), nullable, place);
        }
        let inferred = names.first().copied().or_else(|| infer(schema));
        if let (Some(format), Some(other)) =
            (&schema.format, inferred.filter(|name| *name != JsonType::String))
            && !(other == JsonType::Integer && format.value == BIG_INTEGER)
        {
            let message = format!("`format` does not apply to the type {}", quote(other.as_str()));
            self.error(Code::MisplacedKeyword, format.key, message);
            return None;
        }
        let ty = match inferred {
            None => Type::Json,
            Some(name) => self.of_json_type(schema, name, nullable, place)?,
        };
        let fixed = schema.constant.as_ref().is_some_and(|constant| constant.value.value != Value::Null);
        let nullable = nullable || (ty == Type::Json && !fixed);
        self.keywords_fit(schema, &ty)?;
        Some(Base::of(ty, nullable))
    }

    /// Returns the type of values of a JSON type, with the keywords beside it.
    pub(super) fn of_json_type(
        &mut self,
        schema: &'a Schema,
        name: JsonType,
        nullable: bool,
        place: &Place,
    ) -> Option<Type> {
        Some(match name {
            JsonType::Object => self.object_or_map(schema, nullable, place)?,
            JsonType::Array => self.list(schema, place)?,
            JsonType::String => Type::Scalar(self.string(schema)?),
            JsonType::Boolean => Type::Scalar(Scalar::Boolean),
            JsonType::Integer => Type::Scalar(self.integer_type(schema, place)?),
            JsonType::Number | JsonType::Null => Type::Scalar(Scalar::Float),
        })
    }

    /// Checks that nothing else determines the type beside a `$ref`, `anyOf` or `oneOf`.
    pub(super) fn nothing_beside(&self, schema: &Schema, key: &str, span: Span) -> Option<()> {
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
            ("oneOf", schema.one_of.as_ref().map(|key| key.key).filter(|_| key != "oneOf")),
            (
                "discriminator",
                schema
                    .discriminator
                    .as_ref()
                    .map(|key| key.key)
                    .filter(|_| !matches!(key, "anyOf" | "oneOf")),
            ),
        ];
        let found = beside.into_iter().find_map(|(name, span)| Some((name, span?)));
        let Some((name, at)) = found else { return Some(()) };
        let message = format!(
            "{} and {} exclude each other: only one of them can set the type",
            quote(name),
            quote(key)
        );
        let diagnostic = Diagnostic::error(Code::ConflictingKeys, at, message).related(span, "the other");
        self.report(if name == "type" {
            diagnostic.help(
                "for a value that may be null, write `\"anyOf\": [{\"$ref\": …}, {\"type\": \"null\"}]`",
            )
        } else {
            diagnostic
        });
        None
    }

    fn referenced(&mut self, reference: &'a Key<String>, place: &Place) -> Option<Base> {
        match self.target(reference)? {
            Target::Type { name, span, schema, keys } => {
                let mut shape = self.named_shape(name, span, schema, keys, reference.span)?;
                let form = schema.format.as_ref().and_then(|format| TextForm::of_format(&format.value));
                let field = place.stands == Stands::Column || matches!(place.home, Home::Serializer(_));
                if let Type::Enum(id) = shape.ty
                    && field
                    && self.enums[id].is_mixed()
                {
                    // A field holds texts or integers, or any JSON, which JSON Schema validates.
                    let judged = self.judged(schema)?;
                    shape.ty = Type::Json;
                    shape.obey(judged.rule, &judged.docs);
                }
                if let (Some(form), Type::Scalar(Scalar::Text), true) = (form, &shape.ty, field) {
                    // A format that is an annotation in plain JSON is an assertion in a field.
                    shape.ty = Type::Scalar(Scalar::Form(form));
                }
                Some(Base::inherited(shape, false))
            }
            Target::Serializer(id) if place.rows => Some(Base::of(self.row(id, place)?, false)),
            other => {
                self.no_type(reference, &other);
                None
            }
        }
    }

    /// Returns the type of a row as a serializer shows it, or the object that a serializer without a model is.
    fn row(&mut self, id: SerializerId, place: &Place) -> Option<Type> {
        if self.serializer_poisoned[id.index()] {
            return None;
        }
        if let SerializerOf::Object(object) = self.serializers[id].of {
            return Some(Type::Object(object));
        }
        if let Home::Consumer(consumer) = place.home
            && !self.consumers[consumer].rows.contains(&id)
        {
            self.consumers[consumer].rows.push(id);
        }
        Some(Type::Row(id))
    }

    /// Reports a `$ref` to something that is not a type of values.
    pub(super) fn no_type(&self, reference: &Key<String>, target: &Target<'_>) {
        match target {
            Target::Type { .. } => {}
            Target::Model { name, .. } => {
                let message = format!("the model {} is not a type of values", quote(name));
                let diagnostic = Diagnostic::error(Code::InvalidRef, reference.span, message)
                    .help(format!("for a reference to a row, set `\"x-foreign-key\": \"{name}\"` in a model"))
                    .help("to show a row, refer to a serializer: `#/serializers/…`");
                self.report(diagnostic);
            }
            Target::Serializer(_) => {
                let message = "a serializer can be used only as the payload of an action, and for values that the application sends: in the `output` \
                               of an action, a signal or an event";
                self.error(Code::InvalidRef, reference.span, message);
            }
        }
    }

    /// Returns the shape of a named type, which is resolved once.
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
            let message = format!("`$ref`s refer to each other in a circle: {}", path.join(" → "));
            let diagnostic = Diagnostic::error(Code::CircularRef, from, message);
            self.report(
                diagnostic.help("only an object can contain itself: one of these must have `properties`"),
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

    /// Returns the types beside null (which may be none), and whether null is named.
    fn type_names(&self, schema: &Schema) -> Option<(Vec<JsonType>, bool)> {
        let Some(types) = &schema.types else { return Some((Vec::new(), false)) };
        let names: Vec<JsonType> = types.value.names().iter().map(|name| name.value).collect();
        let nullable = names.contains(&JsonType::Null);
        let others: Vec<JsonType> = names.into_iter().filter(|name| *name != JsonType::Null).collect();
        if others.is_empty() {
            self.error(Code::InvalidValue, types.span, "expected a type beside `null`");
            return None;
        }
        Some((others, nullable))
    }
}

/// Tells whether a type has no name in Rust, whose documentation would say what holds of its values.
fn has_no_name(ty: &Type) -> bool {
    matches!(ty, Type::Scalar(_) | Type::List(_) | Type::Tuple(_) | Type::Map(_) | Type::Json)
}

/// Returns the type that keywords imply if `type` is absent.
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
        Value::Number(text) if integer(text).is_some() => Some(JsonType::Integer),
        // A number that no float can represent keeps its value as any JSON.
        Value::Number(text) => {
            Exact::parse(text).is_some_and(|number| number.is_float()).then_some(JsonType::Number)
        }
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
