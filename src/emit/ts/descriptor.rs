//! Types as data for the client's validators, with the same contents as the descriptors of the server in
//! `emit::rust::meta`.

use dcrf_scalars::{Precision, ecma_pattern, humanized};

use super::data::Data;
use super::names::Names;
use super::pattern;
use crate::ir::{
    Access, ActionKind, Api, Clock, Element, EnumId, FieldSource, Format, Home, Input, Literal, Model,
    NestedOf, Object, ObjectId, Rule, Scalar, SerializerField, SerializerId, SerializerOf, Type, UnionId,
};

/// The type that is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Enum(EnumId),
    Object(ObjectId),
    Union(UnionId),
    /// The input of a serializer of a model.
    Input(SerializerId, Input),
}

/// The properties of a value beside its type.
#[derive(Clone, Copy)]
struct Shape<'a> {
    /// Whether it is a field of a serializer.
    field: bool,
    /// Whether the values in lists and maps are fields, too.
    inside: bool,
    nullable: bool,
    blank: bool,
    rules: &'a [Rule],
}

/// Describes types, and collects the other types that they refer to.
pub(super) struct Describer<'a> {
    api: &'a Api,
    names: &'a Names,
    /// The type that is being described, and how many JSON Schemas were found in it.
    subject: Subject,
    schemas: usize,
    /// Whether a JSON Schema of the whole object covers those of its properties.
    is_covered: bool,
    pub(super) needs: Vec<Subject>,
}

type Entries = Vec<(String, Data)>;

fn entry(name: &str, value: Data) -> (String, Data) {
    (name.to_owned(), value)
}

impl<'a> Describer<'a> {
    pub(super) fn new(api: &'a Api, names: &'a Names, subject: Subject) -> Self {
        Self { api, names, subject, schemas: 0, is_covered: false, needs: Vec::new() }
    }

    /// Returns the data of the type.
    pub(super) fn describe(&mut self) -> Data {
        let reading = entry("x-reading", Data::text(self.reading()));
        let entries = match self.subject {
            Subject::Enum(id) => {
                let values = self.api.enums[id].variants.iter().map(|variant| Data::literal(&variant.value));
                // It is read in the same way as the type that refers to it.
                return Data::Map(vec![entry("enum", Data::List(values.collect()))]);
            }
            Subject::Object(id) => {
                let mut entries = self.object(&self.api.objects[id]);
                entries.extend(self.coerces(id).then(|| entry("coerce", Data::text("drf"))));
                entries
            }
            Subject::Union(id) => self.union(id),
            Subject::Input(id, input) => self.input(id, input),
        };
        Data::Map([reading].into_iter().chain(entries).collect())
    }

