//! Determines how much of a schema the types express. JSON Schema itself validates the rest.

use std::collections::HashSet;

use dcrf_scalars::TextForm;
use dcrf_scalars::schema::{Format, Pattern};

use super::composition::{
    is_closed, is_null, only_type, says_beyond, says_beyond_than, says_more, says_more_than,
};
use super::enumerations::{are_of_types, are_variants};
use super::names::member;
use super::numbers::integer;
use super::references::Target;
use super::resolver::Resolver;
use super::rules::bound;
use super::scalars::FORMATS;
use super::stands::{Place, Stands};
use crate::ast::{Additional, JsonType, Schema};
use crate::ir::{Home, Scalar, Type};
use crate::syntax::{Key, Node, Value};

/// How much of a schema the types express.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The types express everything.
    Whole,
    /// The type is known, but values must obey more rules.
    Part,
    /// No type describes the values.
    Nothing,
}

impl<'a> Resolver<'a> {
    /// Tells whether a place is one of plain JSON, to which JSON Schema applies, and not a field of DRF.
    pub(super) fn is_payload(&self, schema: &Schema, place: &Place) -> bool {
        let json = [JsonType::Object, JsonType::Array, JsonType::Null];
        let names = schema.types.as_ref().map(|types| types.value.names()).unwrap_or_default();
        let relation = schema.referred().is_some() || schema.many_to_many.is_some();
        match place.stands {
            Stands::Model => false,
            Stands::Column => {
                !relation && !names.is_empty() && names.iter().all(|name| json.contains(&name.value))
            }
            Stands::Type => !matches!(place.home, Home::Serializer(_)),
        }
    }

    /// Returns how much of a schema of plain JSON the types express.
    pub(super) fn extent(&self, schema: &'a Schema, place: &Place) -> Extent {
        let whole = self.is_whole_file(schema);
        let dialect = schema.schema.as_ref().is_some_and(|uri| {
            let uri = uri.value.trim_end_matches('#');
            uri.contains("://") && !uri.ends_with("/draft/2020-12/schema")
        });
        if dialect && !whole {
            return Extent::Nothing;
        }
        let root = schema.id.is_some() || schema.defs.is_some() || schema.definitions.is_some();
        if (root || (schema.schema.is_some() && self.holds_references(schema))) && !whole {
            return Extent::Nothing;
        }
        if schema.definitions.is_some() || schema.dynamic_ref.is_some() || schema.is_never() {
            return Extent::Nothing;
        }
        if let Some(reference) = &schema.reference {
            return match self.is_typed_target(reference) {
                false => Extent::Nothing,
                true if says_more_than(schema, &["reference", "constant"]) || says_beyond(schema) => {
                    Extent::Part
                }
                true => Extent::Whole,
            };
        }
        if let Some(all_of) = &schema.all_of {
            return self.extent_of_parts(schema, all_of, place);
        }
        if let Some(members) = schema.any_of.as_ref().or(schema.one_of.as_ref()) {
            let beside = says_more_than(schema, &["any_of", "one_of", "discriminator"]);
            let both = schema.any_of.is_some() && schema.one_of.is_some();
            let typed =
                !beside && !both && !says_beyond(schema) && self.are_forms(schema, &members.value, place);
            return if typed { Extent::Whole } else { by_type(schema) };
        }
        self.extent_of_types(schema)
    }

