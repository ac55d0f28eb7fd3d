//! The definitions as they are written: every key of the format with its place, before it is resolved.
//!
//! Each type declares its keys in one list (`shape::object`): the decoder and the meta-schema both come from it.

mod constraint;
mod consumer;
mod delivery;
mod document;
mod file;
mod load;
mod observer;
mod schema;
mod serializer;
mod shape;

pub use constraint::{Constraint, Predicate};
pub use consumer::{
    Action, Consumer, Isolation, Mixin, OneThrottle, Pagination, PaginationStyle, Permission, Queryset,
    Throttle, ThrottleBy, Throttles, View,
};
pub use delivery::{Delivery, Dependency, Retention};
pub use document::{Client, Document, Git, MultiplexerPath, RuntimeSource};
pub use file::{FileAccess, FileColumn, FilePath, ImageRules};
pub use load::{Content, LoadedFile, Program, load};
pub use observer::{Group, Groups, Observer, OnConnect, Overflow, Signal, SubscribeAction};
pub use schema::{
    Additional, Collation, Count, DefaultBy, Discriminator, Index, JsonType, Number, OnDelete,
    PatternDialect, Schema, Storage, TypeNames,
};
pub use serializer::{
    Bound, ExtraKwargs, FieldNames, HiddenConstant, HiddenDefault, HiddenWord, Link, Links, Nested, Rounding,
    Serializer, TextOrNull,
};
