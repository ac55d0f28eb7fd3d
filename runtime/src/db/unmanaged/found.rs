//! A column in the catalog of a database.

use crate::schema::meta::{Storage, TypeMeta};

/// A column in the catalog of the database.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) name: String,
    /// Its declared type, or the type in the catalog.
    pub(super) ty: String,
    /// Whether a new row must have a value for it.
    pub(super) needed: bool,
    /// Whether it may be `null`. For columns of a view this is unknown, and treated as false.
    pub(super) nullable: bool,
}

pub(super) fn shown(ty: &str) -> &str {
    if ty.is_empty() { "of no type" } else { ty }
}

/// Returns the message for a column whose type does not hold the values of a model.
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
