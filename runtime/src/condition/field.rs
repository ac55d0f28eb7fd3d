//! The columns that a query reads and sorts by: those of its own model, those of rows behind foreign keys, and aggregates
//! of both.

use std::fmt;
use std::marker::PhantomData;

use super::column::{Additive, Column, JsonColumn, Ordered};
use super::selected::{Function, Reached, Selected, Sorted};
use crate::ground::scalar::{Decimal, Duration, Json};
use crate::schema::row::Model;
use crate::schema::value::FromValue;

/// A column of the rows of `M`, or of the rows to which foreign keys lead from them: the result of [`Column::to`].
pub struct Field<M, T> {
    reached: Reached,
    types: PhantomData<fn() -> (M, T)>,
}

/// A [`Field`] that may be `null`: the result of [`Column::optional`].
pub struct Optional<M, T>(Field<M, T>);

/// An aggregate of a column over the rows of a query, or over those of a group. `T` is the type of the result.
pub struct Aggregate<M, T> {
    selected: Selected,
    types: PhantomData<fn() -> (M, T)>,
}

/// A part of the order of a query: the result of [`Column::asc`] and [`Column::desc`].
pub struct Order<M> {
    sorted: Sorted,
    model: PhantomData<fn() -> M>,
}

/// A type of values that have an average, which is of the type `Average`.
pub trait Averaged {
    /// The type of the average.
    type Average: FromValue;
}

impl Averaged for i64 {
    type Average = f64;
}
impl Averaged for f64 {
    type Average = Self;
}
impl Averaged for Decimal {
    type Average = Self;
}
impl Averaged for Duration {
    type Average = Self;
}

impl<M: Model, T, R> From<Column<M, T, R>> for Field<M, T> {
    fn from(column: Column<M, T, R>) -> Self {
        Self::at(Reached::own(M::META, column.index()))
    }
}

impl<M: Model> From<JsonColumn<M>> for Field<M, Json> {
    fn from(column: JsonColumn<M>) -> Self {
        Self::at(Reached::own(M::META, column.index()))
    }
}

impl<M: Model, T, R: Model> Column<M, T, R> {
    /// Returns a column of the row to which this foreign key refers (Django's `room__name`):
    /// `Message::ROOM.to(Room::NAME)`, or `Message::ROOM.to(Room::HOST.to(User::USERNAME))`. It is `null` for a row
    /// whose key is `null`.
    pub fn to<U>(self, field: impl Into<Field<R, U>>) -> Field<M, U> {
        Field::at(field.into().reached.from(M::META, self.index()))
    }
}

/// Declares what columns and fields have in common, once for both.
macro_rules! read {
    ($($name:ty, [$($parameter:ident),*];)*) => {$(
        impl<M: Model, T, $($parameter),*> $name {
            /// Sorts by the column; `null` comes first, on both databases.
            pub fn asc(self) -> Order<M> {
                Order::by(Field::from(self).selected(Function::Value), false)
            }

            /// Sorts by the column in descending order; `null` comes last, on both databases.
            pub fn desc(self) -> Order<M> {
                Order::by(Field::from(self).selected(Function::Value), true)
            }

            /// Selects the column as an `Option`. A column that may be `null`, or that is behind a foreign key that may
            /// be `null`, can only be selected so.
            pub fn optional(self) -> Optional<M, T> {
                Optional(self.into())
            }

            /// Counts the rows in which the column is not `null`.
            pub fn count(self) -> Aggregate<M, u64> {
                Field::from(self).aggregate(Function::Count)
            }

            /// Counts the distinct values of the column, without `null`.
            pub fn count_distinct(self) -> Aggregate<M, u64> {
                Field::from(self).aggregate(Function::CountDistinct)
            }
        }

        impl<M: Model, T: Additive, $($parameter),*> $name {
            /// Adds the values of the column up, without `null`; it is `None` if there are no values. Sums of integers,
            /// decimals and durations are exact on both databases.
            pub fn sum(self) -> Aggregate<M, Option<T>> {
                Field::from(self).aggregate(Function::Sum)
            }
        }

        impl<M: Model, T: Averaged, $($parameter),*> $name {
            /// Returns the average of the values of the column, without `null`; it is `None` if there are no values. It is
            /// the exact sum, divided by the number of values: a decimal is rounded to 28 digits, and a duration to
            /// microseconds.
            pub fn avg(self) -> Aggregate<M, Option<T::Average>> {
                Field::from(self).aggregate(Function::Average)
            }
        }

        impl<M: Model, T: Ordered, $($parameter),*> $name {
            /// Returns the least value of the column, without `null`; it is `None` if there are no values.
            pub fn min(self) -> Aggregate<M, Option<T>> {
                Field::from(self).aggregate(Function::Least)
            }

            /// Returns the greatest value of the column, without `null`; it is `None` if there are no values.
            pub fn max(self) -> Aggregate<M, Option<T>> {
                Field::from(self).aggregate(Function::Greatest)
            }
        }
    )*};
}

