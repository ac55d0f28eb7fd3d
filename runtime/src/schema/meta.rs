//! The descriptors that generated code fills in and that the runtime reads.
//!
//! They are `&'static` data without behaviour: list, retrieve, create, update, patch and delete read them, so that
//! queries and codecs are not compiled once per model.

pub use super::action::{ActionKind, ActionMeta, Isolation, PayloadMeta, ThrottleBy, ThrottleMeta};
pub use super::constraint::{ConditionMeta, ConstraintKind, ConstraintMeta};
pub use super::consumer::{AccessMeta, BoundModel, ConsumerMeta, FieldPath, PageStyle, Pagination};
pub use super::file::{FileKind, FileMeta, ImageMeta};
pub use super::file_path::FilePathMeta;
pub use super::format::{Clock, FormatMeta, Output as FormatOutput, RoundingMode};
pub use super::kind::{Kind, ObjectMeta, PropertyMeta, TypeMeta, UnionMeta, VariantMeta};
pub(crate) use super::literal::is_integer_choice;
pub use super::literal::{Literal, Rule};
pub(crate) use super::model::Between;
pub use super::model::{Auto, ColumnMeta, ModelMeta, ModelSql, OnDelete, RelationMeta, Via};
pub(crate) use super::observer::LIST;
pub use super::observer::{
    ConnectSource, DependencyMeta, GroupsMeta, Latest, ObservedRows, ObserverMeta, OnConnect, Overflow,
    SignalMeta,
};
pub use super::path::{OrderMeta, PathStep};
pub use super::permission::PermissionMeta;
pub use super::serializer::{
    Access, FieldMeta, LinkMeta, LinkValue, NestedMeta, NestedOf, PathMeta, SerializerMeta, Source,
};
pub use super::storage::{Collation, ColumnSql, Expressions, Storage};
// Generated code uses these names, because a definition may contain a type `Source`.
pub use super::model::Via as RelationVia;
pub use super::serializer::Source as FieldSource;
