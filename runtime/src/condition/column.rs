//! The typed columns of generated models.

use std::fmt;
use std::marker::PhantomData;

use super::assigned::Assigned;
use super::filter::Filter;
use super::tree::{Condition, Lookup};
use crate::ground::scalar::{Date, DateTime, Decimal, Duration, Time, Uuid};
use crate::schema::row::Model;
use crate::schema::value::Value;

/// A marker: a column contains no values of these types.
type Types<M, T, R> = fn() -> (M, T, R);

/// A column of the model `M` with values of type `T`; `R` is the model whose rows it refers to, if it does.
///
/// Generated models have one for each of their columns: `Message::ROOM`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> dcrf_runtime::Result<()> {
/// use chat::models::{Message, Room};
/// # use dcrf_runtime::{Db, Model};
///
/// let recent = Message::ID.gt(100) & Message::TEXT.starts_with("Hello");
/// let by_some = Message::USER.is_in([1, 2, 3]);
/// // Across a foreign key: messages in rooms whose host is the user 7.
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

/// A column of the model `M` that holds JSON: nothing can be asked of it but whether it is there.
pub struct JsonColumn<M> {
    index: usize,
    model: PhantomData<fn() -> M>,
}

/// Types whose values are less or greater than others.
pub trait Ordered {}

macro_rules! ordered {
    ($($ty:ty),*) => { $(impl Ordered for $ty {})* };
}
ordered!(i64, f64, String, Decimal, Date, DateTime, Time, Duration, Uuid);

/// Types whose values are added up.
pub trait Additive {}

impl Additive for i64 {}
impl Additive for f64 {}
impl Additive for Decimal {}
impl Additive for Duration {}

/// What becomes of a column of a row of the model `M`: what [`Column::set`] and [`Column::add`] give.
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
    /// The column at this position of the model's columns. For generated code.
    #[doc(hidden)]
    pub const fn new(index: usize) -> Self {
        Self { index, types: PhantomData }
    }
}

impl<M: Model, T: Into<Value>, R> Column<M, T, R> {
    /// Equal to a value.
    pub fn eq(self, value: impl Into<T>) -> Filter<M> {
        self.compare(Lookup::Eq, value)
    }

    /// Not equal to a value. A `null` is neither equal nor not equal to it, as in SQL.
    pub fn ne(self, value: impl Into<T>) -> Filter<M> {
        self.compare(Lookup::Ne, value)
    }

    /// Equal to one of several values; of none: nothing. A database takes some 30,000.
    pub fn is_in<V: Into<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<M> {
        let values = values.into_iter().map(|value| value.into().into()).collect();
        Filter::new(Condition::one_of(M::META, self.index, values))
    }

    /// It is `null`.
    pub fn is_null(self) -> Filter<M> {
        is_null::<M>(self.index)
    }

    fn compare(self, lookup: Lookup, value: impl Into<T>) -> Filter<M> {
        Filter::new(Condition::compare(M::META, self.index, lookup, value.into().into()))
    }
}

impl<M: Model, T: Into<Value> + Ordered, R> Column<M, T, R> {
    /// Less than a value. Texts are compared by their code points, unless the model says that their order is the
    /// database's (`x-collation`).
    pub fn lt(self, value: impl Into<T>) -> Filter<M> {
        self.compare(Lookup::Lt, value)
    }

    /// Less than a value, or equal to it.
    pub fn lte(self, value: impl Into<T>) -> Filter<M> {
        self.compare(Lookup::Lte, value)
    }

    /// Greater than a value.
    pub fn gt(self, value: impl Into<T>) -> Filter<M> {
        self.compare(Lookup::Gt, value)
    }

    /// Greater than a value, or equal to it.
    pub fn gte(self, value: impl Into<T>) -> Filter<M> {
        self.compare(Lookup::Gte, value)
    }
}

impl<M: Model, T: Into<Value>, R> Column<M, T, R> {
    /// It gets a value: for [`Repository::patch`](crate::Repository::patch).
    pub fn set(self, value: impl Into<T>) -> Assignment<M> {
        Assignment::new(self.index, Assigned::Set(value.into().into()))
    }
}

impl<M: Model, T: Into<Value> + Additive> Column<M, T> {
    /// An amount, of either sign, is added to what it holds when it is written (Django's `F("column") + amount`): for
    /// [`Repository::patch`](crate::Repository::patch).
    #[expect(
        clippy::should_implement_trait,
        reason = "a column is no number: `column + 1` would be no assignment"
    )]
    pub fn add(self, amount: impl Into<T>) -> Assignment<M> {
        Assignment::new(self.index, Assigned::Add(amount.into().into()))
    }
}

impl<M: Model, R> Column<M, String, R> {
    /// A text is somewhere in it, in the same case.
    pub fn contains(self, text: impl Into<String>) -> Filter<M> {
        self.compare(Lookup::Contains, text)
    }

    /// It begins with a text, in the same case.
    pub fn starts_with(self, text: impl Into<String>) -> Filter<M> {
        self.compare(Lookup::StartsWith, text)
    }
}

impl<M: Model, T, R: Model> Column<M, T, R> {
    /// The row that it refers to has something. If it refers to none, it has not.
    pub fn related(self, filter: Filter<R>) -> Filter<M> {
        let condition = Box::new(filter.into_condition());
        Filter::new(Condition::Related { model: M::META, column: self.index, condition })
    }

    /// As [`related`](Self::related), but if it refers to no row, one whose columns are all `null` stands for it, as in
    /// a `LEFT JOIN`: `ROOM.outer(OWNER.is_null())` admits rows without a room, too.
    pub fn outer(self, filter: Filter<R>) -> Filter<M> {
        let condition = Box::new(filter.into_condition());
        Filter::new(Condition::Outer { model: M::META, column: self.index, condition })
    }
}

impl<M> JsonColumn<M> {
    /// The column at this position of the model's columns. For generated code.
    #[doc(hidden)]
    pub const fn new(index: usize) -> Self {
        Self { index, model: PhantomData }
    }
}

impl<M: Model> JsonColumn<M> {
    /// It is `null`, as the database sees it.
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