    /// Returns how values are read: as fields of Django REST Framework, or as a payload without coercions.
    pub(super) fn reading(&self) -> &'static str {
        let fields = match self.subject {
            Subject::Object(id) => is_serializer(&self.api.objects[id]),
            Subject::Input(..) => true,
            Subject::Enum(_) | Subject::Union(_) => false,
        };
        if fields { "fields" } else { "payload" }
    }

    /// Returns a reference to a type.
    fn reference(&mut self, subject: Subject) -> (String, Data) {
        if !self.needs.contains(&subject) {
            self.needs.push(subject);
        }
        entry("$ref", Data::text(&format!("#/$defs/{}", name_of(self.names, subject))))
    }

    fn object(&mut self, object: &Object) -> Entries {
        let field = is_serializer(object);
        self.is_covered = object.schema.is_some();
        let mut properties = Vec::new();
        for property in &object.properties {
            let by_itself = property.default == Some(Literal::Text(String::new()))
                || property.rules.contains(&Rule::MinLength(0));
            let blank = property.allow_blank.unwrap_or(by_itself);
            let (nullable, rules) = (property.nullable, property.rules.as_slice());
            let mut entries =
                self.value(&property.ty, Shape { field, inside: field, nullable, blank, rules });
            entries.extend(format_entries(&property.ty, &property.format));
            own_words(&mut entries, property.untrimmed, &property.messages);
            properties.push((property.wire.clone(), Data::Map(entries)));
        }
        let required = object.properties.iter().filter(|property| property.required);
        let mut entries = members(properties, required.map(|property| property.wire.as_str()));
        match &object.additional {
            Some(additional) => {
                let inner = self.element(&additional.element, field);
                entries.push(entry("additionalProperties", inner));
            }
            None if object.closed => entries.push(entry("additionalProperties", Data::boolean(false))),
            None => {}
        }
        entries.extend(object.schema.as_ref().map(|schema| self.schema(schema)));
        entries
    }

    /// Tells whether an object is the input of an action that reads it with the coercions of fields.
    fn coerces(&self, id: ObjectId) -> bool {
        let actions = self.api.consumers.values().flat_map(|consumer| &consumer.actions);
        let mut inputs = actions.filter_map(|action| match &action.kind {
            ActionKind::Custom(custom) if custom.coerce => custom.input,
            _ => None,
        });
        inputs.any(|input| input == id)
    }

    /// Returns a JSON Schema with its own `$id`: the schemas that it refers to are in it.
    fn schema(&mut self, json: &str) -> (String, Data) {
        self.schemas += 1;
        let id = format!("{}/{}", name_of(self.names, self.subject), self.schemas);
        entry(
            "x-schema",
            match Data::json(json) {
                Data::Map(entries) => {
                    Data::Map([entry("$id", Data::text(&id))].into_iter().chain(entries).collect())
                }
                data => data,
            },
        )
    }

    fn union(&mut self, id: UnionId) -> Entries {
        let union = &self.api.unions[id];
        let forms = union.forms.iter().map(|form| {
            let rules = form.rules.as_slice();
            let shape = Shape { field: false, inside: false, nullable: false, blank: false, rules };
            Data::Map(self.value(&form.ty, shape))
        });
        let keyword = if union.exactly_one { "oneOf" } else { "anyOf" };
        let mut entries = vec![entry(keyword, Data::List(forms.collect()))];
        if let Some(tag) = &union.tag {
            let tag = Data::Map(vec![entry("propertyName", Data::text(tag))]);
            entries.push(entry("discriminator", tag));
        }
        entries
    }

    fn input(&mut self, id: SerializerId, input: Input) -> Entries {
        let serializer = &self.api.serializers[id];
        let SerializerOf::Model(model) = serializer.of else { return Vec::new() };
        let model = &self.api.models[model];
        let taken = || serializer.fields.iter().filter(|field| field.access != Access::ReadOnly);
        let properties = taken().map(|field| {
            let mut entries = self.field(field, model, input);
            own_words(&mut entries, field.untrimmed, &field.messages);
            (field.wire.clone(), Data::Map(entries))
        });
        let properties = properties.collect();
        let required = taken().filter(|field| field.required && input != Input::Patch);
        members(properties, required.map(|field| field.wire.as_str()))
    }

    fn field(&mut self, field: &SerializerField, model: &Model, input: Input) -> Entries {
        let nullable = field.nullable.then(|| entry("allow_null", Data::boolean(true)));
        if let Some(slug) = field.slug {
            let target = match &field.source {
                FieldSource::Column(column) => {
                    model.fields[*column].foreign_key.as_ref().map(|key| key.model)
                }
                FieldSource::Keys(relation) => Some(model.relations[*relation].target),
                _ => None,
            };
            let is_integer =
                |target| self.api.models[target].fields[slug].ty == Type::Scalar(Scalar::Integer);
            let is_list = matches!(field.source, FieldSource::Keys(_));
            let class = if is_list { "ManySlugRelatedField" } else { "SlugRelatedField" };
            let mut entries = vec![entry("x-field", Data::text(class))];
            entries.extend(target.is_some_and(is_integer).then(|| entry("x-slug", Data::text("integer"))));
            entries.extend(nullable);
            entries.extend((is_list && field.blank).then(|| entry("allow_empty", Data::boolean(true))));
            return entries;
        }
        match &field.source {
            FieldSource::Column(column) => {
                let column = &model.fields[*column];
                if let Some(reference) = &column.foreign_key {
                    let mut entries = vec![entry("x-field", Data::text("PrimaryKeyRelatedField"))];
                    entries.extend(self.key_of(&self.api.models[reference.model]));
                    entries.extend(nullable);
                    return entries;
                }
                if let Some(file) = &column.file {
                    let class = if file.image.is_some() { "ImageField" } else { "FileField" };
                    let mut entries = vec![entry("x-field", Data::text(class))];
                    entries.extend(nullable);
                    entries.extend(field.blank.then(|| entry("allow_blank", Data::boolean(true))));
                    return entries;
                }
                let (nullable, blank, rules) = (field.nullable, field.blank, field.rules.as_slice());
                let shape = Shape { field: true, inside: false, nullable, blank, rules };
                let mut entries = self.value(&column.ty, shape);
                entries.extend(format_entries(&column.ty, &field.format));
                // A column has fewer durations than a field.
                let is_duration = column.ty == Type::Scalar(Scalar::Duration);
                entries.extend(is_duration.then(|| entry("x-column", Data::boolean(true))));
                entries
            }
            FieldSource::Keys(relation) => {
                let target = &self.api.models[model.relations[*relation].target];
                let items = Data::Map(self.key_of(target));
                let mut entries =
                    vec![entry("x-field", Data::text("ManyRelatedField")), entry("items", items)];
                entries.extend(nullable);
                entries.extend(field.blank.then(|| entry("allow_empty", Data::boolean(true))));
                entries
            }
            FieldSource::Nested(nested) => {
                let reference = self.reference(Subject::Input(nested.serializer, input.nested(nested.of)));
                if !matches!(nested.of, NestedOf::Relation(_)) {
                    return [reference].into_iter().chain(nullable).collect();
                }
                let items = Data::Map(vec![reference]);
                let mut entries = vec![entry("type", Data::text("array")), entry("items", items)];
                entries.extend(nullable);
                entries.extend((!field.blank).then(|| entry("allow_empty", Data::boolean(false))));
                entries.extend(field.rules.iter().filter_map(|rule| self.rule(rule, true)));
                entries
            }
            FieldSource::Payload(ty) => {
                let (nullable, blank, rules) = (field.nullable, field.blank, field.rules.as_slice());
                self.value(ty, Shape { field: true, inside: true, nullable, blank, rules })
            }
            // A computed field is never an input.
            FieldSource::Along { .. } | FieldSource::Method(_) => Vec::new(),
        }
    }

    /// Returns the type of the keys of a model's rows.
    fn key_of(&mut self, model: &Model) -> Entries {
        let shape = Shape { field: true, inside: false, nullable: false, blank: false, rules: &[] };
        self.value(&model.fields[model.key].ty, shape)
    }

    fn element(&mut self, element: &Element, field: bool) -> Data {
        let blank = element.rules.contains(&Rule::MinLength(0));
        let (nullable, rules) = (element.nullable, element.rules.as_slice());
        Data::Map(self.value(&element.ty, Shape { field, inside: field, nullable, blank, rules }))
    }

    /// Returns a value of a type.
    fn value(&mut self, ty: &Type, shape: Shape<'_>) -> Entries {
        // A column is a field, but the values inside of it are a payload.
        let inside = |data: Data| match data {
            Data::Map(entries) if shape.field && !shape.inside => {
                let reading = entry("x-reading", Data::text("payload"));
                Data::Map([reading].into_iter().chain(entries).collect())
            }
            data => data,
        };
        let mut entries = match ty {
            Type::Scalar(scalar) => scalar_entries(*scalar),
            Type::Enum(id) => vec![self.reference(Subject::Enum(*id))],
            Type::Object(id) => vec![self.reference(Subject::Object(*id))],
            Type::Union(id) => vec![self.reference(Subject::Union(*id))],
            Type::List(element) => {
                let items = inside(self.element(element, shape.inside));
                vec![entry("type", Data::text("array")), entry("items", items)]
            }
            Type::Tuple(elements) => {
                let items =
                    elements.iter().map(|element| inside(self.element(element, shape.inside))).collect();
                let none = entry("items", Data::boolean(false));
                vec![entry("type", Data::text("array")), entry("prefixItems", Data::List(items)), none]
            }
            Type::Map(element) => {
                let values = inside(self.element(element, shape.inside));
                vec![entry("type", Data::text("object")), entry("additionalProperties", values)]
            }
            Type::Row(_) | Type::Json => Vec::new(),
        };
        let is_text = matches!(ty, Type::Scalar(scalar) if scalar.is_text());
        // A text of a serializer without a column is DRF's `RegexField`, if it has a pattern.
        let is_regex = shape.inside && *ty == Type::Scalar(Scalar::Text);
        if is_regex && shape.rules.iter().any(|rule| matches!(rule, Rule::Pattern(_))) {
            entries.push(entry("x-field", Data::text("RegexField")));
        }
        if shape.nullable {
            entries.push(entry("allow_null", Data::boolean(true)));
        }
        if shape.field && shape.blank && (is_text || matches!(ty, Type::Enum(_))) {
            entries.push(entry("allow_blank", Data::boolean(true)));
        }
        entries.extend(shape.rules.iter().filter_map(|rule| self.rule(rule, shape.field)));
        entries
    }

    /// Returns a rule by its keyword; `None` for one without effect, or that only the server can check.
    fn rule(&mut self, rule: &Rule, field: bool) -> Option<(String, Data)> {
        Some(match rule {
            Rule::MinLength(0) | Rule::MinItems(0) => return None,
            Rule::MinLength(length) => entry("minLength", Data::count(*length)),
            Rule::MaxLength(length) => entry("maxLength", Data::count(*length)),
            // The pattern of a payload is a pattern of JavaScript already.
            Rule::Pattern(pattern) if field => entry("pattern", Data::text(&pattern::javascript(pattern)?)),
            Rule::Pattern(pattern) => entry("pattern", Data::text(pattern)),
            Rule::Minimum(limit) => entry("minimum", limit_data(limit)),
            Rule::Maximum(limit) => entry("maximum", limit_data(limit)),
            Rule::ExclusiveMinimum(number) => entry("exclusiveMinimum", Data::number(number)),
            Rule::ExclusiveMaximum(number) => entry("exclusiveMaximum", Data::number(number)),
            Rule::MultipleOf(number) => entry("multipleOf", Data::number(number)),
            Rule::MinItems(count) => entry("minItems", Data::count(*count)),
            Rule::MaxItems(count) => entry("maxItems", Data::count(*count)),
            Rule::NotEmpty => entry("allow_empty", Data::boolean(false)),
            Rule::UniqueItems => entry("uniqueItems", Data::boolean(true)),
            Rule::FilePath(_) => entry("x-field", Data::text("FilePathField")),
            Rule::MultipleChoice => entry("x-field", Data::text("MultipleChoiceField")),
            Rule::Schema(_) if self.is_covered => return None,
            Rule::Schema(schema) => self.schema(schema),
            Rule::Const(constant) => entry("const", Data::literal(&constant.written)),
        })
    }
}

