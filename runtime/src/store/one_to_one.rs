//! The typed one-to-one relations of rows, from the row that is referred to.

use std::fmt;
use std::marker::PhantomData;

use super::read::find;
use crate::condition::Filter;
use crate::db::Db;
use crate::ground::error::{Error, Result};
use crate::schema::meta::{PathStep, RelationMeta};
use crate::schema::row::Model;

/// The way back of a one-to-one relation: from a row of `M` to the row of `T` that refers to it, if there is one. It is
/// a constant of the generated model `M`, with the name that `x-related-name` gives.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> dcrf_runtime::Result<()> {
/// use dcrf_runtime::{Db, Model};
/// use users::models::{NewProfile, NewUser, Profile, User};
///
/// let db = Db::connect("sqlite::memory:", &users::MIGRATIONS).await?;
/// let new = NewUser { username: "alice".to_owned(), email: None, password: "…".to_owned() };
/// let alice = User::objects(&db).create(new).await?;
/// assert_eq!(User::PROFILE.get(&db, alice.id).await?, None);
///
/// let new = NewProfile { user: alice.id, bio: Some("I like birds.".to_owned()) };
/// let profile = Profile::objects(&db).create(new).await?;
/// assert_eq!(User::PROFILE.get(&db, alice.id).await?, Some(profile));
///
/// let of_birds = User::PROFILE.related(Profile::BIO.contains("birds"));
/// assert_eq!(User::objects(&db).filter(of_birds).count().await?, 1);
/// let without = User::PROFILE.outer(Profile::USER.is_null());
/// assert_eq!(User::objects(&db).filter(without).count().await?, 0);
/// # Ok(())
/// # }
/// ```
pub struct OneToOne<M, T> {
    relation: usize,
    models: PhantomData<fn() -> (M, T)>,
}

impl<M, T> Clone for OneToOne<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for OneToOne<M, T> {}

impl<M: Model, T: Model> fmt::Debug for OneToOne<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OneToOne").field(&self.meta().name).finish()
    }
}

impl<M, T> OneToOne<M, T> {
    /// Creates the relation at this position of the model's relations. Only generated code calls this.
    #[doc(hidden)]
    pub const fn new(relation: usize) -> Self {
        Self { relation, models: PhantomData }
    }
}

impl<M: Model, T: Model> OneToOne<M, T> {
    fn meta(self) -> &'static RelationMeta {
        &M::META.relations[self.relation]
    }

    /// Returns the row that refers to a row, or `None` if there is none.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn get(self, db: &Db, row: M::Key) -> Result<Option<T>> {
        let Some(column) = self.meta().via.column() else {
            return Err(Error::internal(format!("{} is not one-to-one", self.meta().name)));
        };
        find(db, T::META, column, row.into()).await?.map(T::from_row).transpose()
    }

    /// Matches rows to which a row refers that matches the filter.
    pub fn related(self, filter: Filter<T>) -> Filter<M> {
        Filter::related(PathStep::Back(self.relation), filter)
    }

    /// Matches like [`related`](Self::related), except that a row to which none refers is treated as if a row of
    /// `null`s referred to it, as in a `LEFT JOIN`.
    pub fn outer(self, filter: Filter<T>) -> Filter<M> {
        Filter::outer(PathStep::Back(self.relation), filter)
    }
}
