//! Reading JSON by description: DRF's coercions, DRF's messages, every error of a payload at once.
//!
//! Two halves: `coerce` makes a [`Value`](crate::Value) of JSON, `rules` judges a value, wherever it comes from.
//! Nothing here asks the database.
//!
//! Fields of serializers follow DRF in all that they take. To plain JSON (the input of an action, what is inside of a
//! JSON column) JSON Schema applies in that `const`, `enum`, `uniqueItems` and limits of numbers are about the value as
//! it is written.

mod check;
mod coerce;
mod equality;
mod fault;
mod form;
mod input;
mod key;
mod limits;
mod number;
mod payload;
mod python;
mod reading;
mod rules;
mod scalar;
mod schema;
mod shape;
mod stored;
mod text;

pub(crate) use check::check_deep;
pub(crate) use coerce::{accept, literal};
pub(crate) use fault::{Fault, Refusal};
pub use input::{Coercion, arguments, arguments_by, data};
pub(crate) use key::{does_not_exist, lookup_key};
pub(crate) use number::{Whole, int_argument};
pub use payload::Mode;
pub(crate) use payload::{Nested, Payload, payload};
pub(crate) use reading::Reading;
pub(crate) use shape::{Shape, entries, items};
pub use stored::stored_object;

#[cfg(test)]
mod agreement_tests;
#[cfg(test)]
mod drf_tests;
#[cfg(test)]
mod input_tests;
#[cfg(test)]
mod plain_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod union_tests;
