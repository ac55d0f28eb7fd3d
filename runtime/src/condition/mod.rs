//! The predicate on rows, and the only one: querysets of the application, filters of lists and of subscriptions.
//!
//! A [`Condition`] is an erased tree over the columns of one model; a [`Filter`] is one whose model is known to the
//! compiler, made of the typed [`Column`]s of generated models. What clients send is lowered to conditions where it is
//! read (`crud::filter`). All of them are put into SQL by [`db`](crate::db) (every value bound) and judged in memory by
//! [`Condition::matches`], to the same end: a comparison with `null` is neither true nor false, and only what is true
//! counts.

mod assigned;
mod column;
mod evaluate;
mod filter;
mod lower;
mod tree;

pub(crate) use assigned::Assigned;
pub use column::{Additive, Assignment, Column, JsonColumn, Ordered};
pub(crate) use evaluate::Truth;
pub use filter::Filter;
pub use tree::{Condition, Lookup};
