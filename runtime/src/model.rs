//! Typed rows and their repository.

use std::marker::PhantomData;

use crate::condition::Filter;
use crate::db::Db;
use crate::error::Result;
use crate::meta::{ColumnMeta, ModelMeta};
use crate::query::Query;
use crate::value::{FromValue, IntoObject, Object, Value};
use crate::write_only::Absent;

/// The values of one row, in the order of [`ModelMeta::columns`]; JSON columns are [`Value::Json`].
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

    /// The values.
    pub fn values(&self) -> &[Value] {
        &self.values
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

/// A generated model.
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

    /// The rows of this model (Django's `objects`).
    fn objects(db: &Db) -> Repository<'_, Self> {
        Repository { db, model: PhantomData }
    }
}

/// The rows that a model can hold; the others are told in the log.
pub(crate) fn readable<M: Model>(rows: Vec<Row>) -> Vec<M> {
    let read = |row: Row| {
        let key = row.values().get(M::META.key).cloned();
        let told = |error: &crate::error::Error| {
            tracing::error!(model = M::META.name, ?key, %error, "a row cannot be read, and is left out");
        };
        M::from_row(row).inspect_err(told).ok()
    };
    rows.into_iter().filter_map(read).collect()
}

/// Reads and writes the rows of one model, on its own or in a transaction: the same rules as over a socket.
#[derive(Debug)]
pub struct Repository<'a, M> {
    db: &'a Db,
    model: PhantomData<fn() -> M>,
}

impl<'a, M: Model> Repository<'a, M> {
    /// The row with this key.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; [`Error::Database`](crate::Error::Database).
    pub async fn get(&self, key: M::Key) -> Result<M> {
        M::from_row(crate::store::get(self.db, M::META, key.into()).await?)
    }

    /// Every row, by key. One that the model cannot hold (an `enum` that lost a value which the row has) does not hide
    /// the others: it is left out, and an error in the log.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn list(&self) -> Result<Vec<M>> {
        Ok(readable(crate::store::list(self.db, M::META).await?))
    }

    /// The rows that have something.
    pub fn filter(&self, filter: Filter<M>) -> Query<'a, M> {
        Query::new(self.db, filter)
    }

    /// Stores a new row and gives it as stored.
    ///
    /// # Errors
    /// [`Error::Validation`](crate::Error::Validation) if it breaks a rule of the model, is not unique, or refers
    /// to a row that is not there; [`Error::Database`](crate::Error::Database).
    pub async fn create(&self, row: M::New) -> Result<M> {
        let values: Object = row.into_object();
        M::from_row(crate::store::create(self.db, M::META, values).await?)
    }

    /// Changes a row and gives it as stored.
    ///
    /// # Errors
    /// As [`create`](Self::create), and [`Error::NotFound`](crate::Error::NotFound).
    pub async fn update(&self, key: M::Key, changes: M::Changes) -> Result<M> {
        M::from_row(crate::store::update(self.db, M::META, key.into(), changes.into_object()).await?)
    }

    /// Deletes a row, and with it what cascades.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::Protected`](crate::Error::Protected) if another row
    /// forbids it; [`Error::Database`](crate::Error::Database).
    pub async fn delete(&self, key: M::Key) -> Result<()> {
        crate::store::delete(self.db, M::META, key.into()).await
    }
}
