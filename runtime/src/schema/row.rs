//! Rows, and the typed structs that hold them.

use super::absent::Absent;
use super::model::{ColumnMeta, ModelMeta};
use super::value::{FromValue, IntoObject, Value};
use crate::ground::error::Result;

/// The values of one row, in the order of [`ModelMeta::columns`]; JSON columns are [`Value::Json`].
///
/// ```
/// use dcrf_runtime::{FromRow, Model, Row, Value};
/// use things::models::Thing;
///
/// // A generated model is created from a row and can be converted to one.
/// let row = Row::new(vec![Value::Integer(1), Value::Text("pen".to_owned()), Value::Integer(3)]);
/// let thing = Thing::from_row(row)?;
/// assert_eq!((thing.key(), thing.name.as_str()), (1, "pen"));
/// assert_eq!(Thing::META.columns[1].name, "name");
/// let mut row = thing.into_row();
/// assert_eq!(row.get(2), &Value::Integer(3));
///
/// // The values of a row that does not belong to a model are taken by their position.
/// let name: String = row.take(1)?;
/// assert_eq!(name, "pen");
/// # Ok::<(), dcrf_runtime::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    values: Vec<Value>,
}

impl Row {
    /// Creates a row of these values.
    pub fn new(values: Vec<Value>) -> Self {
        Self { values }
    }

    /// Creates a row without values.
    pub(crate) const fn empty() -> Self {
        Self { values: Vec::new() }
    }

    /// Returns the same row with another value in a column.
    pub(crate) fn with(&self, column: usize, value: Value) -> Self {
        let mut values = self.values.clone();
        if let Some(slot) = values.get_mut(column) {
            *slot = value;
        }
        Self { values }
    }

    /// Returns the same row as events contain it: without write-only values.
    pub(crate) fn without_secrets(&self, model: &'static ModelMeta) -> Self {
        let value = |(value, column): (&Value, &'static ColumnMeta)| match column.secret {
            true => Value::Absent(Absent { model: model.name, column: column.name }),
            false => value.clone(),
        };
        Self { values: self.values.iter().zip(model.columns).map(value).collect() }
    }

    /// Returns the value of a column, by its position in the model's columns; `null` if there is no such column.
    pub fn get(&self, column: usize) -> &Value {
        self.values.get(column).unwrap_or(&Value::Null)
    }

    /// Returns the values.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Returns its approximate bytes.
    pub(crate) fn bytes(&self) -> usize {
        let values: usize = self.values.iter().map(Value::bytes).sum();
        size_of::<Self>() + values
    }

    pub(crate) fn into_values(self) -> Vec<Value> {
        self.values
    }

    pub(crate) fn values_mut(&mut self) -> &mut Vec<Value> {
        &mut self.values
    }

    /// Takes a value out of the row and leaves `null` in its place.
    ///
    /// # Errors
    /// Returns [`Error::Internal`](crate::Error::Internal) if the value has another type than the column.
    pub fn take<T: FromValue>(&mut self, index: usize) -> Result<T> {
        let value =
            self.values.get_mut(index).map_or(Value::Null, |value| std::mem::replace(value, Value::Null));
        T::from_value(value)
    }
}

/// A type that a row of a query can be converted to.
pub trait FromRow: Sized {
    /// Converts a row.
    ///
    /// # Errors
    /// Returns [`Error::Internal`](crate::Error::Internal) if a value does not have the type of the model's column.
    fn from_row(row: Row) -> Result<Self>;
}

/// Reads the first values of a row: for [`Db::query_as`](crate::Db::query_as).
macro_rules! tuples {
    ($(($($item:ident $position:tt),+))*) => {$(
        impl<$($item: FromValue),+> FromRow for ($($item,)+) {
            fn from_row(mut row: Row) -> Result<Self> {
                Ok(($(row.take::<$item>($position)?,)+))
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}

/// A generated model. [`Row`] and [`Repository`](crate::Repository) have more examples.
///
/// Generated models implement `serde::Serialize`: they show their columns as the API does, without those that are
/// write-only, so that HTTP routes of the application need no structs of their own.
///
/// ```
/// use chat::models::User;
/// use dcrf_runtime::WriteOnly;
///
/// let alice = User { id: 1, username: "alice".to_owned(), password: WriteOnly::new("hash".to_owned()) };
/// assert_eq!(serde_json::to_string(&alice)?, r#"{"id":1,"username":"alice"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait Model: FromRow + Send + Sync + 'static {
    /// The type of the primary key.
    type Key: FromValue + Into<Value> + Clone + Send + Sync + 'static;
    /// The values of a new row.
    type New: IntoObject + Send + 'static;
    /// The changes of a stored row: columns with `None` keep their values.
    type Changes: IntoObject + Send + 'static;
    /// The description of the model.
    const META: &'static ModelMeta;

    /// Returns the primary key of this row.
    fn key(&self) -> Self::Key;

    /// Converts the struct to a row.
    fn into_row(self) -> Row;

    /// Returns the [`Repository`](crate::Repository) of this model (Django's `objects`) in a [`Db`](crate::Db).
    fn objects<D: Repositories>(db: &D) -> D::Of<'_, Self> {
        db.repository()
    }
}

/// A handle that has repositories of models: a [`Db`](crate::Db).
pub trait Repositories {
    /// The repository of a model.
    type Of<'a, M: Model>
    where
        Self: 'a;

    /// Returns the repository of this model.
    fn repository<M: Model>(&self) -> Self::Of<'_, M>;
}

/// Converts rows to a model. Rows that do not fit it are logged and left out.
pub(crate) fn readable<M: Model>(rows: Vec<Row>) -> Vec<M> {
    let read = |row: Row| {
        let key = row.values().get(M::META.key).cloned();
        let told = |error: &crate::ground::error::Error| {
            tracing::error!(model = M::META.name, ?key, %error, "a row cannot be read, and is left out");
        };
        M::from_row(row).inspect_err(told).ok()
    };
    rows.into_iter().filter_map(read).collect()
}
