//! The only predicate on rows: querysets of the application, filters of lists and of subscriptions; and the columns that
//! queries read and sort by.
//!
//! A [`Condition`] is an erased tree over the columns of one model; a [`Filter`] is a condition whose model is known to
//! the compiler, made of the typed [`Column`]s of generated models. Filters of clients are lowered to conditions as
//! they are parsed (`crud::filter`). [`db`](crate::db) translates conditions to SQL (every value is bound), and
//! [`Condition::matches`] evaluates them in memory, with the same result: a comparison with `null` is neither true nor
//! false, and only a true condition admits a row.

mod assigned;
mod column;
mod evaluate;
mod field;
mod filter;
mod lower;
mod per_row;
mod selected;
mod tree;

pub(crate) use assigned::Assigned;
pub use column::{Additive, Assignment, Column, JsonColumn, Ordered};
pub(crate) use evaluate::Truth;
pub use field::{Aggregate, Averaged, Field, Optional, Order, Selectable};
pub use filter::Filter;
pub use per_row::PerRow;
#[cfg(test)]
pub(crate) use selected::OuterModel;
#[doc(hidden)]
pub use selected::Selected;
pub(crate) use selected::{Each, Function, Reached, Sorted};
pub use tree::{By, Condition, Lookup};