read! {
    Column<M, T, R>, [R];
    Field<M, T>, [];
}

impl<M, T> Field<M, T> {
    fn at(reached: Reached) -> Self {
        Self { reached, types: PhantomData }
    }

    fn selected(self, function: Function) -> Selected {
        Selected { reached: self.reached, function, optional: false, each: None }
    }

    fn aggregate<U>(self, function: Function) -> Aggregate<M, U> {
        Aggregate::of(self.selected(function))
    }
}

impl<M, T> Aggregate<M, T> {
    /// Creates it from what it selects.
    pub(super) fn of(selected: Selected) -> Self {
        Self { selected, types: PhantomData }
    }

    /// Returns what it selects.
    pub(super) fn into_inner(self) -> Selected {
        self.selected
    }

    /// Sorts groups by the aggregate; `null` comes first.
    pub fn asc(self) -> Order<M> {
        Order::by(self.selected, false)
    }

    /// Sorts groups by the aggregate in descending order; `null` comes last.
    pub fn desc(self) -> Order<M> {
        Order::by(self.selected, true)
    }
}

impl<M> Order<M> {
    fn by(selected: Selected, descending: bool) -> Self {
        Self { sorted: Sorted { selected, descending, nulls_first: !descending }, model: PhantomData }
    }

    /// Puts rows in which the column is `null` before all others.
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.sorted.nulls_first = true;
        self
    }

    /// Puts rows in which the column is `null` after all others.
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.sorted.nulls_first = false;
        self
    }

    /// Returns the order without its type.
    pub(crate) fn into_sorted(self) -> Sorted {
        self.sorted
    }
}

/// Something that a query selects: a column, a [`Field`], or an [`Aggregate`].
pub trait Selectable<M> {
    /// The type of its value.
    type Output: FromValue;

    /// Returns it without its type.
    #[doc(hidden)]
    fn into_selected(self) -> Selected;
}

impl<M: Model, T: FromValue, R> Selectable<M> for Column<M, T, R> {
    type Output = T;
    fn into_selected(self) -> Selected {
        Field::from(self).selected(Function::Value)
    }
}

impl<M: Model> Selectable<M> for JsonColumn<M> {
    type Output = Json;
    fn into_selected(self) -> Selected {
        Field::from(self).selected(Function::Value)
    }
}

impl<M, T: FromValue> Selectable<M> for Field<M, T> {
    type Output = T;
    fn into_selected(self) -> Selected {
        self.selected(Function::Value)
    }
}

impl<M, T: FromValue> Selectable<M> for Optional<M, T> {
    type Output = Option<T>;
    fn into_selected(self) -> Selected {
        Selected { optional: true, ..self.0.selected(Function::Value) }
    }
}

impl<M, T: FromValue> Selectable<M> for Aggregate<M, T> {
    type Output = T;
    fn into_selected(self) -> Selected {
        self.selected
    }
}

// Written by hand, because a derive would require the same of the types.
impl<M, T> fmt::Debug for Field<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reached.fmt(f)
    }
}

impl<M, T> fmt::Debug for Optional<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<M, T> fmt::Debug for Aggregate<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.selected.fmt(f)
    }
}

impl<M> fmt::Debug for Order<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sorted.fmt(f)
    }
}
