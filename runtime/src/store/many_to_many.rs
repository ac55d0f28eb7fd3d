//! The typed many-to-many relations of rows.

use std::fmt;
use std::marker::PhantomData;

use super::relation;
use crate::condition::{Aggregate, By, Condition, Filter, Lookup, PerRow};
use crate::db::Db;
use crate::ground::error::Result;
use crate::schema::meta::{RelationMeta, Via};
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

    /// Matches the rows that are related to at least one row that matches the filter. A row matches once, however many
    /// rows it is related to. [`Column::referring`](crate::condition::Column::referring) says what that means for
    /// several filters.
    ///
    /// ```
    /// use dcrf_runtime::condition::Filter;
    /// use shop::models::{Product, Tag};
    ///
    /// /// The products with a tag whose label begins with a text.
    /// fn labelled(text: &str) -> Filter<Product> {
    ///     Product::TAGS.any(Tag::LABEL.starts_with(text))
    /// }
    ///
    /// /// The products without tags.
    /// fn bare() -> Filter<Product> {
    ///     !Product::TAGS.any(Filter::all())
    /// }
    /// # let _ = labelled("new") & bare();
    /// ```
    pub fn any(self, filter: Filter<T>) -> Filter<M> {
        let (model, target, by) = (M::META, T::META, self.by());
        let condition = Box::new(filter.into_condition());
        Filter::new(Condition::ToMany { model, target, by, condition })
    }

    /// Returns an aggregate of the rows to which each row is related: see
    /// [`Column::each`](crate::condition::Column::each).
    pub fn each<U>(self, aggregate: Aggregate<T, U>) -> PerRow<M, U> {
        PerRow::of(aggregate, self.by())
    }

    fn by(self) -> By {
        match self.meta().via {
            Via::Column(column) | Via::One(column) => By::Column(column),
            Via::Table { table, from, to } => By::Table { table, from, to },
            Via::Through { model, from, to } => {
                let model = model();
                let [from, to] = [from, to].map(|column| model.columns[column].column);
                By::Table { table: model.table, from, to }
            }
        }
    }

    /// Matches the rows that are related to the row with this key.
    pub fn has(self, key: T::Key) -> Filter<M> {
        self.any(Filter::new(Condition::compare(T::META, T::META.key, Lookup::Eq, key.into())))
    }

    /// Returns the keys of the rows to which a row is related, in the order of their model (`x-ordering`), or else in the
    /// order of the keys.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn keys(self, db: &Db, row: M::Key) -> Result<Vec<T::Key>> {
        let keys = relation::keys_of(db, M::META, self.meta(), &row.into()).await?;
        keys.into_iter().map(T::Key::from_value).collect()
    }

    /// Returns the rows to which a row is related, in the same order.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn list(self, db: &Db, row: M::Key) -> Result<Vec<T>> {
        relation::rows_of(db, M::META, self.meta(), &row.into()).await?.into_iter().map(T::from_row).collect()
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
