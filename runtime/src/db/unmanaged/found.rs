//! What the catalog of a database says of a column.

use crate::schema::meta::{Storage, TypeMeta};

/// A column, as the catalog of the database has it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) name: String,
    /// The type that it was declared with, or that the database has it as.
    pub(super) ty: String,
    /// Whether a new row must be given it.
    pub(super) needed: bool,
    /// Whether `null` may be in it. What a view has is not known, and said to be none.
    pub(super) nullable: bool,
}

pub(super) fn shown(ty: &str) -> &str {
    if ty.is_empty() { "of no type" } else { ty }
}

/// That a column is of another type than one that holds the values of a model.
pub(super) fn instead(ty: &TypeMeta, wanted: &str) -> String {
    let (stored, instead) = match ty.storage {
        Storage::Own => ("the runtime", "`\"x-storage\": \"django\"` in the model if Django made the table"),
        Storage::Django => ("Django", "no `x-storage` in the model if Django did not make the table"),
    };
    let kind = ty.kind.described();
    let kind = kind.split([' ', '(']).next().unwrap_or_default().to_lowercase();
    format!(
        "where {stored} has {wanted} for a value of the kind {kind}: say {instead}, or another type in one of the two"
    )
}