/// Returns how a field reads its values, where that is not the default.
fn format_entries(ty: &Type, format: &Format) -> Entries {
    let mut entries = Entries::new();
    if !format.input.is_empty() {
        let iso = match ty {
            Type::Scalar(Scalar::Date) => "YYYY-MM-DD",
            Type::Scalar(Scalar::Time) => "hh:mm[:ss[.uuuuuu]]",
            _ => "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]",
        };
        let named = humanized(format.input.iter().map(String::as_str), iso);
        // Only a format that was checked is here; `iso-8601` has no pattern.
        let patterns = format.input.iter().map(|own| match ecma_pattern(own) {
            Ok(pattern) if !own.eq_ignore_ascii_case("iso-8601") => Data::text(&pattern),
            _ => Data::text("iso-8601"),
        });
        let patterns = Data::List(patterns.collect());
        let formats = vec![entry("patterns", patterns), entry("named", Data::text(&named))];
        entries.push(entry("x-input-formats", Data::Map(formats)));
    }
    if let Clock::Zone(zone) = &format.clock {
        entries.push(entry("default_timezone", Data::text(zone)));
    }
    entries.extend(format.number.then(|| entry("coerce_to_string", Data::boolean(false))));
    entries
}

/// Returns a limit: a number, or the text of a duration.
fn limit_data(limit: &str) -> Data {
    if limit.contains(':') { Data::text(limit) } else { Data::number(limit) }
}

