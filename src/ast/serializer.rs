//! Serializers, with the keys of Django REST Framework.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator, json_schema};

use super::shape::{object, words};
use super::{Additional, FilePath, JsonType, Schema};
use crate::diag::Reported;
use crate::source::Spanned;
use crate::syntax::{Cursor, Decode, Mapping, Node, Value};

object! {
    /// A serializer: what clients read and write of a model's rows, or, without `model`, an object of its own.
    pub struct Serializer {
        /// The model whose rows the serializer shows and takes.
        /// Without this key the serializer is an object of its own, which `properties` describes.
        "model" optional model: String,
        /// The start of the names of the serializer's types in Rust: `User` gives `UserCreate`.
        /// The default is the name of the serializer without `Serializer`. The name on the wire does not change.
        "x-rust-name" optional rust_name: String,
        /// The fields of the serializer: a list of names, or `"__all__"` for every field of the model.
        /// With `model` exactly one of `fields` and `exclude` is required.
        "fields" optional fields: FieldNames,
        /// The fields of the model that the serializer does not have.
        /// With `model` exactly one of `fields` and `exclude` is required.
        "exclude" optional exclude: Vec<Spanned<String>>,
        /// The names of the fields that clients can read and not write. The default is none.
        "read_only_fields" optional read_only_fields: Vec<Spanned<String>>,
        /// The differences from the model by field.
        /// Without `model` they are what JSON Schema has no keywords for: `allow_blank`, `allow_empty`,
        /// `trim_whitespace`, `error_messages`, and `allow_null` of any JSON.
        "extra_kwargs" optional extra_kwargs: Mapping<ExtraKwargs>,
        /// How many relations are followed and shown as objects: from 0 to 10.
        /// The objects are read-only and have every field of the other model that is not write-only.
        /// The default is 0: relations are shown as keys.
        "depth" optional depth: u64,
        /// The fields that another serializer shows and takes, by name. The default is none.
        "nested" optional nested: Mapping<Nested>,
        /// The read-only fields that the application computes, by name,
        /// each with its JSON Schema or a `$ref` to a serializer.
        /// The default is none.
        "methods" optional methods: Mapping<Schema>,
        /// The write-only fields without a column, by name, each with its JSON Schema: a captcha, a repeated password.
        /// Clients send them, validators get them, and they are neither stored nor shown. The default is none.
        "write_only_fields" optional write_only_fields: Mapping<Schema>,
        /// The validators of the application: `validate_<field>` for a field, `validate` for the whole payload.
        /// Each is a method of the handler that returns the value to store, or an error. The default is none.
        "validators" optional validators: Vec<Spanned<String>>,
        /// The relations that are shown as frames which a client can send back.
        /// `true` means all of them and the row itself (`"@id"`). The default is `false`.
        "links" optional links: Links,
        /// The description of the serializer in Markdown, for the generated documentation.
        "description" optional description: String,
        /// A short title of the serializer, which begins the generated documentation.
        "title" optional title: String,
        /// Whether the serializer is deprecated; the generated documentation says so. The default is `false`.
        "deprecated" optional deprecated: bool,
        /// The type of a serializer without `model`: `object`, which is also the default.
        "type" optional types: JsonType,
        /// The properties of a serializer without `model`, each with its JSON Schema.
        "properties" optional properties: Mapping<Schema>,
        /// The properties that a payload must have. It belongs to a serializer without `model`. The default is none.
        "required" optional required: Vec<Spanned<String>>,
        /// What a serializer without `model` does with properties that `properties` does not name.
        /// `false` refuses them, `true` or a schema keeps them. By default they are ignored.
        "additionalProperties" optional additional: Additional,
    }
}

