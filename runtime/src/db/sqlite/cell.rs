//! The values of SQLite's rows, for either driver.

use std::borrow::Cow;

use crate::db::fate::DbResult;

/// The stored form of a value.
pub(crate) enum Stored<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(Cow<'a, str>),
    Blob(Cow<'a, [u8]>),
}

/// The columns of a row, by position.
pub(crate) trait StoredRow {
    /// Returns the number of columns.
    fn len(&self) -> usize;
    /// Returns the value of a column.
    ///
    /// # Errors
    /// Returns an error if the column does not exist, or its text is not UTF-8.
    fn stored(&self, index: usize) -> DbResult<Stored<'_>>;
}