    /// Returns a schema without a format that is an annotation: a text format in plain JSON, unless it is asserted.
    pub(super) fn without_remark(&self, schema: &'a Schema) -> &'a Schema {
        let Some(format) = &schema.format else { return schema };
        let name = format.value.as_str();
        let remark =
            TextForm::of_format(name).is_some() || Format::named(name).is_some_and(|_| !is_typed(name));
        if !remark || self.asserts_formats(schema) {
            return schema;
        }
        self.merged.keep(Schema { format: None, ..schema.clone() })
    }

    fn asserts_formats(&self, schema: &Schema) -> bool {
        let schemas = self.schemas();
        schemas.place(schema.span).is_some_and(|place| schemas.documents.asserts_formats(place))
    }

    /// Tells whether anything inside a schema is a reference.
    fn holds_references(&self, schema: &Schema) -> bool {
        let schemas = self.schemas();
        let value = schemas.place(schema.span).and_then(|place| schemas.documents.value(place));
        value.is_some_and(|value| {
            let text = value.compact();
            text.contains("\"$ref\":") || text.contains("\"$dynamicRef\":")
        })
    }

    /// Tells whether a `$ref` leads to a type. Otherwise JSON Schema may know its target. If the target does not exist
    /// at all, it counts as a type, so that resolving the type reports it.
    fn is_typed_target(&self, reference: &'a Key<String>) -> bool {
        let mark = self.sink.mark();
        let found = self.target(reference).is_some();
        self.sink.rewind(mark);
        if found {
            return true;
        }
        let schemas = self.schemas();
        // The place of a schema is that of the whole; the text of its `$ref` is inside it.
        schemas.place(reference.span).is_none_or(|place| {
            let schema = place.pointer.strip_suffix("/$ref").unwrap_or(&place.pointer);
            let from = dcrf_scalars::schema::Place { document: place.document, pointer: schema.to_owned() };
            schemas.documents.target(&reference.value, &from).is_none()
        })
    }

    fn extent_of_parts(&self, schema: &'a Schema, all_of: &'a Key<Vec<Schema>>, place: &Place) -> Extent {
        if only_type(schema, all_of).is_some_and(|only| self.extent(only, place) == Extent::Whole) {
            return Extent::Whole;
        }
        let closed: &[&str] = if is_closed(schema) { &["unevaluated_properties"] } else { &[] };
        if says_beyond_than(schema, closed) {
            return self.extent_of_skeleton(schema, all_of);
        }
        let mark = self.sink.mark();
        let whole = self.put_together(schema, all_of);
        self.sink.rewind(mark);
        match whole {
            Some(whole)
                if self.extent(whole, place) == Extent::Whole && self.is_merged_whole(whole, place) =>
            {
                Extent::Whole
            }
            _ => self.extent_of_skeleton(schema, all_of),
        }
    }

    /// Tells whether types express the values that several parts describe. Such a schema is in no file, so that JSON Schema
    /// cannot validate it by itself.
    fn is_merged_whole(&self, whole: &'a Schema, place: &Place) -> bool {
        let place = Place { stands: Stands::Type, ..place.clone() };
        let properties = whole.properties.iter().flat_map(|key| &key.value.entries);
        let properties = properties.filter_map(|(_, schema)| schema.as_ref());
        let items = whole.items.iter().map(|key| &*key.value);
        let additional = whole.additional.iter().filter_map(|key| match &key.value {
            Additional::Of(of) => Some(&**of),
            Additional::Allowed(_) => None,
        });
        let is_merged = |schema: &&Schema| schema.all_of.as_ref().is_some_and(|key| key.key == key.span);
        properties
            .chain(items)
            .chain(additional)
            .filter(is_merged)
            .all(|schema| self.extent(schema, &place) == Extent::Whole)
    }

    /// Returns how much of an `allOf` the types express, of which JSON Schema validates a part.
    fn extent_of_skeleton(&self, schema: &'a Schema, all_of: &'a Key<Vec<Schema>>) -> Extent {
        self.merged_skeleton(schema, all_of).map_or_else(|| by_type(schema), by_type)
    }

    /// Tells whether schemas can be the forms of a union.
    fn are_forms(&self, schema: &'a Schema, members: &'a [Schema], place: &Place) -> bool {
        let nullable = members.iter().any(is_null);
        let others: Vec<&Schema> = members.iter().filter(|member| !is_null(member)).collect();
        let exactly_one = schema.one_of.is_some();
        match others.as_slice() {
            [] => false,
            [only] if schema.discriminator.is_none() => !(exactly_one && nullable && self.may_be_null(only)),
            others => others.iter().all(|member| {
                let null = self.may_be_null(member);
                !(null && (exactly_one || !nullable)) && self.is_form_of_type(member, place)
            }),
        }
    }

    /// Tells whether a schema can be one form of several: it has a type that distinguishes it.
    fn is_form_of_type(&self, member: &'a Schema, place: &Place) -> bool {
        if let Some(known) = self.forms_of_types.borrow().get(&member.span) {
            return *known;
        }
        // A form that leads to itself is valid if everything else is.
        self.forms_of_types.borrow_mut().insert(member.span, true);
        let is_one = self.asked_whether_form(member, place);
        self.forms_of_types.borrow_mut().insert(member.span, is_one);
        is_one
    }

    fn asked_whether_form(&self, member: &'a Schema, place: &Place) -> bool {
        if member.default.is_some() || !says_more(member) {
            return false;
        }
        let place = Place { stands: Stands::Type, ..place.clone() };
        match self.extent(member, &place) {
            Extent::Nothing => return false,
            Extent::Part | Extent::Whole => {}
        }
        if let Some(reference) = &member.reference {
            return match self.silent_target(reference) {
                Some(Target::Type { schema, .. }) => self.is_form_of_type(schema, &place),
                _ => true,
            };
        }
        true
    }

    fn silent_target(&self, reference: &'a Key<String>) -> Option<Target<'a>> {
        let mark = self.sink.mark();
        let target = self.target(reference);
        self.sink.rewind(mark);
        target
    }

    /// Tells whether a schema may take null, as far as that is obvious.
    fn may_be_null(&self, schema: &'a Schema) -> bool {
        let mut schema = schema;
        let mut seen = HashSet::new();
        while let Some(reference) = &schema.reference {
            match self.silent_target(reference) {
                Some(Target::Type { schema: next, .. }) if seen.insert(next.span) => schema = next,
                _ => return false,
            }
        }
        if let Some(types) = &schema.types {
            return types.value.names().iter().any(|name| name.value == JsonType::Null)
                && schema.constant.is_none()
                && schema.variants.is_none();
        }
        if let Some(variants) = &schema.variants {
            return variants.value.iter().any(|node| node.value == Value::Null);
        }
        let members = schema.any_of.as_ref().or(schema.one_of.as_ref());
        match members {
            Some(members) => members.value.iter().any(is_null),
            None => schema.constant.is_none() && schema.all_of.is_none(),
        }
    }

    fn extent_of_types(&self, schema: &'a Schema) -> Extent {
        let named = schema.types.as_ref().map(|types| types.value.names()).unwrap_or_default();
        let mut names: Vec<JsonType> = named.iter().map(|name| name.value).collect();
        let nullable = names.contains(&JsonType::Null);
        names.retain(|name| *name != JsonType::Null);
        let beyond = says_beyond(schema);
        let alone = |keyword: &str| !says_more_than(schema, &[keyword]) && !beyond;
        match names.as_slice() {
            [] if nullable => Extent::Nothing,
            [] => {
                let plain = match (&schema.constant, &schema.variants) {
                    (None, None) => alone(""),
                    (Some(constant), None) => alone("constant") && !constant.value.holds_nul(),
                    (None, Some(variants)) => alone("variants") && are_variants(&variants.value, None, false),
                    _ => false,
                };
                if plain { Extent::Whole } else { Extent::Nothing }
            }
            [only] => self.extent_of_type(schema, *only, nullable),
            several => {
                if let Some(variants) = &schema.variants {
                    let all: Vec<JsonType> = named.iter().map(|name| name.value).collect();
                    let typed = !says_more_than(schema, &["variants", "types"])
                        && !beyond
                        && are_of_types(&variants.value, &all)
                        && are_variants(&variants.value, None, false);
                    return if typed { Extent::Whole } else { Extent::Nothing };
                }
                let fits = schema.constant.is_none()
                    && !beyond
                    && several.iter().all(|name| self.fits(schema, *name, several));
                if fits { Extent::Whole } else { Extent::Nothing }
            }
        }
    }

    fn extent_of_type(&self, schema: &'a Schema, name: JsonType, nullable: bool) -> Extent {
        if let Some(variants) = &schema.variants {
            let typed = !says_more_than(schema, &["variants", "types"])
                && !says_beyond(schema)
                && matches!(name, JsonType::String | JsonType::Integer)
                && are_variants(&variants.value, Some(name), nullable);
            return if typed { Extent::Whole } else { Extent::Part };
        }
        if let Some(constant) = &schema.constant {
            let typed = !says_more_than(schema, &["constant", "types", "format"])
                && !says_beyond(schema)
                && is_plain(&constant.value, Some(name));
            let format = schema.format.as_ref().is_none_or(|format| is_typed(&format.value));
            return if typed && format { Extent::Whole } else { Extent::Part };
        }
        let required_known = name != JsonType::Object || are_known(schema);
        if !says_beyond(schema) && required_known && self.fits(schema, name, &[name]) {
            Extent::Whole
        } else {
            Extent::Part
        }
    }

    /// Tells whether the properties of an object can be members of a struct.
    pub(super) fn has_members(&self, schema: &Schema) -> bool {
        let Some(properties) = &schema.properties else { return true };
        let mut taken = HashSet::new();
        properties.value.entries.iter().all(|(name, schema)| {
            let given = schema.as_ref().and_then(|schema| schema.rust_name.as_ref());
            let text = given.map_or(&name.value, |given| &given.value);
            member(text).is_ok_and(|name| taken.insert(name.pascal()))
        })
    }

    /// Tells whether the rules beside a type are rules of its Rust type.
    fn fits(&self, schema: &'a Schema, name: JsonType, all: &[JsonType]) -> bool {
        let has = |wanted: &[JsonType]| all.iter().any(|name| wanted.contains(name));
        macro_rules! about {
            ($($field:ident [$($of:ident)*],)*) => {
                $((schema.$field.is_none() || has(&[$(JsonType::$of),*])))&&*
            };
        }
        let decimal = schema.format.as_ref().is_some_and(|format| format.value == "decimal");
        let numbers = about! {
            minimum [Integer Number], maximum [Integer Number], exclusive_minimum [Integer Number],
            exclusive_maximum [Integer Number], multiple_of [Integer Number],
        };
        let others = about! {
            format [String], min_length [String], max_length [String], pattern [String], max_digits [String],
            decimal_places [String], min_items [Array], max_items [Array], unique_items [Array], items [Array],
            properties [Object], required [Object], additional [Object],
        };
        let fine = match name {
            JsonType::String => self.fits_text(schema, decimal),
            JsonType::Integer => fits_number(schema, &Type::Scalar(Scalar::Integer)),
            JsonType::Number => fits_number(schema, &Type::Scalar(Scalar::Float)),
            JsonType::Array => {
                schema.items.as_ref().is_none_or(|items| !items.value.is_never())
                    && in_order(&schema.min_items, &schema.max_items)
            }
            JsonType::Object => match &schema.additional {
                Some(Key { value: Additional::Of(of), .. }) => !of.is_never(),
                _ => self.has_members(schema) && are_known(schema),
            },
            JsonType::Boolean | JsonType::Null => true,
        };
        (numbers || decimal) && others && fine
    }

    fn fits_text(&self, schema: &Schema, decimal: bool) -> bool {
        let format = schema.format.as_ref().is_none_or(|format| {
            let name = format.value.as_str();
            let own = Format::named(name).is_none() && TextForm::of_format(name).is_some();
            decimal || FORMATS.iter().any(|(own, _)| *own == name) || own
        });
        let pattern = schema.pattern.as_ref().is_none_or(|pattern| {
            regex::Regex::new(&pattern.value).is_ok() == Pattern::new(&pattern.value).is_ok()
        });
        // Rules about texts do not apply to a date, although it is written as a text.
        let date = schema.format.as_ref().is_some_and(|format| TextForm::of_format(&format.value).is_none());
        let rules = schema.min_length.is_some() || schema.max_length.is_some() || schema.pattern.is_some();
        format && pattern && !(date && rules) && in_order(&schema.min_length, &schema.max_length)
    }
}

/// Returns `Part` for a schema with a single type, which is known whatever its other keywords are, and `Nothing`
/// otherwise.
fn by_type(schema: &Schema) -> Extent {
    let names = schema.types.as_ref().map(|types| types.value.names()).unwrap_or_default();
    let others = names.iter().filter(|name| name.value != JsonType::Null).count();
    if others == 1 { Extent::Part } else { Extent::Nothing }
}

/// Tells whether texts of a format have a type of their own in Rust.
pub(super) fn is_typed(format: &str) -> bool {
    FORMATS.iter().any(|(own, _)| *own == format)
}

fn are_known(schema: &Schema) -> bool {
    let mut known: HashSet<&str> = schema.properties.iter().flat_map(|key| key.value.names()).collect();
    schema.required.iter().flat_map(|key| &key.value).all(|name| known.remove(name.value.as_str()))
}

/// Tells whether a constant is a value of a type in Rust.
fn is_plain(node: &Node, name: Option<JsonType>) -> bool {
    match &node.value {
        Value::Boolean(_) => name.is_none_or(|name| name == JsonType::Boolean),
        Value::Text(text) => name.is_none_or(|name| name == JsonType::String) && !text.contains('\0'),
        Value::Number(text) if integer(text).is_some() => {
            name.is_none_or(|name| matches!(name, JsonType::Integer | JsonType::Number))
        }
        Value::Number(text) => {
            let float = dcrf_scalars::Exact::parse(text).is_some_and(|number| number.is_float());
            float && name.is_none_or(|name| name == JsonType::Number)
        }
        Value::Array(_) => name == Some(JsonType::Array) && !node.holds_nul(),
        Value::Object(_) => name == Some(JsonType::Object) && !node.holds_nul(),
        Value::Null => false,
    }
}

fn in_order(low: &Option<Key<u64>>, high: &Option<Key<u64>>) -> bool {
    match (low, high) {
        (Some(low), Some(high)) => low.value <= high.value,
        _ => true,
    }
}

fn fits_number(schema: &Schema, ty: &Type) -> bool {
    let limits = [&schema.minimum, &schema.maximum, &schema.exclusive_minimum, &schema.exclusive_maximum];
    let exact = |text: &str| dcrf_scalars::Exact::parse(text);
    let limit = |limit: &Option<Key<crate::ast::Number>>| limit.as_ref().and_then(|key| exact(&key.value.0));
    let between = |low: &Option<_>, high: &Option<_>, strict: bool| match (limit(low), limit(high)) {
        (Some(low), Some(high)) => low < high || (!strict && low == high),
        _ => true,
    };
    limits.into_iter().flatten().all(|key| bound(&key.value.0, ty).is_some())
        && schema
            .multiple_of
            .as_ref()
            .is_none_or(|key| exact(&key.value.0).is_some_and(|step| step.is_step()))
        && between(&schema.minimum, &schema.maximum, false)
        && between(&schema.exclusive_minimum, &schema.maximum, true)
        && between(&schema.minimum, &schema.exclusive_maximum, true)
        && between(&schema.exclusive_minimum, &schema.exclusive_maximum, true)
}
