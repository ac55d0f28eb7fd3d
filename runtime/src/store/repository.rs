//! Reads and writes typed rows of a model, with the rules of the store.

use std::marker::PhantomData;

use super::add::assign;
use super::lock::find_locked;
use super::query::Query;
use super::row_selector::RowSelector;
use super::{read, write};
use crate::condition::{Assignment, Filter};
use crate::db::{Db, Lock};
use crate::ground::error::{Error, Result};
use crate::schema::row::{Model, Repositories, readable};
use crate::schema::value::{IntoObject as _, Object};

impl Repositories for Db {
    type Of<'a, M: Model> = Repository<'a, M>;

    fn repository<M: Model>(&self) -> Repository<'_, M> {
        Repository { db: self, model: PhantomData }
    }
}

/// Reads and writes the rows of one model, inside or outside of a transaction, by the same rules as over a socket.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> dcrf_runtime::Result<()> {
/// use dcrf_runtime::{Db, Error, Model};
/// use things::models::{NewThing, Thing, ThingChanges};
///
/// let db = Db::connect("sqlite::memory:", &things::MIGRATIONS).await?;
/// let things = Thing::objects(&db);
///
/// let pen = things.create(NewThing { name: "pen".to_owned(), counter: Some(3) }).await?;
/// assert_eq!(things.get(pen.id).await?, pen);
///
/// let changes = ThingChanges { name: Some("pencil".to_owned()), ..ThingChanges::default() };
/// assert_eq!(things.update(pen.id, changes).await?.counter, 3);
/// assert!(things.filter(Thing::NAME.eq("pencil")).exists().await?);
///
/// things.delete(pen.id).await?;
/// assert!(matches!(things.get(pen.id).await, Err(Error::NotFound)));
///
/// // The validators of the model apply, as they do for a request: `maxLength` is 64.
/// let refused = things.create(NewThing { name: "n".repeat(65), counter: None }).await.unwrap_err();
/// assert_eq!(refused.detail().to_string(), r#"{"name":["Ensure this field has no more than 64 characters."]}"#);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Repository<'a, M> {
    db: &'a Db,
    model: PhantomData<fn() -> M>,
}

impl<'a, M: Model> Repository<'a, M> {
    /// Returns the row with this key.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if it does not exist; [`Error::Database`](crate::Error::Database).
    pub async fn get(&self, key: M::Key) -> Result<M> {
        M::from_row(read::get(self.db, M::META, key.into()).await?)
    }

    /// Returns the row with this key and locks it until the transaction ends (Django's `select_for_update`). No other
    /// transaction writes or locks the row before that, so that what is written may depend on what was read. PostgreSQL
    /// locks the row (`SELECT … FOR UPDATE`); on SQLite only one transaction can write at a time.
    ///
    /// The row that a `detail` and `atomic` action receives is locked already.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> dcrf_runtime::Result<()> {
    /// # use dcrf_runtime::{Db, Error, Model, Result};
    /// # use things::models::{NewThing, Thing};
    /// /// Takes one piece, if there are any left.
    /// async fn take(db: &Db, key: i64) -> Result<()> {
    ///     let transaction = db.begin().await?;
    ///     let things = Thing::objects(transaction.db());
    ///     let thing = things.get_for_update(key).await?;
    ///     if thing.counter == 0 {
    ///         return Err(Error::invalid("Nothing is left."));
    ///     }
    ///     things.patch(key, [Thing::COUNTER.set(thing.counter - 1)]).await?;
    ///     transaction.commit().await
    /// }
    /// # let db = Db::connect("sqlite::memory:", &things::MIGRATIONS).await?;
    /// # let key = Thing::objects(&db).create(NewThing { name: "pen".to_owned(), counter: Some(1) }).await?.id;
    /// # take(&db, key).await?;
    /// # assert_eq!(take(&db, key).await.unwrap_err().status(), 400);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of [`get`](Self::get); [`Error::Internal`](crate::Error::Internal) outside of a transaction.
    pub async fn get_for_update(&self, key: M::Key) -> Result<M> {
        let which = RowSelector::new(M::META.key, key.into());
        let row = find_locked(self.db, M::META, &which, Lock::Row).await?;
        M::from_row(row.ok_or(Error::NotFound)?)
    }

    /// Returns all rows, ordered by key. A row that the model cannot represent (for example because its `enum` has lost
    /// a value that the row has) is left out and logged as an error, so that the other rows can be read.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn list(&self) -> Result<Vec<M>> {
        Ok(readable(read::list(self.db, M::META).await?))
    }

    /// Returns a query of the rows that satisfy a filter.
    pub fn filter(&self, filter: Filter<M>) -> Query<'a, M> {
        Query::new(self.db, filter)
    }

    /// Stores a new row and returns it as stored.
    ///
    /// # Errors
    /// [`Error::Validation`](crate::Error::Validation) if it breaks a rule of the model, is not unique, or refers to a
    /// row that does not exist; [`Error::Database`](crate::Error::Database).
    pub async fn create(&self, row: M::New) -> Result<M> {
        let values: Object = row.into_object();
        M::from_row(write::create(self.db, M::META, values).await?)
    }

    /// Changes a row and returns it as stored.
    ///
    /// # Errors
    /// The errors of [`create`](Self::create); [`Error::NotFound`](crate::Error::NotFound).
    pub async fn update(&self, key: M::Key, changes: M::Changes) -> Result<M> {
        M::from_row(write::update(self.db, M::META, key.into(), changes.into_object()).await?)
    }

    /// Changes columns of a row, some relative to their values at the time of the write (Django's `F()`), and returns
    /// the row as stored. The database adds in the `UPDATE`, or the row is locked: of two concurrent additions neither
    /// is lost.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> dcrf_runtime::Result<()> {
    /// # use dcrf_runtime::{Db, Model};
    /// # use things::models::{NewThing, Thing};
    /// # let db = Db::connect("sqlite::memory:", &things::MIGRATIONS).await?;
    /// # let things = Thing::objects(&db);
    /// # let pen = things.create(NewThing { name: "pen".to_owned(), counter: Some(3) }).await?;
    /// let pen = things.patch(pen.id, [Thing::COUNTER.add(-1), Thing::NAME.set("pencil")]).await?;
    /// assert_eq!((pen.counter, pen.name.as_str()), (2, "pencil"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::Validation`](crate::Error::Validation) if a value or a sum
    /// breaks a rule of the model or the range of its column, or if the column to which an amount is added is `null`;
    /// the errors of [`create`](Self::create).
    pub async fn patch(&self, key: M::Key, changes: impl IntoIterator<Item = Assignment<M>>) -> Result<M> {
        let changes = changes.into_iter().map(Assignment::into_parts).collect();
        M::from_row(assign(self.db, M::META, key.into(), changes).await?)
    }

    /// Deletes a row, and with it the rows to which the deletion cascades.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::Protected`](crate::Error::Protected) if another row
    /// prevents it; [`Error::Database`](crate::Error::Database).
    pub async fn delete(&self, key: M::Key) -> Result<()> {
        write::delete(self.db, M::META, key.into()).await
    }
}
