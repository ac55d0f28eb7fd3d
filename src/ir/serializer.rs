//! What a consumer shows of a row, and what it takes for one.

use super::arena::Node;
use super::docs::Docs;
use super::ids::{ConsumerId, ModelId, ObjectId, SerializerId, SerializerKind};
use super::name::Name;
use super::output::Output;
use super::ty::{Literal, Rule};
use crate::source::Origin;

/// A Django REST Framework serializer.
#[derive(Debug, Clone)]
pub struct Serializer {
    /// Its name as words (`user serializer`).
    pub name: Name,
    /// The name without `Serializer`: the inputs are `UserCreate`, `UserUpdate`, `UserPatch`.
    pub base: Name,
    /// What its types and its module are called in Rust.
    pub rust: Name,
    /// What it is of.
    pub of: SerializerOf,
    /// The fields in the order of `fields`; empty if it is of an object.
    pub fields: Vec<SerializerField>,
    /// Whether the application checks the whole (`validators: ["validate"]`).
    pub validate: bool,
    /// From `description`.
    pub docs: Docs,
    /// Where it was defined.
    pub origin: Origin,
}

impl Node for Serializer {
    type Kind = SerializerKind;
}

/// What a [`Serializer`] is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SerializerOf {
    /// Rows of a model.
    Model(ModelId),
    /// An object of its own (`properties` without `model`).
    Object(ObjectId),
}

/// A field of a serializer of a model, `extra_kwargs` and all merged in.
#[derive(Debug, Clone)]
pub struct SerializerField {
    /// Its name as words; unique in the serializer, whatever the case.
    pub name: Name,
    /// Its name as written: the key on the wire.
    pub wire: String,
    /// Where its value comes from.
    pub source: FieldSource,
    /// Who may read and write it.
    pub access: Access,
    /// Whether `create` and `update` must be given it. Never for a read-only field.
    pub required: bool,
    /// Whether `null` is taken.
    pub nullable: bool,
    /// Whether `""` is taken (texts): `allow_blank`, or a default of `""`, or `minLength: 0`. Whether an empty list is
    /// taken (keys and nested lists): `allow_empty`.
    pub blank: bool,
    /// Whether texts are taken as they are, with the space around them (`trim_whitespace: false`).
    pub untrimmed: bool,
    /// What `create` stores when it is not given.
    pub default: Option<Literal>,
    /// What its values obey: the model's rules, narrowed by `extra_kwargs`.
    pub rules: Vec<Rule>,
    /// `error_messages`: DRF's code and the text, in definition order.
    pub messages: Vec<(String, String)>,
    /// Whether the application checks it (`validators: ["validate_<field>"]`).
    pub validate: bool,
    /// The frame as which its keys are shown (`links`, `"@id"`).
    pub link: Option<Link>,
    /// The consumer that says which rows its keys may name, or which rows it may change where it is nested (`queryset`).
    pub within: Option<ConsumerId>,
    /// From the model's field.
    pub docs: Docs,
}

impl SerializerField {
    /// The column that it shows and sets, if it is of one.
    pub fn column(&self) -> Option<usize> {
        match self.source {
            FieldSource::Column(column) => Some(column),
            _ => None,
        }
    }
}

/// Where a serializer's field has its value from. Positions are those in the serializer's model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldSource {
    /// A column: its position in the model's `fields`. Both `pk` and the key's own name may name the key.
    Column(usize),
    /// The keys of the rows of one of the model's `relations`.
    Keys(usize),
    /// Another serializer.
    Nested(Nested),
    /// A column of another row, along foreign keys. Always read-only.
    Along {
        /// The foreign keys, each a position in the fields of the model that the one before leads to.
        path: Vec<usize>,
        /// The model that the last one leads to.
        model: ModelId,
        /// A position in its fields.
        column: usize,
    },
    /// The application computes it. Always read-only.
    Method(Output),
}

/// A nested serializer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nested {
    /// What shows and takes it: one of a model.
    pub serializer: SerializerId,
    /// What it shows.
    pub of: NestedOf,
}

/// What a nested serializer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NestedOf {
    /// The row itself (`source: "*"`).
    Row,
    /// The row that a foreign key refers to: a position in the model's `fields`.
    ForeignKey(usize),
    /// The rows of one of the model's `relations`.
    Relation(usize),
}

/// A frame that a client can send back as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The stream that it goes to.
    pub stream: String,
    /// The action that it calls.
    pub action: String,
    /// The arguments of the action, in definition order.
    pub arguments: Vec<(String, LinkValue)>,
}

/// An argument of a [`Link`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkValue {
    /// The key that is shown as a link.
    Own,
    /// A column of the row: a position in the model's `fields`.
    Column(usize),
    /// JSON text.
    Json(String),
}

/// Who may read and write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Shown and taken.
    ReadWrite,
    /// Shown; ignored where it is sent.
    ReadOnly,
    /// Taken; never shown.
    WriteOnly,
}
