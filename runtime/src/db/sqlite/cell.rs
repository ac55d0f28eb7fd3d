//! What SQLite has in a row, whichever driver reads it.

use std::borrow::Cow;

use crate::db::fate::DbResult;

/// What SQLite stores of a value.
pub(crate) enum Stored<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(Cow<'a, str>),
    Blob(Cow<'a, [u8]>),
}

/// The columns of a row, by position.
pub(crate) trait StoredRow {
    /// How many there are.
    fn len(&self) -> usize;
    /// What one of them holds.
    ///
    /// # Errors
    /// If it is not there, or is a text that is not UTF-8.
    fn stored(&self, index: usize) -> DbResult<Stored<'_>>;
}
