//! Queries of the rows that satisfy a filter.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::ops::RangeBounds;

use super::bulk;
use super::chosen::{Columns, ValuesQuery};
use super::lock::select_locked;
use super::selection::Selection;
use crate::condition::{Assignment, Condition, Filter, Order, Selectable};
use crate::db::{Db, Lock};
use crate::ground::error::{Error, Result};
use crate::schema::key::Key;
use crate::schema::row::{Model, readable};
use crate::schema::value::{FromValue as _, IntoObject as _};

/// A query of the rows of one model: which rows, in which order, and how many of them (Django's `QuerySet`).
/// [`Repository::all`](crate::Repository::all) and [`Repository::filter`](crate::Repository::filter) create it. Nothing
/// is read or written before a method that is `async`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> dcrf_runtime::Result<()> {
/// use chat::models::{Message, NewMessage, Room, User};
/// # use chat::models::{NewRoom, NewUser};
/// use dcrf_runtime::{Db, Model};
///
/// # let db = Db::connect("sqlite::memory:", &chat::MIGRATIONS).await?;
/// # let new = NewUser { username: "alice".to_owned(), password: "…".to_owned() };
/// # let alice = User::objects(&db).create(new).await?;
/// # let new = NewRoom { name: "Lobby".to_owned(), host: alice.id };
/// # let lobby = Room::objects(&db).create(new).await?;
/// # for text in ["Hello!", "How are you?", "Well, thanks."] {
/// #     let new = NewMessage { room: lobby.id, user: alice.id, text: text.to_owned() };
/// #     Message::objects(&db).create(new).await?;
/// # }
/// let in_lobby = Message::objects(&db).filter(Message::ROOM.related(Room::NAME.eq("Lobby")));
/// assert_eq!(in_lobby.clone().count().await?, 3);
///
/// // The newest two.
/// let newest = in_lobby.clone().order_by([Message::ID.desc()]).limit(2).list().await?;
/// assert_eq!(newest[0].text, "Well, thanks.");
///
/// // The only question, which is an error if there are several.
/// let question = in_lobby.clone().filter(Message::TEXT.contains("?")).get().await?;
/// assert_eq!(question.text, "How are you?");
///
/// // Columns instead of rows, also of rows behind foreign keys.
/// let texts = in_lobby.clone().values((Message::TEXT, Message::USER.to(User::USERNAME))).list().await?;
/// assert_eq!(texts[0], ("Hello!".to_owned(), "alice".to_owned()));
///
/// // The number of messages of each user, and the newest one.
/// let by_user = in_lobby.clone().values((Message::USER, Message::ID.count(), Message::ID.max()));
/// assert_eq!(by_user.list().await?, [(alice.id, 3, Some(3))]);
///
/// // The rooms in which somebody has asked something.
/// let lively = Room::objects(&db).filter(Message::ROOM.referring(Message::TEXT.contains("?")));
/// assert_eq!(lively.flat(Room::NAME).list().await?, ["Lobby"]);
///
/// // Every changed row has its event.
/// assert_eq!(in_lobby.patch([Message::TEXT.set("…")]).await?, 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Query<'a, M> {
    db: &'a Db,
    selection: Selection,
    model: PhantomData<fn() -> M>,
}

impl<M> Clone for Query<'_, M> {
    fn clone(&self) -> Self {
        Self { db: self.db, selection: self.selection.clone(), model: PhantomData }
    }
}

impl<'a, M: Model> Query<'a, M> {
    pub(crate) fn new(db: &'a Db, filter: Filter<M>) -> Self {
        Self { db, selection: Selection::new(M::META, filter.into_condition()), model: PhantomData }
    }

    fn with(self, change: impl FnOnce(Selection) -> Selection) -> Self {
        Self { selection: change(self.selection), ..self }
    }

    /// Restricts the rows to those that satisfy this filter, too.
    #[must_use]
    pub fn filter(self, filter: Filter<M>) -> Self {
        self.with(|selection| selection.narrowed(filter.into_condition()))
    }

    /// Restricts the rows to those that do not satisfy this filter, including those for which it is unknown because of a
    /// `null`.
    #[must_use]
    pub fn exclude(self, filter: Filter<M>) -> Self {
        self.filter(filter.untrue())
    }

