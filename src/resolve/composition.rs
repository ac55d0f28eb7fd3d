//! What a schema with `allOf` says itself, without its parts.

use crate::ast::{JsonType, Schema};
use crate::syntax::Key;

/// Returns the only part of an `allOf` that has rules, if it is a `$ref` and nothing with rules is beside it.
pub(super) fn only_type<'a>(schema: &Schema, all_of: &'a Key<Vec<Schema>>) -> Option<&'a Schema> {
    let mut substantial =
        all_of.value.iter().filter(|part| says_more(part) || says_beyond(part) || part.poisoned);
    match (substantial.next(), substantial.next()) {
        (Some(only), None)
            if only.reference.is_some() && !says_more(&without_parts(schema)) && !says_beyond(schema) =>
        {
            Some(only)
        }
        _ => None,
    }
}

/// Tells whether `unevaluatedProperties: false` closes the whole of several parts.
pub(super) fn is_closed(schema: &Schema) -> bool {
    schema.unevaluated_properties.as_ref().is_some_and(|key| key.value.is_never())
}

/// Returns a schema without its `allOf` and its `$ref`.
pub(super) fn without_parts(schema: &Schema) -> Schema {
    Schema { all_of: None, reference: None, ..schema.clone() }
}

/// Tells whether a schema says something about values, beside documentation and a default.
pub(super) fn says_more(schema: &Schema) -> bool {
    says_more_than(schema, &[])
}

/// Does the same without some keywords, by the names of their members.
pub(super) fn says_more_than(schema: &Schema, keywords: &[&str]) -> bool {
    macro_rules! any {
        ($($field:ident)*) => {
            $((schema.$field.is_some() && !keywords.contains(&stringify!($field))))||*
        };
    }
    any! {
        types format variants constant minimum maximum exclusive_minimum exclusive_maximum multiple_of min_length
        max_length pattern min_items max_items unique_items reference properties required additional items any_of
        one_of all_of discriminator max_digits decimal_places unevaluated_properties
    }
}

/// Tells whether a schema takes only null.
pub(super) fn is_null(schema: &Schema) -> bool {
    schema.types.as_ref().is_some_and(|types| {
        let names = types.value.names();
        !names.is_empty() && names.iter().all(|name| name.value == JsonType::Null)
    })
}

/// Tells whether a schema has keywords that no type expresses.
pub(super) fn says_beyond(schema: &Schema) -> bool {
    says_beyond_than(schema, &[])
}

/// Does the same without some keywords, by the names of their members.
pub(super) fn says_beyond_than(schema: &Schema, keywords: &[&str]) -> bool {
    macro_rules! any {
        ($($field:ident)*) => {
            $((schema.$field.is_some() && !keywords.contains(&stringify!($field))))||*
        };
    }
    any! {
        if_ then else_ not pattern_properties property_names min_properties max_properties dependent_required
        dependent_schemas dependencies prefix_items contains min_contains max_contains unevaluated_items
        unevaluated_properties dynamic_ref
    }
}
