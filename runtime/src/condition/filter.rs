//! A condition whose model is known to the compiler.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::tree::Condition;
use crate::schema::meta::PathStep;
use crate::schema::row::Model;

/// A [`Condition`] on the rows of the model `M`. Filters are joined with `&`, `|` and `!`.
///
/// ```
/// use chat::models::Room;
/// use dcrf_runtime::Model;
/// use dcrf_runtime::condition::{Condition, Filter};
///
/// /// A queryset of the application: the rooms that a user hosts, and the lobby.
/// fn visible(user: i64) -> Filter<Room> {
///     Room::HOST.eq(user) | Room::NAME.eq("Lobby")
/// }
///
/// // The database evaluates conditions; for events, for example, they are evaluated in memory.
/// let row = Room { id: 1, name: "Kitchen".to_owned(), host: 7 }.into_row();
/// assert_eq!(Condition::from(visible(7)).matches(&row), Some(true));
/// assert_eq!(Condition::from(visible(8)).matches(&row), Some(false));
/// assert_eq!(Condition::from(!visible(8)).matches(&row), Some(true));
/// assert!(Condition::from(Filter::<Room>::all()).is_all());
/// ```
pub struct Filter<M> {
    condition: Condition,
    model: PhantomData<fn() -> M>,
}

impl<M> Filter<M> {
    /// Creates a filter that all rows match.
    pub const fn all() -> Self {
        Self::new(Condition::all())
    }

    /// Creates a filter that no row matches.
    pub const fn none() -> Self {
        Self::new(Condition::none())
    }

    pub(crate) const fn new(condition: Condition) -> Self {
        Self { condition, model: PhantomData }
    }

    /// Creates the filter of the rows that do not satisfy this one, including those for which it is unknown because of a
    /// `null` (Django's `exclude`): `!Task::DUE.eq(day)` leaves rows without a day out, `Task::DUE.eq(day).untrue()`
    /// does not.
    #[must_use]
    pub fn untrue(self) -> Self {
        Self::new(self.condition.untrue())
    }

    /// Creates a filter of rows that a step leads from to a row which matches another filter.
    pub(crate) fn related<T>(step: PathStep, filter: Filter<T>) -> Self
    where
        M: Model,
    {
        Self::new(Condition::Related { model: M::META, step, condition: Box::new(filter.condition) })
    }

    /// Creates a filter like [`related`](Self::related), except that a missing row is one of `null`s.
    pub(crate) fn outer<T>(step: PathStep, filter: Filter<T>) -> Self
    where
        M: Model,
    {
        Self::new(Condition::Outer { model: M::META, step, condition: Box::new(filter.condition) })
    }

    /// Returns the condition without its type.
    pub fn into_condition(self) -> Condition {
        self.condition
    }
}

impl<M> From<Filter<M>> for Condition {
    fn from(filter: Filter<M>) -> Self {
        filter.condition
    }
}

impl<M> BitAnd for Filter<M> {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self::new(self.condition.and(other.condition))
    }
}

impl<M> BitOr for Filter<M> {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self::new(self.condition.or(other.condition))
    }
}

impl<M> Not for Filter<M> {
    type Output = Self;
    fn not(self) -> Self {
        Self::new(self.condition.negated())
    }
}

// Written by hand, because a derive would require the same of the model.
impl<M> Clone for Filter<M> {
    fn clone(&self) -> Self {
        Self::new(self.condition.clone())
    }
}

impl<M> fmt::Debug for Filter<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)
    }
}
