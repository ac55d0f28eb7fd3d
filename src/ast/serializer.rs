//! Serializers, in the words of Django REST Framework.

use schemars::JsonSchema;

use super::shape::object;
use super::{Additional, JsonType, Number, Schema};
use crate::diag::Reported;
use crate::source::Spanned;
use crate::syntax::{Cursor, Decode, Mapping, Node, Value};

object! {
    /// What is shown of a model and taken for it; without `model`, an object of its own.
    pub struct Serializer {
        /// The model whose rows it shows.
        "model" optional model: String,
        /// What its types are called in Rust: `User` gives `UserCreate`; the name on the wire stays.
        "x-rust-name" optional rust_name: String,
        /// The fields that it has: a list of names, or `"__all__"`.
        "fields" optional fields: FieldNames,
        /// The fields of the model that it does not have; instead of `fields`.
        "exclude" optional exclude: Vec<Spanned<String>>,
        /// Fields that clients may only read.
        "read_only_fields" optional read_only_fields: Vec<Spanned<String>>,
        /// What differs from the model, by field; without `model`, what JSON Schema has no words for.
        "extra_kwargs" optional extra_kwargs: Mapping<ExtraKwargs>,
        /// How many relations are followed and shown as objects.
        "depth" optional depth: u64,
        /// Fields shown by other serializers.
        "nested" optional nested: Mapping<Nested>,
        /// Fields that the application computes, with their types.
        "methods" optional methods: Mapping<Schema>,
        /// The application's own checks: `validate_<field>`, and `validate` for the whole.
        "validators" optional validators: Vec<Spanned<String>>,
        /// Shows relations as frames that a client can send back.
        "links" optional links: Links,
        /// What it is, in Markdown, for the documentation.
        "description" optional description: String,
        /// A short title, for the documentation.
        "title" optional title: String,
        /// Whether it is about to go.
        "deprecated" optional deprecated: bool,
        /// Without `model`: `object`.
        "type" optional types: JsonType,
        /// Without `model`: the properties of the object.
        "properties" optional properties: Mapping<Schema>,
        /// Without `model`: the properties that have to be there.
        "required" optional required: Vec<Spanned<String>>,
        /// Without `model`: whether other properties are allowed.
        "additionalProperties" optional additional: Additional,
    }
}

object! {
    /// What differs from the model, or from JSON Schema, for one field.
    pub struct ExtraKwargs {
        /// Whether clients may only read it.
        "read_only" optional read_only: bool,
        /// Whether clients may only write it.
        "write_only" optional write_only: bool,
        /// Whether it has to be given.
        "required" optional required: bool,
        /// Whether null is taken.
        "allow_null" optional allow_null: bool,
        /// Whether an empty text is taken.
        "allow_blank" optional allow_blank: bool,
        /// Whether texts are taken without the space around them, as they are if nothing is said.
        "trim_whitespace" optional trim_whitespace: bool,
        /// Whether an empty list is taken, or an empty dictionary.
        "allow_empty" optional allow_empty: bool,
        /// What is stored when it is not given.
        "default" optional default: Node,
        /// The least number of characters.
        "min_length" optional min_length: u64,
        /// The greatest number of characters.
        "max_length" optional max_length: u64,
        /// The least value.
        "min_value" optional min_value: Number,
        /// The greatest value.
        "max_value" optional max_value: Number,
        /// What is said when a value is refused, by the code of the refusal (`required`, `max_length`, `pattern`, …).
        "error_messages" optional error_messages: Mapping<String>,
        /// The field of the model, where its name differs.
        "source" optional source: String,
        /// Of keys of other rows: the consumer whose queryset says which rows a client may name.
        "queryset" optional queryset: String,
    }
}

object! {
    /// A field shown by another serializer.
    pub struct Nested {
        /// Which serializer.
        "serializer" required serializer: String,
        /// Whether it is a list.
        "many" optional many: bool,
        /// Whether clients may only read it.
        "read_only" optional read_only: bool,
        /// The consumer that says which rows may be changed by it, by its queryset and permissions; `"all"`: every row.
        "queryset" optional queryset: String,
    }
}

object! {
    /// A relation as a frame.
    pub struct Link {
        /// The stream that the frame goes to.
        "stream" optional stream: String,
        /// The action that it calls.
        "action" optional action: String,
        /// The arguments of the action, each from a field of the row.
        "kwargs" optional kwargs: Mapping<Node>,
    }
}

/// The fields of a serializer.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum FieldNames {
    /// `"__all__"`: every field of the model.
    All(AllFields),
    /// Some fields.
    Some(Vec<Spanned<String>>),
}

super::shape::words! {
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

/// Which relations are shown as frames.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Links {
    /// All, or none.
    All(bool),
    /// Some, by field.
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
