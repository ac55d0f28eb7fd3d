//! The resolved program: what every emitter reads.
//!
//! Nodes live in arenas and name each other by id, so cycles are harmless.
//! This layer knows no spelling, no spans (but for [`Origin`]) and no target language.
//! Once an [`Api`] exists nothing can fail because of user input.

mod arena;
mod consumer;
pub mod hooks;
mod input;
mod model;
mod name;
mod observer;
mod permission;
mod serializer;
mod ty;
mod union;

pub use arena::{Arena, Id};
pub use consumer::{
    Action, ActionKind, Consumer, CustomAction, Lookup, Ordering, Output, PageStyle, Pagination, Reach,
};
pub use input::{Input, Takers, inputs, nested_in};
pub use model::{
    Auto, Backfill, Between, Collation, ColumnSql, Expressions, Field, ForeignKey, Model, OnDelete, Relation,
    Storage, Via,
};
pub use name::Name;
pub use observer::{Event, Groups, Observer, Overflow, Rows, Signal, Source};
pub use permission::{OwnPermission, PermissionExpr};
pub use serializer::{
    Access, FieldSource, Link, LinkValue, Nested, NestedOf, Serializer, SerializerField, SerializerOf,
};
pub use ty::{Constant, Element, Enum, Home, Literal, Object, Property, Rule, Scalar, Type, Variant};
pub use union::{Additional, Form, Union};

pub use crate::source::Origin;

/// Id of a [`Model`].
pub type ModelId = Id<Model>;
/// Id of an [`Object`].
pub type ObjectId = Id<Object>;
/// Id of an [`Enum`].
pub type EnumId = Id<Enum>;
/// Id of a [`Union`].
pub type UnionId = Id<Union>;
/// Id of a [`Serializer`].
pub type SerializerId = Id<Serializer>;
/// Id of a [`Consumer`].
pub type ConsumerId = Id<Consumer>;

/// Text from the definition's `title` and `description`, in Markdown; empty if there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Docs {
    /// The paragraphs, joined by blank lines.
    pub text: String,
    /// Whether the definition says `deprecated: true`.
    pub deprecated: bool,
}

/// One resolved definition document with everything it refers to.
///
/// Every arena is in definition order.
#[derive(Debug, Clone)]
pub struct Api {
    /// The definition's `name`: that of the generated crate.
    pub name: Name,
    /// The definition's `description`.
    pub docs: Docs,
    /// Tables.
    pub models: Arena<Model>,
    /// `x-drop`: former models whose rows may be given up.
    pub dropped: Vec<String>,
    /// Structured JSON values: JSON columns, inputs and outputs of actions, serializers without a model.
    pub objects: Arena<Object>,
    /// Closed sets of values.
    pub enums: Arena<Enum>,
    /// Values of one of several forms.
    pub unions: Arena<Union>,
    /// What a consumer shows of a model and takes for it.
    pub serializers: Arena<Serializer>,
    /// WebSocket endpoints.
    pub consumers: Arena<Consumer>,
    /// Who takes payloads by which serializer.
    pub takers: Takers,
    /// How the generated crate asks for `dcrf-runtime`, where the definition says so (`runtime`).
    pub runtime: Option<Runtime>,
    /// What the definition says of a TypeScript client (`client`), where it asks for one.
    pub client: Option<Client>,
    /// The document itself: the name of its (first) file.
    pub origin: Origin,
}

/// Where the generated crate finds `dcrf-runtime` (the definition's `runtime`, or a flag).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// A version requirement of the registry, such as `0.1`.
    Version(String),
    /// A path, relative to the generated crate (or absolute).
    Path(String),
    /// A git address, with a revision where one is given.
    Git {
        /// The address.
        url: String,
        /// The revision (`rev`).
        rev: Option<String>,
    },
}

/// The TypeScript client that is generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The name of its npm package, where the definition says it.
    pub package: Option<String>,
}
