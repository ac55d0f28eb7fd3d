//! The kinds of columns that the definition's language has, and how each is written.

use serde_json::{Map, Value as Json, json};

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `boolean`
    Boolean,
    /// `integer`
    Integer,
    /// `number`
    Number,
    /// `string`
    Text {
        /// Code points, at most.
        max_length: Option<usize>,
    },
    /// `email`
    Email,
    /// `uri`
    Uri,
    /// `slug`
    Slug,
    /// `unicode-slug`
    UnicodeSlug,
    /// `uuid`
    Uuid,
    /// `ipv4`
    Ipv4,
    /// `ipv6`
    Ipv6,
    /// `ip`
    Ip,
    /// `date`
    Date,
    /// `date-time`
    DateTime,
    /// `time`
    Time,
    /// `duration`
    Duration,
    /// `decimal`
    Decimal {
        /// Digits in all.
        digits: u32,
        /// Digits after the point.
        places: u32,
    },
    /// `byte`
    Byte,
    /// `enum` of texts
    TextEnum(Vec<String>),
    /// `enum` of integers
    IntegerEnum(Vec<i64>),
    /// An array of integers.
    Array,
    /// An object with a text in it.
    Object,
    /// The key of another row.
    ForeignKey {
        /// Of which model.
        model: String,
        /// What becomes of the row when the other goes.
        on_delete: OnDelete,
    },
}

/// `x-on-delete`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// The row goes, too.
    Cascade,
    /// The other cannot go.
    Protect,
    /// The other cannot go.
    Restrict,
    /// The reference becomes null.
    SetNull,
}

impl Kind {
    /// Whether it is stored and compared as a text, by rules of texts.
    pub const fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Text { .. }
                | Self::Email
                | Self::Uri
                | Self::Slug
                | Self::UnicodeSlug
                | Self::Ipv4
                | Self::Ipv6
                | Self::Ip
        )
    }

    /// Whether it holds JSON, of which nothing can be asked but whether it is there.
    pub const fn is_json(&self) -> bool {
        matches!(self, Self::Array | Self::Object)
    }

    /// Whether clients may ask what is less or greater.
    pub const fn is_ordered(&self) -> bool {
        !self.is_json() && !matches!(self, Self::Boolean | Self::Byte)
    }

    /// The model whose keys it holds.
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::ForeignKey { model, .. } => Some(model),
            _ => None,
        }
    }

    const fn json_type(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer | Self::IntegerEnum(_) => "integer",
            Self::Number => "number",
            Self::Array => "array",
            Self::Object => "object",
            _ => "string",
        }
    }

    const fn format(&self) -> Option<&'static str> {
        Some(match self {
            Self::Email => "email",
            Self::Uri => "uri",
            Self::Slug => "slug",
            Self::UnicodeSlug => "unicode-slug",
            Self::Uuid => "uuid",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Ip => "ip",
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Decimal { .. } => "decimal",
            Self::Byte => "byte",
            _ => return None,
        })
    }

    /// The JSON Schema of a column of it, but for what is said of columns of every kind.
    pub(super) fn schema(&self, nullable: bool) -> Map<String, Json> {
        let mut schema = Map::new();
        let mut add = |key: &str, value: Json| schema.insert(key.to_owned(), value);
        if let Self::ForeignKey { model, on_delete } = self {
            add("x-foreign-key", json!(model));
            let on_delete = match on_delete {
                OnDelete::Cascade => "cascade",
                OnDelete::Protect => "protect",
                OnDelete::Restrict => "restrict",
                OnDelete::SetNull => "set-null",
            };
            add("x-on-delete", json!(on_delete));
            if nullable {
                add("type", json!(["null"]));
            }
            return schema;
        }
        let name = self.json_type();
        add("type", if nullable { json!([name, "null"]) } else { json!(name) });
        if let Some(format) = self.format() {
            add("format", json!(format));
        }
        match self {
            Self::Text { max_length: Some(length) } => {
                add("maxLength", json!(length));
            }
            Self::Decimal { digits, places } => {
                add("x-max-digits", json!(digits));
                add("x-decimal-places", json!(places));
            }
            Self::TextEnum(values) => {
                add("enum", json!(values));
            }
            Self::IntegerEnum(values) => {
                add("enum", json!(values));
            }
            Self::Array => {
                add("items", json!({ "type": "integer" }));
            }
            Self::Object => {
                add("properties", json!({ "unit": { "type": "string" } }));
            }
            _ => {}
        }
        schema
    }
}