/// Returns the name of a type in TypeScript.
pub(super) fn name_of(names: &Names, subject: Subject) -> &str {
    match subject {
        Subject::Enum(id) => names.enumeration(id),
        Subject::Object(id) => names.object(id),
        Subject::Union(id) => names.union(id),
        Subject::Input(id, input) => names.input(id, input),
    }
}

/// Tells whether an object is a serializer, or inside of one.
fn is_serializer(object: &Object) -> bool {
    matches!(object.home, Home::Serializer(_))
}

/// Returns an object with these properties.
fn members<'a>(properties: Entries, required: impl Iterator<Item = &'a str>) -> Entries {
    let mut entries = vec![entry("type", Data::text("object")), entry("properties", Data::Map(properties))];
    let required: Vec<Data> = required.map(Data::text).collect();
    if !required.is_empty() {
        entries.push(entry("required", Data::List(required)));
    }
    entries
}

/// Adds DRF's words that JSON Schema does not have.
fn own_words(entries: &mut Entries, untrimmed: bool, messages: &[(String, String)]) {
    if untrimmed {
        entries.push(entry("trim_whitespace", Data::boolean(false)));
    }
    if !messages.is_empty() {
        let messages = messages.iter().map(|(code, text)| (code.clone(), Data::text(text)));
        entries.push(entry("error_messages", Data::Map(messages.collect())));
    }
}

