//! The descriptors of generated code: models, serializers, consumers and observers, and their values and rows.

pub(crate) mod absent;
mod action;
mod constraint;
mod consumer;
mod file;
mod file_path;
pub(crate) mod format;
pub(crate) mod key;
mod kind;
mod literal;
pub mod meta;
mod model;
mod observer;
pub(crate) mod path;
pub(crate) mod payload;
mod permission;
pub(crate) mod row;
mod serializer;
pub(crate) mod shown;
pub(crate) mod step;
mod storage;
pub mod value;
pub(crate) mod write_only;
