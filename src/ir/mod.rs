//! The resolved program, which every emitter reads.
//!
//! Nodes are in arenas and refer to each other by id, so that cycles are harmless.
//! This layer does not know notations, spans (except [`Origin`]) or target languages.
//! With an [`Api`] no user input can cause an error.

mod api;
mod arena;
mod built_in;
mod consumer;
mod conversions;
mod convert;
mod docs;
mod format;
pub mod hooks;
mod ids;
mod input;
mod model;
mod name;
mod observer;
mod output;
mod payloads;
mod permission;
mod predicate;
mod serializer;
mod takers;
mod ty;
mod union;

pub use api::{Api, Client, Multiplexer, Package, Runtime};
pub use arena::{Arena, Id, Node};
pub use built_in::{Answers, BuiltIn, Takes};
pub use consumer::{
    Action, ActionKind, ActionPayload, Consumer, CustomAction, FieldPath, Lookup, PageStyle, Pagination,
    Performs, ReadPayload, Throttle, ThrottleBy,
};
pub use conversions::{Conversions, Use};
pub use convert::conversions;
pub use docs::Docs;
pub use format::{Clock, Format, Output as Shown, Rounding};
pub use ids::{
    ConsumerId, ConsumerKind, EnumId, EnumKind, ModelId, ModelKind, ObjectId, ObjectKind, SerializerId,
    SerializerKind, UnionId, UnionKind,
};
pub use input::Input;
pub use model::{
    Auto, Backfill, Between, Collation, ColumnSql, Constraint, ConstraintRule, Expressions, Field,
    FileColumn, ForeignKey, Model, OnDelete, Ordering, Relation, Step, Storage, Via,
};
pub use name::Name;
pub use observer::{
    ConnectSource, Dependency, Event, Groups, Latest, Observer, OnConnect, Overflow, Rows, Signal, Source,
};
pub use output::Output;
pub use payloads::{given_inputs, inputs, nested_in};
pub use permission::{OwnPermission, PermissionExpr};
pub use predicate::{Comparison, Operand, Predicate};
pub use serializer::{
    Access, FieldSource, HiddenField, HiddenValue, Link, LinkValue, Nested, NestedOf, Serializer,
    SerializerField, SerializerOf,
};
pub use takers::Takers;
pub use ty::{
    Additional, Constant, Element, Enum, FilePath, Home, Literal, Object, Property, Rule, Scalar, Type,
    Variant,
};
pub use union::{Form, Union};

pub use crate::source::Origin;
