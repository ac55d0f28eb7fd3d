//! Reading JSON by descriptors, with DRF's coercions and messages, and all errors of a payload at once.
//!
//! `coerce` converts JSON to a [`Value`](crate::Value); `rules` validates a value from any source. This module does not
//! use the database.
//!
//! Fields of serializers accept the same as in DRF. JSON Schema applies to plain JSON (the input of an action, and the
//! content of a JSON column): its `const`, `enum`, `uniqueItems` and limits of numbers apply to the value as it is
//! written.

mod calendar;
mod check;
mod coerce;
mod equality;
mod fault;
mod file;
mod file_path;
mod form;
mod input;
mod key;
mod limits;
mod number;
mod payload;
mod python;
mod readable;
mod reading;
mod rules;
mod scalar;
mod schema;
mod shape;
mod stored;
mod text;

pub(crate) use calendar::fits_column;
pub(crate) use check::check_deep;
pub(crate) use coerce::{accept, literal};
pub(crate) use equality::is as is_literal;
pub(crate) use fault::{Fault, Refusal};
pub(crate) use file::{check_file, no_upload};
pub(crate) use input::parameter;
pub use input::{Coercion, arguments, arguments_by, data};
pub(crate) use key::{does_not_exist, lookup_key, no_slug};
pub(crate) use number::{Whole, int_argument};
pub use payload::Mode;
pub(crate) use payload::{Nested, Payload, payload};
pub(crate) use python::float as python_float;
pub(crate) use reading::Reading;
pub(crate) use scalar::chosen;
pub(crate) use schema::validate;
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
