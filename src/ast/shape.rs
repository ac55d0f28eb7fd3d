//! Declares the types of the syntax tree: one list of keys makes the struct, its decoder and its schema.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::source::Spanned;
use crate::syntax::{Key, Mapping, Node};

/// Declares an object with known keys.
///
/// Beside the keys the struct has `span`, its place, and `poisoned`, which tells whether one of its own keys was
/// reported, so that no conclusion may be drawn from absent keys.
///
/// With `or word` the struct can also be written as a boolean. Its decoder is an `impl` of its own, which calls `read`.
macro_rules! object {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$doc:meta])* $key:literal $mode:ident $field:ident: $ty:ty,)*
    }) => {
        object! { @struct $(#[$meta])* $name false { $($(#[$doc])* $key $mode $field: $ty,)* } }

        impl crate::syntax::Decode for $name {
            fn decode(cursor: crate::syntax::Cursor<'_>) -> Result<Self, crate::diag::Reported> {
                let mut own = Self::empty(cursor.span());
                own.read(cursor).map(|()| own)
            }
        }
    };
    ($(#[$meta:meta])* pub struct $name:ident, or word {
        $($(#[$doc:meta])* $key:literal $mode:ident $field:ident: $ty:ty,)*
    }) => {
        object! { @struct $(#[$meta])* $name true { $($(#[$doc])* $key $mode $field: $ty,)* } }
    };
    (@struct $(#[$meta:meta])* $name:ident $word:literal {
        $($(#[$doc:meta])* $key:literal $mode:ident $field:ident: $ty:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, schemars::JsonSchema)]
        #[schemars(deny_unknown_fields, transform = Self::require_keys)]
        pub struct $name {
            $($(#[$doc])*
            #[schemars(rename = $key)]
            pub $field: Option<crate::syntax::Key<$ty>>,)*
            /// The place where the object is written.
            #[schemars(skip)]
            pub span: crate::source::Span,
            /// Whether one of the object's own keys was reported.
            #[schemars(skip)]
            pub poisoned: bool,
        }

        impl $name {
            /// Returns an object without keys.
            pub const fn empty(span: crate::source::Span) -> Self {
                Self { $($field: None,)* span, poisoned: false }
            }

            /// Adds the required keys to the schema.
            fn require_keys(schema: &mut schemars::Schema) {
                let keys = [$(($key, stringify!($mode)),)*];
                let required: Vec<&str> = keys.iter().filter(|key| key.1 == "required").map(|key| key.0).collect();
                if !required.is_empty() {
                    schema.insert("required".into(), required.into());
                }
                if $word {
                    schema.insert("type".into(), vec!["object", "boolean"].into());
                }
            }

            /// Reads an object into one without keys. A recursion uses little stack if no function holds the object by
            /// value.
            fn read(&mut self, cursor: crate::syntax::Cursor<'_>) -> Result<(), crate::diag::Reported> {
                let mut fields = cursor.fields()?;
                $(crate::ast::shape::put(&mut self.$field, |slot| *slot = fields.$mode($key));)*
                self.poisoned = fields.finish();
                Ok(())
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

            /// Returns the word as it is written.
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

/// Calls a function with a place. The values that the function reads are not on the stack of the caller.
pub(super) fn put<T>(slot: &mut T, read: impl FnOnce(&mut T)) {
    read(slot);
}

/// Reports a word that is not in a closed set.
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

/// Implements `JsonSchema` for a value with a place: the schema is that of the value.
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

/// Describes any JSON value.
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
