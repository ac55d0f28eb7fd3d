//! The fields that a consumer shows of a row and takes for one.

use super::arena::Node;
use super::docs::Docs;
use super::format::Format;
use super::ids::{ConsumerId, ModelId, ObjectId, SerializerId, SerializerKind};
use super::model::Step;
use super::name::Name;
use super::output::Output;
use super::ty::{Literal, Rule, Type};
use crate::source::Origin;

/// A Django REST Framework serializer.
#[derive(Debug, Clone)]
pub struct Serializer {
    /// The name of the serializer as words (`user serializer`).
    pub name: Name,
    /// The name without `Serializer`: the inputs are `UserCreate`, `UserUpdate`, `UserPatch`.
    pub base: Name,
    /// The start of the names of its types and of its module in Rust.
    pub rust: Name,
    /// The rows or the object that it serializes.
    pub of: SerializerOf,
    /// The fields in the order of `fields`. There are none if it serializes an object.
    pub fields: Vec<SerializerField>,
    /// The fields that the server fills in, which are neither taken nor shown.
    pub hidden: Vec<HiddenField>,
    /// Whether the application validates the whole payload (`validators: ["validate"]`).
    pub validate: bool,
    /// The documentation from `description`.
    pub docs: Docs,
    /// The place of its definition.
    pub origin: Origin,
}

impl Serializer {
    /// Returns the number of slots of a payload: those of the fields, then those of the hidden fields.
    pub fn slots(&self) -> usize {
        self.fields.len() + self.hidden.len()
    }
}

impl Node for Serializer {
    type Kind = SerializerKind;
}

/// The source of the values of a [`Serializer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SerializerOf {
    /// Rows of a model.
    Model(ModelId),
    /// An object of its own (`properties` without `model`).
    Object(ObjectId),
}

/// A field of a serializer of a model, with `extra_kwargs` and the other keys merged in.
#[derive(Debug, Clone)]
pub struct SerializerField {
    /// The name of the field as words, which is unique in the serializer regardless of case.
    pub name: Name,
    /// The name as written, which is the key on the wire.
    pub wire: String,
    /// The source of its value.
    pub source: FieldSource,
    /// Whether clients may read and write it.
    pub access: Access,
    /// Whether `create` and `update` require it. It is false for a read-only field.
    pub required: bool,
    /// Whether `null` is accepted.
    pub nullable: bool,
    /// Whether `""` is accepted (texts): `allow_blank`, or a default of `""`, or `minLength: 0`. For keys and nested
    /// lists, whether an empty list is accepted: `allow_empty`.
    pub blank: bool,
    /// Whether texts keep the space around them (`trim_whitespace: false`).
    pub untrimmed: bool,
    /// The value that `create` stores if none is given.
    pub default: Option<Literal>,
    /// Whether `update` stores the default, too: one of `extra_kwargs`, not that of the model.
    pub default_in_update: bool,
    /// The rules of its values: those of the model, made stricter by `extra_kwargs`.
    pub rules: Vec<Rule>,
    /// How values are read and shown.
    pub format: Format,
    /// `error_messages`: DRF's codes and their texts, in definition order.
    pub messages: Vec<(String, String)>,
    /// Whether the application validates it (`validators: ["validate_<field>"]`).
    pub validate: bool,
    /// The frame that is shown instead of its keys (`links`, `"@id"`).
    pub link: Option<Link>,
    /// The field of the other model by which rows are named in the place of their keys (`slug_field`).
    pub slug: Option<usize>,
    /// The consumer that determines to which rows its keys may refer, or which rows it may change if it is nested
    /// (`queryset`).
    pub within: Option<ConsumerId>,
    /// The documentation of the model's field.
    pub docs: Docs,
}

/// A field into whose column `create` and `update` store a value that clients do not send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenField {
    /// The name as written.
    pub wire: String,
    /// The position in the model's fields.
    pub column: usize,
    /// Whether the column has the same name.
    pub own: bool,
    /// The value that is stored.
    pub value: HiddenValue,
}

/// The value that a hidden field stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HiddenValue {
    /// The key of the user.
    User,
    /// The current time.
    Now,
    /// Always the same value.
    Constant(Literal),
}

impl SerializerField {
    /// Returns the column that it shows and sets, if it is one of a column.
    pub fn column(&self) -> Option<usize> {
        match self.source {
            FieldSource::Column(column) => Some(column),
            _ => None,
        }
    }
}

/// The source of the value of a serializer's field. Positions refer to the serializer's model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldSource {
    /// A column: its position in the model's `fields`. Both `pk` and the own name of the primary key may name the key.
    Column(usize),
    /// The keys of the rows of one of the model's `relations`; the key or null if it is one-to-one.
    Keys(usize),
    /// Another serializer.
    Nested(Nested),
    /// A column of another row, to which steps lead. The field is read-only.
    Along {
        /// The steps, each of the model to which the one before leads.
        path: Vec<Step>,
        /// The model to which the last one leads.
        model: ModelId,
        /// The position of the column in its fields.
        column: usize,
    },
    /// A method of the application that computes it. The field is read-only.
    Method(Output),
    /// The payload alone: a value of this type is validated, and neither stored nor shown. The field is write-only.
    Payload(Type),
}

/// A nested serializer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nested {
    /// The serializer that shows and takes it, which is one of a model.
    pub serializer: SerializerId,
    /// The rows that it shows.
    pub of: NestedOf,
}

/// The rows that a nested serializer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NestedOf {
    /// The row itself (`source: "*"`).
    Row,
    /// The row to which a foreign key refers: a position in the model's `fields`.
    ForeignKey(usize),
    /// The rows of one of the model's `relations`.
    Relation(usize),
    /// The row or none of one of the model's `relations`, which is one-to-one.
    Back(usize),
}

/// A frame that a client can send back as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The stream of the frame.
    pub stream: String,
    /// The action of the frame.
    pub action: String,
    /// The arguments of the action, in definition order.
    pub arguments: Vec<(String, LinkValue)>,
}

/// An argument of a [`Link`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkValue {
    /// The primary key that is shown as a link.
    Own,
    /// A column of the row: a position in the model's `fields`.
    Column(usize),
    /// JSON text.
    Json(String),
}

/// Whether clients may read and write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Clients can read and write it.
    ReadWrite,
    /// Clients can read it. A value that they send is ignored.
    ReadOnly,
    /// Clients can write it. It is never shown.
    WriteOnly,
}
