//! Aggregates of the rows that are related to each row of a query.

use std::fmt;

use super::column::Column;
use super::field::{Aggregate, Order, Selectable};
use super::selected::{Each, OuterModel, Selected};
use super::tree::By;
use crate::schema::row::Model;
use crate::schema::value::FromValue;

/// An aggregate of the rows that are related to each row of `M`: the result of [`Column::each`].
pub struct PerRow<M, T>(Aggregate<M, T>);

impl<M: Model, T, R: Model> Column<M, T, R> {
    /// Returns an aggregate of the rows that refer to each row (Django's `annotate(n=Count("messages"))`): with
    /// `Message::ROOM.each(Message::ID.count())` rooms are sorted by the number of their messages, or the number is
    /// selected beside the columns of the room. It is an aggregate of a column of the referring rows themselves.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> dcrf_runtime::Result<()> {
    /// use chat::models::{Message, Room};
    /// use dcrf_runtime::{Db, Model};
    ///
    /// # let db = Db::connect("sqlite::memory:", &chat::MIGRATIONS).await?;
    /// // The rooms with the newest messages first, and those without messages last.
    /// let newest = Message::ROOM.each(Message::CREATED_AT.max());
    /// let rooms = Room::objects(&db).all().order_by([newest.desc().nulls_last()]);
    /// let counted = rooms.values((Room::NAME, Message::ROOM.each(Message::ID.count())));
    /// assert!(counted.list().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn each<U>(self, aggregate: Aggregate<M, U>) -> PerRow<R, U> {
        PerRow::of(aggregate, By::Column(self.index()))
    }
}

impl<M: Model, T> PerRow<M, T> {
    /// Makes an aggregate one of the rows that are related to each row.
    pub(crate) fn of<N>(aggregate: Aggregate<N, T>, by: By) -> Self {
        let each = Some(Each { by, outer: OuterModel(M::META) });
        Self(Aggregate::of(Selected { each, ..aggregate.into_inner() }))
    }

    /// Sorts by the aggregate; `null` comes first.
    pub fn asc(self) -> Order<M> {
        self.0.asc()
    }

    /// Sorts by the aggregate in descending order; `null` comes last.
    pub fn desc(self) -> Order<M> {
        self.0.desc()
    }
}

impl<M, T: FromValue> Selectable<M> for PerRow<M, T> {
    type Output = T;
    fn into_selected(self) -> Selected {
        self.0.into_inner()
    }
}

impl<M, T> fmt::Debug for PerRow<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
