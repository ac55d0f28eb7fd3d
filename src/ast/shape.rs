//! How the types of the ast are declared: one list of keys makes the struct, its decoder and its schema.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::source::Spanned;
use crate::syntax::{Key, Mapping, Node};

/// Declares an object with known keys.
///
/// Beside the keys it has `span`, its place, and `poisoned`: whether one of its own keys was reported, so that
/// nothing may be concluded from what is absent.
///
/// With `or true` it is also what `true` decodes to: an object that says nothing.
macro_rules! object {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$doc:meta])* $key:literal $mode:ident $field:ident: $ty:ty,)*
    }) => {
        object! { $(#[$meta])* pub struct $name, or false { $($(#[$doc])* $key $mode $field: $ty,)* } }
    };
    ($(#[$meta:meta])* pub struct $name:ident, or $word:literal {
        $($(#[$doc:meta])* $key:literal $mode:ident $field:ident: $ty:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, schemars::JsonSchema)]
        #[schemars(deny_unknown_fields, transform = Self::require_keys)]
        pub struct $name {
            $($(#[$doc])*
            #[schemars(rename = $key)]
            pub $field: Option<crate::syntax::Key<$ty>>,)*
            /// Where it is written.
            #[schemars(skip)]
            pub span: crate::source::Span,
            /// Whether one of its own keys was reported.
            #[schemars(skip)]
            pub poisoned: bool,
        }

        impl $name {
            /// One that says nothing.
            pub const fn empty(span: crate::source::Span) -> Self {
                Self { $($field: None,)* span, poisoned: false }
            }

            /// Tells the schema which keys have to be there.
            fn require_keys(schema: &mut schemars::Schema) {
                let keys = [$(($key, stringify!($mode)),)*];
                let required: Vec<&str> = keys.iter().filter(|key| key.1 == "required").map(|key| key.0).collect();
                if !required.is_empty() {
                    schema.insert("required".into(), required.into());
                }
                if $word {
                    schema.insert("type".into(), vec!["object", "boolean"].into());
                    schema.insert("not".into(), serde_json::json!({ "const": false }));
                }
            }
        }

        impl crate::syntax::Decode for $name {
            fn decode(cursor: crate::syntax::Cursor<'_>) -> Result<Self, crate::diag::Reported> {
                if $word && cursor.node().value == crate::syntax::Value::Boolean(true) {
                    return Ok(Self::empty(cursor.span()));
                }
                if $word && !matches!(cursor.node().value, crate::syntax::Value::Object(_)) {
                    return Err(cursor.wrong_type("a schema: an object, or `true` for any value"));
                }
                let mut fields = cursor.fields()?;
                let mut read = Box::new(Self::empty(cursor.span()));
                $(crate::ast::shape::apart(|| read.$field = fields.$mode($key));)*
                read.poisoned = fields.finish();
                Ok(*read)
            }
        }
    };
}

/// Declares a closed set of words.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, schemars::JsonSchema)]
        pub enum $name {
            $($(#[$doc])* #[schemars(rename = $word)] $variant,)*
        }

        impl $name {
            /// The words as they are written.
            pub const WORDS: &'static [&'static str] = &[$($word,)*];

            /// The word as it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl crate::syntax::Decode for $name {
            fn decode(cursor: crate::syntax::Cursor<'_>) -> Result<Self, crate::diag::Reported> {
                match cursor.text()? {
                    $($word => Ok(Self::$variant),)*
                    other => Err(crate::ast::shape::unknown_word(cursor, other, Self::WORDS)),
                }
            }
        }
    };
}

pub(super) use {object, words};

/// Calls a function in a frame of its own: what is nested as deep as is allowed would otherwise keep room on the stack
/// for every key of every level.
pub(super) fn apart(read: impl FnOnce()) {
    read();
}

/// Reports a word outside of a closed set.
pub(super) fn unknown_word(
    cursor: crate::syntax::Cursor<'_>,
    word: &str,
    words: &[&'static str],
) -> crate::diag::Reported {
    use crate::diag::{glossary, nearest, quote, quote_all};
    let message = format!("expected {}, found {}", quote_all(words.iter().copied(), "or"), quote(word));
    let meant = glossary::word(word, words);
    let diagnostic = cursor.invalid(message);
    let diagnostic = diagnostic.suggest(meant.word.or_else(|| nearest(word, words.iter().copied())));
    cursor.sink().push(match meant.help {
        Some(help) if meant.word.is_some() => diagnostic.help(help),
        _ => diagnostic,
    })
}

/// A place says nothing about the form of a value: the schema is that of the value.
macro_rules! transparent {
    ($wrapper:ident) => {
        impl<T: JsonSchema> JsonSchema for $wrapper<T> {
            fn inline_schema() -> bool {
                T::inline_schema()
            }
            fn schema_name() -> Cow<'static, str> {
                T::schema_name()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                T::json_schema(generator)
            }
        }
    };
}

transparent!(Key);
transparent!(Spanned);

impl<T: JsonSchema> JsonSchema for Mapping<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Mapping_of_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let of = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": of })
    }
}

/// Any JSON value.
impl JsonSchema for Node {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Any".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}
