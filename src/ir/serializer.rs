//! What a consumer shows of a row, and what it takes for one.

use super::{Docs, Literal, ModelId, Name, ObjectId, Origin, Rule};

/// A Django REST Framework serializer.
#[derive(Debug, Clone)]
pub struct Serializer {
    /// Its name as words (`user serializer`).
    pub name: Name,
    /// The name without `Serializer`: the inputs are `UserCreate`, `UserUpdate`, `UserPatch`; the module is `user`.
    pub base: Name,
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
    /// Whether `""` is taken (texts only): `allow_blank`, or a default of `""`, or `minLength: 0`.
    pub blank: bool,
    /// What `create` stores when it is not given.
    pub default: Option<Literal>,
    /// What its values obey: the model's rules, narrowed by `extra_kwargs`.
    pub rules: Vec<Rule>,
    /// `error_messages`: DRF's code and the text, in definition order.
    pub messages: Vec<(String, String)>,
    /// Whether the application checks it (`validators: ["validate_<field>"]`).
    pub validate: bool,
    /// From the model's field.
    pub docs: Docs,
}

/// Where a serializer's field has its value from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldSource {
    /// A column: its position in the model's `fields`. Both `pk` and the key's own name may name the key.
    Column(usize),
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
