//! The typed columns of generated models.

use std::fmt;
use std::marker::PhantomData;

use super::assigned::Assigned;
use super::filter::Filter;
use super::tree::{By, Condition, Lookup};
use crate::ground::scalar::{Date, DateTime, Decimal, Duration, Time, Uuid};
use crate::schema::meta::PathStep;
use crate::schema::row::Model;
use crate::schema::value::Value;

/// A marker: a column contains no values of these types.
type Types<M, T, R> = fn() -> (M, T, R);

/// A column of the model `M` with values of type `T`. If the column is a foreign key, `R` is the model that it refers
/// to.
///
/// Generated models have a constant for each of their columns: `Message::ROOM`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> dcrf_runtime::Result<()> {
/// use chat::models::{Message, Room};
/// # use dcrf_runtime::{Db, Model};
///
/// let recent = Message::ID.gt(100) & Message::TEXT.starts_with("Hello");
/// let by_some = Message::USER.is_in([1, 2, 3]);
/// // A filter across a foreign key: messages in rooms whose host is the user 7.
/// let at_home = Message::ROOM.related(Room::HOST.eq(7));
/// # let db = Db::connect("sqlite::memory:", &chat::MIGRATIONS).await?;
/// # assert!(!Message::objects(&db).filter(recent & by_some & at_home).exists().await?);
/// # Ok(())
/// # }
/// ```
pub struct Column<M, T, R = ()> {
    index: usize,
    types: PhantomData<Types<M, T, R>>,
}

/// A column of the model `M` that contains JSON: filters can only test whether it is `null`.
pub struct JsonColumn<M> {
    index: usize,
    model: PhantomData<fn() -> M>,
}

/// A type whose values have an order.
pub trait Ordered {}

macro_rules! ordered {
    ($($ty:ty),*) => { $(impl Ordered for $ty {})* };
}
ordered!(i64, f64, String, Decimal, Date, DateTime, Time, Duration, Uuid);

/// A type whose values can be added.
pub trait Additive {}

impl Additive for i64 {}
impl Additive for f64 {}
impl Additive for Decimal {}
impl Additive for Duration {}

/// The change of a column in rows of the model `M`: the result of [`Column::set`] and [`Column::add`].
pub struct Assignment<M> {
    column: usize,
    assigned: Assigned,
    model: PhantomData<fn() -> M>,
}

impl<M> Assignment<M> {
    fn new(column: usize, assigned: Assigned) -> Self {
        Self { column, assigned, model: PhantomData }
    }

    /// Returns the column and its change.
    pub(crate) fn into_parts(self) -> (usize, Assigned) {
        (self.column, self.assigned)
    }
}

impl<M, T, R> Column<M, T, R> {
    /// Names the column at this position of the model's columns. Only generated code calls it.
    #[doc(hidden)]
    pub const fn new(index: usize) -> Self {
        Self { index, types: PhantomData }
    }

    /// Returns its position.
    pub(super) const fn index(self) -> usize {
        self.index
    }
}

impl<M: Model, T: Into<Value>, R> Column<M, T, R> {
    /// Matches rows in which the column is equal to a value.
    pub fn eq(self, value: impl Into<T>) -> Filter<M> {
        self.compare(Lookup::Eq, value)
    }

    /// Matches rows in which the column is not equal to a value. As in SQL, a `null` is neither equal nor not equal to
    /// it.
    pub fn ne(self, value: impl Into<T>) -> Filter<M> {
        self.compare(Lookup::Ne, value)
    }

    /// Matches rows in which the column is equal to one of several values; without values it matches no row. Both
    /// databases accept at least about 30,000 values.
    pub fn is_in<V: Into<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<M> {
        let values = values.into_iter().map(|value| value.into().into()).collect();
        Filter::new(Condition::one_of(M::META, self.index, values))
    }

    /// Matches rows in which the column is `null`.
    pub fn is_null(self) -> Filter<M> {
        is_null::<M>(self.index)
    }

    fn compare(self, lookup: Lookup, value: impl Into<T>) -> Filter<M> {
        Filter::new(Condition::compare(M::META, self.index, lookup, value.into().into()))
    }
}

impl<M: Model, T: Into<Value> + Ordered, R> Column<M, T, R> {
    /// Matches rows in which the column is less than a value. Texts are compared by their code points, unless the model
    /// leaves their order to the database (`x-collation`).
    pub fn lt(self, value: impl Into<T>) -> Filter<M> {
        self.compare(Lookup::Lt, value)
    }

