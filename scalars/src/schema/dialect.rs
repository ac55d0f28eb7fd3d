//! The dialects of schemas, by their `$schema`.

use super::json::Value;

/// The differences between versions of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Whether the keywords of validation apply.
    pub(super) validates: bool,
    pub(super) asserts_formats: bool,
    /// Whether other keywords beside `$ref` are ignored (drafts 4 to 7).
    pub(super) reference_alone: bool,
    /// Whether `id` has the meaning of `$id` (draft 4).
    pub(super) old_id: bool,
    /// Whether `prefixItems` does not exist, and `items` may be a list (drafts 4 to 2019-09).
    pub(super) old_items: bool,
    /// Whether `nullable` applies (OpenAPI 3.0).
    pub(super) nullable: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            validates: true,
            asserts_formats: false,
            reference_alone: false,
            old_id: false,
            old_items: false,
            nullable: false,
        }
    }
}

impl Dialect {
    /// The dialect of OpenAPI documents.
    pub(super) const OPEN_API: Self = Self {
        validates: true,
        asserts_formats: false,
        reference_alone: false,
        old_id: false,
        old_items: false,
        nullable: true,
    };
}

const VOCABULARY: &str = "https://json-schema.org/draft/2020-12/vocab/";

/// Returns the dialect of a `$schema`; `find` returns the document at an address.
pub(super) fn dialect_of<'a>(uri: &str, find: impl Fn(&str) -> Option<&'a Value<'static>>) -> Dialect {
    let name = uri.trim_end_matches('#');
    let own = Dialect::default();
    if name.ends_with("/draft-04/schema") {
        return Dialect { reference_alone: true, old_id: true, old_items: true, ..own };
    }
    if name.ends_with("/draft-06/schema") || name.ends_with("/draft-07/schema") {
        return Dialect { reference_alone: true, old_items: true, ..own };
    }
    if name.ends_with("/draft/2019-09/schema") {
        return Dialect { old_items: true, ..own };
    }
    let Some(vocabularies) = find(name)
        .and_then(Value::as_map)
        .and_then(|map| map.get("$vocabulary"))
        .and_then(Value::as_map)
        .filter(|_| !name.starts_with("https://json-schema.org/"))
    else {
        return own;
    };
    let has = |vocabulary: &str| vocabularies.get(&format!("{VOCABULARY}{vocabulary}")).is_some();
    Dialect { validates: has("validation"), asserts_formats: has("format-assertion"), ..own }
}

/// The documents of the dialect 2020-12, by their addresses.
pub const DIALECT: &[(&str, &str)] = &[
    ("https://json-schema.org/draft/2020-12/schema", include_str!("dialect/schema.json")),
    ("https://json-schema.org/draft/2020-12/meta/core", include_str!("dialect/core.json")),
    ("https://json-schema.org/draft/2020-12/meta/applicator", include_str!("dialect/applicator.json")),
    ("https://json-schema.org/draft/2020-12/meta/unevaluated", include_str!("dialect/unevaluated.json")),
    ("https://json-schema.org/draft/2020-12/meta/validation", include_str!("dialect/validation.json")),
    ("https://json-schema.org/draft/2020-12/meta/meta-data", include_str!("dialect/meta-data.json")),
    (
        "https://json-schema.org/draft/2020-12/meta/format-annotation",
        include_str!("dialect/format-annotation.json"),
    ),
    (
        "https://json-schema.org/draft/2020-12/meta/format-assertion",
        include_str!("dialect/format-assertion.json"),
    ),
    ("https://json-schema.org/draft/2020-12/meta/content", include_str!("dialect/content.json")),
];