    /// Sets the order, in the place of an earlier one. Rows that are equal in it are ordered by key, so that the order is
    /// always the same; without an order, rows have that of the model (`x-ordering`), or else that of their keys. Texts are sorted by their code points, unless the model leaves
    /// their order to the database (`x-collation`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> dcrf_runtime::Result<()> {
    /// use chat::models::{Message, Room, User};
    /// use dcrf_runtime::{Db, Model};
    ///
    /// # let db = Db::connect("sqlite::memory:", &chat::MIGRATIONS).await?;
    /// let by_room = Message::objects(&db).all().order_by([
    ///     Message::ROOM.to(Room::NAME).asc(),
    ///     Message::ROOM.to(Room::HOST.to(User::USERNAME)).desc().nulls_first(),
    ///     Message::CREATED_AT.desc(),
    /// ]);
    /// assert!(by_room.slice(10..20).list().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn order_by(self, order: impl IntoIterator<Item = Order<M>>) -> Self {
        let order = order.into_iter().map(Order::into_sorted).collect();
        self.with(|selection| selection.ordered(order))
    }

    /// Reverses the order.
    #[must_use]
    pub fn reverse(self) -> Self {
        self.with(Selection::reversed)
    }

    /// Reads at most so many rows.
    #[must_use]
    pub fn limit(self, rows: u64) -> Self {
        self.with(|selection| selection.at_most(rows))
    }

    /// Leaves so many rows out at the beginning.
    #[must_use]
    pub fn offset(self, rows: u64) -> Self {
        self.with(|selection| selection.after(rows))
    }

    /// Reads the rows at these positions: `slice(10..20)` is Django's `[10:20]`. A slice of a slice counts from its
    /// beginning. A query is filtered and sorted before it is sliced: the other way round is an error, as in Django.
    #[must_use]
    pub fn slice(self, range: impl RangeBounds<u64>) -> Self {
        self.with(|selection| selection.sliced(range.start_bound(), range.end_bound()))
    }

    /// Returns the rows, in the order of the query, or else in that of the model (`x-ordering`), or else in the order of
    /// their keys. A row that the model cannot represent (for example because its `enum` has lost a value that the
    /// row has) is left out and logged as an error, so that the other rows can be read.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database); [`Error::Internal`](crate::Error::Internal) if the query is filtered
    /// or sorted after it was sliced.
    pub async fn list(self) -> Result<Vec<M>> {
        Ok(readable(self.selection.rows(self.db).await?))
    }

    /// Returns the rows and locks them until the transaction ends, as
    /// [`Repository::get_for_update`](crate::Repository::get_for_update) does. Rows are locked in the order of their
    /// keys, whatever the order of the query, so that two transactions that lock some of the same rows do not deadlock.
    /// A row that does not satisfy the filter any more when it is locked is left out.
    ///
    /// # Errors
    /// The errors of [`list`](Self::list); [`Error::Internal`](crate::Error::Internal) outside of a transaction.
    pub async fn list_for_update(self) -> Result<Vec<M>> {
        let Self { db, selection, .. } = self;
        if selection.is_whole() && M::META.ordering.is_empty() {
            return Ok(readable(select_locked(db, M::META, &selection.condition, Lock::Row).await?));
        }
        let keys = selection.keys(db).await?;
        let own = Condition::one_of(M::META, M::META.key, keys.clone());
        let condition = selection.condition.and(own);
        let mut rows = select_locked(db, M::META, &condition, Lock::Row).await?;
        let positions: HashMap<Key<'_>, usize> = keys.iter().map(Key::of).zip(0..).collect();
        rows.sort_by_key(|row| positions.get(&Key::of(row.get(M::META.key))).copied());
        Ok(readable(rows))
    }

    /// Returns the first row, if there is one.
    ///
    /// # Errors
    /// The errors of [`list`](Self::list).
    pub async fn first(self) -> Result<Option<M>> {
        Ok(self.limit(1).list().await?.pop())
    }

    /// Returns the last row, if there is one.
    ///
    /// # Errors
    /// The errors of [`list`](Self::list).
    pub async fn last(self) -> Result<Option<M>> {
        if self.selection.is_sliced() {
            return Ok(self.list().await?.pop());
        }
        self.reverse().first().await
    }

    /// Returns the only row.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; [`Error::Internal`](crate::Error::Internal) if
    /// there are several; the errors of [`list`](Self::list).
    pub async fn get(self) -> Result<M> {
        let Self { db, selection, .. } = self.limit(2);
        let mut rows = selection.rows(db).await?;
        if rows.len() > 1 {
            return Err(Error::internal(format!("get() has found more than one {}", M::META.name)));
        }
        M::from_row(rows.pop().ok_or(Error::NotFound)?)
    }

    /// Returns the number of rows.
    ///
    /// # Errors
    /// The errors of [`list`](Self::list).
    pub async fn count(self) -> Result<u64> {
        self.selection.count(self.db).await
    }

    /// Tells whether there is a row.
    ///
    /// # Errors
    /// The errors of [`list`](Self::list).
    pub async fn exists(self) -> Result<bool> {
        self.selection.exists(self.db).await
    }

    /// Returns the keys of the rows.
    ///
    /// # Errors
    /// The errors of [`list`](Self::list).
    pub async fn keys(self) -> Result<Vec<M::Key>> {
        let keys = self.selection.keys(self.db).await?;
        keys.into_iter().map(M::Key::from_value).collect()
    }

    /// Selects columns in the place of rows, as a tuple (Django's `values_list`). If there are aggregates among them,
    /// there is one tuple for each group of rows that are equal in the other columns (Django's
    /// `values(…).annotate(…)`): then the order, the limit and the offset of the query are those of the groups, which
    /// without an order are sorted by their columns. [`ValuesQuery`] has examples.
    pub fn values<C: Columns<M>>(self, columns: C) -> ValuesQuery<'a, C::Output> {
        ValuesQuery::new(self.db, self.selection, columns.into_selected(), C::read)
    }

    /// Selects one column in the place of rows (Django's `values_list(…, flat=True)`).
    pub fn flat<S: Selectable<M>>(self, column: S) -> ValuesQuery<'a, S::Output> {
        ValuesQuery::new(self.db, self.selection, vec![column.into_selected()], |mut row| row.take(0))
    }

    /// Returns aggregates of all rows, as a tuple (Django's `aggregate`). Without rows, a count is 0 and every other
    /// aggregate is `None`. The rows of a slice are those that are read.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> dcrf_runtime::Result<()> {
    /// use dcrf_runtime::{Db, Model};
    /// use things::models::{NewThing, Thing};
    ///
    /// # let db = Db::connect("sqlite::memory:", &things::MIGRATIONS).await?;
    /// # let new = |name: &str, counter| NewThing { name: name.to_owned(), counter: Some(counter) };
    /// Thing::objects(&db).create_many(vec![new("pen", 3), new("cup", 4)]).await?;
    /// let (sum, average, most) = Thing::objects(&db)
    ///     .all()
    ///     .aggregate((Thing::COUNTER.sum(), Thing::COUNTER.avg(), Thing::COUNTER.max()))
    ///     .await?;
    /// assert_eq!((sum, average, most), (Some(7), Some(3.5), Some(4)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of [`list`](Self::list); [`Error::Internal`](crate::Error::Internal) if a column is not an aggregate,
    /// or a sum is too large for its type.
    pub async fn aggregate<C: Columns<M>>(self, columns: C) -> Result<C::Output> {
        C::read(self.selection.aggregate(self.db, &columns.into_selected()).await?)
    }

    /// Changes all rows, and returns how many there were. It is all or nothing: outside of a transaction it is one of
    /// its own. The rules of the model apply, times with `x-auto-now` are set, and each row has the event that it would
    /// have if it were changed alone, after the commit; unlike in Django, where `update` sends no signals.
    ///
    /// A model that nobody observes is changed by one statement. Otherwise, up to 500 rows at a time are locked and
    /// changed by one statement, in the order of their keys.
    ///
    /// # Errors
    /// The errors of [`Repository::update`](crate::Repository::update), except that no row is no error;
    /// [`Error::Internal`](crate::Error::Internal) if the query is sliced, or if the events of the rows would need more
    /// than 64 MiB until the commit. After an error inside a transaction, some rows may be changed: roll it back.
    pub async fn update(self, changes: M::Changes) -> Result<u64> {
        bulk::update(self.db, self.selection, changes.into_object()).await
    }

    /// Changes columns of all rows, some relative to their values (Django's `F()`), and returns how many rows there
    /// were: `query.patch([Task::POSITION.add(1)])`. Everything else is as with [`update`](Self::update).
    ///
    /// # Errors
    /// The errors of [`update`](Self::update) and of [`Repository::patch`](crate::Repository::patch).
    pub async fn patch(self, changes: impl IntoIterator<Item = Assignment<M>>) -> Result<u64> {
        let changes = changes.into_iter().map(Assignment::into_parts).collect();
        bulk::patch(self.db, self.selection, changes).await
    }

    /// Deletes all rows, and with them the rows to which the deletion cascades. Returns how many there were, without
    /// those of the cascades. It is all or nothing, and each row has its event, also those of the cascades.
    ///
    /// # Errors
    /// [`Error::Protected`](crate::Error::Protected) if another row prevents it; otherwise as with
    /// [`update`](Self::update).
    pub async fn delete(self) -> Result<u64> {
        bulk::delete(self.db, self.selection).await
    }
}
