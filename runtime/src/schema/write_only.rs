//! The value of a write-only column: the application can read it, but it is not in logs and events.

use std::fmt;

use super::absent::Absent;
use super::value::{FromValue, Value};
use crate::ground::error::Result;

/// The value of a write-only column.
///
/// A row that was read from the database contains the value. The row of an event does not: such rows are sent between
/// nodes, and the rules that determine which subscribers may see a row are evaluated with what was sent, on the writing
/// node as on every other. Reading the value there is an error that names the column, so that no subscriber gets the
/// event of the row.
///
/// ```
/// use dcrf_runtime::WriteOnly;
///
/// let hash = WriteOnly::new("secret".to_owned());
/// assert_eq!(format!("{hash:?}"), "…");
/// assert_eq!(hash.get()?, "secret");
/// # Ok::<(), dcrf_runtime::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct WriteOnly<T>(std::result::Result<T, Absent>);

impl<T> WriteOnly<T> {
    /// Creates a value that is present.
    pub const fn new(value: T) -> Self {
        Self(Ok(value))
    }

    /// Returns a reference to the value.
    ///
    /// # Errors
    /// Returns [`Error::Internal`](crate::Error::Internal) if the row is that of an event.
    pub fn get(&self) -> Result<&T> {
        self.0.as_ref().map_err(|absent| (*absent).into())
    }

    /// Returns the value.
    ///
    /// # Errors
    /// Returns the same errors as [`get`](Self::get).
    pub fn into_inner(self) -> Result<T> {
        self.0.map_err(Into::into)
    }
}

impl<T> From<T> for WriteOnly<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T> fmt::Debug for WriteOnly<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl<T: FromValue> FromValue for WriteOnly<T> {
    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Absent(absent) => Ok(Self(Err(absent))),
            value => T::from_value(value).map(Self::new),
        }
    }
}

impl<T: Into<Value>> From<WriteOnly<T>> for Value {
    fn from(value: WriteOnly<T>) -> Self {
        match value.0 {
            Ok(value) => value.into(),
            Err(absent) => Self::Absent(absent),
        }
    }
}
