//! The typed many-to-many relations of rows.

use std::fmt;
use std::marker::PhantomData;

use super::load::rows_by_key;
use super::relation;
use crate::db::Db;
use crate::ground::error::Result;
use crate::schema::meta::RelationMeta;
use crate::schema::row::Model;
use crate::schema::value::{FromValue, Value};

/// A many-to-many relation between the rows of `M` and those of `T`. It is a constant of the generated model.
///
/// ```
/// use dcrf_runtime::{Db, Result, Uuid};
/// use shop::models::{Product, Tag};
///
/// /// Gives a product one more tag, and returns the names of all.
/// async fn tag(db: &Db, product: Uuid, slug: String) -> Result<Vec<String>> {
///     Product::TAGS.add(db, product, slug).await?;
///     let tags: Vec<Tag> = Product::TAGS.list(db, product).await?;
///     Ok(tags.into_iter().map(|tag| tag.slug).collect())
/// }
///
/// /// Replaces the tags of a product, and returns their number.
/// async fn replace(db: &Db, product: Uuid, slugs: Vec<String>) -> Result<usize> {
///     Product::TAGS.set(db, product, slugs).await?;
///     Ok(Product::TAGS.keys(db, product).await?.len())
/// }
/// ```
pub struct ManyToMany<M, T> {
    relation: usize,
    models: PhantomData<fn() -> (M, T)>,
}

impl<M, T> Clone for ManyToMany<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for ManyToMany<M, T> {}

impl<M: Model, T: Model> fmt::Debug for ManyToMany<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManyToMany").field(&self.meta().name).finish()
    }
}

impl<M, T> ManyToMany<M, T> {
    /// Creates the relation at this position of the model's relations. Only generated code calls this.
    #[doc(hidden)]
    pub const fn new(relation: usize) -> Self {
        Self { relation, models: PhantomData }
    }
}

impl<M: Model, T: Model> ManyToMany<M, T> {
    fn meta(self) -> &'static RelationMeta {
        &M::META.relations[self.relation]
    }

    /// Returns the keys of the rows to which a row is related, in the order of the keys.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn keys(self, db: &Db, row: M::Key) -> Result<Vec<T::Key>> {
        let keys = relation::keys_of(db, M::META, self.meta(), &row.into()).await?;
        keys.into_iter().map(T::Key::from_value).collect()
    }

    /// Returns the rows to which a row is related, ordered by key.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn list(self, db: &Db, row: M::Key) -> Result<Vec<T>> {
        let keys = relation::keys_of(db, M::META, self.meta(), &row.into()).await?;
        rows_by_key(db, T::META, keys.iter()).await?.into_iter().map(T::from_row).collect()
    }

    /// Relates a row to another one, unless they are related already (Django's `add`).
    ///
    /// # Errors
    /// [`Error::Validation`](crate::Error::Validation) if the other row does not exist;
    /// [`Error::Database`](crate::Error::Database).
    pub async fn add(self, db: &Db, row: M::Key, other: T::Key) -> Result<()> {
        relation::add(db, M::META, self.meta(), &row.into(), &[other.into()]).await
    }

    /// Removes the relation of a row to another one, if they are related (Django's `remove`).
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn remove(self, db: &Db, row: M::Key, other: T::Key) -> Result<()> {
        relation::remove(db, M::META, self.meta(), &row.into(), &[other.into()]).await
    }

    /// Relates a row to exactly these rows (Django's `set`), in one transaction, for which the row is locked.
    ///
    /// # Errors
    /// The errors of [`add`](Self::add).
    pub async fn set(self, db: &Db, row: M::Key, others: Vec<T::Key>) -> Result<()> {
        let others: Vec<Value> = others.into_iter().map(Into::into).collect();
        relation::set_alone(db, M::META, self.meta(), row.into(), others).await
    }
}
