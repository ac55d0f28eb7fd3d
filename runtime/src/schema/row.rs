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
/// // A generated model is made of a row and becomes one.
/// let row = Row::new(vec![Value::Integer(1), Value::Text("pen".to_owned()), Value::Integer(3)]);
/// let thing = Thing::from_row(row)?;
/// assert_eq!((thing.key(), thing.name.as_str()), (1, "pen"));
/// assert_eq!(Thing::META.columns[1].name, "name");
/// let mut row = thing.into_row();
/// assert_eq!(row.get(2), &Value::Integer(3));
///
/// // Of a row that no model has, values are taken by their position.
/// let name: String = row.take(1)?;
/// assert_eq!(name, "pen");
/// # Ok::<(), dcrf_runtime::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    values: Vec<Value>,
}

impl Row {
    /// A row of these values.
    pub fn new(values: Vec<Value>) -> Self {
        Self { values }
    }

    /// A row without values.
    pub(crate) const fn empty() -> Self {
        Self { values: Vec::new() }
    }

    /// The same row with another value in a column.
    pub(crate) fn with(&self, column: usize, value: Value) -> Self {
        let mut values = self.values.clone();
        if let Some(slot) = values.get_mut(column) {
            *slot = value;
        }
        Self { values }
    }

    /// The same row as events carry it: without what is write-only.
    pub(crate) fn without_secrets(&self, model: &'static ModelMeta) -> Self {
        let value = |(value, column): (&Value, &'static ColumnMeta)| match column.secret {
            true => Value::Absent(Absent { model: model.name, column: column.name }),
            false => value.clone(),
        };
        Self { values: self.values.iter().zip(model.columns).map(value).collect() }
    }

    /// The value of a column, by its position in the model's columns; `null` if there is none.
    pub fn get(&self, column: usize) -> &Value {
        self.values.get(column).unwrap_or(&Value::Null)
    }

    /// The values.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Bytes that it takes, about.
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

    /// Takes a value out, leaving `null` behind.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if it is of another type than the column's.
    pub fn take<T: FromValue>(&mut self, index: usize) -> Result<T> {
        let value =
            self.values.get_mut(index).map_or(Value::Null, |value| std::mem::replace(value, Value::Null));
        T::from_value(value)
    }
}

/// A typed struct out of the row of a query.
pub trait FromRow: Sized {
    /// Converts.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if a column holds something else than the model says.
    fn from_row(row: Row) -> Result<Self>;
}

/// A generated model. [`Row`] and [`Repository`](crate::Repository) have examples.
pub trait Model: FromRow + Send + Sync + 'static {
    /// The type of its primary key.
    type Key: FromValue + Into<Value> + Clone + Send + Sync + 'static;
    /// A row that is not stored yet.
    type New: IntoObject + Send + 'static;
    /// Changes of a stored row: what is `None` keeps its value.
    type Changes: IntoObject + Send + 'static;
    /// Its description.
    const META: &'static ModelMeta;

    /// The primary key of this row.
    fn key(&self) -> Self::Key;

    /// The values of this row.
    fn into_row(self) -> Row;

    /// The rows of this model (Django's `objects`), in a [`Db`](crate::Db): a [`Repository`](crate::Repository).
    fn objects<D: Repositories>(db: &D) -> D::Of<'_, Self> {
        db.repository()
    }
}

/// What has repositories of models: a [`Db`](crate::Db).
pub trait Repositories {
    /// The repository of a model.
    type Of<'a, M: Model>
    where
        Self: 'a;

    /// That of this model.
    fn repository<M: Model>(&self) -> Self::Of<'_, M>;
}

/// The rows that a model can hold; the others are told in the log.
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
