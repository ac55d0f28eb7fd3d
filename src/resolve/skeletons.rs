//! The skeleton of a schema that JSON Schema validates: what determines its type, without the rules.

use std::collections::HashSet;

use super::extent::is_typed;
use super::references::Target;
use super::resolver::Resolver;
use crate::ast::{Additional, JsonType, Schema};
use crate::source::{Span, Spanned};
use crate::syntax::Key;

/// The skeletons of the parts of an `allOf`.
#[derive(Default)]
struct Bones<'a> {
    parts: Vec<Schema>,
    /// The types that `$ref`s lead to, and those whose parts are being collected.
    followed: HashSet<Span>,
    merging: Vec<&'a Schema>,
}

impl<'a> Resolver<'a> {
    /// Returns the parts of a schema that determine its type.
    pub(super) fn skeleton(&self, schema: &'a Schema) -> &'a Schema {
        let names = schema.types.as_ref().map(|types| types.value.names()).unwrap_or_default();
        let is = |name: JsonType| names.iter().any(|own| own.value == name);
        let mut own = Schema::empty(schema.span);
        own.reference.clone_from(&schema.reference);
        if own.reference.is_none() {
            own.types.clone_from(&schema.types);
        }
        own.rust_name.clone_from(&schema.rust_name);
        own.title.clone_from(&schema.title);
        own.description.clone_from(&schema.description);
        own.deprecated.clone_from(&schema.deprecated);
        if is(JsonType::Array) && schema.prefix_items.is_none() {
            own.items = schema.items.clone().filter(|items| !items.value.is_never());
        }
        if is(JsonType::Object) && self.has_members(schema) {
            own.properties.clone_from(&schema.properties);
            own.required = schema.required.clone().map(|mut required| {
                let mut known: HashSet<String> =
                    own.properties.iter().flat_map(|key| key.value.names()).map(str::to_owned).collect();
                required.value.retain(|name| known.remove(&name.value));
                required
            });
            own.required = own.required.filter(|required| !required.value.is_empty());
            let patterns = schema.pattern_properties.as_ref().map(|key| key.value.entries.as_slice());
            own.additional = match (&schema.pattern_properties, &schema.additional) {
                // A single pattern with nothing beside it is a map.
                (Some(key), Some(Key { value: Additional::Allowed(false), span, .. }))
                    if schema.properties.is_none() && only_schema(patterns).is_some() =>
                {
                    let of = only_schema(patterns).map(|of| Box::new(of.clone()));
                    of.map(|of| Key { key: key.key, value: Additional::Of(of), span: *span })
                }
                // Keys that match a pattern are kept beside the properties, as unknown keys are.
                (Some(patterns), _) => {
                    Some(Key { key: patterns.key, value: Additional::Allowed(true), span: patterns.span })
                }
                (None, Some(Key { value: Additional::Of(of), key, span })) if of.is_never() => {
                    Some(Key { key: *key, value: Additional::Allowed(false), span: *span })
                }
                (None, additional) => additional.clone(),
            };
        }
        if is(JsonType::String) {
            own.format = schema.format.clone().filter(|format| is_typed(&format.value));
        }
        self.merged.keep(own)
    }

    /// Returns one schema with the types, properties and items of all parts of an `allOf`. It returns `None` if they
    /// contradict each other, or if a struct would lose properties.
    pub(super) fn merged_skeleton(
        &self,
        schema: &'a Schema,
        all_of: &'a Key<Vec<Schema>>,
    ) -> Option<&'a Schema> {
        let mark = self.sink.mark();
        let mut bones = Bones::default();
        let sound = all_of.value.iter().try_for_each(|part| self.bones(part, &mut bones));
        let mut whole = Schema::empty(schema.span);
        bones.parts.push(bone(schema));
        for part in &bones.parts {
            self.merge_part(&mut whole, part);
        }
        let fits = self.sink.rewind(mark).is_empty() && sound.is_some();
        if !fits || has_forms(schema) {
            return None;
        }
        for (whole, own) in [(&mut whole.title, &schema.title), (&mut whole.description, &schema.description)]
        {
            if own.is_some() {
                whole.clone_from(own);
            }
        }
        whole.rust_name.clone_from(&schema.rust_name);
        Some(self.merged.keep(whole))
    }

    /// Collects the skeletons of a part and of those that it refers to.
    fn bones(&self, part: &'a Schema, bones: &mut Bones<'a>) -> Option<()> {
        let of_another_kind = part.schema.is_some()
            || part.id.is_some()
            || part.defs.is_some()
            || part.definitions.is_some()
            || part.dynamic_ref.is_some();
        if part.poisoned || part.is_never() || of_another_kind || has_forms(part) {
            return None;
        }
        if let Some(reference) = &part.reference {
            let Some(Target::Type { schema, .. }) = self.target(reference) else { return None };
            if bones.merging.iter().any(|merging| merging.span == schema.span) {
                return None;
            }
            if bones.followed.insert(schema.span) {
                bones.merging.push(schema);
                let followed = self.bones(schema, bones);
                bones.merging.pop();
                followed?;
            }
        }
        for member in part.all_of.iter().flat_map(|key| &key.value) {
            self.bones(member, bones)?;
        }
        bones.parts.push(bone(part));
        Some(())
    }
}

/// Returns what determines the type of a schema by itself, without what it refers to.
fn bone(schema: &Schema) -> Schema {
    Schema {
        types: schema.types.clone(),
        properties: schema.properties.clone(),
        required: schema.required.clone(),
        additional: schema.additional.clone(),
        items: schema.items.clone().filter(|items| !items.value.is_never() && schema.prefix_items.is_none()),
        format: schema.format.clone().filter(|format| is_typed(&format.value)),
        max_digits: schema.max_digits.clone(),
        decimal_places: schema.decimal_places.clone(),
        title: schema.title.clone(),
        description: schema.description.clone(),
        deprecated: schema.deprecated.clone(),
        ..Schema::empty(schema.span)
    }
}

/// Tells whether a schema has keywords that may name more properties: a struct would lose them.
fn has_forms(schema: &Schema) -> bool {
    schema.then.is_some()
        || schema.else_.is_some()
        || schema.if_.is_some()
        || schema.any_of.is_some()
        || schema.one_of.is_some()
        || schema.dependent_schemas.is_some()
        || schema.dependencies.is_some()
        || schema.pattern_properties.is_some()
        || schema.unevaluated_properties.as_ref().is_some_and(|key| !key.value.is_never())
}

/// Returns the schema of the only pattern, if it takes a value.
fn only_schema(patterns: Option<&[(Spanned<String>, Option<Schema>)]>) -> Option<&Schema> {
    match patterns {
        Some([(_, Some(only))]) if !only.is_never() => Some(only),
        _ => None,
    }
}
