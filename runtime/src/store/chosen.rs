//! Queries of columns and aggregates, which are read as tuples.

use std::fmt;

use super::selection::Selection;
use crate::condition::{Selectable, Selected};
use crate::db::Db;
use crate::ground::error::Result;
use crate::schema::row::Row;

/// A query of columns or aggregates: the result of [`Query::values`](crate::Query::values) and
/// [`flat`](crate::Query::flat).
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
/// # let new = |name: &str| NewRoom { name: name.to_owned(), host: alice.id };
/// # let rooms = Room::objects(&db).create_many(vec![new("Lobby"), new("Kitchen")]).await?;
/// # let new = |room: &Room, text: &str| NewMessage { room: room.id, user: alice.id, text: text.to_owned() };
/// # let all = vec![new(&rooms[0], "Hello!"), new(&rooms[1], "Tea?"), new(&rooms[1], "Yes.")];
/// # Message::objects(&db).create_many(all).await?;
/// // The rooms, the one with the newest message first.
/// let rooms = Message::objects(&db)
///     .all()
///     .order_by([Message::ID.max().desc()])
///     .values((Message::ROOM.to(Room::NAME), Message::ID.count()))
///     .list()
///     .await?;
/// assert_eq!(rooms, [("Kitchen".to_owned(), 2), ("Lobby".to_owned(), 1)]);
///
/// // The names of those who have written something, each once.
/// let authors = Message::objects(&db).all().flat(Message::USER.to(User::USERNAME)).distinct().list().await?;
/// assert_eq!(authors, ["alice"]);
/// # Ok(())
/// # }
/// ```
pub struct ValuesQuery<'a, T> {
    db: &'a Db,
    selection: Selection,
    items: Vec<Selected>,
    distinct: bool,
    read: fn(Row) -> Result<T>,
}

impl<'a, T> ValuesQuery<'a, T> {
    pub(crate) fn new(
        db: &'a Db,
        selection: Selection,
        items: Vec<Selected>,
        read: fn(Row) -> Result<T>,
    ) -> Self {
        Self { db, selection, items, distinct: false, read }
    }

    /// Leaves out all but one of equal results. The order of the query may then only name selected columns, and its
    /// limit and offset count distinct results.
    #[must_use]
    pub fn distinct(self) -> Self {
        Self { distinct: true, ..self }
    }

    /// Returns the results.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database); [`Error::Internal`](crate::Error::Internal) if a column may be `null`
    /// and is not selected as [`optional`](crate::condition::Column::optional), if groups are sorted by a column by
    /// which they are not grouped, or if a sum is too large for its type.
    pub async fn list(self) -> Result<Vec<T>> {
        let rows = self.selection.values(self.db, &self.items, self.distinct).await?;
        rows.into_iter().map(self.read).collect()
    }

    /// Returns the first result, if there is one.
    ///
    /// # Errors
    /// The errors of [`list`](Self::list).
    pub async fn first(self) -> Result<Option<T>> {
        Ok(Self { selection: self.selection.at_most(1), ..self }.list().await?.pop())
    }
}

impl<T> fmt::Debug for ValuesQuery<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValuesQuery")
            .field("selection", &self.selection)
            .field("items", &self.items)
            .finish_non_exhaustive()
    }
}

/// Columns and aggregates that a query selects: a tuple of up to eight of them.
pub trait Columns<M> {
    /// The tuple of their values.
    type Output;

    /// Returns them without their types.
    #[doc(hidden)]
    fn into_selected(self) -> Vec<Selected>;

    /// Reads their values from a row.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if a value is of another type.
    #[doc(hidden)]
    fn read(row: Row) -> Result<Self::Output>;
}

macro_rules! tuples {
    ($(($($item:ident $position:tt),+))*) => {$(
        impl<M, $($item: Selectable<M>),+> Columns<M> for ($($item,)+) {
            type Output = ($($item::Output,)+);

            fn into_selected(self) -> Vec<Selected> {
                vec![$(self.$position.into_selected()),+]
            }

            fn read(mut row: Row) -> Result<Self::Output> {
                Ok(($(row.take::<$item::Output>($position)?,)+))
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