object! {
    /// The differences of one field from its model, or from its JSON Schema.
    pub struct ExtraKwargs {
        /// Whether clients can read the field and not write it. The default is `readOnly` of the model.
        "read_only" optional read_only: bool,
        /// Whether clients can write the field and not read it. No other serializer may show it then.
        /// The default is `writeOnly` of the model.
        "write_only" optional write_only: bool,
        /// Whether `create` and `update` require the field.
        /// The default is `true` if the model lists it in `required` and it has no `default`, and for nested lists.
        "required" optional required: bool,
        /// Whether the field takes null. `true` requires a column that can be null.
        /// The default is whether the column can be null.
        "allow_null" optional allow_null: bool,
        /// Whether a text field takes an empty text.
        /// The default is `false`, unless `default` is `""` or `minLength` is 0.
        "allow_blank" optional allow_blank: bool,
        /// Whether the server removes the space around a text. The default is `true`.
        "trim_whitespace" optional trim_whitespace: bool,
        /// Whether the field takes an empty list or an empty dictionary.
        /// The default is `true`, except for a many-to-many relation that the model lists in `required`.
        "allow_empty" optional allow_empty: bool,
        /// Whether a list of an `enum` is a `MultipleChoiceField`: repeated values are removed, and a value that is not
        /// among those of `enum` is reported without its position. The default is `false`.
        "multiple_choice" optional multiple_choice: bool,
        /// Of a text: its value is the path of a file of the server (`FilePathField`).
        "file_path" optional file_path: FilePath,
        /// The value that `create` stores if the client sends none; the field is not required then.
        /// The default is `default` of the model.
        "default" optional default: Node,
        /// The least number of characters (code points) of a text, or of rows in a nested list.
        /// It cannot be less than `minLength` of the model, which is the default.
        "min_length" optional min_length: u64,
        /// The greatest number of characters (code points) of a text, or of rows in a nested list.
        /// It cannot be greater than `maxLength` of the model, which is the default.
        "max_length" optional max_length: u64,
        /// The least number that the field takes. It cannot be less than `minimum` of the model, which is the default.
        /// For a duration it is the least duration, as a text.
        "min_value" optional min_value: Bound,
        /// The greatest number that the field takes.
        /// It cannot be greater than `maximum` of the model, which is the default.
        /// For a duration it is the greatest duration, as a text.
        "max_value" optional max_value: Bound,
        /// The formats of the texts that a date, a time or a date-time takes, the first that fits counts:
        /// format strings of Python's `strptime` (`%d.%m.%Y`), or `iso-8601`, which is the default.
        "input_formats" optional input_formats: Vec<Spanned<String>>,
        /// The form in which values are shown.
        /// For dates, times and date-times it is a format string of Python's `strftime`, or `iso-8601`, the default;
        /// for durations `django` (the default, `1 02:03:04`) or `iso-8601`;
        /// for UUIDs `hex_verbose` (the default), `hex`, `urn` or `int`.
        /// `null` shows the value itself, as JSON renders it: a date-time in UTC, a duration as the text of its seconds.
        "format" optional format: TextOrNull,
        /// The time zone in which a date-time without an offset is read, and in which all are shown:
        /// a name of the IANA database, such as `Europe/Berlin`.
        /// `null` means UTC, without an offset in what is shown.
        /// The default is `time_zone` of the definition.
        "default_timezone" optional default_timezone: TextOrNull,
        /// Whether a decimal is shown as a text. `false` shows it as a number. The default is `true`.
        "coerce_to_string" optional coerce_to_string: bool,
        /// Whether a decimal is shown without zeros at its end. The default is `false`.
        "normalize_output" optional normalize_output: bool,
        /// How a decimal with more places than its field is shown. The default is `ROUND_HALF_EVEN`.
        "rounding" optional rounding: Rounding,
        /// The messages for refused values, by the error codes of Django REST Framework,
        /// such as `required` or `pattern`.
        /// A message can contain the placeholders of its code, such as `{max_length}`.
        /// The default is the text of Django REST Framework.
        "error_messages" optional error_messages: Mapping<String>,
        /// The field of the model that this field shows; `author.name` is a column along foreign keys,
        /// which is read-only.
        /// `*` is the row itself, for a nested serializer. The default is the name of the field.
        "source" optional source: String,
        /// The value that `create` and `update` store into the column, which clients neither write nor read.
        /// `patch` does not change the column.
        "hidden" optional hidden: HiddenDefault,
        /// The field of the other model by which a relation names its rows, in the place of their keys: `username`.
        /// Clients can write it if no two rows have the same value. The default is the primary key.
        "slug_field" optional slug_field: String,
        /// The consumer whose queryset determines which rows the field's keys may refer to.
        /// It belongs to foreign keys and many-to-many relations. The default is that a key may refer to every row.
        "queryset" optional queryset: String,
    }
}

words! {
    /// How a decimal is rounded: the modes of Python's `decimal`.
    pub enum Rounding {
        /// To the nearest, and to the one with an even digit between two.
        HalfEven = "ROUND_HALF_EVEN",
        /// To the nearest, and away from zero between two.
        HalfUp = "ROUND_HALF_UP",
        /// To the nearest, and towards zero between two.
        HalfDown = "ROUND_HALF_DOWN",
        /// Away from zero.
        Up = "ROUND_UP",
        /// Towards zero.
        Down = "ROUND_DOWN",
        /// To the greater one.
        Ceiling = "ROUND_CEILING",
        /// To the smaller one.
        Floor = "ROUND_FLOOR",
    }
}

/// A text or null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextOrNull {
    /// `null`
    Null,
    /// A text.
    Text(String),
}

impl Decode for TextOrNull {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Null => Ok(Self::Null),
            Value::Text(text) => Ok(Self::Text(text.clone())),
            _ => Err(cursor.wrong_type("a text or null")),
        }
    }
}