fn scalar_entries(scalar: Scalar) -> Entries {
    let of = |ty: &str| vec![entry("type", Data::text(ty))];
    let text = |format: &str| vec![entry("type", Data::text("string")), entry("format", Data::text(format))];
    match scalar {
        Scalar::Boolean => of("boolean"),
        Scalar::Integer => of("integer"),
        Scalar::BigInteger => {
            vec![entry("type", Data::text("integer")), entry("format", Data::text("biginteger"))]
        }
        Scalar::Float => of("number"),
        Scalar::Text => of("string"),
        Scalar::Form(form) => text(form.format()),
        Scalar::Uuid => text("uuid"),
        Scalar::Date => text("date"),
        Scalar::DateTime => text("date-time"),
        Scalar::Time => text("time"),
        Scalar::Duration => text("duration"),
        Scalar::Bytes => text("byte"),
        Scalar::Decimal { max_digits, decimal_places } => {
            let mut entries = text("decimal");
            let bounded = |digits: u32| digits != Precision::UNBOUNDED;
            entries
                .extend(bounded(max_digits).then(|| entry("x-max-digits", Data::count(max_digits.into()))));
            entries.extend(
                bounded(decimal_places)
                    .then(|| entry("x-decimal-places", Data::count(decimal_places.into()))),
            );
            entries
        }
    }
}