    /// Matches rows in which the column is less than a value or equal to it.
    pub fn lte(self, value: impl Into<T>) -> Filter<M> {
        self.compare(Lookup::Lte, value)
    }

    /// Matches rows in which the column is greater than a value.
    pub fn gt(self, value: impl Into<T>) -> Filter<M> {
        self.compare(Lookup::Gt, value)
    }

    /// Matches rows in which the column is greater than a value or equal to it.
    pub fn gte(self, value: impl Into<T>) -> Filter<M> {
        self.compare(Lookup::Gte, value)
    }
}

impl<M: Model, T: Into<Value>, R> Column<M, T, R> {
    /// Assigns a value to the column: for [`Repository::patch`](crate::Repository::patch).
    pub fn set(self, value: impl Into<T>) -> Assignment<M> {
        Assignment::new(self.index, Assigned::Set(value.into().into()))
    }
}

impl<M: Model, T: Into<Value> + Additive> Column<M, T> {
    /// Adds a positive or negative amount to the value that the column has when it is written (Django's
    /// `F("column") + amount`): for [`Repository::patch`](crate::Repository::patch).
    #[expect(
        clippy::should_implement_trait,
        reason = "a column is no number: `column + 1` would be no assignment"
    )]
    pub fn add(self, amount: impl Into<T>) -> Assignment<M> {
        Assignment::new(self.index, Assigned::Add(amount.into().into()))
    }
}

impl<M: Model, R> Column<M, String, R> {
    /// Matches rows in which the column contains a text. It distinguishes between upper and lower case.
    pub fn contains(self, text: impl Into<String>) -> Filter<M> {
        self.compare(Lookup::Contains, text)
    }

    /// Matches rows in which the column begins with a text. It distinguishes between upper and lower case.
    pub fn starts_with(self, text: impl Into<String>) -> Filter<M> {
        self.compare(Lookup::StartsWith, text)
    }
}

impl<M: Model, T, R: Model> Column<M, T, R> {
    /// Matches rows for which the row that the column refers to matches the filter. It matches no row whose column
    /// refers to none.
    pub fn related(self, filter: Filter<R>) -> Filter<M> {
        Filter::related(PathStep::ForeignKey(self.index), filter)
    }

    /// Matches like [`related`](Self::related), except that a column that refers to no row is treated as if it referred
    /// to a row of `null`s, as in a `LEFT JOIN`: `ROOM.outer(OWNER.is_null())` also matches rows without a room.
    pub fn outer(self, filter: Filter<R>) -> Filter<M> {
        Filter::outer(PathStep::ForeignKey(self.index), filter)
    }
}

impl<M: Model, T, R: Model> Column<M, T, R> {
    /// Matches the rows to which at least one row refers that matches the filter, which is the other way across a
    /// foreign key: `Message::ROOM.referring(Message::TEXT.contains("?"))` are the rooms with a question. A row matches
    /// once, however many rows refer to it.
    ///
    /// All parts of the filter are about the same row, as in one call of Django's `filter`; two filters that are joined
    /// with `&` may be satisfied by two rows.
    pub fn referring(self, filter: Filter<M>) -> Filter<R> {
        let condition = Box::new(filter.into_condition());
        let (model, target, by) = (R::META, M::META, By::Column(self.index));
        Filter::new(Condition::ToMany { model, target, by, condition })
    }
}

impl<M> JsonColumn<M> {
    /// Names the column at this position of the model's columns. Only generated code calls it.
    #[doc(hidden)]
    pub const fn new(index: usize) -> Self {
        Self { index, model: PhantomData }
    }

    /// Returns its position.
    pub(super) const fn index(self) -> usize {
        self.index
    }
}

impl<M: Model> JsonColumn<M> {
    /// Matches rows in which the column is `null` in SQL.
    pub fn is_null(self) -> Filter<M> {
        is_null::<M>(self.index)
    }
}

fn is_null<M: Model>(column: usize) -> Filter<M> {
    Filter::new(Condition::is_null(M::META, column))
}

// Written by hand, because a derive would require the same of the types.
impl<M, T, R> Clone for Column<M, T, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T, R> Copy for Column<M, T, R> {}

impl<M, T, R> fmt::Debug for Column<M, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Column").field(&self.index).finish()
    }
}

impl<M> fmt::Debug for Assignment<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values do not belong into a log.
        f.debug_struct("Assignment").field("column", &self.column).finish_non_exhaustive()
    }
}

impl<M> Clone for JsonColumn<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for JsonColumn<M> {}

impl<M> fmt::Debug for JsonColumn<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonColumn").field(&self.index).finish()
    }
}