impl JsonSchema for TextOrNull {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "TextOrNull".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({ "anyOf": [{ "type": "string" }, { "const": null }] })
    }
}

/// A limit: a number, or the text of a duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// A number, as it is written.
    Number(String),
    /// A duration.
    Text(String),
}

impl Bound {
    /// Returns the text.
    pub fn text(&self) -> &str {
        match self {
            Self::Number(text) | Self::Text(text) => text,
        }
    }
}

impl JsonSchema for Bound {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Bound".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({ "type": ["number", "string"] })
    }
}

impl Decode for Bound {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Number(text) => Ok(Self::Number(text.clone())),
            Value::Text(text) => Ok(Self::Text(text.clone())),
            _ => Err(cursor.wrong_type("a number, or the text of a duration")),
        }
    }
}

/// The value of a hidden field.
#[derive(Debug, Clone, PartialEq)]
pub enum HiddenDefault {
    /// The key of the user who sends the request.
    CurrentUser,
    /// The current time.
    Now,
    /// A value: `{"default": …}`.
    Value(Node),
}

impl Decode for HiddenDefault {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Object(_) => {
                let constant = HiddenConstant::decode(cursor)?;
                constant
                    .default
                    .map(|key| Self::Value(key.value))
                    .ok_or_else(|| cursor.wrong_type("a default"))
            }
            _ => HiddenWord::decode(cursor).map(|word| match word {
                HiddenWord::CurrentUser => Self::CurrentUser,
                HiddenWord::Now => Self::Now,
            }),
        }
    }
}

impl JsonSchema for HiddenDefault {
    fn schema_name() -> Cow<'static, str> {
        "HiddenDefault".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
        let word = generator.subschema_for::<HiddenWord>();
        let constant = generator.subschema_for::<HiddenConstant>();
        json_schema!({ "description": "The value of a hidden field.", "anyOf": [word, constant] })
    }
}

words! {
    /// The value of a hidden field that the server knows.
    pub enum HiddenWord {
        /// The key of the user who sends the request.
        /// Without a user the answer is 401, unless the column can be null.
        CurrentUser = "current_user",
        /// The current time, for a date, a time or a date-time.
        Now = "now",
    }
}

object! {
    /// The value of a hidden field that is always the same.
    pub struct HiddenConstant {
        /// The value.
        "default" required default: Node,
    }
}

object! {
    /// A field that another serializer shows and takes.
    pub struct Nested {
        /// The name of the nested serializer; it must have a model.
        "serializer" required serializer: String,
        /// Whether the field is a list of rows: `true` for relations and reverse relations. The default is `false`.
        "many" optional many: bool,
        /// Whether clients can read the nested rows and not write them. The default is `false`.
        "read_only" optional read_only: bool,
        /// Of a serializer that nests itself: the number of levels of rows, from 1 to 10. The last level shows the keys
        /// of the rows below it. The rows are read-only.
        "depth" optional depth: u64,
        /// The rows that the nested serializer may change.
        /// The name of a consumer means the rows that its queryset and its permissions admit; `"all"` means every row.
        /// The default is every row.
        /// Where a consumer restricts these rows and clients can change them, leaving this key out is an error.
        "queryset" optional queryset: String,
    }
}

object! {
    /// A frame that shows a relation, and that a client can send back.
    pub struct Link {
        /// The stream of the frame.
        /// The default is that of the first consumer of the related model that has the action,
        /// preferably one with this serializer.
        "stream" optional stream: String,
        /// The action of the frame. The default is `retrieve`.
        "action" optional action: String,
        /// The arguments of the action. A text is the name of a field of the row, any other value is sent as it is.
        /// The default is the look-up argument of the consumer, with the key that the relation shows.
        "kwargs" optional kwargs: Mapping<Node>,
    }
}

/// The fields of a serializer.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum FieldNames {
    /// `"__all__"`: every field of the model.
    All(AllFields),
    /// The names of the fields.
    Some(Vec<Spanned<String>>),
}

words! {
    /// Every field of the model.
    pub enum AllFields {
        /// Every field of the model.
        All = "__all__",
    }
}

impl Decode for FieldNames {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Text(_) => Decode::decode(cursor).map(Self::All),
            Value::Array(_) => Decode::decode(cursor).map(Self::Some),
            _ => Err(cursor.wrong_type("`\"__all__\"` or an array of fields")),
        }
    }
}

/// The relations that are shown as frames.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Links {
    /// `true`: all relations and the row itself. `false`: none.
    All(bool),
    /// These relations, by the name of the field.
    Some(Mapping<Link>),
}

impl Decode for Links {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Boolean(all) => Ok(Self::All(*all)),
            Value::Object(_) => Decode::decode(cursor).map(Self::Some),
            _ => Err(cursor.wrong_type("a boolean or an object")),
        }
    }
}
