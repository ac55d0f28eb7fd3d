//! Reads and writes typed rows of a model, with the rules of the store.

use std::marker::PhantomData;

use super::add::assign;
use super::bulk;
use super::ensure;
use super::lock::find_locked;
use super::query::Query;
use super::row_selector::RowSelector;
use super::{raw, read, told, write};
use crate::condition::{Assignment, Condition, Filter};
use crate::db::{Db, Lock};
use crate::ground::error::{Error, Result};
use crate::schema::meta::ModelMeta;
use crate::schema::row::{Model, Repositories, readable};
use crate::schema::value::{FromValue as _, IntoObject as _, Object, Value};

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

    /// Returns all rows, in the order of the model (`x-ordering`), or else ordered by key. A row that the model cannot represent (for example because its `enum` has lost
    /// a value that the row has) is left out and logged as an error, so that the other rows can be read.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn list(&self) -> Result<Vec<M>> {
        Ok(readable(read::list(self.db, M::META).await?))
    }

    /// Returns a query of all rows.
    pub fn all(&self) -> Query<'a, M> {
        Query::new(self.db, Filter::all())
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

    /// Stores new rows and returns them as stored, in the same order (Django's `bulk_create`). It is all or nothing, and
    /// each row has its event after the commit. Up to 500 rows are stored by one statement.
    ///
    /// # Errors
    /// The errors of [`create`](Self::create). [`Error::Validation`](crate::Error::Validation) has a list with an item
    /// for each row, as in Django REST Framework: the errors of the row, or `{}`. After an error inside a transaction,
    /// some rows may be stored: roll it back.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> dcrf_runtime::Result<()> {
    /// # use dcrf_runtime::{Db, Model};
    /// # use things::models::{NewThing, Thing};
    /// # let db = Db::connect("sqlite::memory:", &things::MIGRATIONS).await?;
    /// let things = Thing::objects(&db);
    /// let new = |name: &str| NewThing { name: name.to_owned(), counter: None };
    /// let stored = things.create_many(vec![new("pen"), new("cup")]).await?;
    /// assert_eq!(stored.len(), 2);
    ///
    /// let refused = things.create_many(vec![new("key"), new(&"n".repeat(65))]).await.unwrap_err();
    /// let text = r#"[{},{"name":["Ensure this field has no more than 64 characters."]}]"#;
    /// assert_eq!(refused.detail().to_string(), text);
    /// assert_eq!(things.all().count().await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_many(&self, rows: Vec<M::New>) -> Result<Vec<M>> {
        let rows = rows.into_iter().map(M::New::into_object).collect();
        bulk::create(self.db, M::META, rows).await?.into_iter().map(M::from_row).collect()
    }

    /// Returns the row that satisfies a filter, or stores a new one. The second value tells whether the row is new
    /// (Django's `get_or_create`).
    ///
    /// If another request stores the row first, it is that row: for this, the columns of the filter have to be unique,
    /// alone or together.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> dcrf_runtime::Result<()> {
    /// # use chat::models::{NewUser, User};
    /// # use dcrf_runtime::{Db, Model};
    /// # let db = Db::connect("sqlite::memory:", &chat::MIGRATIONS).await?;
    /// let users = User::objects(&db);
    /// let new = || NewUser { username: "alice".to_owned(), password: "…".to_owned() };
    /// let (alice, is_new) = users.get_or_create(User::USERNAME.eq("alice"), new()).await?;
    /// assert!(is_new);
    /// assert_eq!(users.get_or_create(User::USERNAME.eq("alice"), new()).await?, (alice, false));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of [`create`](Self::create); [`Error::Internal`](crate::Error::Internal) if several rows satisfy the
    /// filter.
    pub async fn get_or_create(&self, filter: Filter<M>, new: M::New) -> Result<(M, bool)> {
        let condition = filter.into_condition();
        let (row, is_new) = ensure::get_or_create(self.db, M::META, condition, new.into_object()).await?;
        Ok((M::from_row(row)?, is_new))
    }

    /// Changes the row that satisfies a filter, or stores a new one. The second value tells whether the row is new
    /// (Django's `update_or_create`). The row is locked meanwhile; what [`get_or_create`](Self::get_or_create) says about
    /// other requests holds here, too.
    ///
    /// # Errors
    /// The errors of [`get_or_create`](Self::get_or_create) and [`update`](Self::update).
    pub async fn update_or_create(
        &self,
        filter: Filter<M>,
        changes: M::Changes,
        new: M::New,
    ) -> Result<(M, bool)> {
        let (condition, values) = (filter.into_condition(), changes.into_object());
        let (row, is_new) =
            ensure::update_or_create(self.db, M::META, condition, values, new.into_object()).await?;
        Ok((M::from_row(row)?, is_new))
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

    /// Returns the rows of a query in SQL that gives all columns of the model, by their names in the database (Django's
    /// `raw`). Parameters are `$1`, `$2`, … on both databases; values are only passed as parameters, so that the text is
    /// a constant.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> dcrf_runtime::Result<()> {
    /// # use dcrf_runtime::{Db, Model};
    /// # use things::models::{NewThing, Thing};
    /// # let db = Db::connect("sqlite::memory:", &things::MIGRATIONS).await?;
    /// # let things = Thing::objects(&db);
    /// # things.create(NewThing { name: "pen".to_owned(), counter: Some(3) }).await?;
    /// let sql = "SELECT * FROM thing WHERE counter > $1 ORDER BY length(name)";
    /// let found = things.raw(sql, vec![2.into()]).await?;
    /// assert_eq!(found[0].name, "pen");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn raw(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<M>> {
        raw::raw(self.db, M::META, sql, args).await?.into_iter().map(M::from_row).collect()
    }

    /// Tells observers that the rows with these keys have been written by SQL of the application, and returns the keys
    /// for which there is no row. The rows are read now, and subscribers get the event of an update; inside a
    /// transaction, when it is committed. It is not known in which groups the rows were before, so that they count as
    /// having been in their present ones: [`changing`](Self::changing) knows both.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> dcrf_runtime::Result<()> {
    /// # use dcrf_runtime::{Db, Model};
    /// # use things::models::{NewThing, Thing};
    /// # let db = Db::connect("sqlite::memory:", &things::MIGRATIONS).await?;
    /// # let things = Thing::objects(&db);
    /// # let pen = things.create(NewThing { name: "pen".to_owned(), counter: Some(3) }).await?;
    /// db.execute("UPDATE thing SET counter = counter * 2 WHERE id = $1", vec![pen.id.into()]).await?;
    /// assert_eq!(things.changed(vec![pen.id, 99]).await?, [99]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn changed(&self, keys: Vec<M::Key>) -> Result<Vec<M::Key>> {
        let keys = keys.into_iter().map(Into::into).collect();
        let missing = told::changed(self.db, M::META, keys).await?;
        missing.into_iter().map(M::Key::from_value).collect()
    }

    /// Runs work that writes rows of the model by SQL of its own, and tells observers what it has created, changed and
    /// deleted among the rows that satisfy a filter before or after it. The rows are locked, and the work gets a handle
    /// of the transaction in which it runs; outside of a transaction there is one for it, which is committed if the work
    /// succeeds. What the work writes by repositories has its events anyway.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> dcrf_runtime::Result<()> {
    /// # use dcrf_runtime::{Db, Model};
    /// # use things::models::{NewThing, Thing};
    /// # let db = Db::connect("sqlite::memory:", &things::MIGRATIONS).await?;
    /// # let things = Thing::objects(&db);
    /// # let new = |name: &str| NewThing { name: name.to_owned(), counter: Some(3) };
    /// # things.create_many(vec![new("pen"), new("cup")]).await?;
    /// let sql = "DELETE FROM thing WHERE length(name) = $1";
    /// let filter = Thing::COUNTER.gt(0);
    /// let deleted = things.changing(filter, async |db| db.execute(sql, vec![3.into()]).await).await?;
    /// assert_eq!(deleted, 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of the work; [`Error::Database`](crate::Error::Database);
    /// [`Error::Internal`](crate::Error::Internal) if the events of the rows would need more than 64 MiB.
    pub async fn changing<T>(
        &self,
        filter: Filter<M>,
        work: impl AsyncFnOnce(&Db) -> Result<T>,
    ) -> Result<T> {
        let condition = filter.into_condition();
        if self.db.is_transaction() {
            return changing(self.db, M::META, condition, work).await;
        }
        let transaction = self.db.begin().await?;
        let done = changing(transaction.db(), M::META, condition, work).await?;
        transaction.commit().await?;
        Ok(done)
    }
}

async fn changing<T>(
    db: &Db,
    meta: &'static ModelMeta,
    condition: Condition,
    work: impl AsyncFnOnce(&Db) -> Result<T>,
) -> Result<T> {
    let before = told::before(db, meta, condition).await?;
    let done = work(db).await?;
    told::compare(db, meta, before).await?;
    Ok(done)
}
