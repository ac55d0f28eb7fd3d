//! Queries of the rows that satisfy a filter.

use super::lock::select_locked;
use super::select::{count, select};
use crate::condition::{Condition, Filter};
use crate::db::{Db, Lock};
use crate::ground::error::Result;
use crate::schema::row::Model;

/// The rows of one model that a filter admits. [`Repository::filter`](crate::Repository::filter) creates it.
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
///
/// # for text in ["Hello!", "How are you?"] {
/// #     let new = NewMessage { room: lobby.id, user: alice.id, text: text.to_owned() };
/// #     Message::objects(&db).create(new).await?;
/// # }
/// let in_lobby = Message::objects(&db).filter(Message::ROOM.related(Room::NAME.eq("Lobby")));
/// assert_eq!(in_lobby.count().await?, 2);
///
/// let by_alice = Message::objects(&db).filter(Message::USER.eq(alice.id));
/// let questions = by_alice.filter(Message::TEXT.contains("?")).list().await?;
/// assert_eq!(questions[0].text, "How are you?");
///
/// let first = Message::objects(&db).filter(Message::ROOM.eq(lobby.id)).first().await?;
/// assert_eq!(first.map(|message| message.text).as_deref(), Some("Hello!"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Query<'a, M> {
    db: &'a Db,
    filter: Filter<M>,
}

impl<'a, M: Model> Query<'a, M> {
    pub(crate) fn new(db: &'a Db, filter: Filter<M>) -> Self {
        Self { db, filter }
    }

    /// Restricts the rows to those that satisfy this filter, too.
    #[must_use]
    pub fn filter(self, filter: Filter<M>) -> Self {
        Self { db: self.db, filter: self.filter & filter }
    }

    /// Returns the rows, ordered by key.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn list(self) -> Result<Vec<M>> {
        self.rows(None).await
    }

    /// Returns the rows, ordered by key, and locks them until the transaction ends, as
    /// [`Repository::get_for_update`](crate::Repository::get_for_update) does. Rows are locked in the order of their
    /// keys, so that two transactions that lock some of the same rows do not deadlock.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database); [`Error::Internal`](crate::Error::Internal) outside of a transaction.
    pub async fn list_for_update(self) -> Result<Vec<M>> {
        let condition = Condition::from(self.filter);
        let rows = select_locked(self.db, M::META, &condition, Lock::Row).await?;
        Ok(crate::schema::row::readable(rows))
    }

    /// Returns the row with the least key, if a row satisfies the filter.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn first(self) -> Result<Option<M>> {
        Ok(self.rows(Some(1)).await?.pop())
    }

    /// Returns the number of rows.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn count(self) -> Result<u64> {
        count(self.db, M::META, &Condition::from(self.filter)).await
    }

    /// Tells whether a row satisfies the filter.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn exists(self) -> Result<bool> {
        let rows = select(self.db, M::META, &Condition::from(self.filter), Some(1)).await?;
        Ok(!rows.is_empty())
    }

    async fn rows(self, limit: Option<i64>) -> Result<Vec<M>> {
        let rows = select(self.db, M::META, &Condition::from(self.filter), limit).await?;
        Ok(crate::schema::row::readable(rows))
    }
}
