//! A condition whose model is known to the compiler.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::tree::Condition;

/// A [`Condition`] on the rows of the model `M`. Filters are joined with `&`, `|` and `!`.
///
/// ```
/// # mod condition_doc {
/// use dcrf_runtime::Model;
/// use dcrf_runtime::condition::{Column, Filter};
///
/// fn mine_or_public<M: Model>(owner: Column<M, i64>, public: Column<M, bool>, me: i64) -> Filter<M> {
///     owner.eq(me) | public.eq(true)
/// }
/// # }
/// ```
pub struct Filter<M> {
    condition: Condition,
    model: PhantomData<fn() -> M>,
}

impl<M> Filter<M> {
    /// What every row has.
    pub const fn all() -> Self {
        Self::new(Condition::all())
    }

    /// What no row has.
    pub const fn none() -> Self {
        Self::new(Condition::none())
    }

    pub(super) const fn new(condition: Condition) -> Self {
        Self { condition, model: PhantomData }
    }

    /// The condition itself.
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
